"""Who may do what in the admin, what stays on record, and what a visitor sees of it: nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from contributions.models import Deposit, PledgeEntry
from programmes.models import Country
from tests.contributions import desk
from tests.factories import (
    CountryFactory,
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ExchangeRateFactory,
    PledgeFactory,
    StatedFigureFactory,
    TargetFactory,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either,
    pytest.mark.usefixtures("nothing_foretold"),
]

FACTORIES = {
    "country": CountryFactory,
    "donor": DonorFactory,
    "exchangerate": ExchangeRateFactory,
    "pledge": PledgeFactory,
    "pledgeentry": EntryFactory,
    "deposit": DepositFactory,
    "fundingtarget": TargetFactory,
    "edition": EditionFactory,
    "statedfigure": StatedFigureFactory,
}


@pytest.fixture
def officer():
    return desk.officer()


def address_of(model, act, row):
    return reverse(f"admin:{row._meta.app_label}_{model}_{act}", args=[row.pk])


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("model", ["pledge", "pledgeentry", "deposit", "fundingtarget", "edition"])
def test_an_officer_may_not_publish(officer, model, method):
    if model == "pledge":
        row = DepositFactory(public_from=None).pledge
    else:
        row = FACTORIES[model](public_from=None)

    answer = getattr(officer, method)(address_of(model, "publish", row), desk.NOW)

    assert answer.status_code == 403


def test_an_officers_attempt_to_publish_leaves_the_row_a_draft(officer):
    deposit = DepositFactory(public_from=None)

    desk.act(officer, desk.page("deposit", "publish", deposit.pk), desk.NOW)
    desk.act(officer, desk.page("pledge", "publish", deposit.pledge_id), desk.NOW)

    assert Deposit.objects.get().public_from is None


def test_an_officer_may_not_withdraw_what_is_public(officer):
    deposit = DepositFactory()

    answer = desk.act(officer, desk.page("deposit", "withdraw", deposit.pk), {"reason": "Mine"})

    assert answer.status_code == 403
    assert Deposit.objects.get().public_until is None


def test_an_officer_may_correct_what_is_public_by_a_draft(officer):
    deposit = DepositFactory()

    key = desk.correct(officer, "deposit", deposit.pk)

    draft = Deposit.objects.get(pk=key)
    assert (draft.replaces, draft.public_from) == (deposit, None)


def test_an_approver_of_entries_alone_does_not_publish_deposits():
    client = desk.approver("publish_deposit")
    deposit = DepositFactory(public_from=None)
    EntryFactory(pledge=deposit.pledge, public_from=None)

    answer = desk.act(client, desk.page("pledge", "publish", deposit.pledge_id), desk.NOW)

    assert answer.status_code == 403
    assert PledgeEntry.objects.get().public_from is None


def test_a_public_row_is_not_changed_on_its_own_page_by_a_crafted_post(officer):
    deposit = DepositFactory()
    data = {"received_on": "2023-02-01", "amount": "7", "amount_usd": "7", "agent_reference": "X"}

    answer = officer.post(desk.page("deposit", "change", deposit.pk), data)

    assert answer.status_code == 403
    assert Deposit.objects.get().amount == deposit.amount


def test_what_an_approver_scheduled_is_not_changed_by_an_officer(officer):
    deposit = DepositFactory(public_from="2100-01-01T00:00Z")
    address = desk.page("pledge", "change", deposit.pledge_id)
    crafted = {"deposits-0-amount": "7", "deposits-0-amount_usd": "7"}

    officer.post(address, desk.shown(officer, address) | crafted)

    assert Deposit.objects.get().amount == deposit.amount


@pytest.mark.parametrize("field", ["public_from", "public_until", "replaces"])
def test_the_form_of_a_draft_publishes_nothing_however_it_is_posted(officer, field):
    deposit = DepositFactory(public_from=None)
    address = desk.page("deposit", "change", deposit.pk)

    desk.save(officer, address, desk.shown(officer, address) | {field: "2020-01-01 00:00:00"})

    stored = Deposit.objects.get()
    assert (stored.public_from, stored.public_until, stored.replaces) == (None, None, None)


@pytest.mark.parametrize("model", FACTORIES)
def test_not_even_a_superuser_deletes(model):
    row = FACTORIES[model]()

    answer = desk.superuser().post(address_of(model, "delete", row), {"post": "yes"})

    assert answer.status_code in {403, 404}
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", FACTORIES)
def test_no_list_offers_to_delete_what_is_ticked(model):
    row = FACTORIES[model]()
    app = row._meta.app_label
    ticked = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}

    desk.superuser().post(reverse(f"admin:{app}_{model}_changelist"), ticked)

    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_row_ticked_for_deletion_on_a_pledges_page_stays():
    row = EntryFactory(public_from=None)
    client, address = desk.superuser(), desk.page("pledge", "change", row.pledge_id)

    client.post(address, desk.shown(client, address) | {"entries-0-DELETE": "on"})

    assert PledgeEntry.objects.filter(pk=row.pk).exists()


def test_countries_are_looked_up_and_not_changed():
    country = CountryFactory(unece=False)

    desk.superuser().post(
        reverse("admin:programmes_country_change", args=[country.pk]), {"unece": "on"}
    )

    assert Country.objects.get().unece is False


def test_history_says_who_changed_what_and_when():
    client, row = desk.approver(), DepositFactory(public_from=None)
    address = desk.page("deposit", "change", row.pk)
    desk.save(client, address, desk.shown(client, address) | {"evidence": "Receipt 17"})

    html = client.get(desk.page("deposit", "history", row.pk)).content.decode()

    record = row.history.latest()
    assert "<p>ana</p>" in html
    assert "<dt>Evidence</dt>" in html
    assert "<ins>Receipt 17</ins>" in html
    assert f"{record.history_date:%H:%M}" in html


def test_history_says_who_published_and_from_when_on():
    client, row = desk.approver(), DepositFactory(public_from=None)
    desk.publish(client, "deposit", row.pk)

    html = client.get(desk.page("deposit", "history", row.pk)).content.decode()

    assert "<p>petra</p>" in html
    assert "<strong>Published</strong>" in html


def test_history_says_who_withdrew_and_why():
    client, row = desk.approver(), DepositFactory()
    desk.act(client, desk.page("deposit", "withdraw", row.pk), {"reason": "Booked on another fund"})

    html = client.get(desk.page("deposit", "history", row.pk)).content.decode()

    assert "<p>ana</p>" in html
    assert "Booked on another fund" in html


def test_history_still_says_who_after_the_account_is_gone():
    row = DepositFactory(public_from=None)
    desk.publish(desk.approver(), "deposit", row.pk)
    client, ana = desk.superuser(), row.history.latest().history_user

    client.post(reverse("admin:auth_user_delete", args=[ana.pk]), {"post": "yes"})

    html = client.get(desk.page("deposit", "history", row.pk)).content.decode()
    assert "<p>ana</p>" in html


def test_the_statement_is_the_same_bytes_for_staff_and_strangers(officer):
    DepositFactory(pledge__donor=DonorFactory(in_unece=True))
    desk.show_on_the_home_page(("unece", "deposited"))

    for_staff, for_strangers = officer.get("/"), Client().get("/")

    assert for_staff.content == for_strangers.content
    assert not for_staff.cookies
    assert not for_strangers.cookies
