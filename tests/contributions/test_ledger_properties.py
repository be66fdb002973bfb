"""The sums hold for every ledger that can be generated."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from contributions import figures
from contributions.models import Donor, PledgeEntry
from contributions.overview import overview
from contributions.progress import running_totals
from mptf_portal.figures import Figure, UnknownReferenceError, count, refer, registered
from mptf_portal.money import Scale, cents, strictly_over
from mptf_portal.snapshot import Snapshot, latest
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EntryFactory,
    ExchangeRateFactory,
    PledgeFactory,
    ResultFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db

Kind = PledgeEntry.Kind
START = date(2023, 1, 1)
STAGES = (figures.PLEDGED, figures.COMMITTED, figures.DEPOSITED)
amounts = st.decimals(Decimal("0.01"), Decimal(90_000_000), places=2)
# What is not yet paid, and what is missing to a target, fall by their definition when money comes.
FALLING = ("outstanding", "target-gap")
LATER_KINDS = (Kind.REVISED, Kind.SIGNED, Kind.CANCELLED)


@st.composite
def pledges(draw):
    """Draw one pledge: its donor, year, currency, entries on different days, and deposits.

    A deposit comes after a signature, as the Administrative Agent receives money under an
    arrangement only; a refund never exceeds what was paid.
    """
    days = draw(st.lists(st.integers(0, 40), min_size=1, max_size=4, unique=True).map(sorted))
    kinds = [draw(st.sampled_from([Kind.ANNOUNCED, Kind.SIGNED]))]
    kinds += [draw(st.sampled_from(LATER_KINDS)) for _ in days[1:]]
    entries = [
        (day, kind, None if kind == Kind.CANCELLED else draw(amounts))
        for day, kind in zip(days, kinds, strict=True)
    ]
    signed = [day for day, kind, _amount in entries if kind == Kind.SIGNED]
    payments = draw(st.lists(st.tuples(st.integers(0, 20), amounts), max_size=3)) if signed else []
    deposits = [(signed[0] + after, amount) for after, amount in payments]
    if deposits and draw(st.booleans()):
        deposits.append((deposits[-1][0] + 1, -deposits[-1][1]))
    return {
        "donor": draw(st.integers(0, 3)),
        "year": draw(st.sampled_from([2022, 2023, 2024])),
        "currency": draw(st.sampled_from(["USD", "DKK"])),
        "entries": entries,
        "deposits": deposits,
    }


ledgers = st.lists(pledges(), max_size=6)


def write(ledger):
    """Write a drawn ledger to the database."""
    ExchangeRateFactory(currency="DKK", rate=Decimal("6.8917"))
    donors = [
        DonorFactory(name=f"Donor {number}", in_unece=number < 2, global_south=number > 2)
        for number in range(4)
    ]
    for drawn in ledger:
        pledge = PledgeFactory(
            donor=donors[drawn["donor"]], funding_year=drawn["year"], currency=drawn["currency"]
        )
        for day, kind, amount in drawn["entries"]:
            EntryFactory(
                pledge=pledge,
                dated=START + timedelta(day),
                kind=kind,
                amount=amount,
                reason="No budget" if kind == Kind.CANCELLED else "",
            )
        for day, amount in drawn["deposits"]:
            DepositFactory(
                pledge=pledge,
                received_on=START + timedelta(day),
                amount=amount,
                amount_usd=amount if drawn["currency"] == "USD" else usd_credited(amount),
            )


def usd_credited(amount):
    """Return what a bank might credit for kroner: never exactly the UN rate."""
    credited = cents(amount / Decimal("6.85"))
    return credited or Decimal("0.01").copy_sign(amount)


def replay(ledger, day, stage, rate=Decimal("6.8917")):
    """Count a ledger as of a day by reading its rows one after the other."""
    total = Decimal(0)
    for drawn in ledger:
        known = [entry for entry in drawn["entries"] if START + timedelta(entry[0]) <= day]
        paid = sum(
            (amount if drawn["currency"] == "USD" else usd_credited(amount))
            for after, amount in drawn["deposits"]
            if START + timedelta(after) <= day
        )
        if stage == figures.DEPOSITED:
            total += paid
            continue
        if not known or (stage == figures.COMMITTED and all(e[1] != Kind.SIGNED for e in known)):
            continue
        amount = known[-1][2]
        per_dollar = 1 if drawn["currency"] == "USD" else rate
        total += paid if amount is None else cents(amount / per_dollar)
    return total


def replay_donors(ledger, day, stage):
    """Count the donors by reading the rows one after the other."""
    if stage == figures.DEPOSITED:
        mine = [[drawn for drawn in ledger if drawn["donor"] == number] for number in range(4)]
        return sum(replay(pledges, day, stage) > 0 for pledges in mine)
    return len({drawn["donor"] for drawn in ledger if replay([drawn], day, stage) > 0})


def replay_outstanding(ledger, day, rate=Decimal("6.8917")):
    """Count what is owed by reading the rows one after the other."""
    total = Decimal(0)
    for drawn in ledger:
        known = [entry for entry in drawn["entries"] if START + timedelta(entry[0]) <= day]
        if all(entry[1] != Kind.SIGNED for entry in known) or known[-1][2] is None:
            continue
        paid = sum(paid for after, paid in drawn["deposits"] if START + timedelta(after) <= day)
        total += cents((known[-1][2] - paid) / (1 if drawn["currency"] == "USD" else rate))
    return total


def every_figure(donor, year):
    """Count every figure of the register but FALLING, for all, for UNECE and for the donor."""
    choices = {
        "by": ["all", "unece", donor.slug],
        "stage": STAGES,
        "year": [None, year],
        "programme": ["border"],
        "key": ["people"],
    }
    counted = {}
    for entry in registered():
        if entry.kind is not Figure or entry.name in FALLING:
            continue
        names = [name for name in entry.parsers if name in choices]
        for values in product(*(choices[name] for name in names)):
            counted |= count_if_known(entry.name, dict(zip(names, values, strict=True)))
    return counted


def count_if_known(name, parameters):
    """Return the figure's value by its reference, 0 without one; nothing where it has none."""
    pairs = [(key, str(value)) for key, value in parameters.items() if value is not None]
    try:
        reference = refer(name, pairs)
    except UnknownReferenceError:  # a year is needed
        return {}
    try:
        return {reference: count(reference, latest()).value or 0}
    except UnknownReferenceError:  # a donor of whom nothing is public yet
        return {reference: 0}


