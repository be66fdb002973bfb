"""Bring a large file in on the server: the same reading, comparing and writing as in the admin."""

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from contributions.importing import kinds, reading
from contributions.importing.comparing import Comparison, Verdict
from contributions.importing.reading import RefusedFileError
from contributions.importing.values import Dates, Numbers, Writing
from contributions.importing.writing import write
from contributions.models import FileImport

BAR = 40  # characters


class Command(BaseCommand):
    """Write a whole file into the ledger, for approval, or say which rows stop it."""

    help = "Bring a CSV or XLSX file into the ledger, whole or not at all; it waits for approval."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask for the file, its kind, whose import it is, and how it is written."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", required=True, choices=FileImport.Kind.values)
        parser.add_argument("--user", required=True, help="the officer's e-mail address")
        parser.add_argument("--dates", default="", choices=Dates.values)
        parser.add_argument("--numbers", default="", choices=Numbers.values)
        parser.add_argument("--dry-run", action="store_true", help="compare, and write nothing")

    def handle(self, *, file: Path, user: str, dry_run: bool, **options: Any) -> None:
        """Compare and write; on a terminal, show how far it is."""
        officer = get_user_model().objects.filter(email__iexact=user, is_active=True).first()
        if officer is None:
            raise CommandError(f"Nobody signs in as {user}.")
        if not kinds.may_bring_in(officer, options["kind"]):
            raise CommandError(f"{user} may not bring in {options['kind']}.")
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            with transaction.atomic():
                counts = self._bring_in(file, officer, options)
                transaction.set_rollback(dry_run)
        except RefusedFileError as error:
            raise CommandError("Nothing is written.\n" + "\n".join(error.messages)) from error
        told = ", ".join(f"{counts.get(str(verdict), 0)} {verdict}" for verdict in Verdict)
        done = "Nothing is written; it would be" if dry_run else "Imported, waiting for approval"
        self.stdout.write(f"{done}: {told}")

    def _bring_in(self, file: Path, officer: Any, options: dict[str, Any]) -> dict[str, int]:
        writing = Writing(options["dates"], options["numbers"])
        total = file.stat().st_size
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            content.seek(0)
            table = reading.read(content, file.name)
            mapping = kinds.mapped(options["kind"], table.headings)
            comparison = Comparison(options["kind"], mapping, writing)
            done = FileImport.objects.create(
                kind=options["kind"],
                file_name=file.name,
                sha256=digest,
                by=officer,
                at=timezone.now(),
                writing={"dates": writing.dates, "numbers": writing.numbers, "mapping": mapping},
            )
            self.stdout.write(f"Columns: {', '.join(f'{h} is {c}' for h, c in mapping.items())}")
            rows = reading.rows_of(table, None)

            def told(number: int) -> None:
                self._show(content.tell() / total if file.suffix == ".csv" else None, number)

            write(done, comparison, table.headings, rows, told)
        if self.stdout.isatty():
            self.stdout.write("")
        return done.counts

    def _show(self, part: float | None, number: int) -> None:
        if not self.stdout.isatty():
            return
        bar = "" if part is None else f"[{'#' * int(BAR * part):<{BAR}}] "
        self.stdout.write(f"\r{bar}{number} rows", ending="")
        self.stdout.flush()
