"""An officer enters a pledge in kroner, an approver publishes it, and the sentence moves."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command

from contributions.models import Edition
from tests.factories import ExchangeRateFactory

pytestmark = pytest.mark.django_db(transaction=True)

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "a long enough password"


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


def test_from_a_pledge_in_kroner_to_the_sentence(open_page, axe):
    account("officer", "add", "change", "view")
    account("approver", "view", "publish")
    officer, approver = open_page(), open_page()

    sign_in(officer, "officer")
    enter_a_pledge(officer)

    axe(officer, runOnly=WCAG)
    # 40,000,000 kroner at 6.8917 kroner a dollar
    assert "5804083.17" in officer.locator("#entries-0").inner_text().replace(",", "")
    assert officer.get_by_role("link", name="Publish").count() == 0
    officer.get_by_role("link", name="Submit for approval").click()
    axe(officer, runOnly=WCAG)
    officer.get_by_role("button", name="Submit for approval").click()
    assert "Submitted." in officer.locator(".messagelist").inner_text()
    assert "over $XX" in sentence(open_page)

    sign_in(approver, "approver")
    approver.goto(re.sub(r"^https?://[^/]+", "", officer.url))
    approver.get_by_role("link", name="Publish").click()
    axe(approver, runOnly=WCAG)
    approver.get_by_role("button", name="Publish").click()

    assert "Published." in approver.locator(".messagelist").inner_text()
    assert "over $5 million USD" in sentence(open_page)


def test_the_pages_of_the_desk_break_no_rule_of_the_content_security_policy(desktop):
    account("officer", "add", "change", "view", "publish")
    sign_in(desktop, "officer")
    enter_a_pledge(desktop)
    here = re.sub(r"^https?://[^/]+", "", desktop.url)

    for address in (
        "/admin/",
        "/admin/contributions/pledge/",
        here,
        here.replace("change/", "history/"),
        here.replace("change/", "submit/"),
        "/admin/contributions/edition/",
        "/admin/contributions/donor/add/",
        "/admin/programmes/statedfigure/add/",
    ):
        desktop.goto(address)
        assert desktop.locator("h1").count() == 1


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
