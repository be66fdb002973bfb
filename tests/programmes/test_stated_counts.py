"""When a source's count stands in for the register's own."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mptf_portal.publishing import publish, withdraw
from mptf_portal.snapshot import latest
from tests.factories import ProgrammeFactory, StatedFigureFactory
from tests.programmes.register import COUNTS, before, correct, counted, full_programme

pytestmark = pytest.mark.django_db

EMBARGO = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def stated():
    """State a count of programmes, by default 3 for 1 January 2024."""

    def state(value=3, day=date(2024, 1, 1), figure="programmes", **values):
        return StatedFigureFactory(figure=figure, value=Decimal(value), stated_for=day, **values)

    return state


@pytest.mark.parametrize("name", COUNTS)
def test_a_stated_count_stands_in_while_ours_is_smaller(stated, name):
    stated(figure=name, source="The Fund", source_url="https://fund.example.org/")
    full_programme()

    figure = counted(name)

    assert figure.value == 3
    assert (figure.stated.source.text, figure.stated.source.url) == (
        "The Fund",
        "https://fund.example.org/",
    )
    assert (figure.stated.day, figure.stated.on_record) == ("1 January 2024", 1)
    assert figure.recorded == len(figure.rows) == 1


def test_a_stated_count_stands_in_where_nothing_is_on_record(stated):
    stated()

    assert counted("programmes").value == 3
    assert counted("programmes").stated.on_record == counted("programmes").recorded == 0


@pytest.mark.parametrize("launched", [date(2021, 1, 1), date(2024, 6, 1)])
@pytest.mark.parametrize("on_record", [3, 4])
def test_a_stated_count_never_stands_in_when_ours_is_as_great(stated, on_record, launched):
    stated()
    ProgrammeFactory.create_batch(on_record, launched_on=launched)

    assert (counted("programmes").value, counted("programmes").stated) == (on_record, None)
    assert counted("programmes").recorded == on_record


def test_a_stated_count_of_zero_is_no_value(stated):
    stated(0)

    assert counted("programmes").value is None


def test_a_stated_count_does_not_stand_in_for_a_day_before_its_own(stated):
    stated()
    ProgrammeFactory()

    assert counted("programmes", date(2023, 12, 31)).value == 1
    assert counted("programmes", date(2024, 1, 1)).value == 3


def test_the_latest_stated_count_not_after_the_day_stands_in(stated):
    stated(9, date(2021, 12, 31))
    stated(6, date(2024, 3, 11))

    assert counted("programmes", date(2024, 3, 10)).value == 9
    assert counted("programmes").value == 6


def test_a_programme_of_later_does_not_hide_that_one_was_missing_on_the_stated_day(stated):
    """Ours is 2 of 3 on the stated day: then 3 of at least 4, and the page goes on saying so."""
    stated(4)
    ProgrammeFactory.create_batch(2)
    ProgrammeFactory(launched_on=date(2024, 6, 1))

    assert counted("programmes").value == 4
    assert counted("programmes").stated.on_record == 3


def test_a_stated_count_stands_in_again_when_a_row_of_ours_is_withdrawn(stated):
    stated(2, figure="countries-reached")
    full_programme()
    ended = full_programme(launched_on=None, status="closed", status_on=date(2023, 1, 1))
    assert counted("countries-reached").stated is None

    withdraw(ended, "Not of the Fund", latest().now)

    assert counted("countries-reached").value == 2
    assert counted("countries-reached").stated.on_record == 1


@pytest.mark.parametrize(
    ("precision", "shown"), [("month", "October 2020"), ("year", "2020"), ("day", "5 October 2020")]
)
def test_a_stated_count_says_its_day_as_far_as_it_is_known(stated, precision, shown):
    row = stated(day=date(2020, 10, 5), public_from=None, stated_precision=precision)
    publish(row, latest().now)

    assert counted("programmes").stated.day == shown
    assert counted("programmes", row.stated_for).value == 3
    assert counted("programmes", before(row.stated_for)).value is None


@pytest.mark.parametrize("hidden", [None, EMBARGO])
def test_an_unpublished_statement_of_a_figure_does_not_count(stated, hidden):
    stated(public_from=hidden)

    assert counted("programmes").value is None


def test_a_corrected_statement_of_a_figure_counts_as_corrected(stated):
    row = stated(30)

    correct(row, value=Decimal(3))

    assert counted("programmes").value == 3


def test_what_is_stated_of_another_figure_does_not_count(stated):
    stated(figure="countries-reached")

    assert counted("programmes").value is None
