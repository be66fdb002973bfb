"""A chart tells what the table beside it tells: lengths to one scale, nothing added, no guess."""

from datetime import date
from decimal import Decimal

import pytest

from contributions.charts import FULL, Bar, bars, share, steps
from contributions.models import FundingTarget
from contributions.tables import Cell, YearRow
from mptf_portal.figures import Reference

NOTHING = Reference("contributed")
TARGET = FundingTarget(year=2023, kind="annual", amount_usd=Decimal(100))


def year(*values, target=None, number=2023):
    cells = tuple(Cell(value and Decimal(value), NOTHING) for value in values)
    return YearRow(number, cells, target)


def lengths(bar: Bar):
    return bar.pledged, bar.committed, bar.deposited, bar.target


def test_every_bar_begins_at_zero_and_the_longest_amount_is_full():
    first, second = bars([year(200, 100, 50, 50), year(20, 20, 20, None)])

    assert lengths(first) == (FULL, 500, 250, None)
    assert lengths(second) == (100, 100, 100, None)


def test_a_target_beyond_every_amount_is_full():
    (bar,) = bars([year(50, 50, 25, 25, target=TARGET)])

    assert lengths(bar) == (500, 500, 250, FULL)


@pytest.mark.parametrize("value", [None, "-5", "0"])
def test_a_stage_without_a_value_or_below_zero_has_no_length(value):
    (bar,) = bars([year(10, 10, value, 10)])

    assert lengths(bar) == (FULL, FULL, 0, None)


def test_nothing_at_all_is_drawn_without_a_scale():
    assert lengths(bars([year(None, None, None, None)])[0]) == (0, 0, 0, None)
    assert bars([]) == ()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (year(99, "99.99", 5, 94, target=TARGET), "99\u00a0% of USD\u00a0100"),
        (year(None, None, 5, None, target=TARGET), "USD\u00a05 deposited"),
        (year(1, 1, "20699999.99", 1), "USD\u00a020.6\u00a0million deposited"),
        (year(1, 1, None, 1), "no deposits recorded yet"),
    ],
)
def test_beside_a_bar_stands_how_far_the_year_came_or_what_was_deposited(row, told):
    assert bars([row])[0].told == told


def test_a_line_is_level_between_two_days_and_ends_on_the_last_one():
    totals = [(date(2023, 1, 1), Decimal(50)), (date(2023, 1, 6), Decimal(200))]

    line = steps(totals, TARGET, until=date(2023, 1, 11), reached_on=date(2023, 1, 6))

    assert line.points == "0,1000 0,1000 0,750 500,750 500,0 1000,0 1000,0"
    assert (line.first, line.last) == (date(2023, 1, 1), date(2023, 1, 11))
    assert (line.target, line.reached) == (500, (500, 500))


def test_a_line_begins_with_the_year_at_what_was_counted_before():
    totals = [(date(2022, 5, 1), Decimal(75)), (date(2022, 6, 1), Decimal(25))]

    line = steps([*totals, (date(2023, 1, 6), Decimal(100))], TARGET, date(2023, 1, 11), None)

    assert line.first == date(2023, 1, 1)
    assert line.points == "0,750 500,750 500,0 1000,0 1000,0"


def test_a_target_reached_before_its_year_is_so_from_the_first_day():
    reached = date(2022, 12, 27)

    line = steps([(reached, Decimal(100))], TARGET, date(2023, 1, 11), reached)

    assert line.reached == (0, 0)


def test_a_line_of_a_day_before_the_year_begins_with_the_first_change():
    line = steps([(date(2022, 5, 1), Decimal(50))], TARGET, date(2022, 5, 11), None)

    assert (line.first, line.points) == (date(2022, 5, 1), "0,1000 0,1000 0,500 1000,500 1000,500")


def test_a_target_above_the_line_is_at_the_top_and_reached_nowhere():
    line = steps([(date(2023, 1, 1), Decimal(25))], TARGET, date(2023, 1, 1), None)

    assert (line.target, line.reached) == (0, None)
    assert line.points == "0,1000 0,1000 0,750 0,750 0,750"


def test_a_year_without_a_change_has_no_line():
    assert steps([], TARGET, date(2023, 12, 31), None) is None


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [(50, 100, 50), (1, 300, 0), (299, 300, 99), (None, 5, None), (5, None, None), (-5, 5, None)],
)
def test_a_share_is_whole_percent_rounded_down_or_none(part, whole, percent):
    given = [None if number is None else Decimal(number) for number in (part, whole)]

    assert share(*given) == percent
