"""Make the database ready to serve: migrate, then load what the portal starts with."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from mptf_portal.accounts.roles import load_groups
from mptf_portal.models import Demonstration

DEMONSTRATION, PUBLISHED = "demonstration", "published"


class Command(BaseCommand):
    """What `make run` calls before it serves; safe to run again."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the choice of ledger."""
        parser.add_argument("--ledger", choices=[DEMONSTRATION, PUBLISHED], default=PUBLISHED)

    def handle(self, *, ledger: str, **_options: Any) -> None:
        """Migrate and load; refuse to serve a demonstration as the published record."""
        call_command("migrate", verbosity=0)
        if ledger == PUBLISHED and Demonstration.is_on():
            message = (
                "This database holds the demonstration ledger. Take it out with "
                "`manage.py load_demo --remove`, or serve it with LEDGER=demonstration."
            )
            raise CommandError(message)
        call_command("createcachetable")
        load_groups()
        call_command("load_reference", stdout=self.stdout)
        call_command("load_published", stdout=self.stdout)
        call_command("load_statement", stdout=self.stdout)
        if ledger == DEMONSTRATION:
            call_command("load_demo", stdout=self.stdout)
