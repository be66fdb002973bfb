"""Make a copy of the ledger that can be proved."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contributions import backup


class Command(BaseCommand):
    """Copy the whole database to a file and record its figures; serving goes on meanwhile."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the place of the copy."""
        parser.add_argument("file", type=Path, help="a file that does not exist yet")

    def handle(self, *, file: Path, verbosity: int = 1, **_options: Any) -> None:
        """Copy, and say what was counted."""
        try:
            record = backup.backup(file)
        except backup.RefusedError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            counted = f"{len(record.figures)} figures and answers, {sum(record.rows.values())} rows"
            self.stdout.write(f"{file}: {counted}, as of {record.as_of}")
