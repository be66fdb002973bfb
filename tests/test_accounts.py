"""Who comes in, by which proof, and what a role may do."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from contributions.models import Donor
from mptf_portal.accounts import checks
from mptf_portal.accounts.roles import LEDGER, ROLES, load_groups
from mptf_portal.management.commands import create_desk_accounts
from tests.contributions import desk
from tests.desk_pages import admin_addresses
from tests.factories import DonorFactory

pytestmark = [pytest.mark.django_db, pytest.mark.either]

commits = pytest.mark.django_db(transaction=True)  # for the mails that are sent after it

PASSWORD = "correct horse, battery"
LOGIN, FACTORS = "/admin/account/login/", "/admin/account/factors/"
GUIDE = Path(django_settings.BASE_DIR, "docs/secretariat.md")
ADDRESSES = sorted(set(admin_addresses()))


@pytest.fixture(autouse=True)
def _required(settings, db):
    settings.SECOND_FACTOR_REQUIRED = True
    cache.clear()  # what a test committed, the next one would count on


def member(name, *roles, **fields):
    """Make an account with these roles."""
    load_groups()
    email = f"{name}@example.org"
    user = User.objects.create_user(email, email, PASSWORD, is_staff=True, **fields)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def by_password(user):
    """Return a browser that gave the password, and nothing else."""
    client = desk.Staff()
    client.post(LOGIN, {"login": user.email, "password": PASSWORD})
    return client


@pytest.fixture
def olga():
    return member("olga", "Officer")


@pytest.fixture
def andrea():
    return desk.signed_in(member("andrea", "Administrator"))


# The entrance


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_sent_to_the_sign_in_from_every_page(method):
    assert len(ADDRESSES) > 100
    for address in ADDRESSES:
        answer = getattr(Client(), method)(address)
        assert (answer.status_code, answer["Location"]) == (302, f"{LOGIN}?next={address}")


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_password_alone_opens_no_page_not_even_to_a_superuser(method):
    client = by_password(member("root", is_superuser=True))

    for address in ADDRESSES:
        answer = getattr(client, method)(address)
        assert (answer.status_code, answer.get("Location")) == (302, FACTORS), address


def test_a_form_sent_by_the_password_alone_changes_nothing(olga):
    typed = {"name": "Sida", "slug": "sida", "kind": "government"}

    by_password(olga).post(desk.page("donor", "add"), typed)

    assert not Donor.objects.exists()


def test_with_the_second_factor_the_desk_opens(olga):
    assert desk.signed_in(olga).get("/admin/").status_code == 200


def test_a_session_from_before_the_factor_was_enrolled_signs_in_anew(olga):
    old = by_password(olga)
    desk.signed_in(olga)

    answer = old.get("/admin/")

    assert answer["Location"] == f"{LOGIN}?next=/admin/"
    assert old.get("/admin/account/factors/").status_code == 302  # it is signed out


@pytest.mark.parametrize("page", ["factors/app/remove/", "factors/codes/", "confirm/", "email/"])
def test_a_session_from_before_the_factor_was_enrolled_opens_no_page_of_the_account(olga, page):
    old = by_password(olga)
    desk.signed_in(olga)

    answer = old.post(f"/admin/account/{page}", {"password": PASSWORD})

    assert answer["Location"] == f"{LOGIN}?next=/admin/account/{page}"
    assert Authenticator.objects.filter(user=olga).exists()


def test_recovery_codes_alone_are_no_second_factor(olga):
    Authenticator.objects.create(user=olga, type="recovery_codes", data={})

    assert by_password(olga).get("/admin/")["Location"] == FACTORS


def test_an_account_that_is_not_staffs_is_refused():
    reader = User.objects.create_user("reader", "reader@example.org", PASSWORD)

    assert desk.signed_in(reader).get("/admin/").status_code == 403


def test_locally_the_password_is_enough(settings, olga):
    settings.SECOND_FACTOR_REQUIRED = False

    assert by_password(olga).get("/admin/").status_code == 200


def test_an_enrolled_factor_is_asked_for_locally_too(settings, olga):
    settings.SECOND_FACTOR_REQUIRED = False
    desk.signed_in(olga)

    answer = Client().post(LOGIN, {"login": olga.email, "password": PASSWORD})

    assert answer["Location"] == "/admin/account/factors/sign-in/"


def test_a_code_opens_the_desk_once(olga):
    desk.signed_in(olga)
    code = {"code": desk.code_of_the_app(desk.TOTP_SECRET)}

    first, second = by_password(olga), by_password(olga)

    assert first.post(f"{FACTORS}sign-in/", code).status_code == 302
    assert first.get("/admin/").status_code == 200
    assert second.post(f"{FACTORS}sign-in/", code).status_code == 200
    assert second.get("/admin/").status_code == 302


def test_the_admins_own_pages_of_the_password_lead_to_ours(olga):
    client = desk.signed_in(olga)

    assert Client().get("/admin/login/?next=/admin/x/")["Location"] == f"{LOGIN}?next=/admin/x/"
    assert client.get("/admin/password_change/")["Location"] == "/admin/account/password/"
    assert client.post("/admin/logout/").status_code == 302
    assert client.get("/admin/").status_code == 302


def test_after_sign_in_nobody_is_sent_to_another_site(olga):
    data = {"login": olga.email, "password": PASSWORD, "next": "https://example.com/"}

    assert Client().post(LOGIN, data)["Location"] == "/admin/"


def test_public_pages_set_no_cookie_and_know_nobody(olga):
    DonorFactory()

    for client in (Client(), desk.signed_in(olga)):
        answer = client.get("/")
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")


# What nobody gets


def test_nobody_signs_up():
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")
    for address in (
        "/admin/account/signup/",
        "/admin/account/email/",
        f"{FACTORS}passkeys/signup/",
    ):
        assert Client().get(address).status_code == 404


def test_a_forgotten_password_tells_nobody_which_addresses_have_an_account(olga, mailoutbox):
    answers = [
        Client().post("/admin/account/password/reset/", {"email": email}, follow=True)
        for email in (olga.email, "nobody@example.org")
    ]

    known, unknown = ((one.redirect_chain, one.content) for one in answers)
    assert known == unknown
    assert [mail.to for mail in mailoutbox] == [[olga.email]]


def test_a_new_password_does_not_stand_in_for_the_second_factor(olga, mailoutbox):
    desk.signed_in(olga)
    client = desk.Staff()
    client.post("/admin/account/password/reset/", {"email": olga.email})
    form = client.get(re.search(r"https?://[^/]+(\S+)", mailoutbox[0].body)[1])["Location"]

    answer = client.post(form, {"password1": "a second long one", "password2": "a second long one"})

    assert answer["Location"] == f"{FACTORS}sign-in/"
    assert client.get("/admin/")["Location"].startswith(LOGIN)


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(olga):
    said = [
        desk.errors_of(Client().post(LOGIN, {"login": email, "password": "wrong"}))
        for email in (olga.email, "nobody@example.org")
    ]

    assert said[0] == said[1] != []


def test_a_portal_without_mail_says_so_and_takes_no_address(settings, olga, mailoutbox):
    settings.MAIL_IS_SENT = False

    opened = Client().get("/admin/account/password/reset/")
    sent = Client().post("/admin/account/password/reset/", {"email": olga.email})

    for page in (opened, sent):
        assert b"sends no mail at present" in page.content
        assert b"Send the link" not in page.content
    assert mailoutbox == []


def test_attempts_on_one_account_are_limited(olga):
    for _attempt in range(5):
        Client().post(LOGIN, {"login": olga.email, "password": "wrong"})

    right = Client().post(LOGIN, {"login": olga.email, "password": PASSWORD})

    assert "Too many wrong attempts. Wait five minutes" in desk.errors_of(right)[0]


def test_codes_are_limited_too(olga):
    desk.signed_in(olga)
    client = by_password(olga)
    for _attempt in range(5):
        client.post(f"{FACTORS}sign-in/", {"code": "000000"})

    right = client.post(f"{FACTORS}sign-in/", {"code": desk.code_of_the_app(desk.TOTP_SECRET)})

    assert "Too many wrong attempts. Wait five minutes" in desk.errors_of(right)[0]


def test_the_key_of_a_mailed_link_is_not_logged(olga, mailoutbox, caplog):
    Client().post("/admin/account/password/reset/", {"email": olga.email})
    link = re.search(r"https?://[^/]+(\S+)", mailoutbox[0].body)[1]
    Client().get(link)

    paths = [record.fields["path"] for record in caplog.records if hasattr(record, "fields")]
    assert paths[-1] == "/admin/account/password/reset/key/…"


@commits
def test_mails_tell_neither_address_nor_browser(olga, mailoutbox):
    client = by_password(olga)
    secret = re.search(r'id="totp-key">(\w+)', client.get(f"{FACTORS}app/add/").content.decode())[1]
    client.post(f"{FACTORS}app/add/", {"code": desk.code_of_the_app(secret)})

    (mail,) = mailoutbox
    assert mail.to == [olga.email]
    assert "127.0.0.1" not in mail.body
    assert "Browser" not in mail.body


# Roles


def test_the_groups_hold_exactly_what_the_table_says():
    load_groups()
    viewer = Group.objects.get(name="Viewer")
    viewer.permissions.add(Permission.objects.get(codename="publish_deposit"))

    load_groups()

    assert {group.name for group in Group.objects.all()} == {role.name for role in ROLES}
    for role in ROLES:
        held = Group.objects.get(name=role.name).permissions.all()
        acts = {
            one.codename.partition("_")[0] for one in held if one.content_type.app_label in LEDGER
        }
        assert acts == set(role.ledger), role.name
        others = {one.codename for one in held if one.content_type.app_label not in LEDGER}
        assert others == set(role.accounts), role.name


def test_a_role_holds_its_acts_on_every_model_of_the_ledger():
    load_groups()

    for role in ROLES:
        held = set(
            Group.objects.get(name=role.name).permissions.filter(content_type__app_label__in=LEDGER)
        )
        possible = Permission.objects.filter(content_type__app_label__in=LEDGER).exclude(
            codename__contains="_historical"
        )
        assert held == {one for one in possible if one.codename.partition("_")[0] in role.ledger}


def test_no_role_deletes():
    load_groups()

    assert not Group.objects.filter(permissions__codename__startswith="delete_").exists()


def test_the_guides_table_is_the_one_of_the_code():
    rows = re.findall(
        r"^\| \*(\w+)\* \| (.+?) \| (.+?) \| (.+?) \|$", GUIDE.read_text(), re.MULTILINE
    )

    assert rows == [
        (role.name, str(role.does), ", ".join(role.ledger) or "—", ", ".join(role.accounts) or "—")
        for role in ROLES
    ]


# Accounts in the admin


def change(user):
    return reverse("admin:auth_user_change", args=[user.pk])


def act(user, name):
    return reverse(f"admin:auth_user_{name}", args=[user.pk])


def roles(*names):
    return [group.pk for group in Group.objects.filter(name__in=names)]


def invite(client, **fields):
    data = {"email": "Nadia@Example.org", "groups": roles("Viewer"), **fields}
    return client.post(reverse("admin:auth_user_add"), data, follow=True)


@commits
def test_whoever_is_invited_sets_a_password_and_is_led_to_a_second_factor(andrea, mailoutbox):
    invite(andrea)
    nadia = User.objects.get(email="nadia@example.org")
    assert (nadia.username, nadia.is_staff, nadia.has_usable_password()) == (
        nadia.email,
        True,
        False,
    )
    link = re.search(r"https?://[^/]+(\S+)", mailoutbox[-1].body)[1]

    client = desk.Staff()
    form = client.get(link)["Location"]
    answer = client.post(form, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)

    assert answer.request["PATH_INFO"] == FACTORS
    assert Client().get(link).context["token_fail"]  # it works once


@commits
def test_an_invitation_is_sent_again_while_it_is_unanswered(andrea, mailoutbox):
    invite(andrea)
    nadia = User.objects.get(email="nadia@example.org")
    assert andrea.get(act(nadia, "invite")).status_code == 200
    andrea.post(act(nadia, "invite"))
    assert len(mailoutbox) == 2

    nadia.set_password(PASSWORD)
    nadia.save()
    assert andrea.get(act(nadia, "invite")).status_code == 403


@commits
def test_where_no_mail_is_sent_the_administrator_is_told_so_and_nothing_secret(
    andrea, settings, mailoutbox
):
    settings.MAIL_IS_SENT = False

    page = invite(andrea).content.decode()

    assert "No mail could be sent" in page
    assert "/password/reset/key/" not in page
    assert mailoutbox == []


@commits
def test_a_mail_server_that_is_away_loses_neither_account_nor_page(andrea, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    page = invite(andrea).content.decode()

    assert "No mail could be sent" in page
    assert User.objects.filter(email="nadia@example.org").exists()


@commits
@pytest.mark.parametrize("username", ["olga", "olga@example.org"])
def test_one_address_has_one_account(andrea, username):
    User.objects.create_user(username, "olga@example.org", is_staff=True)

    answer = invite(andrea, email="OLGA@example.org")

    assert "has an account already" in desk.errors(answer)


def test_an_administrator_gives_roles_and_it_is_kept_who_did(andrea, olga):
    andrea.post(change(olga), {"is_active": "on", "groups": roles("Officer", "Viewer")})

    assert {group.name for group in olga.groups.all()} == {"Officer", "Viewer"}
    history = andrea.get(reverse("admin:auth_user_history", args=[olga.pk])).content.decode()
    assert "Officer → Officer, Viewer" in history


def test_nobody_gives_themselves_roles(andrea):
    me = User.objects.get(email="andrea@example.org")

    andrea.post(change(me), {"is_active": "on", "groups": roles("Approver"), "is_superuser": "on"})

    me.refresh_from_db()
    assert ([group.name for group in me.groups.all()], me.is_superuser) == (
        ["Administrator"],
        False,
    )


def test_an_administrator_makes_no_superuser_and_changes_none(andrea, olga):
    root = member("root", is_superuser=True)

    andrea.post(change(olga), {"is_active": "on", "is_superuser": "on"})

    assert not User.objects.get(pk=olga.pk).is_superuser
    assert andrea.post(change(root), {}).status_code == 403
    assert andrea.get(act(root, "remove-factors")).status_code == 403


@pytest.mark.parametrize("role", ["Viewer", "Officer", "Approver"])
def test_other_roles_see_no_accounts(role):
    client = desk.signed_in(member("stefan", role))
    other = member("olga", "Officer")

    for address in (reverse("admin:auth_user_changelist"), change(other), act(other, "invite")):
        assert client.get(address).status_code == 403


def test_nobody_sets_anothers_password_or_address(andrea, olga):
    data = {"is_active": "on", "email": "mine@example.org", "password": "x", "password1": "x"}

    andrea.post(change(olga), data)
    answer = andrea.get(f"/admin/auth/user/{olga.pk}/password/")

    after = User.objects.get(pk=olga.pk)
    assert (after.email, after.check_password(PASSWORD)) == (olga.email, True)
    assert answer.status_code == 302  # no such page: the admin leads home


def test_not_even_a_superuser_reads_the_secret_of_a_factor():
    assert not admin.site.is_registered(Authenticator)


@commits
def test_a_lost_factor_is_removed_and_it_is_kept_who_did(andrea, olga, mailoutbox):
    session = desk.signed_in(olga)
    assert andrea.get(act(olga, "remove-factors")).status_code == 200
    assert Authenticator.objects.filter(user=olga).exists()

    andrea.post(act(olga, "remove-factors"))

    assert not Authenticator.objects.filter(user=olga).exists()
    assert session.get("/admin/")["Location"] == FACTORS
    assert mailoutbox[-1].to == [olga.email]
    history = andrea.get(reverse("admin:auth_user_history", args=[olga.pk])).content.decode()
    assert "Second factor removed" in history


def test_nobody_removes_their_own_factor_as_an_administrator(andrea):
    me = User.objects.get(email="andrea@example.org")

    assert andrea.post(act(me, "remove-factors")).status_code == 403
    assert Authenticator.objects.filter(user=me).exists()


@pytest.mark.parametrize("address", ["change", "add", "invite", "remove-factors"])
def test_accounts_are_changed_by_whoever_proved_lately_who_they_are(andrea, olga, address):
    olga.set_unusable_password()
    olga.save()
    desk.signed_in(olga)
    page = reverse(f"admin:auth_user_{address}", args=[] if address == "add" else [olga.pk])
    assert andrea.get(page).status_code == 200

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        answers = [andrea.get(page), andrea.post(page, {"groups": roles("Approver")})]

    for answer in answers:
        assert answer["Location"].startswith("/admin/account/confirm/?next=")
    assert [group.name for group in olga.groups.all()] == ["Officer"]


def test_the_password_confirms_and_leads_back(andrea):
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        asked = andrea.get(reverse("admin:auth_user_add"))["Location"]
        wrong = andrea.post(asked, {"password": "wrong"})
        right = andrea.post(asked, {"password": PASSWORD})
        page = andrea.get(right["Location"])

    assert (wrong.status_code, right.status_code, page.status_code) == (200, 302, 200)


def test_factors_and_passwords_ask_again_too(olga):
    client = desk.signed_in(olga)

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        for name in ("mfa_deactivate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"):
            assert client.get(reverse(name))["Location"].startswith("/admin/account/confirm/"), name


def test_the_list_of_accounts_asks_the_same_of_many_as_of_few(
    andrea, django_assert_num_queries, django_assert_max_num_queries
):
    address = reverse("admin:auth_user_changelist")
    andrea.get(address)
    with django_assert_max_num_queries(20) as few:
        andrea.get(address)
    for number in range(5):
        member(f"person-{number}", "Viewer", "Officer")

    with django_assert_num_queries(len(few)):
        andrea.get(address)


# The first accounts


@pytest.fixture
def answers(monkeypatch):
    for role in ("OFFICER", "APPROVER"):
        monkeypatch.setenv(f"{role}_EMAIL", f"{role}@Example.org")
        monkeypatch.setenv(f"{role}_PASSWORD", PASSWORD)


def test_an_officer_and_an_approver_are_made_once(settings, answers):
    settings.SECOND_FACTOR_REQUIRED = False
    load_groups()

    call_command("create_desk_accounts", stdout=StringIO())
    said = StringIO()
    call_command("create_desk_accounts", stdout=said)

    officer, approver = User.objects.order_by("-email")
    assert said.getvalue().count("has an account already") == 2
    assert [group.name for group in officer.groups.all()] == ["Officer"]
    assert [group.name for group in approver.groups.all()] == ["Approver"]
    assert by_password(officer).get("/admin/").status_code == 200


def test_a_weak_password_makes_no_account(answers, monkeypatch):
    load_groups()
    monkeypatch.setenv("APPROVER_PASSWORD", "12345")

    with pytest.raises(CommandError, match="too short"):
        call_command("create_desk_accounts", stdout=StringIO())

    assert not User.objects.exists()


def test_a_password_that_may_not_be_or_is_typed_otherwise_is_asked_again(answers, monkeypatch):
    load_groups()
    monkeypatch.delenv("OFFICER_PASSWORD")
    typed = iter(["12345", PASSWORD, "otherwise", PASSWORD, PASSWORD])
    monkeypatch.setattr(create_desk_accounts, "getpass", lambda _prompt: next(typed))
    said = StringIO()

    call_command("create_desk_accounts", stdout=StringIO(), stderr=said)

    assert "too short" in said.getvalue()
    assert "differ" in said.getvalue()
    assert User.objects.get(email="officer@example.org").check_password(PASSWORD)


def test_where_nobody_answers_the_variables_are_named_and_nothing_is_made(answers, monkeypatch):
    load_groups()
    monkeypatch.delenv("APPROVER_EMAIL")
    monkeypatch.setattr("sys.stdin", StringIO())

    with pytest.raises(CommandError, match="set OFFICER_EMAIL"):
        call_command("create_desk_accounts", stdout=StringIO())

    assert not User.objects.exists()


def test_what_a_role_is_not_is_refused():
    with pytest.raises(CommandError, match="There is no role Publisher"):
        call_command("create_desk_accounts", "Publisher")


@commits
def test_the_last_administrators_factor_is_removed_on_the_server(andrea):
    call_command("remove_second_factors", "Andrea@example.org", stdout=StringIO())

    assert andrea.get("/admin/")["Location"] == FACTORS
    assert "on the server" in str(LogEntry.objects.get())


def test_on_the_server_an_unknown_address_is_said_to_be_one():
    with pytest.raises(CommandError, match="No account has the address"):
        call_command("remove_second_factors", "nobody@example.org")


# What a deployment must not lack


@pytest.mark.parametrize(("local", "required"), [("0", "True"), ("1", "False")])
def test_the_second_factor_is_waived_by_portal_local_alone(local, required):
    variables = {"SECRET_KEY": "x", "ENV_FILE": "", "DEBUG": "1", "PORTAL_LOCAL": local}
    program = "from mptf_portal import settings; print(settings.SECOND_FACTOR_REQUIRED)"

    said = subprocess.check_output(
        [sys.executable, "-c", program], env=os.environ | variables, cwd=GUIDE.parent.parent
    )

    assert said.decode().strip() == required


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_production_is_refused_a_cache_of_one_process(settings, backend):
    settings.PORTAL_LOCAL = False
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}

    assert [one.id for one in run_checks(tags=["caches"])] == ["portal.E001"]


def test_the_cache_of_the_portal_is_one_that_processes_share(settings):
    settings.PORTAL_LOCAL = False

    assert checks.shared_cache() == []


def test_a_deployment_without_the_second_factor_is_refused(settings):
    assert [one.id for one in checks.second_factor()] == ["portal.E002"]
    settings.PORTAL_LOCAL = False
    assert checks.second_factor() == []


def test_a_deployment_without_mail_is_warned_of(settings):
    settings.MAIL_IS_SENT = False
    assert [one.id for one in checks.mail()] == ["portal.W003"]
