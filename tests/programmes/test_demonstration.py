"""The register in a demonstration: what is published is not invented, and stays."""

import pytest
from django.core.management import call_command

from contributions import demonstration
from contributions.models import Donor, ReportedContribution
from mptf_portal.publishing import draft_correction, publish
from mptf_portal.snapshot import latest
from programmes.models import (
    Country,
    GoalTag,
    JointProgramme,
    MarkerLevel,
    Objective,
    Organization,
    Participation,
    ProgrammeLink,
    Result,
    StatedFigure,
)
from tests.factories import (
    MarkerLevelFactory,
    ProgrammeFactory,
    ReportedContributionFactory,
    ResultFactory,
    StatedFigureFactory,
)
from tests.programmes.register import correct, everything, load_published, open_programme

pytestmark = [pytest.mark.django_db, pytest.mark.either, pytest.mark.usefixtures("published")]


@pytest.fixture
def before():
    """Prepare in the order of `prepare --ledger demonstration`; return what stood before it."""
    call_command("load_statement", verbosity=0)
    MarkerLevelFactory()
    standing = everything()
    call_command("load_demo", verbosity=0)
    return standing


def enter_a_programme():
    """Enter a programme with everything that stands in other tables, and publish it."""
    row = ProgrammeFactory(
        countries=Country.objects.filter(iso3__in=["TJK", "FJI"]),
        objectives=Objective.objects.filter(number__lte=3),
        public_from=None,
    )
    row.marker_levels.set(MarkerLevel.objects.all())
    iom = Organization.objects.get(acronym="IOM")
    Participation.objects.create(programme=row, organization=iom, role="lead")
    GoalTag.objects.create(programme=row, goal=10)
    ProgrammeLink.objects.create(programme=row, kind="source", url="https://un.example.org/")
    publish(row, latest().now)
    return row


def test_what_is_published_is_not_flagged(before):
    for model in (JointProgramme, Result, Participation, GoalTag, ProgrammeLink):
        assert model.objects.exists()
        assert not model.objects.filter(demonstration=True).exists()
    assert not ReportedContribution.objects.filter(demonstration=True).exists()
    assert not StatedFigure.objects.filter(figure="programmes", demonstration=True).exists()


def test_loading_again_while_it_is_on_changes_nothing(before):
    loaded = everything()

    load_published()

    assert everything() == loaded


def test_a_reported_donor_is_not_put_into_a_group_that_nobody_recorded(before):
    flagged = Donor.objects.filter(global_south=True)

    assert not flagged.filter(slug__in=["morocco", "thailand"]).exists()


def test_what_officers_enter_meanwhile_is_flagged_with_all_its_parts(before):
    row = enter_a_programme()

    for part in (row, *row.participations.all(), *row.goal_tags.all(), *row.links.all()):
        part.refresh_from_db()
        assert part.demonstration


def test_removing_it_leaves_exactly_what_was_before(before):
    demonstration.remove()

    assert everything() == before


def test_removing_it_takes_what_officers_entered_out_of_every_table(before):
    row = enter_a_programme()
    ResultFactory(programme=row)
    correct(row, short_title="Corrected").countries.clear()
    ReportedContributionFactory(donor=Donor.objects.get(slug="norway"))
    StatedFigureFactory(figure="countries-reached")

    demonstration.remove()

    assert everything() == before


@pytest.mark.parametrize("make", [draft_correction, correct], ids=["drafted", "published"])
def test_a_published_programme_that_was_corrected_meanwhile_stands_as_it_stood(before, make):
    row = open_programme("igad-disasters-climate")
    make(row)

    demonstration.remove()

    standing = open_programme("igad-disasters-climate")
    assert standing == row
    assert standing.is_public(latest().now)
    through = JointProgramme.countries.through
    assert everything()[through] == before[through]
