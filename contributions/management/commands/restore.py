"""Put a copy of the ledger back and prove it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contributions import backup


class Command(BaseCommand):
    """Replace the whole database by a copy that `backup` made, and count every figure again."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the copy, and the word for a ledger in the way."""
        parser.add_argument("file", type=Path, help="what `backup` wrote")
        parser.add_argument("--replace", action="store_true", help="also where a ledger stands")

    def handle(self, *, file: Path, replace: bool, verbosity: int = 1, **_options: Any) -> None:
        """Restore, and say how much agrees."""
        try:
            record = backup.restore(file, over_a_ledger=replace)
        except (backup.RefusedError, backup.DifferentError) as error:
            raise CommandError(str(error)) from error
        if verbosity:
            figures, rows = len(record.figures), sum(record.rows.values())
            self.stdout.write(
                f"restored {file}: {figures} figures and answers agree as of {record.as_of}, and "
                f"so do the numbers of rows ({rows})"
            )
