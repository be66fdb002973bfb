"""Programmes, results and stated figures as rows: what is stored, corrected and refused."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from mptf_portal.publishing import draft_correction, publish, withdraw
from mptf_portal.snapshot import latest
from programmes.models import GoalTag, JointProgramme, Participation, ProgrammeLink
from programmes.models.programmes import ProgrammeDate, ProgrammeMoney
from tests.factories import (
    CountryFactory,
    MarkerLevelFactory,
    ObjectiveFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
    ResultFactory,
    StatedFigureFactory,
)
from tests.programmes.register import correct

pytestmark = pytest.mark.django_db

DAY = date(2024, 2, 10)
LAST = {"day": DAY, "month": date(2024, 2, 29), "year": date(2024, 12, 31)}
PARTS = ("participations", "goal_tags", "links")
DESCRIBED = ("countries", "objectives", "marker_levels")


# Dates known to the month or the year


@pytest.mark.parametrize("precision", LAST)
@pytest.mark.parametrize("name", ["funded", "start", "end"])
def test_a_programmes_date_is_stored_as_the_last_day_of_its_period(name, precision):
    dated = {f"{name}_on": DAY, f"{name}_precision": precision}
    row = ProgrammeFactory.build(public_from=None, **dated)

    row.full_clean()

    assert getattr(row, f"{name}_on") == LAST[precision]
    known = ProgrammeDate(LAST[precision], precision, planned=False)
    assert row.dated(name, LAST[precision]) == known
    assert row.dated(name, LAST[precision] - timedelta(1)) is None


@pytest.mark.parametrize("precision", LAST)
def test_a_results_date_is_stored_as_the_last_day_of_its_period(precision):
    row = ResultFactory.build(programme=ProgrammeFactory(), as_of=DAY, as_of_precision=precision)

    row.full_clean()

    assert row.as_of == LAST[precision]


@pytest.mark.parametrize("precision", LAST)
def test_a_stated_figures_day_is_stored_as_the_last_day_of_its_period(precision):
    row = StatedFigureFactory.build(stated_for=DAY, stated_precision=precision)

    row.full_clean()

    assert row.stated_for == LAST[precision]


@pytest.mark.parametrize("name", ["funded", "start", "end"])
def test_a_date_without_its_precision_is_refused(name):
    row = ProgrammeFactory.build(**{f"{name}_on": DAY})

    with pytest.raises(ValidationError, match="known to the day, the month or the year; say which"):
        row.full_clean()


def test_two_days_of_a_month_are_one_month_for_a_stated_figure():
    stated = StatedFigureFactory.build(stated_for=DAY, stated_precision="month", public_from=None)
    publish(stated, latest().now)
    second = StatedFigureFactory.build(
        stated_for=date(2024, 2, 3), stated_precision="month", public_from=None
    )

    with pytest.raises(ValidationError, match="This figure is stated for that day already"):
        publish(second, latest().now)


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        ("programme", "is not a figure or claim"),
        ("programmes?year=2023", "has no parameter “year”"),
        ("contributed", r"Write it as contributed\?by=all&stage=deposited"),
    ],
)
def test_what_is_stated_is_the_canonical_reference_of_a_figure(figure, message):
    row = StatedFigureFactory.build(figure=figure)

    with pytest.raises(ValidationError, match=message):
        row.full_clean()


# What is known on a day


def test_a_status_is_known_from_its_day_on():
    row = ProgrammeFactory.build(status="closed", status_on=DAY)

    assert (row.status_by(date(2024, 2, 9)), row.status_by(DAY)) == ("", "Closed")


def test_a_status_without_a_day_is_known_on_every_day():
    row = ProgrammeFactory.build(status="active", status_note="an undated page")

    assert row.status_by(date(2019, 1, 1)) == "Active"


@pytest.mark.parametrize("name", ["budget", "net_funded", "expenditure"])
def test_an_amount_is_known_from_its_day_on(name):
    row = ProgrammeFactory.build(**{f"{name}_usd": Decimal(7), f"{name}_as_of": DAY})

    assert row.money(name, date(2024, 2, 9)) is None
    assert row.money(name, DAY) == ProgrammeMoney(Decimal(7), DAY)


def test_what_is_not_recorded_is_none():
    row = ProgrammeFactory.build()

    assert row.money("budget", DAY) is row.dated("funded", DAY) is None


# Corrections


@pytest.fixture
def programme():
    """Return a public programme that has everything that stands in other tables."""
    row = ProgrammeFactory(
        slug="families",
        countries=CountryFactory.create_batch(2),
        objectives=ObjectiveFactory.create_batch(2),
    )
    row.marker_levels.set(MarkerLevelFactory.create_batch(2))
    ParticipationFactory(programme=row, role=Participation.Role.LEAD)
    ParticipationFactory(programme=row, role=Participation.Role.PARTNER)
    GoalTag.objects.create(programme=row, goal=10)
    GoalTag.objects.create(programme=row, goal=10, target="10.2")
    ProgrammeLink.objects.create(programme=row, kind="source", url="https://un.org/", title="UN")
    return row


def described(row):
    """Return what stands in other tables of a programme, without the programme."""
    many = {name: set(getattr(row, name).all()) for name in DESCRIBED}
    own = ("id", "programme_id")
    parts = {
        name: [
            {field: value for field, value in values.items() if field not in own}
            for values in getattr(row, name).values()
        ]
        for name in PARTS
    }
    return many | parts


def test_a_correction_holds_everything_that_stands_in_other_tables(programme):
    before = described(programme)

    draft = draft_correction(programme)

    assert all(before.values())
    assert described(draft) == described(programme) == before
    assert [draft.participations.count(), draft.goal_tags.count(), draft.links.count()] == [2, 2, 2]


def test_a_change_of_the_draft_leaves_the_public_programme_as_it_is(programme):
    before = described(programme)
    draft = draft_correction(programme)

    draft.countries.clear()
    draft.goal_tags.filter(target="").update(goal=16)
    OrganizationFactory()
    ParticipationFactory(programme=draft)

    assert described(programme) == before
    assert programme.goal_tags.filter(goal=16).count() == 0


def test_a_published_correction_swaps_the_rows_in_one_instant(programme):
    draft = draft_correction(programme)
    draft.countries.set([CountryFactory(name_en="Tajikistan")])
    now = latest().now

    publish(draft, now)

    programme.refresh_from_db()
    assert programme.public_until == draft.public_from == now
    shown = JointProgramme.objects.public(now).get()
    assert (shown, [str(country) for country in shown.countries.all()]) == (draft, ["Tajikistan"])


def test_a_correction_that_cannot_be_published_ends_nothing(programme):
    draft = draft_correction(programme)
    draft.gateway_number = "12"

    with pytest.raises(ValidationError, match="A Gateway project number has eight digits"):
        publish(draft, latest().now)

    assert JointProgramme.objects.public(latest().now).get() == programme


def test_a_correction_keeps_the_programmes_short_name(programme):
    draft = draft_correction(programme)
    draft.slug = "other"

    with pytest.raises(ValidationError, match="keeps the row's short name in addresses: families"):
        publish(draft, latest().now)


def test_a_programme_has_no_second_public_row_of_its_short_name(programme):
    second = ProgrammeFactory(slug="families", public_from=None)

    with pytest.raises(ValidationError, match="A public programme has this short name"):
        publish(second, latest().now)


def test_the_approver_sees_everything_that_will_be_public(programme):
    words = programme.in_words

    for name in (*DESCRIBED, *PARTS):
        for row in getattr(programme, name).all():
            assert str(row) in words


def test_history_keeps_the_countries_of_each_change(programme):
    programme.countries.clear()

    latest_record = programme.history.latest()
    assert latest_record.countries.count() == 0
    assert latest_record.prev_record.countries.count() == 2


# Results


def test_a_results_short_name_is_taken_once_in_a_programme():
    taken = ResultFactory()
    second = ResultFactory.build(programme=taken.programme, key=taken.key, public_from=None)

    with pytest.raises(ValidationError, match="The programme has a result of this short name"):
        second.full_clean()


def test_a_draft_takes_a_results_short_name_as_well():
    taken = ResultFactory(public_from=None)
    second = ResultFactory.build(programme=taken.programme, key=taken.key, public_from=None)

    with pytest.raises(ValidationError, match="The programme has a result of this short name"):
        second.full_clean()


def test_a_results_short_name_is_taken_across_the_corrections_of_its_programme():
    taken = ResultFactory()
    corrected = correct(taken.programme)

    second = ResultFactory.build(programme=corrected, key=taken.key, public_from=None)

    with pytest.raises(ValidationError, match="The programme has a result of this short name"):
        publish(second, latest().now)


def test_a_withdrawn_result_gives_its_short_name_free():
    taken = ResultFactory()
    withdraw(taken, "Another programme's", latest().now)

    second = ResultFactory.build(programme=taken.programme, key=taken.key, public_from=None)
    publish(second, latest().now)

    assert second.is_public(datetime.now(tz=latest().now.tzinfo))


def test_two_programmes_may_name_a_result_alike():
    taken = ResultFactory()
    second = ResultFactory.build(programme=ProgrammeFactory(), key=taken.key, public_from=None)

    publish(second, latest().now)

    assert second.pk


def test_a_result_is_corrected_after_its_programme_was():
    row = ResultFactory()
    correct(row.programme)

    corrected = correct(row, figure=Decimal(140_000))

    row.refresh_from_db()
    assert row.public_until == corrected.public_from


def test_an_empty_result_says_what_is_missing():
    with pytest.raises(ValidationError, match="programme"):
        ResultFactory.build(programme=None).full_clean()


def test_a_planned_date_is_known_before_it_comes():
    row = ProgrammeFactory.build(end_on=DAY, end_precision="day", end_planned=True)

    assert row.dated("end", DAY - timedelta(1)) == ProgrammeDate(DAY, "day", planned=True)


def test_a_launch_still_to_come_is_not_told():
    row = ProgrammeFactory.build(launched_on=DAY)

    assert (row.launch(DAY), row.launch(DAY - timedelta(1))) == (DAY, None)


def test_a_programme_without_a_source_is_not_published():
    row = ProgrammeFactory(public_from=None, sources=[])

    with pytest.raises(ValidationError, match="Name at least one source"):
        publish(row, latest().now)

    row.refresh_from_db()
    assert row.is_draft
