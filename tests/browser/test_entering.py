"""An officer enters money as it stands on paper: by mouse, by keyboard alone, on a telephone."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from contributions.models import Deposit, Pledge, PledgeEntry
from tests.browser.conftest import DESKTOP, PHONE
from tests.contributions import desk
from tests.factories import ExchangeRateFactory

pytestmark = pytest.mark.django_db(transaction=True)

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
TREASURY = """<?xml version="1.0" encoding="UTF-8"?>
<UN_OPERATIONAL_RATES_DATASET>{rows}</UN_OPERATIONAL_RATES_DATASET>"""
RATE = """<UN_OPERATIONAL_RATES><f_curr_code>{code}\t</f_curr_code>
<eff_date>01 Oct 2026</eff_date><rate>{rate}</rate></UN_OPERATIONAL_RATES>"""


@pytest.fixture(autouse=True)
def _ledger():
    for prepare in ("load_reference", "load_published"):
        call_command(prepare, verbosity=0)
    ExchangeRateFactory(currency="DKK", rate=Decimal("6.8917"))


OFFICERS = [
    pytest.param(DESKTOP, id="desktop"),
    pytest.param(PHONE, id="phone", marks=pytest.mark.slow),
]


@pytest.fixture
def signed_in(open_page, live_server):
    """Return a function that opens a browser in which somebody is signed in."""

    def open_one(client, **options):
        page = open_page(**options)
        session = client.cookies["sessionid"].value
        cookie = {"name": "sessionid", "value": session, "url": f"{live_server.url}/admin/"}
        page.context.add_cookies([cookie])
        return page

    return open_one


def fits(page):
    """Tell whether nothing of the page lies beside the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def retype(field, text):
    """Replace what a field holds, by the keyboard."""
    field.focus()
    field.page.keyboard.press("ControlOrMeta+a")
    field.page.keyboard.type(text)


def type_a_pledge(page):
    page.goto("/admin/contributions/pledge/add/")
    page.get_by_label("Donor", exact=False).first.select_option(label="Denmark")
    page.get_by_label("Agreement reference").fill("SAA-2023-4")
    page.get_by_label("Funding year").fill("2023")
    page.get_by_label("Currency").fill("DKK")
    page.locator("#id_entries-0-kind").select_option("signed")
    page.locator("#id_entries-0-amount").fill("40000000")
    page.locator("#id_entries-0-dated").fill("2023-03-01")


@pytest.mark.parametrize("options", OFFICERS)
def test_an_officer_sees_what_a_pledge_in_kroner_is_worth_and_records_its_deposit(
    signed_in, axe, picture, options
):
    page = signed_in(desk.officer(), **options)
    type_a_pledge(page)

    # 40,000,000 kroner at 6.8917 kroner a dollar
    worth = page.locator("#entries-0 output")
    worth.get_by_text("USD 5,804,083.17 at 6.8917 DKK per US dollar").wait_for()
    assert page.locator("#id_entries-0-rate").get_attribute("placeholder") == "6.8917"
    page.locator("#entries-0 summary").click()
    page.locator("#id_entries-0-rate").fill("7")
    worth.get_by_text("USD 5,714,285.71 at 7 DKK per US dollar · the rate entered here").wait_for()
    page.locator("#id_entries-0-rate").fill("")
    worth.get_by_text("effective 1 January 2019").wait_for()
    page.locator("#entries-0 summary").click()
    if options is DESKTOP:
        picture(page, "pledge", part="#content-main")
    page.get_by_role("button", name="Save and continue editing").click()

    assert "5,804,083.17" in worth.inner_text()
    page.locator("#deposits-group .add-row a").click()
    page.locator("#id_deposits-0-received_on").fill("2023-04-01")
    page.locator("#id_deposits-0-amount").fill("35000000")
    page.locator("#id_deposits-0-amount_usd").fill("5100000.50")
    page.locator("#id_deposits-0-agent_reference").fill("AA-1")
    axe(page, runOnly=WCAG)
    assert fits(page)
    page.get_by_role("button", name="Save and continue editing").click()

    assert Deposit.objects.get().amount_usd == Decimal("5100000.50")
    page.get_by_role("link", name="Refund").click()
    axe(page, runOnly=WCAG)
    assert fits(page)


