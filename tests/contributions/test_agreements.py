"""A multi-year agreement in one act, and money that goes back or never comes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributions.models import Deposit, Donor, Instalment, Pledge, PledgeEntry, PledgeFootnote
from mptf_portal.dates import today
from mptf_portal.money import in_equal_parts
from tests.contributions import desk
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EntryFactory,
    ExchangeRateFactory,
    PledgeFactory,
)

AGREEMENT = {
    "agreement_reference": "SAA-7",
    "currency": "DKK",
    "amount": "100",
    "dated": "2024-05-02",
    "first_year": "2024",
    "years": "3",
    "evidence": "Arrangement, page 2",
}
AMOUNTS = st.decimals(Decimal("0.01"), Decimal("9999999999999.99"), places=2)


@given(amount=AMOUNTS, parts=st.integers(1, 10))
def test_equal_parts_add_up_to_the_amount_to_the_cent(amount, parts):
    split = in_equal_parts(amount, parts)

    assert len(split) == parts
    assert sum(split) == amount
    assert len(set(split[:-1])) <= 1
    assert 0 <= split[-1] - split[0] < Decimal("0.01") * parts
    assert all(part == part.quantize(Decimal("0.01")) for part in split)


def test_the_last_part_takes_the_cents_that_are_over():
    assert in_equal_parts(Decimal(100), 3) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]


# The page

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("nothing_foretold"),
    pytest.mark.either,
]
ADDRESS = "pledge", "multi-year"


def agreement(**values):
    donor = Donor.objects.first() or DonorFactory(name="Denmark")
    return AGREEMENT | {"donor": donor.pk} | values


def years(*amounts, due=()):
    """Return what the browser posts of the years from 2024 on."""
    rows = {"form-TOTAL_FORMS": len(amounts), "form-INITIAL_FORMS": 0}
    for number, amount in enumerate(amounts):
        rows |= {f"form-{number}-funding_year": 2024 + number, f"form-{number}-amount": amount}
        rows |= {f"form-{number}-due_on": due[number] if number < len(due) else ""}
    return rows | {"enter": "Enter"}


def post(client, data):
    return client.post(desk.page(*ADDRESS), data)


def said(answer):
    agreement, years = answer.context["agreement"], answer.context["years"]
    return f"{agreement.errors} {years and years.non_form_errors()}"


def test_an_equal_split_is_offered_and_nothing_is_entered_yet():
    answer = post(desk.officer(), agreement(split="Split"))

    offered = [form.initial for form in answer.context["years"]]
    assert [(year["funding_year"], year["amount"]) for year in offered] == [
        (2024, Decimal("33.33")),
        (2025, Decimal("33.33")),
        (2026, Decimal("33.34")),
    ]
    assert not Pledge.objects.exists()


def test_every_year_becomes_a_pledge_under_one_reference_with_what_was_signed():
    ExchangeRateFactory()
    client = desk.officer()

    answer = post(client, agreement() | years("60", "30", "10", due=["2024-06-01"]))

    assert answer.status_code == 302, said(answer)
    entries = PledgeEntry.objects.order_by("pledge__funding_year").select_related("pledge")
    assert [
        (e.pledge.funding_year, e.pledge.agreement_reference, e.kind, e.amount, e.amount_usd)
        for e in entries
    ] == [
        (2024, "SAA-7", "signed", 60, 6),
        (2025, "SAA-7", "signed", 30, 3),
        (2026, "SAA-7", "signed", 10, 1),
    ]
    assert {(e.dated, e.evidence, e.is_draft) for e in entries} == {
        (date(2024, 5, 2), "Arrangement, page 2", True)
    }
    assert Instalment.objects.get().amount == 60
    assert PledgeFootnote.objects.filter(kind="multi-year").count() == 3
    assert PledgeEntry.history.first().history_user.username == "olga"


@pytest.mark.parametrize(
    ("amounts", "difference"),
    [
        (("60", "30", "9.99"), "DKK\u00a00.01 too little"),
        (("60", "30", "11"), "DKK\u00a01.00 too much"),
    ],
)
def test_years_that_are_not_the_agreements_amount_are_refused_with_the_difference(
    amounts, difference
):
    answer = post(desk.officer(), agreement() | years(*amounts))

    assert difference in said(answer)
    assert not Pledge.objects.exists()


@pytest.mark.parametrize("changed", [{"years": "4"}, {"years": "2"}, {"first_year": "2025"}])
def test_years_that_are_not_those_of_the_agreement_are_refused(changed):
    answer = post(desk.officer(), agreement(**changed) | years("60", "30", "10"))

    assert "below stand 2024, 2025, 2026" in said(answer)
    assert not Pledge.objects.exists()


def test_a_year_that_is_left_empty_is_refused():
    answer = post(desk.officer(), agreement(years="2") | years("50", "50") | {
        "form-1-funding_year": "", "form-1-amount": ""
    })  # fmt: skip

    assert "This field is required" in str(answer.context["years"].errors)
    assert not Pledge.objects.exists()


def test_a_year_that_stands_twice_is_refused():
    answer = post(
        desk.officer(), agreement(years="2") | years("50", "50") | {"form-1-funding_year": 2024}
    )

    assert "The funding year 2024 stands twice." in said(answer)


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "XXY"},
        {"amount": "-100"},
        {"years": "11"},
        {"dated": f"{today() + timedelta(1):%Y-%m-%d}"},
        {"form-0-amount": "0", "form-1-amount": "100"},
        {"form-0-funding_year": "2018"},
    ],
)
def test_bad_input_is_refused_and_nothing_that_was_typed_is_lost(wrong):
    answer = post(desk.officer(), agreement(years="2") | years("50", "50") | wrong)

    page = answer.content.decode()
    assert "Nothing is entered yet" in page
    assert 'value="SAA-7"' in page
    assert 'name="form-1-funding_year" value="2025"' in page
    assert not Pledge.objects.exists()


def test_an_agreement_that_is_on_record_is_not_entered_again():
    client = desk.officer()
    post(client, agreement(years="2") | years("50", "50"))

    answer = post(client, agreement(years="2") | years("50", "50"))

    assert "“Denmark 2024 DKK · SAA-7” is on record already." in said(answer)
    assert Pledge.objects.count() == 2


def test_a_year_of_another_donors_agreement_is_not_entered_under_its_reference():
    PledgeFactory(donor__name="Norway", agreement_reference="SAA-7", funding_year=2025)
    denmark = DonorFactory(name="Denmark")

    answer = post(desk.officer(), agreement(donor=denmark.pk, years="2") | years("50", "50"))

    assert "“Norway 2025 USD · SAA-7” is on record already." in said(answer)
    assert Pledge.objects.count() == 1


def test_nothing_is_half_entered_where_one_year_breaks_a_rule(monkeypatch):
    def stop(*_args, **_values):
        raise RuntimeError

    monkeypatch.setattr(PledgeFootnote, "full_clean", stop)

    with pytest.raises(RuntimeError):
        post(desk.officer(), agreement(years="2") | years("50", "50"))

    assert not Pledge.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_not_add_pledges_enters_no_agreement(method):
    answer = getattr(desk.second_approver(), method)(desk.page(*ADDRESS))

    assert answer.status_code == 403


# Refunds and cancellations


def refund(client, deposit, **values):
    """Post a refund on the deposit's pledge, having seen its page."""
    typed = {
        "received_on": "2024-01-05",
        "amount": "40",
        "amount_usd": "5",
        "agent_reference": "AA-9",
        "reason": "Project closed early",
        "evidence": "Debit note 4",
    }
    return desk.act(client, desk.page("pledge", "refund", deposit.pledge_id), typed | values)


