"""Every string that a person can read on a public page goes through gettext."""

import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.utils import translation

from contributions.delivery import deliver, freeze
from mptf_portal.live import latest
from tests.factories import (
    DepositFactory,
    EditionFactory,
    EntryFactory,
    StatedFigureFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db

ADDRESSES = [
    "/",
    "/contributions/",
    "/figures/contributed/",
    "/figures/contributed/?stage=committed",
    "/figures/donors/?by=unece",
    "/figures/donors/",
    "/figures/outstanding/",
    "/figures/target/?year=2023",
    "/figures/target-gap/?year=2023",
    "/figures/target-reached/?year=2023",
    "/figures/consecutive-year/?year=2024",
    "/statements/read-out/delivered/",
    "/statements/to-come/delivered/",
    "/nothing",
    "/figures/target/",
]
DATA = ["DATA", "USD", "DKK", "UTC", "REF-"]  # what rows hold is not translated here
DAY = re.compile(r"\d+ [A-Z][a-z]+ \d{4}")
LETTERS = re.compile(r"[A-Za-z]{2,}")


class Texts(HTMLParser):
    """Collects the texts of a page, those of attributes that are read aloud included.

    What stands in `<code>` is for a machine, and the same in every language.
    """

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.is_code = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.is_code = tag == "code"
        self.found += [text for name, text in attrs if name in ("aria-label", "title", "alt")]

    def handle_endtag(self, _tag):
        self.is_code = False

    def handle_data(self, data):
        if not self.is_code:
            self.found.append(data)


@pytest.fixture
def _marked(monkeypatch):
    """Mark what gettext returns, so that what it never saw stands out."""
    real = translation._trans  # noqa: SLF001 (where Django looks gettext up)
    mark = "⟦{}⟧".format
    monkeypatch.setattr(real, "gettext", mark, raising=False)
    monkeypatch.setattr(
        real, "ngettext", lambda one, many, n: mark(one if n == 1 else many), raising=False
    )


@pytest.mark.usefixtures("_marked")
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_text_of_a_public_page_escapes_translation(client, address):
    of_data = {f"statement__{name}": "DATA" for name in ("title", "occasion", "place")}
    text = "DATA [1](figure:target?year=2023) DATA [DATA](claim:target-reached?year=2023)"
    EditionFactory(statement__slug="to-come", title="DATA", markdown=text, **of_data)
    edition = EditionFactory(statement__slug="read-out", title="DATA", markdown=text, **of_data)
    TargetFactory(source="DATA", announced_by="DATA")
    StatedFigureFactory()
    entry = EntryFactory(pledge__donor__name="DATA", pledge__donor__country__name_en="DATA")
    DepositFactory(pledge=entry.pledge, amount=Decimal(90), agent_reference="DATA")
    deliver(edition, freeze(edition, latest()))
    EntryFactory(pledge__donor__name="DATA DATA", pledge__currency="DKK")

    texts = Texts(client.get(address).content.decode()).found

    assert untranslated("\n".join(texts)) == []


def untranslated(text):
    """Return the words that gettext never saw."""
    previous = None
    while previous != text:
        previous, text = text, re.sub(r"⟦[^⟦⟧]*⟧", "", text)
    for known in DATA:
        text = text.replace(known, "")
    return LETTERS.findall(DAY.sub("", text))
