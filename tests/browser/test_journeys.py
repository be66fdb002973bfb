"""Whole errands of the portal's readers: by keyboard alone, and in a browser without JavaScript."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command

from contributions.models import Donor
from mptf_portal.snapshot import latest
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import DepositFactory, EntryFactory

pytestmark = pytest.mark.django_db(transaction=True)

TABS = 150  # more than a reader would press


@pytest.fixture(autouse=True)
def _ledger():
    call_command("load_reference", verbosity=0)
    call_command("load_published", verbosity=0)
    call_command("load_statement", verbosity=0)
    germany = Donor.objects.get(slug="germany")
    entry = EntryFactory(
        pledge__donor=germany, pledge__funding_year=2024, amount=Decimal("10400000.00")
    )
    DepositFactory(pledge=entry.pledge, amount=Decimal("10300000.01"), received_on=date(2024, 3, 1))


@pytest.fixture(
    params=[
        pytest.param(PHONE, id="phone"),
        pytest.param(DESKTOP, id="desktop", marks=pytest.mark.slow),
    ]
)
def reader(open_page, request):
    """Return a page in a browser without JavaScript."""
    return open_page(**request.param, java_script_enabled=False)


def press(page, name):
    """Go by the tabulator to the link or button of that name, and press Enter on it."""
    focused = page.locator(":focus")
    for _number in range(TABS):
        page.keyboard.press("Tab")
        if focused.count() and name in focused.inner_text():
            page.keyboard.press("Enter")
            page.wait_for_load_state()
            return
    pytest.fail(f"No {TABS} presses of Tab lead to “{name}” on {page.url}")


def test_a_delegate_checks_the_number_and_cites_it(reader):
    reader.goto("/")
    today = f"{latest().as_of:%-d %B %Y}"
    said = f"contributed over 10 million US dollars (deposits of UNECE donors, as of {today})."
    assert said in reader.locator(".aloud").inner_text()

    press(reader, "$10 million USD")

    assert reader.locator(".headline").inner_text() == "USD\u00a010,300,000.01"
    assert reader.get_by_role("row").filter(has_text="10,300,000.01").count() >= 1

    reader.go_back()
    press(reader, "Cite")

    assert reader.url.endswith("#cite")
    cited = reader.locator(".citation").inner_text()
    assert f"as of {today}" in cited
    assert cited.endswith(f"/statements/unece-2024/?as_of={latest().as_of.isoformat()}")


def test_a_journalist_finds_what_the_fund_did_in_tajikistan(reader):
    reader.goto("/")
    press(reader, "Programmes")

    reader.get_by_label("Country", exact=True).focus()
    reader.keyboard.type("Taj")
    press(reader, "Show")

    reader.wait_for_url("**country=TJK**")
    assert "1 of 11 programmes on record" in reader.locator("main").inner_text()
    press(reader, "Families left behind, Tajikistan")
    assert "over 130,000" in reader.locator(".results").inner_text()


def test_a_journalist_finds_where_130_000_comes_from(reader):
    reader.goto("/")

    press(reader, "130,000")

    assert "over 130,000" in reader.locator(".headline").inner_text()
    assert reader.get_by_role("link", name="Statement of the UNECE contributors").count() >= 1


def test_a_state_sees_what_is_missing_to_the_target(reader):
    reader.goto("/")

    press(reader, "Contributions")
    assert "The 2024 target" in reader.locator("main").inner_text()
    press(reader, "USD\u00a014,600,000.00")

    assert reader.locator(".headline").inner_text() == "USD\u00a014,600,000.00"
    assert "25,000,000.00" in reader.get_by_role("table", name="US dollars").first.inner_text()

    reader.go_back()
    press(reader, "Progress towards the 2024 target")
    assert reader.locator("h1").inner_text() == "Funding target 2024"
