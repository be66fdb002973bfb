"""Load what public sources say of joint programmes, of their number and of contributions."""

from typing import Any

from django.core.management.base import BaseCommand

from contributions import published
from contributions.models import ReportedContribution
from programmes import published as published_programmes
from programmes.models import JointProgramme, Result


class Command(BaseCommand):
    """Safe to run again: what is on record stays as it is."""

    help = __doc__

    def handle(self, *, verbosity: int = 1, **_options: Any) -> None:
        """Create what is missing and say what is on record."""
        published_programmes.load()
        published.load()
        if verbosity:
            models = (JointProgramme, Result, ReportedContribution)
            counted = [f"{m.objects.count()} {m._meta.verbose_name_plural}" for m in models]
            self.stdout.write(", ".join(counted))
