"""The register at the desk: an officer enters a programme, an approver publishes it."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from contributions.models import ReportedContribution
from mptf_portal.snapshot import latest
from programmes.models import JointProgramme, Participation, Result, StatedFigure
from tests.contributions import desk
from tests.factories import (
    CountryFactory,
    DonorFactory,
    MarkerLevelFactory,
    ObjectiveFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
    ResultFactory,
)
from tests.programmes.register import correct, counted, desk_page

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either,
    pytest.mark.usefixtures("nothing_foretold"),
]

LONG = "Empowerment of “Families left behind” in Khatlon, Tajikistan"


@pytest.fixture
def officer():
    return desk.officer()


@pytest.fixture
def approver():
    return desk.approver()


def typed_in(officer):
    """Return what an officer types into the empty form of a programme, with its inlines."""
    data = desk.shown(officer, desk_page("jointprogramme", "add")) | {
        "title": LONG,
        "short_title": "Families left behind",
        "slug": "families-left-behind",
        "countries": [CountryFactory().pk, CountryFactory().pk],
        "start_on": "2020-05-03",
        "start_precision": "month",
        "budget_usd": "1500000",
        "objectives": [ObjectiveFactory().pk],
        "marker_levels": [MarkerLevelFactory().pk],
    }
    organization = OrganizationFactory(name="International Organization for Migration").pk
    data = desk.with_row(data, "participations", organization=organization, role="lead")
    data = desk.with_row(data, "goal_tags", goal="10", target="10.2")
    return desk.with_row(data, "links", kind="source", url="https://un.example.org/page")


def typed_result(programme, **values):
    return {
        "programme": programme.pk,
        "key": "diplomas",
        "figure": "45",
        "qualifier": "",
        "unit": "women",
        "what": "completed vocational training",
        "as_of": "2021-12-01",
        "as_of_precision": "month",
        "source": "UN Network on Migration",
        "source_url": "https://un.example.org/result",
        **values,
    }


# Entering and publishing


def test_an_officer_enters_a_programme_and_an_approver_publishes_it(officer, approver):
    desk.save(officer, desk_page("jointprogramme", "add"), typed_in(officer))
    draft = JointProgramme.objects.get()
    assert (draft.is_draft, counted("programmes").value) == (True, None)

    desk.publish(approver, "jointprogramme", draft.pk, app="programmes")

    row = JointProgramme.objects.get()
    assert (row.start_on, row.start_precision) == (date(2020, 5, 31), "month")
    assert row.participations.get().role == "lead"
    assert [str(tag) for tag in row.goal_tags.all()] == ["SDG 10.2"]
    assert row.links.get().url == "https://un.example.org/page"
    assert counted("programmes", date(2020, 5, 31)).value == 1
    assert (counted("countries-reached").value, counted("objectives-covered").value) == (2, 1)
    assert LONG in Client().get(row.get_absolute_url()).content.decode()


def test_an_officer_enters_a_result_known_to_the_month(officer, approver):
    programme = ProgrammeFactory()

    desk.save(officer, desk_page("result", "add"), typed_result(programme))
    row = Result.objects.get()
    desk.publish(approver, "result", row.pk, app="programmes")

    row.refresh_from_db()
    assert row.as_of == date(2021, 12, 31)
    shown = counted(f"result?programme={programme.slug}&key=diplomas")
    assert shown.value == 45


def test_an_officer_states_a_figure_known_to_the_month(officer, approver):
    stated = {
        "figure": "programmes",
        "value": "6",
        "stated_for": "2020-10-01",
        "stated_precision": "month",
        "source": "The Fund",
    }

    desk.save(officer, desk_page("statedfigure", "add"), stated)
    row = StatedFigure.objects.get()
    desk.publish(approver, "statedfigure", row.pk, app="programmes")

    assert row.stated_for == date(2020, 10, 31)
    assert counted("programmes").value == 6


def test_an_officer_enters_what_a_newspaper_reports(officer, approver):
    address = desk.page("reportedcontribution", "add")
    posted = {
        "donor": DonorFactory().pk,
        "year": "2020",
        "stage": "pledge",
        "amount": "15000000",
        "currency": "NOK",
        "what": "Announced a contribution.",
        "source": "A newspaper",
        "source_url": "https://news.example.org/",
        "confidence": "high",
    }

    desk.save(officer, address, posted)
    desk.publish(approver, "reportedcontribution", ReportedContribution.objects.get().pk)

    row = ReportedContribution.objects.public(latest().now).get()
    assert (row.amount, row.currency, row.year) == (Decimal(15_000_000), "NOK", 2020)


def test_a_draft_is_changed_in_place_with_its_inlines(officer):
    part = ParticipationFactory(programme__public_from=None)
    address = desk_page("jointprogramme", "change", part.programme_id)
    changed = {"end_on": "2024-02-01", "end_precision": "year", "participations-0-role": "host"}

    desk.save(officer, address, desk.shown(officer, address) | changed)

    part = Participation.objects.get()
    assert (part.programme.end_on, part.role) == (date(2024, 12, 31), "host")


# What is refused


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"start_precision": ""}, "known to the day, the month or the year; say which"),
        ({"slug": "objectives"}, "“objectives” names another page"),
        ({"gateway_number": "123"}, "has eight digits"),
        ({"budget_usd": "-1"}, "not negative"),
        ({"status_note": "an undated page"}, "Choose the status"),
        ({"goal_tags-0-target": "10.A"}, "written as in 10.2 or 16.a"),
        ({"goal_tags-0-target": "16.1"}, "A target of SDG 10 is written as in 10.2"),
        ({"goal_tags-0-target": "1.2"}, "A target of SDG 10 is written as in 10.2"),
        ({"goal_tags-0-goal": "18", "goal_tags-0-target": ""}, "numbered from 1 to 17"),
    ],
)
def test_what_the_database_would_refuse_is_said_on_the_form(officer, changed, message):
    said = desk.refused(officer, desk_page("jointprogramme", "add"), typed_in(officer) | changed)

    assert message in said
    assert not JointProgramme.objects.exists()


def test_an_organization_takes_part_once(officer):
    part = ParticipationFactory(programme__public_from=None)
    address = desk_page("jointprogramme", "change", part.programme_id)
    twice = {"organization": part.organization_id, "role": "partner"}

    desk.refused(
        officer, address, desk.with_row(desk.shown(officer, address), "participations", **twice)
    )

    assert Participation.objects.count() == 1


def test_a_results_short_name_is_refused_when_it_is_taken(officer):
    taken = ResultFactory(key="diplomas")

    said = desk.refused(officer, desk_page("result", "add"), typed_result(taken.programme))

    assert "The programme has a result of this short name" in said


def test_a_result_is_not_entered_on_a_row_that_another_one_replaced(officer):
    old = ProgrammeFactory()
    correct(old)

    said = desk.refused(officer, desk_page("result", "add"), typed_result(old))

    assert "Select a valid choice" in said


def test_a_stated_figure_names_one_that_is_counted(officer):
    stated = {
        "figure": "programme",
        "value": "6",
        "stated_for": "2020-10-01",
        "stated_precision": "month",
        "source": "The Fund",
    }

    assert "is not a figure or claim" in desk.refused(
        officer, desk_page("statedfigure", "add"), stated
    )
