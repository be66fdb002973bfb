"""From the secretariat's desk to the statement: what an entry in the admin moves, and when."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from contributions.models import Deposit, Pledge, PledgeEntry
from tests.contributions import desk
from tests.factories import DepositFactory, DonorFactory, EntryFactory, ExchangeRateFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either,
    pytest.mark.usefixtures("nothing_foretold"),
]

MILLION = 1_000_000
UNECE, EVERYONE = ("unece", "deposited"), ("all", "deposited")
SIGNED, PLEDGED = ("unece", "committed"), ("unece", "pledged")


@pytest.fixture
def approver():
    return desk.approver()


@pytest.fixture
def member():
    return DonorFactory(in_unece=True)


def enter_pledge(client, donor, currency="USD"):
    """Enter a pledge for 2023 without any row and return it."""
    data = desk.shown(client, desk.page("pledge", "add"))
    data |= {"donor": donor.pk, "funding_year": 2023, "currency": currency}
    desk.save(client, desk.page("pledge", "add"), data)
    return Pledge.objects.latest("pk")


def enter_entry(client, pledge, **values):
    """Enter one more entry on the pledge's page and return it."""
    address = desk.page("pledge", "change", pledge.pk)
    row = {"dated": "2023-01-10", "kind": "signed", "amount": "5000000"} | values
    desk.save(client, address, desk.with_row(desk.shown(client, address), "entries", **row))
    return PledgeEntry.objects.latest("pk")


def enter_deposit(client, pledge, amount, reference="AA-1"):
    """Enter one more deposit in US dollars on the pledge's page and return it."""
    address = desk.page("pledge", "change", pledge.pk)
    row = {"received_on": "2023-02-01", "amount": amount, "amount_usd": amount}
    data = desk.with_row(desk.shown(client, address), "deposits", **row, agent_reference=reference)
    desk.save(client, address, data)
    return Deposit.objects.latest("pk")


def replaced(client, model, row, **values):
    """Correct a public row, change what differs, and return the key of the draft."""
    key = desk.correct(client, model, row.pk)
    address = desk.page(model, "change", key)
    desk.save(client, address, desk.shown(client, address) | values)
    return key


def test_a_published_deposit_of_five_million_by_a_unece_donor_raises_the_statement_by_five(
    approver, member
):
    DepositFactory(amount=Decimal(47 * MILLION), pledge__donor=member)
    desk.show_on_the_home_page(UNECE)
    before = desk.said_at_home()

    enter_deposit(approver, pledge := enter_pledge(approver, member), 5 * MILLION)
    desk.publish(approver, "pledge", pledge.pk)

    assert (before, desk.said_at_home()) == ([47 * MILLION], [52 * MILLION])


def test_the_first_published_deposit_fills_the_placeholder(approver, member):
    desk.show_on_the_home_page(UNECE)
    before = desk.said_at_home()

    enter_deposit(approver, pledge := enter_pledge(approver, member), 5 * MILLION)
    desk.publish(approver, "pledge", pledge.pk)

    assert (before, desk.said_at_home()) == ([None], [5 * MILLION])


def test_a_deposit_by_a_donor_outside_unece_raises_only_the_figure_of_all_donors(approver):
    DepositFactory(amount=Decimal(MILLION), pledge__donor=DonorFactory(in_unece=True))
    desk.show_on_the_home_page(UNECE, EVERYONE)

    enter_deposit(approver, pledge := enter_pledge(approver, DonorFactory()), 5 * MILLION)
    desk.publish(approver, "pledge", pledge.pk)

    assert desk.said_at_home() == [MILLION, 6 * MILLION]


def test_a_refund_lowers_the_unece_figure_and_that_of_all_donors(approver, member):
    desk.show_on_the_home_page(UNECE, EVERYONE)
    paid = DepositFactory(amount=Decimal(5 * MILLION), pledge__donor=member)

    typed = {"received_on": "2023-02-01", "amount": 2 * MILLION, "agent_reference": "AA-REFUND"}
    typed |= {"reason": "Closed early", "evidence": "Debit note"}
    desk.done(desk.act(approver, desk.page("pledge", "refund", paid.pledge_id), typed))
    desk.publish(approver, "pledge", paid.pledge_id)

    assert desk.said_at_home() == [3 * MILLION, 3 * MILLION]


def test_a_draft_deposit_moves_no_figure(approver, member):
    desk.show_on_the_home_page(UNECE, EVERYONE)

    enter_deposit(approver, enter_pledge(approver, member), 5 * MILLION)

    assert desk.said_at_home() == [None, None]


def test_an_unsigned_pledge_moves_neither_deposits_nor_commitments(approver, member):
    desk.show_on_the_home_page(UNECE, EVERYONE, SIGNED, PLEDGED)

    enter_entry(approver, pledge := enter_pledge(approver, member), kind="announced")
    desk.publish(approver, "pledge", pledge.pk)

    assert desk.said_at_home() == [None, None, None, 5 * MILLION]


def test_a_pledge_and_its_own_deposit_never_count_twice(approver, member):
    desk.show_on_the_home_page(UNECE, SIGNED, PLEDGED)

    pledge = enter_pledge(approver, member)
    enter_entry(approver, pledge)
    enter_deposit(approver, pledge, 5 * MILLION)
    desk.publish(approver, "pledge", pledge.pk)

    assert desk.said_at_home() == [5 * MILLION, 5 * MILLION, 5 * MILLION]


