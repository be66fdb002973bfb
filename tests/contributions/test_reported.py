"""What is reported of contributions is shown with its source and counted nowhere."""

from datetime import date
from decimal import Decimal

import pytest

from contributions.models import ReportedContribution
from mptf_portal import figures
from mptf_portal.publishing import withdraw
from mptf_portal.snapshot import latest
from tests.factories import (
    CountryFactory,
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ObjectiveFactory,
    ProgrammeFactory,
    ReportedContributionFactory,
    ResultFactory,
    StatedFigureFactory,
    TargetFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

BY = ("all", "unece", "global-south", "norway", "signatories&statement=unece-2024")
STAGES = ("pledged", "committed", "deposited")
REFERENCES = [
    *[f"contributed?by={by}&stage={stage}" for by in BY for stage in STAGES],
    *[f"contributed?by={by}&stage={stage}&year=2023" for by in BY for stage in STAGES],
    *[f"donors?by={by}&stage={stage}" for by in BY[:3] for stage in STAGES],
    *[f"outstanding?by={by}" for by in BY[:3]],
    *[f"uncommitted?by={by}" for by in BY[:3]],
    "target?year=2023",
    "target-gap?year=2023",
    "target-reached?year=2023",
    "consecutive-year?year=2024",
    "programmes",
    "countries-reached",
    "objectives-covered",
    "objectives-nearly-all",
    "all-continents",
    "result?programme=families&key=reached",
]


@pytest.fixture
def norway():
    """Return a donor of a ledger and a register in which every figure has a value."""
    donor = DonorFactory(slug="norway", in_unece=True, global_south=True)
    DepositFactory(pledge=EntryFactory(pledge__donor=donor, amount=Decimal(300)).pledge)
    EntryFactory(pledge__funding_year=2024)
    TargetFactory(year=2023)
    TargetFactory(year=2024)
    EditionFactory(statement__slug="unece-2024").statement.signatories.add(donor)
    families = ProgrammeFactory(
        slug="families", countries=[CountryFactory()], objectives=[ObjectiveFactory()]
    )
    ResultFactory(programme=families, key="reached")
    StatedFigureFactory(figure="programmes", value=Decimal(24))
    return donor


def counted():
    """Return what every figure and every claim comes to now."""
    snapshot = latest()
    values = {}
    for written in REFERENCES:
        found = figures.count(figures.parse(written), snapshot)
        if isinstance(found, figures.Figure):
            rows = [str(row) for row in found.rows]
            values[written] = (found.value, found.recorded, found.unvalued, found.lines, rows)
        else:
            values[written] = (found.verdict, found.answer, found.evidence)
    return values


def test_every_figure_and_claim_is_asked():
    asked = {figures.parse(written).name for written in REFERENCES}

    assert asked == {entry.name for entry in figures.registered()}


def test_no_figure_and_no_claim_changes_when_a_contribution_is_reported(norway):
    before = counted()

    for stage in ReportedContribution.Stage:
        ReportedContributionFactory(donor=norway, stage=stage, year=None, dated=date(2023, 3, 1))
        ReportedContributionFactory(donor=norway, stage=stage, year=2023, currency="USD")
    ReportedContributionFactory(donor=DonorFactory(in_unece=True))

    assert counted() == before
    assert all(value[0] is not None for value in before.values())


def test_no_figure_and_no_claim_changes_when_a_report_is_withdrawn(norway):
    row = ReportedContributionFactory(donor=norway)
    before = counted()

    withdraw(row, "The newspaper corrected it", latest().now)

    assert counted() == before


@pytest.mark.parametrize(
    ("when", "known", "not_yet"),
    [
        ({"dated": date(2020, 9, 22), "year": None}, date(2020, 9, 22), date(2020, 9, 21)),
        ({"dated": None, "year": 2020}, date(2020, 1, 1), date(2019, 12, 31)),
        ({"dated": None, "year": None}, date(2019, 1, 1), None),
    ],
    ids=str,
)
def test_a_report_is_known_from_its_day_or_its_year_on(when, known, not_yet):
    ReportedContributionFactory(**when)

    assert ReportedContribution.objects.reported_by(known).count() == 1
    if not_yet:
        assert ReportedContribution.objects.reported_by(not_yet).count() == 0


def test_the_approver_sees_the_amount_of_a_report():
    row = ReportedContributionFactory(donor__name="Norway")
    without = ReportedContributionFactory(donor__name="Thailand", amount=None, currency="")

    assert row.in_words == "Norway: Announced a contribution. · NOK\u00a015,000,000.00"
    assert without.in_words == "Thailand: Announced a contribution."
