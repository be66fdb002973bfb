"""Load the countries; running it again changes only what the file changed."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from programmes.models import Country

FILE = Path(__file__).resolve().parents[2] / "data" / "countries.csv"
FLAGS = ("unece", "ldc")
DEGREES = ("latitude", "longitude")


def countries() -> list[Country]:
    """Return the countries of the file, unsaved."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [Country(**_typed(row)) for row in csv.DictReader(file)]


def _typed(row: dict[str, str]) -> dict[str, Any]:
    typed: dict[str, Any] = dict(row)
    typed |= {name: row[name] == "1" for name in FLAGS}
    typed |= {name: Decimal(row[name]) for name in DEGREES}
    return typed


class Command(BaseCommand):
    """Countries with their UN names, M49 regions and UNECE membership."""

    help = __doc__

    @transaction.atomic
    def handle(self, *, verbosity: int = 1, **_options: Any) -> None:
        """Insert new countries and update known ones, by ISO code."""
        rows = countries()
        names = [field.name for field in Country._meta.concrete_fields if field.name != "id"]
        Country.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["iso3"],
            update_fields=[name for name in names if name != "iso3"],
        )
        if verbosity:
            self.stdout.write(f"{len(rows)} countries")
