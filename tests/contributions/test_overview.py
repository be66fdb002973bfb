"""The contributions page tells what is not recorded and what is not valued, and never 0 for it."""

from decimal import Decimal

import pytest

from contributions.models import PledgeEntry
from contributions.overview import overview
from mptf_portal.snapshot import latest
from tests.factories import DepositFactory, EntryFactory, TargetFactory

pytestmark = pytest.mark.django_db


def test_an_empty_ledger_has_no_rows_and_no_totals():
    page = overview(latest())

    assert (page.donors, page.years) == ((), ())
    assert [figure.value for figure in page.totals] == [None] * 4


def test_a_pledge_without_a_rate_is_told_in_each_column_that_leaves_it_out():
    EntryFactory(pledge__currency="DKK")

    page = overview(latest())

    for row in (page.donors[0], page.years[0]):
        assert [cell.value for cell in row.cells] == [None] * 4
        assert [cell.unvalued for cell in row.cells] == [1, 1, 0, 1]


def test_an_announced_pledge_is_neither_committed_nor_outstanding():
    EntryFactory(kind=PledgeEntry.Kind.ANNOUNCED, amount=Decimal(5))

    row = overview(latest()).donors[0]

    assert [cell.value for cell in row.cells] == [5, None, None, None]


def test_donors_stand_by_name_and_years_in_order():
    DepositFactory(pledge__donor__name="Norway", pledge__funding_year=2024)
    DepositFactory(pledge__donor__name="Denmark", pledge__funding_year=2022)

    page = overview(latest())

    assert [row.donor.name for row in page.donors] == ["Denmark", "Norway"]
    assert [row.year for row in page.years] == [2022, 2024]


def test_a_year_with_a_target_tells_how_far_it_came():
    TargetFactory(year=2023, amount_usd=Decimal(1000))
    EntryFactory(amount=Decimal(439))
    TargetFactory(year=2025, amount_usd=Decimal(1000))

    told = {row.year: row.towards_target for row in overview(latest()).years}

    assert told == {
        2023: "USD\u00a0439.00 of commitments towards USD\u00a01,000.00 (43\u00a0%).",
        2025: "no commitments recorded yet towards USD\u00a01,000.00.",
    }
