"""Pictures of every kind of page, for the eye alone: `make screenshots` writes them.

They go to screenshots/, which git ignores: `<page>-phone.png`, and so on. pytest collects this file
only when it is named.
"""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.crawl import crawl, of_each_kind
from tests.browser.ledger import write_every_kind_of_row

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = Path(settings.BASE_DIR, "screenshots")
LOOKS = {
    "phone": PHONE,
    "desktop": DESKTOP,
    "dark": DESKTOP | {"color_scheme": "dark"},
    "print": {"viewport": {"width": 794, "height": 1123}},  # A4 at 96 dots an inch
    "right-to-left": PHONE,
}


def test_every_kind_of_page_is_pictured(open_page):
    write_every_kind_of_row()
    addresses = of_each_kind(crawl(Client()).values())
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for look, options in LOOKS.items():
        page = open_page(**options)
        if look == "print":
            page.emulate_media(media="print")
        for address in addresses:
            page.goto(address)
            if look == "right-to-left":
                page.evaluate("document.documentElement.dir = 'rtl'")
            page.screenshot(path=FOLDER / f"{name(address)}-{look}.png", full_page=True)
        page.close()


def name(address):
    """Return what the files of an address are called."""
    return re.sub(r"[^A-Za-z0-9]+", "-", address).strip("-") or "statement"
