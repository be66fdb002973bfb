"""What the tests of every page show: the demonstration, and what is hard to lay out."""

from datetime import date

from django.core.management import call_command

from contributions.models import Donor
from tests.factories import EditionFactory, EntryFactory

LONG = "A letter " * 40


def write_every_kind_of_row():
    """Load what `make run` serves, and add a statement never read out and rows that are long."""
    for name in ("reference", "published", "statement", "demo"):
        call_command(f"load_{name}", verbosity=0)
    EditionFactory(statement__slug="not-read-out", statement__date=date(2022, 5, 19))
    germany = Donor.objects.get(slug="germany")
    EntryFactory(pledge__donor=germany, pledge__currency="KZT", evidence=LONG)
