"""Load countries and GCM objectives; running it again changes only what the files changed."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from programmes.models import Country, Objective

DATA = Path(__file__).resolve().parents[2] / "data"
FLAGS = ("unece", "ldc")
DEGREES = ("latitude", "longitude")


def countries() -> list[Country]:
    """Return the countries of the file, unsaved."""
    with (DATA / "countries.csv").open(encoding="utf-8", newline="") as file:
        return [Country(**_typed(row)) for row in csv.DictReader(file)]


def _typed(row: dict[str, str]) -> dict[str, Any]:
    typed: dict[str, Any] = dict(row)
    typed |= {name: row[name] == "1" for name in FLAGS}
    typed |= {name: Decimal(row[name]) for name in DEGREES}
    return typed


def objectives() -> list[Objective]:
    """Return the 23 objectives of the file, unsaved."""
    reference = json.loads((DATA / "reference.json").read_text(encoding="utf-8"))
    return [
        Objective(
            number=row["number"],
            short_title=row["short_title"],
            title=row["full_title"],
            source_url=row["source_url"],
        )
        for row in reference["objectives"]
    ]


class Command(BaseCommand):
    """Countries with their UN names, M49 regions and UNECE membership, and the 23 objectives."""

    help = __doc__

    @transaction.atomic
    def handle(self, *, verbosity: int = 1, **_options: Any) -> None:
        """Insert new rows and update known ones, by ISO code and by number."""
        for rows, key in ((countries(), "iso3"), (objectives(), "number")):
            model = type(rows[0])
            names = [field.name for field in model._meta.concrete_fields]
            model.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=[key],
                update_fields=[name for name in names if name not in ("id", key)],
            )
            if verbosity:
                self.stdout.write(f"{len(rows)} {model._meta.verbose_name_plural}")
