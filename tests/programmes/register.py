"""Small registers made by hand, and what is counted on them."""

from datetime import timedelta

from mptf_portal import figures
from mptf_portal.live import latest
from mptf_portal.publishing import draft_correction, publish
from tests.factories import CountryFactory, ObjectiveFactory, ProgrammeFactory

COUNTS = ("programmes", "countries-reached", "objectives-covered")


def counted(name, as_of=None):
    """Count a figure, or answer a claim, as of a day."""
    snapshot = latest()
    return figures.count(figures.parse(name), snapshot.on(as_of or snapshot.as_of))


def full_programme(**values):
    """Put a programme on record that works in one country for one objective."""
    return ProgrammeFactory(countries=[CountryFactory()], objectives=[ObjectiveFactory()], **values)


def correct(row, **values):
    """Publish a correction of a public row at once."""
    draft = draft_correction(row)
    for name, value in values.items():
        setattr(draft, name, value)
    draft.save()
    publish(draft, latest().now)
    return draft


def before(day):
    """Return the day before."""
    return day - timedelta(1)