def in_kroner(**values):
    return DepositFactory(pledge__currency="DKK", amount=Decimal(100), **values)


def test_a_refund_is_typed_above_zero_and_kept_as_a_draft_below():
    deposit = in_kroner()

    desk.done(refund(desk.officer(), deposit))

    row = Deposit.objects.exclude(pk=deposit.pk).get()
    assert (row.amount, row.amount_usd, row.is_draft) == (-40, -5, True)
    assert (row.agent_reference, row.evidence) == ("AA-9", "Debit note 4")
    assert row.history.get().history_change_reason == "Project closed early"


def test_a_refund_in_dollars_is_typed_once():
    deposit = DepositFactory()

    desk.done(refund(desk.officer(), deposit, amount_usd=""))

    assert Deposit.objects.exclude(pk=deposit.pk).get().amount_usd == -40


@pytest.mark.parametrize("pending", [{}, {"public_from": None}])
def test_no_more_is_paid_back_than_was_deposited(pending):
    deposit = in_kroner(**pending)
    client = desk.officer()
    desk.done(refund(client, deposit, amount="99.99"))

    answer = refund(client, deposit, amount="0.02", agent_reference="AA-10")

    message = str(answer.context["form"].errors)
    assert "DKK\u00a00.02 is more than the DKK\u00a00.01 deposited" in message
    assert Deposit.objects.count() == 2


