"""The documentation says what the code says, shows what the tests saw, and nothing else."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from mptf_portal import figures

DOCS = Path(settings.BASE_DIR, "docs")
BROWSER = Path(settings.BASE_DIR, "tests/browser")
TEXT = (DOCS / "figures.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
LABELS = ["Sentence", "Definition", "Function", "Leaves out"]


def test_every_figure_and_claim_has_a_section_and_nothing_else_has():
    assert sorted(SECTIONS) == [entry.name for entry in figures.registered()]


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_says_sentence_definition_function_and_what_is_left_out(name):
    said = re.findall(r"^- \*\*(.+?):\*\* \S", SECTIONS[name], re.MULTILINE)

    assert said == LABELS


@pytest.mark.parametrize("entry", figures.registered(), ids=lambda entry: entry.name)
def test_the_function_that_a_section_names_is_the_one_that_counts(entry):
    named = re.search(r"\*\*Function:\*\* `(.+?)`", SECTIONS[entry.name])[1]

    assert named == f"{entry.function.__module__}.{entry.function.__qualname__}"


def test_the_pictures_of_the_guide_are_those_that_the_browser_tests_take():
    guide = [path.read_text(encoding="utf-8") for path in DOCS.glob("secretariat*.md")]
    shown = re.findall(r"!\[[^\]]+\]\(img/desk/(.+?)\.png\)", "".join(guide))
    tests = [path.read_text(encoding="utf-8") for path in BROWSER.glob("test_*.py")]
    taken = re.findall(r"""\bpicture\(\w+, ["'](.+?)["']""", "".join(tests))
    kept = [path.stem for path in DOCS.glob("img/desk/*.png")]

    assert sorted(shown) == sorted(taken) == sorted(kept)
