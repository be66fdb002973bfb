"""Loading what public sources say again: what is on record is the officers' to change."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contributions.models import Donor, ReportedContribution
from mptf_portal.publishing import draft_correction, publish, withdraw
from mptf_portal.snapshot import latest
from programmes.models import Marker, Organization, Result, StatedFigure
from tests.programmes.register import correct, everything, load_published, open_programme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


def test_loading_again_changes_no_row_of_any_table():
    before = everything()

    load_published()

    assert everything() == before


def change(row, **values):
    """Save a change as an officer's form would."""
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()


CHANGES = {
    "a corrected programme": lambda: correct(open_programme("philippines-bridge"), title="BRIDGE"),
    "a corrected result": lambda: correct(Result.objects.get(key="studies"), figure=Decimal(11)),
    "a corrected count": lambda: correct(
        StatedFigure.objects.get(value=24), stated_for=date(2024, 10, 10), value=Decimal(25)
    ),
    "a corrected report": lambda: correct(
        ReportedContribution.objects.get(currency="GBP"), dated=date(2024, 10, 10)
    ),
    "a drafted correction": lambda: draft_correction(open_programme("philippines-bridge")),
    "an embargoed correction": lambda: publish(
        draft_correction(Result.objects.get(key="studies")), datetime(2100, 1, 1, tzinfo=UTC)
    ),
    "a withdrawn programme": lambda: take_out(open_programme("philippines-bridge")),
    "a withdrawn result": lambda: take_out(Result.objects.get(key="studies")),
    "a withdrawn count": lambda: take_out(StatedFigure.objects.get(value=24)),
    "a withdrawn report": lambda: take_out(ReportedContribution.objects.get(currency="NOK")),
    "a renamed organization": lambda: change(
        Organization.objects.get(acronym="IOM"), name="UN Migration"
    ),
    "an organization without its acronym": lambda: change(
        Organization.objects.get(acronym="ITC"), acronym=""
    ),
    "a renamed marker": lambda: change(Marker.objects.get(key="gender"), name="Gender equality"),
    "a renamed donor": lambda: change(Donor.objects.get(slug="thailand"), name="Kingdom"),
    "a donor of another short name": lambda: change(
        Donor.objects.get(slug="thailand"), slug="kingdom-of-thailand"
    ),
    "a donor of the global south": lambda: change(
        Donor.objects.get(slug="thailand"), global_south=True
    ),
}


def take_out(row):
    withdraw(row, "Not of the Fund", latest().now)


@pytest.mark.parametrize("by_an_officer", CHANGES)
def test_what_an_officer_changed_stays(by_an_officer):
    CHANGES[by_an_officer]()
    before = everything()

    load_published()

    assert everything() == before