@pytest.mark.parametrize("amount", ["0", "-40", ""])
def test_a_refund_without_an_amount_above_zero_is_refused(amount):
    answer = refund(desk.officer(), in_kroner(), amount=amount)

    assert "amount" in answer.context["form"].errors


def test_a_refund_of_a_day_to_come_is_refused():
    answer = refund(desk.officer(), in_kroner(), received_on=f"{today() + timedelta(1)}")

    assert "That day is still to come." in str(answer.context["form"].errors)


def test_a_draft_refund_is_not_changed_to_more_than_was_deposited():
    deposit, client = in_kroner(), desk.officer()
    desk.done(refund(client, deposit))
    address = desk.page("pledge", "change", deposit.pledge_id)
    data = desk.shown(client, address)
    draft = next(name for name, value in data.items() if value == "AA-9").rpartition("-")[0]

    desk.save(client, address, data | {f"{draft}-amount": "-100"})
    data = desk.shown(client, address)

    assert "more than" in desk.refused(client, address, data | {f"{draft}-amount": "-100.01"})


def test_a_refund_is_corrected_up_to_what_was_deposited():
    deposit = in_kroner()
    public = DepositFactory(pledge=deposit.pledge, amount=Decimal(-60), amount_usd=Decimal(-9))
    client = desk.officer()
    address = desk.page("deposit", "change", desk.correct(client, "deposit", public.pk))

    desk.save(client, address, desk.shown(client, address) | {"amount": "-100"})

    assert Deposit.objects.get(replaces=public).amount == -100


def test_a_refund_is_not_entered_among_deposits():
    deposit, client = in_kroner(), desk.officer()
    address = desk.page("pledge", "change", deposit.pledge_id)
    row = {"received_on": "2023-02-01", "amount": "-5", "amount_usd": "-1"}
    data = desk.with_row(desk.shown(client, address), "deposits", **row, agent_reference="AA-2")

    assert "choose “Refund”" in desk.refused(client, address, data)


def test_a_pledge_without_deposits_offers_no_refund_and_takes_none():
    entry, client = EntryFactory(), desk.officer()

    page = client.get(desk.page("pledge", "change", entry.pledge_id)).content.decode()
    answer = client.post(desk.page("pledge", "refund", entry.pledge_id), {})

    assert ("Cancel the pledge" in page, "Refund<" in page) == (True, False)
    assert answer.status_code == 403


@pytest.mark.parametrize("act", ["refund", "cancel"])
def test_who_may_not_add_rows_neither_refunds_nor_cancels(act):
    pledge = EntryFactory(pledge=DepositFactory().pledge).pledge

    assert desk.second_approver().get(desk.page("pledge", act, pledge.pk)).status_code == 403


def test_a_pledge_is_cancelled_once_with_its_reason():
    entry, client = EntryFactory(), desk.officer()
    address = desk.page("pledge", "cancel", entry.pledge_id)
    typed = {"dated": "2024-01-05", "reason": "Budget cut", "evidence": "Letter"}

    desk.done(desk.act(client, address, typed))

    row = PledgeEntry.objects.get(kind="cancelled")
    assert (row.amount, row.reason, row.is_draft) == (None, "Budget cut", True)
    assert client.get(address).status_code == 403
