"""A delegate opens the statement on a phone: it reads, it fits, each number leads to its rows."""

from decimal import Decimal
from hashlib import sha256

import pytest
from django.core.management import call_command

from contributions.delivery import deliver, freeze
from contributions.models import Donor, Edition
from mptf_portal.snapshot import latest
from tests.factories import DepositFactory, EntryFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _ledger():
    call_command("load_reference", verbosity=0)
    call_command("load_published", verbosity=0)
    call_command("load_statement", verbosity=0)
    germany = Donor.objects.get(slug="germany")
    entry = EntryFactory(pledge__donor=germany, amount=Decimal("60000000.00"))
    DepositFactory(pledge=entry.pledge, amount=Decimal("50000000.00"))
    edition = Edition.objects.get(statement__slug="unece-2024")
    deliver(edition, freeze(edition, latest()))
    DepositFactory(pledge=entry.pledge, amount=Decimal("2300000.01"))


@pytest.mark.parametrize("address", ["/nothing", "/figures/target/"])
def test_an_answer_that_is_no_page_is_accessible_too(desktop, problems, axe, address):
    desktop.goto(address)

    axe(desktop)
    problems.clear()  # the browser tells of the status, as it should


def test_the_number_in_the_sentence_leads_to_the_rows_that_sum_to_it(page):
    page.goto("/")
    page.get_by_role("link", name="$52 million USD", exact=True).click()

    assert page.locator("h1").inner_text().startswith("Contributed: deposits of UNECE donors")
    assert page.locator(".headline data").get_attribute("value") == "52300000.01"
    rows = page.locator("data.counts").evaluate_all("all => all.map(one => one.value)")
    assert sum(Decimal(value) for value in rows) == Decimal("52300000.01")


def test_it_all_works_without_javascript(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="we have reached", exact=True).click()

    assert "Reached on 10 January 2023" in page.locator(".headline").inner_text()


def test_the_keyboard_reaches_the_text_first_and_shows_where_it_is(desktop):
    desktop.goto("/")
    desktop.keyboard.press("Tab")
    assert desktop.evaluate("document.activeElement.textContent") == "Skip to content"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert desktop.evaluate(outline) != "none"
    desktop.keyboard.press("Enter")

    assert desktop.evaluate("document.activeElement.id") == "main"


def test_copied_text_carries_no_reference_marks(desktop):
    desktop.goto("/")
    desktop.evaluate("getSelection().selectAllChildren(document.querySelector('.statement-text'))")

    copied = desktop.evaluate("getSelection().toString()")

    assert "over $52 million USD since the Fund’s inception" in copied
    assert "we have reached the 2023 funding target of USD 20 million." in copied


def test_a_mark_in_the_delivered_text_leads_to_its_row_and_back(page):
    page.goto("/statements/unece-2024/delivered/")
    assert page.get_by_role("link", name="$49 million USD", exact=True).count() == 1
    page.get_by_role("link", name="Note 6", exact=True).click()

    row = page.locator("#note-6")
    assert row.locator("td").last.inner_text() == "USD\u00a02,300,000.01 more"
    row.get_by_role("link", name="Back to number 6 in the text").click()
    assert page.url.endswith("#figure-6")


def test_on_a_phone_what_differs_is_in_sight_and_first(phone):
    phone.goto("/statements/unece-2024/delivered/")
    (first, *_others) = phone.locator(".compared tbody tr").all()

    told = first.locator("td").last
    assert "more" in told.inner_text()
    assert is_in_sight(told)
    assert phone.locator(".compared caption").bounding_box()["width"] > 300


@pytest.mark.parametrize(
    "address",
    ["/figures/contributed/?by=all&stage=pledged", "/countries/", "/programmes/?view=table"],
)
def test_on_a_phone_every_fact_of_a_row_is_in_sight_after_its_name(phone, address):
    phone.goto(address)

    facts = phone.locator(".stacked tbody td[data-label]").all()
    assert facts
    assert all(is_in_sight(fact) for fact in facts)


def is_in_sight(cell):
    """Tell whether a cell lies within the width of the phone."""
    box = cell.bounding_box()
    return 0 <= box["x"] <= box["x"] + box["width"] <= 360


def test_paper_tells_its_address_and_has_no_links_that_lead_on(desktop):
    desktop.goto("/contributions/")
    assert not desktop.locator(".printed").is_visible()
    desktop.emulate_media(media="print")

    address = desktop.locator(".printed")
    assert address.is_visible()
    assert address.inner_text().endswith("/contributions/")
    assert [link.is_visible() for link in desktop.locator(".way").all()] == [False] * 4
    assert address.bounding_box()["y"] < desktop.locator("h1").bounding_box()["y"]


def test_the_record_that_a_reader_saves_has_the_checksum_of_the_page(desktop):
    desktop.goto("/statements/unece-2024/delivered/")
    told = desktop.locator(".record code").first.inner_text()

    saved = desktop.request.get("/statements/unece-2024/delivered/record.json").body()

    assert sha256(saved).hexdigest() == told
