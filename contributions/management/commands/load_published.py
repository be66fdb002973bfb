"""Load what public sources say of joint programmes, of their number and of contributions."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contributions import published
from contributions.models import ReportedContribution
from mptf_portal.models import Demonstration
from programmes import published as published_programmes
from programmes.models import JointProgramme, Result


class Command(BaseCommand):
    """Safe to run again: what is on record stays as it is."""

    help = __doc__

    def handle(self, *, verbosity: int = 1, **_options: Any) -> None:
        """Create what is missing and say what is on record."""
        if Demonstration.is_on() and not JointProgramme.objects.exists():
            raise CommandError(
                "The demonstration in this database was loaded without the published facts, which "
                "would now be taken for invented. Take it out with `manage.py load_demo --remove` "
                "and run this again."
            )
        published_programmes.load()
        published.load()
        if verbosity:
            models = (JointProgramme, Result, ReportedContribution)
            counted = [f"{m.objects.count()} {m._meta.verbose_name_plural}" for m in models]
            self.stdout.write(", ".join(counted))
