"""What each figure counts, on small ledgers made by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contributions import figures
from contributions.models import PledgeEntry
from mptf_portal.figures import UnknownReferenceError
from mptf_portal.snapshot import Snapshot, latest
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ExchangeRateFactory,
    PledgeFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db

Kind = PledgeEntry.Kind


def contributed(stage="deposited", by="all", year=None, as_of=None, statement=None):
    now = latest()
    snapshot = Snapshot(now.using, now.now, as_of or now.as_of)
    return figures.contributed(snapshot, by=by, statement=statement, stage=stage, year=year).value


def test_an_empty_ledger_has_no_value_and_never_zero():
    assert contributed() is None
    assert figures.outstanding(latest()).value is None
    assert figures.uncommitted(latest()).value is None
    assert figures.donors(latest()).value is None
    assert figures.target(latest(), year=2023).value is None
    assert figures.target_gap(latest(), year=2023).value is None


def test_uncommitted_is_what_is_pledged_and_not_signed():
    EntryFactory(kind=Kind.ANNOUNCED, amount=Decimal(30))
    EntryFactory(kind=Kind.SIGNED, amount=Decimal(100))
    EntryFactory(kind=Kind.ANNOUNCED, pledge__currency="DKK")

    figure = figures.uncommitted(latest())

    assert [line.value for line in figure.lines] == [130, 100, 30]
    assert (figure.value, figure.unvalued) == (30, 1)
    assert [row.usd for row in figure.rows] == [30]


def test_nothing_is_uncommitted_where_all_is_signed():
    EntryFactory(kind=Kind.SIGNED)

    assert figures.uncommitted(latest()).value == 0


def test_only_unece_donors_count_in_the_unece_total():
    DepositFactory(amount=Decimal(5), pledge__donor=DonorFactory(in_unece=True))
    DepositFactory(amount=Decimal(7))

    assert contributed(by="unece") == 5
    assert contributed() == 12


def test_global_south_is_a_flag_independent_of_unece():
    donor = DonorFactory(in_unece=True, global_south=True)
    DepositFactory(amount=Decimal(5), pledge__donor=donor)

    assert contributed(by="global-south") == contributed(by="unece") == 5


def test_a_donor_without_a_country_counts_in_all_and_not_in_unece():
    DepositFactory(pledge__donor=DonorFactory(kind="foundation", country=None))

    assert contributed() == 100
    assert contributed(by="unece") is None


def test_a_government_and_its_agency_are_two_donors():
    government = DonorFactory(in_unece=True)
    agency = DonorFactory(kind="agency", parent=government, country=government.country)
    DepositFactory(amount=Decimal(5), pledge__donor=government)
    DepositFactory(amount=Decimal(7), pledge__donor=agency)

    assert contributed(by=government.slug) == 5
    assert contributed(by=agency.slug) == 7
    assert figures.donors(latest(), by="unece").value == 2


def test_signatories_are_those_of_the_named_statement():
    signed = DepositFactory(amount=Decimal(5), pledge__donor=DonorFactory(in_unece=True))
    DepositFactory(amount=Decimal(7), pledge__donor=DonorFactory(in_unece=True))
    statement = EditionFactory().statement
    statement.signatories.add(signed.pledge.donor)

    assert contributed(by="signatories", statement=statement.slug) == 5
    with pytest.raises(UnknownReferenceError, match="add statement=unece-2024"):
        contributed(by="signatories")
    with pytest.raises(UnknownReferenceError, match="No statement has the short name"):
        contributed(by="signatories", statement="nothing")


def test_a_donor_that_readers_do_not_know_is_unknown():
    draft = DepositFactory(public_from=None)

    with pytest.raises(UnknownReferenceError, match="neither a group of donors nor a donor"):
        contributed(by=draft.pledge.donor.slug)


def test_a_refund_lowers_every_total():
    pledge = PledgeFactory(donor=DonorFactory(in_unece=True))
    DepositFactory(pledge=pledge, amount=Decimal(500))

    DepositFactory(pledge=pledge, amount=Decimal(-100))

    for by in ("all", "unece", pledge.donor.slug):
        assert contributed(by=by) == 400
    assert contributed(year=2023) == 400


def test_paying_a_pledge_changes_neither_pledged_nor_committed():
    entry = EntryFactory()

    DepositFactory(pledge=entry.pledge, amount=Decimal(100))

    assert contributed("pledged") == contributed("committed") == contributed("deposited") == 100


def test_a_revised_amount_replaces_the_earlier_one():
    entry = EntryFactory(kind=Kind.ANNOUNCED, amount=Decimal(100), dated=date(2023, 1, 1))

    EntryFactory(
        pledge=entry.pledge, kind=Kind.REVISED, amount=Decimal(150), dated=date(2023, 2, 1)
    )

    assert contributed("pledged") == 150
    assert contributed("pledged", as_of=date(2023, 1, 31)) == 100


def test_a_pledge_is_committed_from_its_first_signature_on():
    announced = EntryFactory(kind=Kind.ANNOUNCED, dated=date(2023, 1, 1))
    EntryFactory(pledge=announced.pledge, dated=date(2023, 3, 1), amount=Decimal(90))
    EntryFactory(
        pledge=announced.pledge, kind=Kind.REVISED, dated=date(2023, 5, 1), amount=Decimal(120)
    )

    assert contributed("committed", as_of=date(2023, 2, 28)) is None
    assert contributed("committed", as_of=date(2023, 3, 1)) == 90
    assert contributed("committed") == 120


def test_cancelling_leaves_what_was_deposited():
    signed = EntryFactory(amount=Decimal(100), dated=date(2023, 1, 1))
    DepositFactory(pledge=signed.pledge, amount=Decimal(40), received_on=date(2023, 2, 1))

    EntryFactory(
        pledge=signed.pledge,
        kind=Kind.CANCELLED,
        amount=None,
        reason="Budget cut",
        dated=date(2023, 6, 1),
    )

    assert contributed("pledged") == contributed("committed") == contributed("deposited") == 40
    assert figures.outstanding(latest()).value == 0


def test_a_pledge_without_a_rate_counts_in_no_us_dollar_total_and_is_told():
    EntryFactory(pledge__currency="DKK")

    figure = figures.contributed(latest(), stage="pledged")

    assert figure.value is None
    assert figure.unvalued == 1


def test_the_rate_is_the_latest_not_after_the_date():
    ExchangeRateFactory(effective_on=date(2023, 1, 1), rate=Decimal("6.9"))
    ExchangeRateFactory(effective_on=date(2023, 2, 1), rate=Decimal("6.8"))

    entry = EntryFactory(pledge__currency="DKK", dated=date(2023, 1, 31), amount=Decimal(690))

    assert (entry.rate, entry.amount_usd) == (Decimal("6.9"), Decimal(100))


def test_outstanding_is_in_the_pledges_currency_and_the_exchange_difference_a_line():
    ExchangeRateFactory(rate=Decimal(10))
    signed = EntryFactory(pledge__currency="DKK", amount=Decimal(1000))
    DepositFactory(pledge=signed.pledge, amount=Decimal(600), amount_usd=Decimal(63))

    figure = figures.outstanding(latest())

    assert figure.value == 40
    assert [line.value for line in figure.lines] == [100, 63, -3, 40]


def test_what_the_year_counts_is_the_funding_year_whenever_received():
    DepositFactory(pledge__funding_year=2023, received_on=date(2024, 3, 1))

    assert contributed(year=2023) == 100
    assert contributed(year=2024) is None


def test_donors_are_counted_once_and_cancelled_pledges_not():
    donor = DonorFactory()
    EntryFactory(pledge__donor=donor)
    EntryFactory(pledge__donor=donor)
    EntryFactory(kind=Kind.CANCELLED, amount=None, reason="No budget")

    assert figures.donors(latest(), stage="pledged").value == 1


def test_a_donor_who_was_refunded_everything_is_no_donor_of_deposits():
    deposit = DepositFactory(amount=Decimal(100))
    assert figures.donors(latest()).value == 1

    DepositFactory(pledge=deposit.pledge, amount=Decimal(-100))

    assert figures.donors(latest()).value is None


def test_the_target_gap_is_measured_on_the_targets_basis():
    target = TargetFactory(amount_usd=Decimal(1000), basis="deposited")
    signed = EntryFactory(amount=Decimal(800))
    DepositFactory(pledge=signed.pledge, amount=Decimal(300))

    assert figures.target_gap(latest(), year=2023).value == 700
    target.basis = ""
    target.save()
    assert figures.target_gap(latest(), year=2023).value == 200


def test_the_gap_to_a_reached_target_is_zero():
    TargetFactory(amount_usd=Decimal(100))
    EntryFactory(amount=Decimal(150))

    assert figures.target_gap(latest(), year=2023).value == 0


def test_a_capitalisation_target_is_no_annual_one():
    TargetFactory(kind="capitalisation", year=None, period="2021 to May 2022")

    assert figures.target(latest(), year=2022).value is None


def test_one_process_across_new_year_counts_the_new_day(time_machine):
    DepositFactory(received_on=date(2027, 1, 1), public_from=datetime(2026, 12, 1, tzinfo=UTC))

    time_machine.move_to(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert contributed() is None
    time_machine.move_to(datetime(2027, 1, 1, 0, 0, 0, tzinfo=UTC))
    assert contributed() == 100
