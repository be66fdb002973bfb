"""A claim holds, does not hold, or cannot be told: never more than the ledger says."""

from datetime import date
from decimal import Decimal

import pytest

from contributions import claims, figures
from contributions.models import PledgeEntry
from mptf_portal.figures import Verdict
from mptf_portal.snapshot import Snapshot, latest
from tests.factories import (
    DepositFactory,
    EntryFactory,
    PledgeFactory,
    StatedFigureFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db


def reached(year=2023):
    return claims.target_reached(latest(), year)


def reconcile():
    """State today's total of deposits as the Administrative Agent would."""
    snapshot = latest()
    total = figures.contributed(snapshot).value or Decimal(0)
    StatedFigureFactory(value=total, stated_for=snapshot.as_of)


def test_a_target_is_reached_on_the_day_it_has_stayed_reached_since():
    TargetFactory(amount_usd=Decimal(150))
    EntryFactory(amount=Decimal(100), dated=date(2023, 3, 1))
    EntryFactory(amount=Decimal(50), dated=date(2023, 11, 30))

    claim = reached()

    assert claim.verdict is Verdict.HOLDS
    assert claim.answer == "reached on 30 November 2023"
    assert (
        claim.evidence
        == "2023: USD\u00a0150.00 of commitments towards USD\u00a0150.00 (100\u00a0%)."
    )


def test_a_target_lost_and_reached_again_counts_from_the_second_time():
    TargetFactory(amount_usd=Decimal(100), basis="deposited")
    pledge = PledgeFactory()
    for day, amount in [(1, 100), (2, -50), (3, 60)]:
        DepositFactory(pledge=pledge, received_on=date(2023, day, 1), amount=Decimal(amount))

    assert reached().answer == "reached on 1 March 2023"


def test_an_unreconciled_ledger_cannot_tell_that_a_target_was_missed():
    TargetFactory(amount_usd=Decimal(1000))
    EntryFactory(amount=Decimal(430))

    claim = reached()

    assert claim.verdict is Verdict.CANNOT_BE_TOLD
    assert "not yet reconciled with the Administrative Agent" in claim.answer
    assert "43\u00a0%" in claim.evidence


def test_a_reconciled_ledger_tells_how_far_the_target_is():
    TargetFactory(amount_usd=Decimal(1000))
    DepositFactory(pledge=EntryFactory(amount=Decimal(439)).pledge)
    reconcile()

    claim = reached()

    assert (claim.verdict, claim.answer) == (Verdict.DOES_NOT_HOLD, "not yet: 43\u00a0%")


def test_a_difference_of_a_cent_is_no_reconciliation():
    TargetFactory()
    DepositFactory(pledge=EntryFactory().pledge, amount=Decimal(100))
    StatedFigureFactory(value=Decimal("100.01"), stated_for=latest().as_of)

    assert reached().verdict is Verdict.CANNOT_BE_TOLD


def test_a_reconciliation_of_an_earlier_day_does_not_reach_today():
    TargetFactory()
    DepositFactory(pledge=EntryFactory().pledge, amount=Decimal(100))
    StatedFigureFactory(value=Decimal(100), stated_for=date(2024, 1, 1))

    assert "reconciled to 1 January 2024 only" in reached().answer
    snapshot = Snapshot("default", latest().now, date(2024, 1, 1))
    assert claims.target_reached(snapshot, 2023).verdict is Verdict.DOES_NOT_HOLD


def test_a_row_without_a_rate_could_change_the_answer():
    TargetFactory()
    DepositFactory(pledge=EntryFactory().pledge, amount=Decimal(100))
    EntryFactory(pledge__currency="DKK")
    reconcile()

    assert reached().answer == "cannot be told: 1 pledge is not yet valued in US dollars"
    assert reached().verdict is Verdict.CANNOT_BE_TOLD


def test_without_a_target_nothing_can_be_told():
    claim = reached(2030)

    assert claim.verdict is Verdict.CANNOT_BE_TOLD
    assert claim.evidence == "No funding target for 2030 is on record."


def test_a_target_with_nothing_recorded_says_so():
    TargetFactory()

    assert reached().verdict is Verdict.CANNOT_BE_TOLD
    assert reached().answer == "cannot be told: no commitments are on record"
    assert "no commitments recorded yet" in reached().evidence


def test_of_a_year_without_rows_nothing_is_known_even_when_deposits_are_reconciled():
    TargetFactory()
    DepositFactory(pledge=EntryFactory(pledge__funding_year=2022).pledge)
    reconcile()

    assert reached().verdict is Verdict.CANNOT_BE_TOLD


def test_an_unsigned_pledge_does_not_reach_a_target_measured_on_commitments():
    TargetFactory(amount_usd=Decimal(100))
    EntryFactory(amount=Decimal(100), kind=PledgeEntry.Kind.ANNOUNCED)

    assert reached().verdict is Verdict.CANNOT_BE_TOLD


def test_a_second_consecutive_year_needs_both_years():
    for year in (2023, 2024):
        TargetFactory(year=year, amount_usd=Decimal(100))
    EntryFactory(pledge__funding_year=2023, amount=Decimal(100))
    assert claims.consecutive_year(latest(), 2024).verdict is Verdict.CANNOT_BE_TOLD

    EntryFactory(pledge__funding_year=2024, amount=Decimal(100), dated=date(2024, 5, 2))

    claim = claims.consecutive_year(latest(), 2024)
    assert (claim.verdict, claim.answer) == (Verdict.HOLDS, "reached on 2 May 2024")
    assert claim.evidence.startswith("2023: USD\u00a0100.00")


def test_one_year_proven_missed_is_enough_to_say_it_does_not_hold():
    TargetFactory(year=2023, amount_usd=Decimal(1000))
    EntryFactory(pledge__funding_year=2023, amount=Decimal(430))
    DepositFactory()
    reconcile()

    claim = claims.consecutive_year(latest(), 2024)

    assert (claim.verdict, claim.answer) == (Verdict.DOES_NOT_HOLD, "not yet: 43\u00a0%")
