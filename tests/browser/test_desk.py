"""An officer enters a pledge in kroner, an approver publishes it, and the sentence moves."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.utils import timezone

from contributions.models import Donor, Edition, Pledge
from mptf_portal import review
from tests.browser.keyboard import FOCUS_SHOWS
from tests.factories import DepositFactory, ExchangeRateFactory

pytestmark = pytest.mark.django_db(transaction=True)

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "a long enough password"
TABS = 150  # more than an officer would press


@pytest.fixture(autouse=True)
def _ledger():
    for prepare in ("load_reference", "load_published", "load_statement"):
        call_command(prepare, verbosity=0)
    ExchangeRateFactory(currency="DKK", rate=Decimal("6.8917"))


def account(name, *acts):
    """Make a member of staff who may do these acts with every row of the ledger."""
    email = f"{name}@example.org"
    user = User.objects.create_user(name, email, password=PASSWORD, is_staff=True)
    of_the_ledger = Permission.objects.filter(
        content_type__app_label__in=["contributions", "programmes"],
        codename__regex=rf"^({'|'.join(acts)})_",
    )
    user.user_permissions.set(of_the_ledger)
    return user


def sign_in(page, name):
    page.goto("/admin/login/")
    page.get_by_label("Email").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/admin/")


def enter_a_pledge(page):
    """Enter a signed pledge of DKK 40 million and its first deposit."""
    page.goto("/admin/contributions/pledge/add/")
    page.locator("#id_donor").select_option(label="Denmark")
    page.locator("#id_funding_year").fill("2023")
    page.locator("#id_currency").fill("DKK")
    page.locator("#entries-group .add-row a").click()
    page.locator("#id_entries-0-dated").fill("2023-03-01")
    page.locator("#id_entries-0-kind").select_option("signed")
    page.locator("#id_entries-0-amount").fill("40000000")
    page.locator("#deposits-group .add-row a").click()
    page.locator("#id_deposits-0-received_on").fill("2023-04-01")
    page.locator("#id_deposits-0-amount").fill("35000000")
    page.locator("#id_deposits-0-amount_usd").fill("5100000.50")
    page.locator("#id_deposits-0-agent_reference").fill("AA-1")
    page.get_by_role("button", name="Save and continue editing").click()


def sentence(open_page):
    """Return the paragraph of the statement that tells what was contributed."""
    reader = open_page()
    reader.goto("/")
    text = reader.locator(".statement-text p").nth(4).inner_text()
    reader.close()
    return text


def tab_to(page, place):
    """Go by the tabulator to the one control there, round the page if need be; each shows it."""
    for _number in range(TABS):
        if place.evaluate("element => element === document.activeElement"):
            assert page.evaluate(FOCUS_SHOWS), place
            return
        page.keyboard.press("Tab")
    pytest.fail(f"No {TABS} presses of Tab lead to {place} on {page.url}")


def press(page, place):
    """Go by the tabulator to the link or button there, and press Enter on it for another page."""
    tab_to(page, place)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def type_in(page, **fields):
    """Fill in the fields of these ids by the keyboard; a choice is made by its first letters."""
    for name, text in fields.items():
        tab_to(page, page.locator(f"#id_{name.replace('__', '-')}"))
        page.keyboard.type(text)


def type_a_pledge(page):
    """Enter the same pledge as `enter_a_pledge` from the first page on, by the keyboard alone."""
    press(page, page.locator(".model-pledge .addlink"))
    type_in(page, donor="Denmark", funding_year="2023", currency="DKK")
    type_in(page, entries__0__kind="Sig", entries__0__amount="40000000")
    type_in(page, entries__0__dated="2023-03-01")
    tab_to(page, page.locator("#deposits-group .add-row a"))
    page.keyboard.press("Enter")
    type_in(page, deposits__0__received_on="2023-04-01", deposits__0__amount="35000000")
    type_in(page, deposits__0__amount_usd="5100000.50", deposits__0__agent_reference="AA-1")
    press(page, page.get_by_role("button", name="Save and continue editing"))


def test_from_a_pledge_in_kroner_to_the_sentence_by_the_keyboard_alone(open_page, axe, picture):
    account("officer", "add", "change", "view")
    account("approver", "view", "publish")
    officer, approver = open_page(), open_page()

    sign_in(officer, "officer")
    type_a_pledge(officer)

    # 40,000,000 kroner at 6.8917 kroner a dollar
    assert "5804083.17" in officer.locator("#entries-0").inner_text().replace(",", "")
    assert officer.get_by_role("link", name="Publish").count() == 0
    here = re.sub(r"^https?://[^/]+", "", officer.url)
    press(officer, officer.get_by_role("link", name="Submit for approval"))
    press(officer, officer.get_by_role("button", name="Submit for approval"))
    assert "Submitted." in officer.locator(".messagelist").inner_text()
    assert "over $XX" in sentence(open_page)
    assert officer.request.get(here.replace("change/", "publish/")).status == 403

    sign_in(approver, "approver")
    picture(approver, "dashboard", ".waiting")
    approver.goto(here)
    press(approver, approver.get_by_role("link", name="Publish"))
    axe(approver, runOnly=WCAG)
    assert "over 5 million US dollars" in approver.locator("#content").inner_text()
    picture(approver, "publish", "#content")
    press(approver, approver.get_by_role("button", name="Publish"))

    assert "Published." in approver.locator(".messagelist").inner_text()
    assert "over $5 million USD" in sentence(open_page)
    press(approver, approver.get_by_role("link", name="History"))
    axe(approver, runOnly=WCAG)
    told = approver.locator("#content").inner_text()
    assert all(word in told for word in ("Entered", "Submitted for approval", "Published"))
    assert "officer" in told
    picture(approver, "history", "#content")


def test_the_second_of_two_officers_sees_both_versions_and_loses_nothing(open_page, axe):
    pages = [open_page(), open_page()]
    for name, page in zip(("olga", "oscar"), pages, strict=True):
        account(name, "add", "change", "view")
        sign_in(page, name)
    enter_a_pledge(pages[0])
    pages[1].goto(re.sub(r"^https?://[^/]+", "", pages[0].url))
    save = "Save and continue editing"

    pages[0].get_by_label("Earmark").fill("Work in the Sahel")
    pages[0].get_by_role("button", name=save).click()
    pages[1].get_by_label("Earmark").fill("Work in Niger")
    pages[1].get_by_role("button", name=save).click()

    shown = pages[1].locator(".conflicts").inner_text()
    assert "Work in the Sahel" in shown
    assert "Work in Niger" in shown
    assert "olga" in shown
    assert pages[1].get_by_label("Earmark").input_value() == "Work in Niger"
    axe(pages[1], runOnly=WCAG)
    pages[1].get_by_role("button", name=save).click()
    assert Pledge.objects.get().earmark == "Work in Niger"


def test_an_embargoed_deposit_is_in_the_sentence_from_its_minute_on(open_page):
    account("approver", "view", "publish")
    deposit = DepositFactory(
        pledge__donor=Donor.objects.get(slug="norway"),
        public_from=None,
        **dict.fromkeys(("amount", "amount_usd"), Decimal(47_912_650)),
    )
    review.submit([deposit], account("officer", "change"))
    noon = timezone.now().replace(microsecond=0, second=0) + timedelta(hours=2)
    approver = open_page()
    sign_in(approver, "approver")
    approver.goto(f"/admin/contributions/deposit/{deposit.pk}/publish/")
    approver.get_by_label("Public from").fill(f"{noon:%Y-%m-%dT%H:%M}")
    approver.get_by_role("button", name="Publish").click()
    said = approver.locator(".messagelist").inner_text()
    assert "Approved. Readers find it from" in said
    assert f"{noon:%H:%M} UTC on, and nothing of it before." in said

    with time_machine.travel(noon - timedelta(seconds=1), tick=False):
        assert "over $XX" in sentence(open_page)
    with time_machine.travel(noon, tick=False):
        assert "over $47 million USD" in sentence(open_page)


def test_an_approver_delivers_the_text_with_the_numbers_on_the_page(open_page, axe):
    account("approver", "view", "publish")
    approver, reader = open_page(), open_page()
    sign_in(approver, "approver")
    edition = Edition.objects.get()
    approver.goto(f"/admin/contributions/edition/{edition.pk}/change/")
    approver.get_by_role("link", name="Deliver", exact=True).click()

    axe(approver, runOnly=WCAG)
    assert "USD\u00a020,000,000.00" in approver.locator(".delivering").inner_text()
    approver.get_by_label("Read out on").fill("2024-03-11")
    approver.get_by_role("button", name="Deliver").click()
    assert (
        "This is what stands now for 11 March 2024."
        in approver.locator(".errornote, .errorlist").first.inner_text()
    )
    approver.get_by_role("button", name="Deliver").click()

    assert "Delivered." in approver.locator(".messagelist").inner_text()
    reader.goto("/")
    reader.get_by_role("link", name="As delivered on 11 March 2024").click()
    assert (
        "with what the ledger then said of 11 March 2024" in reader.locator(".record").inner_text()
    )