def test_without_javascript_a_pledge_is_valued_when_it_is_saved(signed_in):
    page = signed_in(desk.officer(), java_script_enabled=False)
    type_a_pledge(page)
    page.get_by_role("button", name="Save and continue editing").click()

    assert "5,804,083.17" in page.locator("#entries-0 output").inner_text()
    page.get_by_role("link", name="Show an empty row of each kind").click()
    page.locator("#id_deposits-0-received_on").fill("2023-04-01")
    page.locator("#id_deposits-0-amount").fill("1")
    page.locator("#id_deposits-0-amount_usd").fill("1")
    page.locator("#id_deposits-0-agent_reference").fill("AA-1")
    page.get_by_role("button", name="Save", exact=True).click()

    assert Deposit.objects.count() == 1


def test_a_three_year_agreement_is_split_with_the_keyboard_alone(signed_in, axe, picture):
    page = signed_in(desk.officer(), **DESKTOP)
    page.goto("/admin/contributions/pledge/")
    page.get_by_role("link", name="Enter a multi-year agreement").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Donor").focus()
    page.keyboard.type("Norway")
    for text in ("SAA-2024-7", "2024", "3", "DKK", "10000000", "05022024"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")

    first = page.get_by_role("group", name="Year 1")
    last = page.get_by_role("group", name="Year 3")
    assert first.get_by_label("Amount").input_value() == "3333333.33"
    assert last.get_by_label("Amount").input_value() == "3333333.34"
    axe(page, runOnly=WCAG)
    picture(page, "agreement", part="#content-main")
    retype(last.get_by_label("Amount"), "3333333.33")
    page.keyboard.press("Enter")
    assert "0.01 too little" in page.locator(".errorlist").inner_text()
    axe(page, runOnly=WCAG)
    retype(last.get_by_label("Amount"), "3333333.34")
    page.keyboard.press("Enter")

    assert "3 pledges are entered under SAA-2024-7" in page.locator(".messagelist").inner_text()
    assert sum(PledgeEntry.objects.values_list("amount", flat=True)) == 10_000_000
    assert set(Pledge.objects.values_list("donor__name", flat=True)) == {"Norway"}


@pytest.mark.parametrize("options", OFFICERS)
def test_the_treasurys_file_is_shown_before_it_is_written(signed_in, axe, picture, options):
    rates = {"DKK": "6.591", "EUR": "0.882", "NOK": "9.595", "SEK": "9.993", "USD": "1"}
    rows = [RATE.format(code=code, rate=rate) for code, rate in [*rates.items(), ("EUR", "0.882")]]
    content = TREASURY.format(rows="".join(rows)).encode()
    page = signed_in(desk.officer(), **options)
    page.goto("/admin/contributions/exchangerate/")
    page.get_by_role("link", name="Upload the Treasury's rates").click()
    axe(page, runOnly=WCAG)
    page.get_by_label("File").set_input_files(
        {"name": "rates.xml", "mimeType": "text/xml", "buffer": content}
    )
    page.get_by_role("button", name="Show what it brings").click()

    assert "Nothing is written yet." in page.locator(".told").inner_text()
    page.get_by_text("2 lines are ignored").click()
    assert page.get_by_role("row", name="EUR").filter(has_text="repeats line 2").is_visible()
    axe(page, runOnly=WCAG)
    assert fits(page)
    if options is DESKTOP:
        picture(page, "rates", part="#content-main")
    page.get_by_role("button", name="Write these rates").click()
    assert "Written." in page.locator(".told").inner_text()


@pytest.mark.parametrize("options", OFFICERS)
def test_donors_that_announce_together_are_published_together(signed_in, axe, options):
    officer = desk.officer()
    page = signed_in(officer, **options)
    type_a_pledge(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/admin/contributions/jointannouncement/add/")
    page.get_by_label("Title").fill("Pledging conference")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("link", name="Choose its rows").click()
    page.get_by_label("Denmark 2023 DKK").check()
    axe(page, runOnly=WCAG)
    assert fits(page)
    page.get_by_role("button", name="Choose its rows").click()
    axe(page, runOnly=WCAG)
    assert fits(page)
    page.get_by_role("link", name="Submit for approval").click()
    page.get_by_role("button", name="Submit for approval").click()

    assert PledgeEntry.objects.get().is_submitted
