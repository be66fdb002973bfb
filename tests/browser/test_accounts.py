"""From the mail of an invitation to the desk, with each kind of second factor."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group, User

from mptf_portal.accounts.roles import load_groups
from tests.browser.test_desk import WCAG
from tests.contributions.desk import code_of_the_app

pytestmark = pytest.mark.django_db(transaction=True)

OLGA, PASSWORD = "olga@example.org", "correct horse, battery"
ANDREA, HERS = "andrea@example.org", "another long password"


@pytest.fixture(autouse=True)
def _required(settings):
    settings.SECOND_FACTOR_REQUIRED = True
    load_groups()


def member(email, password, role):
    user = User.objects.create_user(email, email, password, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def sign_in(page, email=OLGA, password=PASSWORD):
    page.goto("/admin/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page):
    page.get_by_role("button", name="Sign out").click()
    arrive(page, "/admin/account/login/")


def enrol_app(page):
    page.get_by_role("link", name="Set up an app").click()
    secret = page.locator("#totp-key").inner_text()
    page.get_by_label("Authenticator code").fill(code_of_the_app(secret))
    page.get_by_role("button", name="Enrol the app").click()
    return secret


def arrive(page, path):
    """Wait until the page is there; an address that only names it in its query is not."""
    page.wait_for_url(lambda url: urlsplit(url).path == path)


def keys_alone(page, *texts):
    """Fill the form by the keyboard from the field that has the focus on, and send it."""
    for text in texts[:-1]:
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.type(texts[-1])
    page.keyboard.press("Enter")


@pytest.fixture
def administrator(open_page):
    """Return the desk of an administrator who has just enrolled an app."""
    member(ANDREA, HERS, "Administrator")
    page = open_page(viewport={"width": 1280, "height": 800})
    sign_in(page, ANDREA, HERS)
    enrol_app(page)
    page.get_by_role("link", name="to the desk").click()
    return page


def test_an_invited_officer_enrols_an_app_and_signs_in_with_it(
    administrator, phone, axe, picture, mailoutbox
):
    administrator.goto("/admin/auth/user/add/")
    administrator.get_by_label("E-mail address").fill(OLGA)
    administrator.get_by_label("First name").fill("Olga")
    administrator.get_by_role("checkbox", name="Officer").check()
    picture(administrator, "invite", "#content")
    administrator.get_by_role("button", name="Save", exact=True).click()
    assert f"on its way to {OLGA}" in administrator.locator(".messagelist").inner_text()

    # Olga, by her telephone
    link = re.search(r"https?://\S+", mailoutbox[-1].body)[0]
    phone.goto(link)
    axe(phone, runOnly=WCAG)
    phone.locator("#id_password1").fill(PASSWORD)
    phone.locator("#id_password2").fill(PASSWORD)
    phone.get_by_role("button", name="Set password").click()
    assert phone.locator("h1").inner_text() == "Your second factor"
    phone.goto("/admin/contributions/pledge/")
    assert phone.locator("h1").inner_text() == "Your second factor"  # nothing else opens
    axe(phone, runOnly=WCAG)
    secret = enrol_app(phone)
    axe(phone, runOnly=WCAG)
    codes = phone.locator(".account-codes code").all_inner_texts()
    with phone.expect_download() as saving:
        phone.get_by_role("link", name="Save as a file").click()
    assert Path(saving.value.path()).read_text().split() == codes
    phone.get_by_role("link", name="to the desk").click()
    assert "Pledges" in phone.locator("#content").inner_text()

    # With both, by keys alone
    sign_out(phone)
    phone.goto("/admin/contributions/donor/")
    keys_alone(phone, OLGA, PASSWORD)
    arrive(phone, "/admin/account/factors/sign-in/")
    axe(phone, runOnly=WCAG)
    phone.locator("#id_code").focus()
    keys_alone(phone, code_of_the_app(secret))
    arrive(phone, "/admin/contributions/donor/")

    # Without the telephone's app
    phone.goto("/admin/account/logout/")
    phone.locator("#content").get_by_role("button", name="Sign out").click()
    sign_in(phone)
    phone.locator("#id_code").fill(codes[0])
    phone.get_by_role("button", name="Sign in", exact=True).click()
    arrive(phone, "/admin/")


def test_an_officer_signs_in_with_a_passkey_alone(desktop, axe, picture):
    member(OLGA, PASSWORD, "Officer")
    devices = desktop.context.new_cdp_session(desktop)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(desktop)
    picture(desktop, "second-factor", "#content")
    desktop.get_by_role("link", name="Add a passkey").click()
    desktop.get_by_role("button", name="Add", exact=True).click()
    desktop.get_by_role("link", name="to the desk").click()

    sign_out(desktop)
    desktop.goto("/admin/")
    desktop.get_by_role("button", name="Sign in with a passkey").click()
    arrive(desktop, "/admin/")

    desktop.goto("/admin/account/factors/passkeys/")
    axe(desktop, runOnly=WCAG)
    assert desktop.locator("tbody tr").count() == 1
