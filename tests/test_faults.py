"""What an officer and a reader get while the database fails."""

import re

import pytest
from django.contrib.admin import ModelAdmin
from django.db import IntegrityError, InternalError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from contributions.models import Donor
from mptf_portal import live
from tests.contributions import desk
from tests.factories import DonorFactory

pytestmark = pytest.mark.django_db

TYPED = "\nSmåland’s “first” <agency>\n & co"


@pytest.fixture
def failing(monkeypatch):
    """Return a function that makes every save in the admin fail with an error."""

    def fail_with(error):
        def save(*_arguments):
            raise error

        monkeypatch.setattr(ModelAdmin, "save_model", save)

    return fail_with


def officer():
    client = desk.officer()
    client.raise_request_exception = False
    return client


def typed(client, address):
    return desk.shown(client, address) | {"name": "Sida", "slug": "sida", "kind": "agency"}


@pytest.mark.parametrize(
    "error",
    [OperationalError("disk full"), InternalError("read-only transaction")],
)
def test_a_write_that_the_database_refuses_is_said_and_what_was_typed_comes_back(failing, error):
    client, address = officer(), desk.page("donor", "add")
    form = typed(client, address) | {"name": TYPED}
    failing(error)

    answer = client.post(address, form)

    html = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Cache-Control"] == "no-store"
    assert "take it as not saved" in html
    assert "Send it again" in html
    assert "<agency>" not in html
    assert '<th scope="row">slug</th>' in html
    assert not re.search(r'<th scope="row">[^<]*(_FORMS|__prefix__|_continue)', html)
    assert not Donor.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_not_committed_is_nowhere_said_to_be_saved(monkeypatch):
    def fail(_self):
        raise OperationalError("server closed the connection unexpectedly")

    client, address = officer(), desk.page("donor", "add")
    form = typed(client, address)
    with monkeypatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "_commit", fail)
        answer = client.post(address, form)

    assert answer.status_code == 503
    assert not Donor.objects.exists()
    assert "success" not in client.get("/admin/").content.decode()


def test_what_was_typed_is_sent_again_as_it_was(failing, monkeypatch):
    client, address = officer(), desk.page("donor", "add")
    form = typed(client, address)
    with monkeypatch.context():
        failing(OperationalError("gone"))
        html = client.post(address, form).content.decode()
    monkeypatch.undo()

    fields = dict(re.findall(r'<input type="hidden" name="(?!csrf)([^"]+)" value="([^"]*)">', html))
    again = client.post(address, fields)

    assert fields == {name: str(value) for name, value in form.items()}
    assert again.status_code == 302
    assert Donor.objects.get().name == "Sida"


def test_nothing_of_a_form_with_a_password_comes_back(monkeypatch):
    client = Client(raise_request_exception=False)

    def fail(*_arguments, **_options):
        raise OperationalError("gone")

    monkeypatch.setattr("allauth.account.auth_backends.AuthenticationBackend.authenticate", fail)
    typed = {"login": "olga@example.org", "password": "correct horse"}
    answer = client.post("/admin/account/login/", typed)

    assert answer.status_code == 503
    assert b"correct horse" not in answer.content
    assert b"olga" not in answer.content


def test_a_fault_of_our_own_stays_a_500(failing):
    client, address = officer(), desk.page("donor", "add")
    form = typed(client, address)
    failing(IntegrityError("ours"))

    assert client.post(address, form).status_code == 500


def test_a_public_page_without_the_ledger_asks_to_come_again(monkeypatch):
    def fail(*_arguments):
        raise OperationalError("gone")

    DonorFactory()
    monkeypatch.setattr(live, "published", fail)
    answer = Client(raise_request_exception=False).get("/contributions/")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "The ledger cannot be reached" in answer.content.decode()
