"""Every string that a person can read on a public page goes through gettext."""

import re
from html.parser import HTMLParser

import pytest
from django.utils import translation

from tests.addresses import ADDRESSES, one_of_each

pytestmark = [pytest.mark.django_db, pytest.mark.either]

ANSWERS = ["/nothing", "/figures/target/", "/contributions/targets/2030/", "/countries/nothing/"]
DATA = ["DATA", "USD", "DKK", "NOK", "UTC"]  # what rows hold is not translated here
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
@pytest.mark.parametrize("address", ADDRESSES + ANSWERS)
def test_no_text_of_a_public_page_escapes_translation(client, address):
    one_of_each()

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
