"""Load what public sources say of contributions; what is on record already stays as it is."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from contributions.models import Donor, ReportedContribution
from mptf_portal.publishing import publish
from programmes.models import Country

FILE = Path(__file__).resolve().parent / "data" / "reported.csv"
GOVERNMENTS = {  # country → the donor's name
    "DEU": "Germany",
    "DNK": "Denmark",
    "ESP": "Spain",
    "GBR": "United Kingdom",
    "MAR": "Morocco",
    "NLD": "Netherlands",
    "NOR": "Norway",
    "THA": "Thailand",
    "USA": "United States",
}


def government(iso3: str) -> Donor:
    """Return the government of a country as a donor, made when missing."""
    name = GOVERNMENTS[iso3]
    slug = name.lower().replace(" ", "-")
    if known := Donor.objects.filter(Q(slug=slug) | Q(name=name)).first():
        return known
    return Donor.objects.create(
        slug=slug,
        name=name,
        kind=Donor.Kind.GOVERNMENT,
        country=Country.objects.get(iso3=iso3),
    )


def reported() -> Iterator[ReportedContribution]:
    """Yield the reported contributions of the file, unsaved."""
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield ReportedContribution(
                donor=government(row["iso3"]),
                dated=date.fromisoformat(row["dated"]) if row["dated"] else None,
                year=int(row["year"]) if row["year"] else None,
                stage=row["stage"],
                amount=Decimal(row["amount"]) if row["amount"] else None,
                currency=row["currency"],
                what=row["what"],
                source=row["source"],
                source_url=row["source_url"],
                confidence=row["confidence"],
            )


@transaction.atomic
def load() -> None:
    """Publish each reported contribution that its donor does not have from that source."""
    now = datetime.now(UTC)
    for row in reported():
        known = row.donor.reported_contributions.filter(
            source_url=row.source_url, dated=row.dated, year=row.year
        )
        if not known.exists():
            publish(row, now)
