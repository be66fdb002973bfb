"""Dates known to the day, the month or the year."""

from datetime import date

import pytest

from mptf_portal.dates import PRECISIONS, Precision, end_of_period, parse_partial

DAY = date(2024, 2, 10)


@pytest.mark.parametrize(
    ("precision", "expected"),
    [
        ("day", DAY),
        ("month", date(2024, 2, 29)),
        ("year", date(2024, 12, 31)),
        ("", DAY),
    ],
)
def test_a_period_ends_on_its_last_day(precision, expected):
    assert end_of_period(DAY, precision) == expected


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_last_day_of_a_period_stays(precision):
    last = end_of_period(DAY, precision)

    assert end_of_period(last, precision) == last


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2023", (date(2023, 12, 31), "year")),
        ("2023-05", (date(2023, 5, 31), "month")),
        ("2023-02", (date(2023, 2, 28), "month")),
        ("2024-02", (date(2024, 2, 29), "month")),
        ("2021-12", (date(2021, 12, 31), "month")),
        ("2023-05-18", (date(2023, 5, 18), "day")),
    ],
)
def test_a_date_is_read_as_far_as_it_is_written(written, expected):
    assert parse_partial(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "final evaluation",
        "2023-5",
        "20230518",
        "2023-W01-1",
        "2023-W01",
        "18/05/2023",
        " 2023",
        "2023\n",
        "２０２３",
        "23",
    ],
)
def test_any_other_text_is_refused_with_how_a_date_is_written(written):
    with pytest.raises(ValueError, match="is no date; write it as in 2023, 2023-05 or 2023-05-18"):
        parse_partial(written)


@pytest.mark.parametrize("written", ["2023-13", "2023-00", "2023-02-30", "0000"])
def test_a_day_that_no_calendar_has_is_refused(written):
    with pytest.raises(ValueError, match=r"month must be|day is out of range|year 0 is out"):
        parse_partial(written)


def test_the_precisions_of_constraints_are_those_of_the_choices():
    assert Precision.values == PRECISIONS
