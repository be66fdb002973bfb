"""The statement of March 2024 on the published record: its text, its numbers, its checker."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from contributions import markup
from contributions.markup import Level
from contributions.models import Edition
from mptf_portal import figures
from mptf_portal.snapshot import latest
from tests.elements import parse
from tests.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.either]

SOURCE = (Path(__file__).parent / "unece-2024.txt").read_text(encoding="utf-8")
READ_OUT = "/statements/unece-2024/?as_of=2024-03-11"


@pytest.fixture
def _statement():
    call_command("load_reference", verbosity=0)
    call_command("load_statement", verbosity=0)


@pytest.fixture
def _record(_statement):
    call_command("load_published", verbosity=0)


def read(client, address):
    page = Page(client.get(address).content.decode())
    return "\n\n".join([*page.headings, *page.paragraphs])


@pytest.mark.usefixtures("_record")
def test_as_of_the_day_it_was_read_out_it_is_the_source_word_for_word(client):
    assert read(client, READ_OUT) == SOURCE.strip()


@pytest.mark.usefixtures("_statement")
@pytest.mark.parametrize("address", [READ_OUT, "/statements/unece-2024/"])
def test_so_it_is_where_no_programme_is_on_record(client, address):
    assert read(client, address) == SOURCE.strip()


@pytest.mark.usefixtures("_record")
def test_today_it_counts_what_a_source_states_since(client):
    today = read(client, "/")

    assert today == SOURCE.strip().replace("funded 21 joint", "funded 24 joint")


@pytest.mark.usefixtures("_record")
@pytest.mark.parametrize(
    ("address", "number", "told"),
    [
        (READ_OUT, "21", "Stated for 11 March 2024 by the statement of the UNECE contributors"),
        (
            "/?as_of=2025-05-01",
            "24",
            "Stated for 9 October 2024 by the United Kingdom's Foreign",
        ),
    ],
)
def test_the_note_says_who_stated_the_number_and_how_many_are_on_record(
    client, address, number, told
):
    page = parse(client.get(address).content.decode())

    note = page.place("note-1").text
    assert note.startswith(f"{number} Joint programmes funded. As of ")
    assert told in note
    assert "on record here" in note


@pytest.mark.usefixtures("_record")
def test_each_assertion_answers_with_its_evidence(client):
    page = parse(client.get("/statements/unece-2024/").content.decode())
    (text,) = page.all("div", "statement-text")
    addresses = [a.attributes["href"] for a in text.all("a", "claim")]

    assert [address.split("/")[2] for address in addresses] == [
        "all-continents",
        "objectives-nearly-all",
        "target-reached",
        "consecutive-year",
    ]
    for address in addresses:
        (name, _slash, query) = address.removeprefix("/figures/").partition("/")
        claim = figures.count(figures.parse(name + query), latest())
        shown = parse(client.get(address).content.decode()).place("main").text
        assert claim.evidence
        assert claim.evidence.replace("\u00a0", " ") in shown
        assert claim.answer[1:].replace("\u00a0", " ") in shown


@pytest.mark.usefixtures("_record")
def test_its_checker_finds_no_error_and_no_warning():
    found = markup.check(Edition.objects.get().markdown, latest())

    assert [str(one) for one in found if one.level is not Level.TYPED] == []


@pytest.mark.usefixtures("_record")
@pytest.mark.parametrize("day", [None, date(2024, 3, 11)])
def test_every_digit_is_counted_or_typed_for_a_reason(day):
    snapshot = latest() if day is None else latest().on(day)

    found = markup.check(Edition.objects.get().markdown, snapshot)

    assert [one.message for one in found] == [
        "“360” is typed, not counted: it is part of a word.",
        "“360” is typed, not counted: it is part of a word.",
        "“2023” is typed, not counted: it is a year.",
        "“2024” is typed, not counted: it is a year.",
    ]


@pytest.mark.usefixtures("_record")
def test_a_sentence_that_says_more_than_its_source_is_warned_of():
    link = "[130,000](figure:result?programme=tajikistan-families-left-behind"
    text = Edition.objects.get().markdown.replace(f"over {link}", f"almost {link}")

    warnings = [one for one in markup.check(text, latest()) if one.level is Level.WARNING]

    assert [one.message for one in warnings] == [
        "The sentence says “almost”; the source says “over”."
    ]
