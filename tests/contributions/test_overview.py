"""The contributions page tells what is not recorded and what is not valued, and never 0 for it."""

from datetime import date
from decimal import Decimal

import pytest

from contributions.models import PledgeEntry
from contributions.overview import overview
from contributions.progress import pace
from mptf_portal.figures import count
from mptf_portal.snapshot import latest
from tests.factories import DepositFactory, DonorFactory, EntryFactory, TargetFactory

pytestmark = pytest.mark.django_db


def test_an_empty_ledger_has_no_rows_and_no_totals():
    page = overview(latest())

    assert (page.donors, page.years, page.target) == ((), (), None)
    assert [total.figure.value for total in page.totals] == [None] * 4
    assert [total.unece.value for total in page.totals] == [None] * 4


def test_a_pledge_without_a_rate_is_told_in_each_column_that_leaves_it_out():
    EntryFactory(pledge__currency="DKK")

    page = overview(latest())

    for row in (page.donors[0].row, page.years[0]):
        assert [cell.value for cell in row.cells] == [None] * 4
        assert [cell.unvalued for cell in row.cells] == [1, 1, 0, 1]


def test_an_announced_pledge_is_neither_committed_nor_outstanding():
    EntryFactory(kind=PledgeEntry.Kind.ANNOUNCED, amount=Decimal(5))

    row = overview(latest()).donors[0].row

    assert [cell.value for cell in row.cells] == [5, None, None, None]


def test_donors_stand_by_what_they_deposited_and_years_in_order():
    DepositFactory(pledge__donor__name="Norway", pledge__funding_year=2024, amount=Decimal(20))
    DepositFactory(pledge__donor__name="Denmark", pledge__funding_year=2022, amount=Decimal(10))
    EntryFactory(pledge__donor__name="Austria", pledge__funding_year=2023, amount=Decimal(500))
    EntryFactory(pledge__donor__name="Belgium", pledge__currency="DKK")

    page = overview(latest())

    assert [(ranked.rank, ranked.row.donor.name) for ranked in page.donors] == [
        (1, "Norway"),
        (2, "Denmark"),
        (3, "Austria"),
        (4, "Belgium"),
    ]
    assert [row.year for row in page.years] == [2022, 2023, 2024]


def test_equal_donors_stand_by_name():
    for name in ("Spain", "Chile", "Norway"):
        DepositFactory(pledge__donor__name=name)

    names = [ranked.row.donor.name for ranked in overview(latest()).donors]

    assert names == ["Chile", "Norway", "Spain"]


def test_a_share_is_of_all_deposits_and_nobody_has_one_without_a_deposit():
    DepositFactory(pledge__donor__name="Chile", amount=Decimal(299))
    DepositFactory(pledge__donor__name="Norway", amount=Decimal(1))
    EntryFactory(pledge__donor__name="Spain")

    shares = {ranked.row.donor.name: ranked.share for ranked in overview(latest()).donors}

    assert shares == {"Chile": 99, "Norway": 0, "Spain": None}


def test_a_donor_is_there_since_the_first_funding_year_of_any_row():
    norway = DonorFactory(name="Norway")
    EntryFactory(pledge__donor=norway, pledge__funding_year=2022)
    DepositFactory(pledge__donor=norway, pledge__funding_year=2021)
    EntryFactory(pledge__donor=norway, pledge__funding_year=2019, public_from=None)

    (ranked,) = overview(latest()).donors

    assert ranked.since == 2021
    assert ranked.about == "Government · Africa · since 2021"


def test_under_a_donor_stands_what_it_is_and_in_which_groups():
    DepositFactory(pledge__donor__in_unece=True, pledge__donor__global_south=True)
    DepositFactory(pledge__donor__kind="foundation", pledge__donor__country=None)

    about = {ranked.about for ranked in overview(latest()).donors}

    assert about == {
        "Government · Africa · UNECE · global south · since 2023",
        "Foundation · since 2023",
    }


def test_the_second_page_of_donors_goes_on_counting():
    for number in range(101):
        DepositFactory(pledge__donor__name=f"Donor {number:03}", amount=Decimal(200 - number))

    (last,) = overview(latest(), "2").donors

    assert (last.rank, last.row.donor.name) == (101, "Donor 100")


def test_the_parts_of_a_total_are_what_their_own_figures_count():
    DepositFactory(pledge__donor__country__unece=True, amount=Decimal(40))
    entry = EntryFactory(pledge__donor__country__unece=True, pledge__donor__global_south=True)
    DepositFactory(pledge=entry.pledge, amount=Decimal(30))
    EntryFactory(pledge__donor__global_south=True, amount=Decimal(7))
    EntryFactory(pledge__donor__global_south=True, pledge__currency="DKK")

    totals = overview(latest()).totals

    assert totals[2].unece.value == 70
    assert totals[0].global_south.unvalued == 1
    for total in totals:
        for cell in (total.unece, total.global_south):
            assert cell.value == count(cell.reference, latest()).value
            assert cell.unvalued == count(cell.reference, latest()).unvalued


def test_the_current_target_is_the_latest_whose_year_has_begun():
    for year in (2023, 2024, 2025):
        TargetFactory(year=year)
    EntryFactory(pledge__funding_year=2024, dated=date(2024, 3, 1), amount=Decimal(100))

    page = overview(latest().on(date(2024, 12, 31)))
    assert (page.target.year, page.year_without_target) == (2024, None)
    assert overview(latest().on(date(2022, 12, 31))).target is None


def test_the_current_target_tells_what_is_missing_and_that_this_year_has_none():
    TargetFactory(amount_usd=Decimal(1000))
    EntryFactory(amount=Decimal(439))

    page = overview(latest().on(date(2025, 5, 1)))

    assert page.target.gap.value == 561
    assert page.year_without_target == 2025


def test_a_year_without_a_target_says_so_in_a_place_of_its_own(client):
    year = latest().as_of.year
    page = client.get("/contributions/").content.decode()

    assert f'<h2 id="no-target-title">The {year} target</h2>' in page
    assert f"No funding target for {year} is recorded yet." in page


def test_a_year_with_a_target_tells_how_far_it_came():
    TargetFactory(year=2023, amount_usd=Decimal(1000))
    EntryFactory(amount=Decimal(439))
    TargetFactory(year=2025, amount_usd=Decimal(1000))

    told = {row.year: row.towards_target for row in overview(latest()).years}

    assert told == {
        2023: "USD\u00a0439.00 of commitments towards USD\u00a01,000.00 (43\u00a0%).",
        2025: "no commitments recorded yet towards USD\u00a01,000.00.",
    }


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2023, 1, 1), "0\u00a0% of the year 2023 has passed."),
        (date(2023, 7, 2), "50\u00a0% of the year 2023 has passed."),
        (date(2023, 12, 31), "100\u00a0% of the year 2023 has passed."),
        (date(2024, 1, 1), ""),
        (date(2024, 6, 1), "At the end of 2023 it stood at 40\u00a0%."),
    ],
)
def test_the_pace_is_how_far_the_year_came_or_where_it_ended(day, told):
    target = TargetFactory(amount_usd=Decimal(1000))
    EntryFactory(amount=Decimal(400), dated=date(2023, 5, 1))
    EntryFactory(amount=Decimal(200), dated=date(2024, 2, 1))

    assert pace(latest().on(day), target) == told


def test_a_year_that_ended_without_a_row_has_no_pace():
    target = TargetFactory()

    assert pace(latest(), target) == ""
