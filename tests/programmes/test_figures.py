"""What each figure of the register counts, on small registers made by hand."""

from datetime import UTC, date, datetime

import pytest

from mptf_portal import figures
from mptf_portal.figures import UnknownReferenceError
from mptf_portal.publishing import draft_correction, publish, withdraw
from mptf_portal.snapshot import Snapshot, latest
from programmes.models import JointProgramme
from tests.factories import (
    LONG_AGO,
    CountryFactory,
    ObjectiveFactory,
    ProgrammeFactory,
    ResultFactory,
)
from tests.programmes.register import COUNTS, before, correct, counted, full_programme

pytestmark = pytest.mark.django_db

EMBARGO = datetime(2100, 1, 1, tzinfo=UTC)
DAY = date(2022, 5, 18)


@pytest.mark.parametrize("name", COUNTS)
def test_an_empty_register_has_no_value_and_never_zero(name):
    figure = counted(name)

    assert (figure.value, figure.stated, list(figure.rows)) == (None, None, [])


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("hidden", [{"public_from": None}, {"public_from": EMBARGO}], ids=str)
def test_what_is_not_public_does_not_count(name, hidden):
    full_programme(**hidden)

    assert counted(name).value is None


@pytest.mark.parametrize("name", COUNTS)
def test_a_withdrawn_programme_counts_no_more(name):
    programme = full_programme()
    assert counted(name).value == 1

    withdraw(programme, "Entered twice", latest().now)

    assert counted(name).value is None


@pytest.mark.parametrize("name", COUNTS)
def test_a_corrected_programme_counts_once(name):
    programme = full_programme()

    correct(programme)

    assert JointProgramme.objects.count() == 2
    assert counted(name).value == 1


def test_a_draft_correction_adds_no_country_until_it_is_published():
    programme = full_programme()
    draft = draft_correction(programme)
    draft.countries.add(CountryFactory())
    assert counted("countries-reached").value == 1

    publish(draft, latest().now)

    assert counted("countries-reached").value == 2


@pytest.mark.parametrize(
    ("known", "counts_from"),
    [
        ({"funded_on": DAY, "funded_precision": "day"}, DAY),
        ({"start_on": DAY, "start_precision": "day"}, DAY),
        ({"end_on": DAY, "end_precision": "day"}, DAY),
        ({"funded_on": DAY, "funded_precision": "month"}, date(2022, 5, 31)),
        ({"start_on": DAY, "start_precision": "month"}, date(2022, 5, 31)),
        ({"end_on": DAY, "end_precision": "year"}, date(2022, 12, 31)),
        ({"start_on": DAY, "start_precision": "year"}, date(2022, 12, 31)),
        ({"launched_on": DAY}, DAY),
        ({"status": "closed", "status_on": DAY}, DAY),
    ],
    ids=str,
)
def test_a_programme_counts_from_the_day_that_a_date_of_it_shows(known, counts_from):
    register({**known, "recorded_on": date(2020, 1, 1)})

    assert counted("programmes", before(counts_from)).value is None
    assert counted("programmes", counts_from).value == 1


@pytest.mark.parametrize("name", ["funded", "start", "end"])
def test_a_planned_date_shows_nothing(name):
    planned = {f"{name}_on": DAY, f"{name}_precision": "day", f"{name}_planned": True}
    register({**planned, "launched_on": date(2023, 3, 1)})

    assert counted("programmes", date(2023, 2, 28)).value is None
    assert counted("programmes", date(2023, 3, 1)).value == 1


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"end_on": date(2021, 1, 1), "end_precision": "day", "end_planned": True},
        {"status": "closed", "status_note": "an undated page"},
    ],
    ids=str,
)
def test_a_programme_without_a_date_counts_from_the_day_it_was_put_on_record(known):
    register({**known, "recorded_on": DAY})

    assert counted("programmes", before(DAY)).value is None
    assert counted("programmes", DAY).value == 1


def test_the_earliest_date_is_the_one_that_shows_it():
    register({"launched_on": DAY, "status": "closed", "status_on": date(2023, 11, 3)})

    assert counted("programmes", DAY).value == 1


def test_a_correction_is_on_record_since_the_row_that_it_corrects():
    programme = register({"recorded_on": DAY})

    correct(programme)

    assert counted("programmes", DAY).value == 1


def register(values):
    """Enter a programme as the admin does: checked, normalised and public."""
    programme = ProgrammeFactory.build(launched_on=None, public_from=None)
    for name, value in values.items():
        setattr(programme, name, value)
    programme.full_clean()
    programme.public_from = LONG_AGO
    programme.save()
    programme.links.create(kind="source", url="https://un.example.org/register")
    return programme


def test_what_two_programmes_share_counts_once():
    country, objective = CountryFactory(), ObjectiveFactory()
    for _number in range(2):
        ProgrammeFactory(countries=[country, CountryFactory()], objectives=[objective])

    assert counted("programmes").value == 2
    assert counted("countries-reached").value == 3
    assert counted("objectives-covered").value == 1


def test_the_rows_behind_a_count_are_as_many_as_its_value():
    full_programme()
    full_programme()
    CountryFactory()

    for name in COUNTS:
        figure = counted(name)
        assert len(figure.rows) == figure.value == 2


def test_a_country_is_reached_from_the_day_its_programme_counts():
    full_programme(launched_on=DAY)

    assert counted("countries-reached", before(DAY)).value is None
    assert counted("objectives-covered", before(DAY)).value is None
    assert counted("countries-reached", DAY).value == counted("objectives-covered", DAY).value == 1


def test_a_figure_is_counted_at_the_snapshots_instant():
    full_programme(public_from=EMBARGO)
    now = latest()

    on_the_day = Snapshot(now.using, EMBARGO, now.as_of)

    assert figures.count(figures.refer("programmes"), on_the_day).value == 1


def test_a_count_takes_no_parameters():
    with pytest.raises(UnknownReferenceError, match="it takes: none"):
        figures.parse("programmes?year=2023")


def test_results_are_no_rows_of_the_counts():
    ResultFactory.create_batch(2, programme=ProgrammeFactory())

    assert counted("programmes").value == 1
