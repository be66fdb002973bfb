"""Small registers made by hand, and what is counted on them."""

from datetime import timedelta

from django.apps import apps
from django.core.management import call_command

from mptf_portal import figures
from mptf_portal.models import Revision
from mptf_portal.publishing import draft_correction, publish
from mptf_portal.snapshot import latest
from programmes.models import JointProgramme
from tests.contributions import desk
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


def load_published():
    """Put on record what `prepare` does before any ledger."""
    call_command("load_reference", verbosity=0)
    call_command("load_published", verbosity=0)


def open_programme(slug):
    """Return the row of a programme that nothing replaced yet."""
    return JointProgramme.objects.get(slug=slug, public_until=None)


def everything():
    """Return every row of every table but the revision, which a write raises that changes none."""
    models = set(apps.get_models(include_auto_created=True)) - {Revision}
    return {model: sorted(map(str, model.objects.values())) for model in models}


def desk_page(model, act, *args):
    """Return the address of a page of the register's admin."""
    return desk.page(model, act, *args, app="programmes")
