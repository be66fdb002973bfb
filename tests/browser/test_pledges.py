"""A State looks for what it still owes, by keyboard and without JavaScript."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contributions.models import PledgeFootnote
from tests.factories import DepositFactory, DonorFactory, EntryFactory

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/contributions/pledges/"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(autouse=True)
def _ledger():
    norway, spain = (
        DonorFactory(name=name, slug=name.lower(), in_unece=True) for name in ("Norway", "Spain")
    )
    for year in (2022, 2023):
        pledge = EntryFactory(pledge__donor=norway, pledge__funding_year=year).pledge
        DepositFactory(pledge=pledge, amount=Decimal(100 if year == 2022 else 30))
    entry = EntryFactory(pledge__donor=spain, kind="announced", amount=Decimal(50))
    PledgeFootnote.objects.create(pledge=entry.pledge, kind="parliament")
    corrected = datetime(2023, 6, 1, tzinfo=UTC)
    wrong = DepositFactory(pledge=entry.pledge, public_until=corrected, agent_reference="A")
    DepositFactory(
        pledge=entry.pledge,
        agent_reference="A",
        received_on=date(2023, 5, 1),
        replaces=wrong,
        public_from=corrected,
    )


def test_a_choice_and_an_order_need_no_javascript(open_page):
    page = open_page(java_script_enabled=False)
    page.goto(ADDRESS)
    page.get_by_label("Donor", exact=True).select_option("Norway")
    page.get_by_label("Stage").select_option("Not yet paid in full")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Outstanding").click()

    assert page.url.endswith(f"{ADDRESS}?donor=norway&stage=committed&sort=-outstanding")
    assert page.locator("tbody tr").count() == 1
    assert page.locator("[aria-sort]").inner_text().startswith("Outstanding")
    page.get_by_role("link", name="Remove the filter Stage").click()
    assert page.url.endswith(f"{ADDRESS}?donor=norway&sort=-outstanding#found")
    outstanding = page.locator("tbody td:nth-child(8)").all_inner_texts()
    assert [text.split("\n")[0] for text in outstanding] == ["70.00", "–"]


def test_the_total_leads_to_the_figure_with_the_same_value(page):
    page.goto(f"{ADDRESS}?unece=yes")
    total = page.locator("tfoot a data").nth(2)
    value = total.get_attribute("value")
    total.click()

    assert "Contributed: deposits of UNECE donors" in page.locator("h1").inner_text()
    assert page.locator(".headline data").get_attribute("value") == value == "230.00"


def heard(page):
    """Return how many parts of tables a screen reader is told of, as the browser says it."""
    session = page.context.new_cdp_session(page)
    tree = session.send("Accessibility.getFullAXTree")["nodes"]
    roles = Counter(node["role"]["value"] for node in tree if not node["ignored"])
    return {role: roles[role] for role in ("table", "row", "columnheader", "rowheader", "cell")}


@pytest.mark.parametrize("address", [ADDRESS, "/corrections/"])
def test_the_blocks_of_a_phone_are_the_same_table_to_who_hears_it(open_page, axe, address):
    page = open_page(viewport=PHONE)
    page.goto(address)
    axe(page)
    row = page.locator("tbody tr").first
    assert row.evaluate("row => getComputedStyle(row).display") in {"block", "grid"}
    on_a_phone = heard(page)

    page.set_viewport_size(DESK)

    assert row.evaluate("row => getComputedStyle(row).display") == "table-row"
    assert heard(page) == on_a_phone
    assert on_a_phone["table"] == 1


def test_a_mark_leads_to_its_note(page):
    page.goto(f"{ADDRESS}?donor=spain")
    page.get_by_role("link", name="a/").click()

    assert page.url.endswith("#note-a")
    noted = page.locator(":target").inner_text()
    assert noted.split() == ["a/", "Subject", "to", "parliamentary", "approval"]


def test_every_order_is_reached_by_keyboard_and_seen(desktop):
    desktop.goto(ADDRESS)
    desktop.locator(".pledges .numbers a").last.focus()
    reached = []
    for _press in range(11):
        desktop.keyboard.press("Tab")
        reached.append(desktop.evaluate("document.activeElement.textContent"))
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert desktop.evaluate(outline) != "none"

    assert [" ".join(text.split()) for text in reached[1:10]] == [
        "Donor", "Region and group", "Funding year", "Pledged original currency",
        "Pledged rate and its date", "Committed SAA signed on", "Deposited latest value date",
        "Outstanding", "Uncommitted pledge",
    ]  # fmt: skip