class TestGeneratedLedgers(TestCase):
    """Each example runs in its own transaction."""

    databases = {"default", "read"}

    @given(ledgers)
    def test_all_is_the_sum_over_donors_and_the_sum_over_years(self, ledger):
        write(ledger)
        snapshot = latest()
        for stage in STAGES:
            everything = figures.contributed(snapshot, stage=stage).value or 0
            known = Donor.objects.public(snapshot.now)
            by_donor = [
                figures.contributed(snapshot, by=donor.slug, stage=stage).value for donor in known
            ]
            by_year = [
                figures.contributed(snapshot, stage=stage, year=year).value
                for year in (2022, 2023, 2024)
            ]
            assert sum(value or 0 for value in by_donor) == everything
            assert sum(value or 0 for value in by_year) == everything

    @given(ledgers)
    def test_every_number_on_the_overview_is_its_figures(self, ledger):
        write(ledger)
        snapshot = latest()
        page = overview(snapshot)
        rows = (*(ranked.row for ranked in page.donors), *page.years)
        parts = [part for total in page.totals for part in (total.unece, total.global_south)]
        for cell in (*parts, *(cell for row in rows for cell in row.cells)):
            counted = count(cell.reference, snapshot)
            assert (cell.value, cell.unvalued) == (counted.value, counted.unvalued)

    @given(ledgers)
    def test_committed_is_deposited_and_outstanding_and_exchange_difference(self, ledger):
        write(ledger)
        snapshot = latest()

        figure = figures.outstanding(snapshot)
        if not figure.rows:
            assert (figure.value, figure.lines) == (None, ())
            return
        committed, paid, difference, outstanding = (line.value for line in figure.lines)

        assert committed == paid + outstanding + difference
        assert committed == (figures.contributed(snapshot, stage="committed").value or 0)
        assert paid == (figures.contributed(snapshot, stage="deposited").value or 0)
        assert (figure.value or 0) == outstanding == sum(row.outstanding_usd for row in figure.rows)
        in_dollars = all(drawn["currency"] == "USD" for drawn in ledger)
        assert difference == 0 or not in_dollars

    @given(ledgers, st.integers(-1, 62))
    def test_as_of_equals_a_replay_of_the_entries_day_by_day(self, ledger, after):
        write(ledger)
        now = latest()
        snapshot = Snapshot(now.using, now.now, START + timedelta(after))

        for stage in STAGES:
            counted = figures.contributed(snapshot, stage=stage).value
            assert (counted or 0) == replay(ledger, snapshot.as_of, stage)

    @given(ledgers, st.integers(-1, 62))
    def test_donors_and_outstanding_of_a_day_equal_a_replay_too(self, ledger, after):
        write(ledger)
        now = latest()
        snapshot = Snapshot(now.using, now.now, START + timedelta(after))

        for stage in STAGES:
            counted = figures.donors(snapshot, stage=stage).value
            assert (counted or 0) == replay_donors(ledger, snapshot.as_of, stage)
        outstanding = figures.outstanding(snapshot).value
        assert (outstanding or 0) == replay_outstanding(ledger, snapshot.as_of)

    @given(ledgers, st.integers(0, 3), amounts)
    def test_a_further_deposit_lowers_no_figure_but_what_is_missing(self, ledger, number, amount):
        write(ledger)
        ResultFactory(programme__slug="border", key="people")
        TargetFactory()
        donor = Donor.objects.get(name=f"Donor {number}")
        pledge = donor.pledges.first() or PledgeFactory(donor=donor)
        before = every_figure(donor, pledge.funding_year)

        DepositFactory(pledge=pledge, received_on=START, amount=amount)

        after = every_figure(donor, pledge.funding_year)
        assert {
            str(name): (was, after[name]) for name, was in before.items() if after[name] < was
        } == {}

    @given(ledgers)
    def test_the_running_totals_are_the_figure_of_each_day(self, ledger):
        write(ledger)
        now = latest()
        for stage in STAGES:
            for day, total in running_totals(now, stage, 2023):
                snapshot = Snapshot(now.using, now.now, day)
                figure = figures.contributed(snapshot, stage=stage, year=2023)
                assert total == (figure.value or 0)

    @given(ledgers)
    def test_the_rows_behind_a_figure_sum_to_it_to_the_cent(self, ledger):
        write(ledger)
        for stage in STAGES:
            figure = figures.contributed(latest(), stage=stage)
            rows = [row.amount_usd if stage == "deposited" else row.usd for row in figure.rows]
            assert sum(rows, Decimal(0)) == (figure.value or 0)
        uncommitted = figures.uncommitted(latest())
        assert sum(row.usd for row in uncommitted.rows) == (uncommitted.value or 0)


@given(st.decimals(Decimal(-(10**12)), Decimal(10**12), places=2), st.sampled_from(Scale))
def test_over_n_is_always_strictly_true_and_n_the_greatest(value, scale):
    number = strictly_over(value, scale)

    if number is None:
        assert value <= scale.value
    else:
        assert number * scale.value < value <= (number + 1) * scale.value
