"""Load the demonstration ledger, whose amounts are invented, or take it out again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contributions import demonstration


class Command(BaseCommand):
    """Safe to run again: what is loaded stays as it is."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the way back."""
        parser.add_argument("--remove", action="store_true", help="take it out, and nothing else")

    def handle(self, *, remove: bool, verbosity: int = 1, **_options: Any) -> None:
        """Load or remove, and say what happened."""
        said = take_out() if remove else put_in()
        if verbosity:
            self.stdout.write(said)


def take_out() -> str:
    """Remove the demonstration and return what to say."""
    if demonstration.remove():
        return "demonstration ledger removed"
    return "no demonstration ledger is loaded"


def put_in() -> str:
    """Load the demonstration and return what to say."""
    try:
        loaded = demonstration.load(timezone.now())
    except demonstration.RefusedError as error:
        raise CommandError(str(error)) from error
    if loaded:
        return "demonstration ledger loaded: all its amounts are invented"
    return "the demonstration ledger is loaded already"