def test_an_entry_that_replaces_another_moves_nothing_until_it_is_published(approver, member):
    desk.show_on_the_home_page(SIGNED)
    old = EntryFactory(amount=Decimal(5 * MILLION), pledge__donor=member)

    key = replaced(approver, "pledgeentry", old, amount="8000000")
    while_draft = desk.said_at_home()
    desk.publish(approver, "pledgeentry", key)

    assert (while_draft, desk.said_at_home()) == ([5 * MILLION], [8 * MILLION])


def test_a_deposit_that_replaces_another_moves_nothing_until_it_is_published(approver, member):
    desk.show_on_the_home_page(UNECE)
    old = DepositFactory(amount=Decimal(5 * MILLION), pledge__donor=member)

    key = replaced(approver, "deposit", old, amount="8000000", amount_usd="8000000")
    while_draft = desk.said_at_home()
    desk.publish(approver, "deposit", key)

    assert (while_draft, desk.said_at_home()) == ([5 * MILLION], [8 * MILLION])


def test_an_approver_publishes_both_drafts_of_a_pledge_on_its_page(approver, member):
    ExchangeRateFactory()
    officer = desk.officer()
    desk.show_on_the_home_page(UNECE, SIGNED)
    pledge = enter_pledge(officer, member, currency="DKK")
    enter_entry(officer, pledge, amount="30000000")
    enter_deposit(officer, pledge, 3 * MILLION)

    desk.publish(approver, "pledge", pledge.pk)

    assert desk.said_at_home() == [3 * MILLION, 3 * MILLION]


def test_a_page_whose_drafts_cannot_all_be_published_publishes_none(approver, member):
    desk.show_on_the_home_page(UNECE, PLEDGED)
    pledge = enter_pledge(approver, member)
    enter_entry(approver, pledge, kind="announced")
    enter_entry(approver, pledge, kind="signed")
    enter_deposit(approver, pledge, 5 * MILLION)
    desk.submit(approver, "pledge", pledge.pk)

    answer = desk.act(desk.second_approver(), desk.page("pledge", "publish", pledge.pk), desk.NOW)

    assert "a public entry of that day already" in str(answer.context["form"].errors)
    assert desk.said_at_home() == [None, None]


def test_an_embargo_entered_on_the_page_of_the_act_holds_until_its_minute(approver, member):
    desk.show_on_the_home_page(UNECE)
    deposit = enter_deposit(approver, enter_pledge(approver, member), 5 * MILLION)
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)

    desk.submit(approver, "deposit", deposit.pk)
    desk.act(desk.second_approver(), desk.page("deposit", "publish", deposit.pk), desk.at(noon))

    with time_machine.travel(noon - timedelta(seconds=1), tick=False):
        before = desk.said_at_home()
    with time_machine.travel(noon, tick=False):
        assert (before, desk.said_at_home()) == ([None], [5 * MILLION])


def test_a_publication_is_never_dated_back(approver, member):
    deposit = enter_deposit(approver, enter_pledge(approver, member), 5 * MILLION)

    yesterday = timezone.now() - timedelta(days=1)
    desk.submit(approver, "deposit", deposit.pk)
    answer = desk.act(
        desk.second_approver(), desk.page("deposit", "publish", deposit.pk), desk.at(yesterday)
    )

    assert "cannot have been public before now" in str(answer.context["form"].errors)
    assert Deposit.objects.get().public_from is None


def test_a_public_deposit_is_withdrawn_with_a_reason(approver, member):
    desk.show_on_the_home_page(UNECE)
    deposit = DepositFactory(amount=Decimal(5), pledge__donor=member)

    address = desk.page("deposit", "withdraw", deposit.pk)
    without_reason = desk.act(approver, address, {"reason": ""})
    desk.act(approver, address, {"reason": "Booked on the wrong fund"})

    assert "This field is required" in str(without_reason.context["form"].errors)
    assert Deposit.objects.get().withdrawn_reason == "Booked on the wrong fund"
    assert desk.said_at_home() == [None]


def test_an_embargoed_correction_can_be_withdrawn_and_the_public_row_stays(approver, member):
    desk.show_on_the_home_page(UNECE)
    old = DepositFactory(amount=Decimal(5), pledge__donor=member)
    draft = DepositFactory(
        pledge=old.pledge, replaces=old, agent_reference=old.agent_reference, public_from=None
    )
    tomorrow = timezone.now() + timedelta(days=1)
    desk.act(approver, desk.page("deposit", "publish", draft.pk), desk.at(tomorrow))

    desk.act(approver, desk.page("deposit", "withdraw", draft.pk), {"reason": "Not confirmed"})

    assert desk.said_at_home() == [5]
    assert Deposit.objects.get(pk=old.pk).public_until is None


def test_a_row_added_since_the_approver_looked_is_not_published_unseen(approver, member):
    deposit = desk.submitted(DepositFactory(public_from=None, pledge__donor=member))
    address = desk.page("pledge", "publish", deposit.pledge_id)
    seen = approver.get(address).context["seen"]
    desk.submitted(DepositFactory(public_from=None, pledge=deposit.pledge))

    answer = approver.post(address, desk.NOW | {"seen": seen})

    assert "A row was added or changed since this page was opened" in answer.content.decode()
    assert not Deposit.objects.exclude(public_from=None).exists()


def test_a_row_changed_since_the_approver_looked_is_not_published_unseen(approver, member):
    deposit = desk.submitted(DepositFactory(public_from=None, pledge__donor=member))
    address = desk.page("deposit", "publish", deposit.pk)
    seen = approver.get(address).context["seen"]
    deposit.amount = deposit.amount_usd = Decimal(900)
    deposit.save()

    answer = approver.post(address, desk.NOW | {"seen": seen})

    assert "A row was added or changed since this page was opened" in answer.content.decode()
    assert Deposit.objects.get().public_from is None
