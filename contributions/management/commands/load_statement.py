"""Load the statement of March 2024, its signatories and the funding targets with their sources."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from contributions.models import Edition, FundingTarget, Statement
from contributions.published import government
from mptf_portal.publishing import publish

DATA = Path(__file__).resolve().parents[2] / "data"
PUBLISHED_AT = "https://migrationnetwork.un.org/unece-donors-statement"
SIGNATORIES = ("DNK", "DEU", "NLD", "NOR", "ESP", "GBR", "USA")
TITLE = (
    "Advancing Migration Governance in the UNECE Region: "
    "Donors Call for Continued Support to the Migration Multi-Partner Trust Fund"
)
OCCASION = "Regional review of the Global Compact for Migration in the UNECE region"


@dataclass(frozen=True)
class Announced:
    """What the file of targets does not hold in columns: how the source frames the target."""

    period: str = ""
    by: str = ""
    on: date | None = None
    source: str = "Statement of the UNECE contributors, Geneva, 11 March 2024"


ANNOUNCED = {
    "2019": Announced(
        period="First year of operations",
        on=date(2019, 7, 16),
        source="DevelopmentAid, on the launch of the Fund, July 2019",
    ),
    "2022": Announced(
        period="Up to the International Migration Review Forum, May 2022",
        by="Steering Committee of the Fund",
        source="UN Network on Migration, “Turning Commitments into Reality”",
    ),
    "2023": Announced(),
    "2024": Announced(by="Amy Pope, Director General of IOM"),
}


class Command(BaseCommand):
    """The published text, never overwritten once it is there."""

    help = __doc__

    @transaction.atomic
    def handle(self, *, verbosity: int = 1, **_options: Any) -> None:
        """Create what is missing; what an officer changed stays."""
        signatories = [government(iso3) for iso3 in SIGNATORIES]
        statement, created = Statement.objects.get_or_create(
            slug="unece-2024",
            defaults={
                "title": TITLE,
                "occasion": OCCASION,
                "place": "Geneva",
                "date": date(2024, 3, 11),
                "source_url": PUBLISHED_AT,
            },
        )
        if created:
            statement.signatories.set(signatories)
        load_edition(statement)
        with (DATA / "targets.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                load_target(row)
        if verbosity:
            self.stdout.write(f"statement {statement}, {FundingTarget.objects.count()} targets")


def load_edition(statement: Statement) -> None:
    """Publish the English original unless the statement has an English edition.

    Its links name programmes, which need not be on record yet: such a link stays as typed.
    """
    if statement.editions.filter(language=Edition.Language.ENGLISH).exists():
        return
    markdown = (DATA / "unece-2024.en.md").read_text(encoding="utf-8")
    edition = Edition(
        statement=statement,
        language=Edition.Language.ENGLISH,
        kind=Edition.Kind.ORIGINAL,
        title=TITLE,
        markdown=markdown,
    )
    publish(edition, datetime.now(UTC))


def load_target(row: dict[str, str]) -> None:
    """Publish the target of one line of the file unless the period has one."""
    announced = ANNOUNCED[row["year"]]
    annual = not announced.period
    period = {
        "kind": FundingTarget.Kind.ANNUAL if annual else FundingTarget.Kind.CAPITALISATION,
        "year": int(row["year"]) if annual else None,
        "period": announced.period,
    }
    if FundingTarget.objects.filter(**period).exists():
        return
    target = FundingTarget(
        **period,
        amount_usd=Decimal(row["target_usd"]),
        announced_by=announced.by,
        announced_on=announced.on,
        source=announced.source,
        source_url=row["source_url"],
    )
    publish(target, datetime.now(UTC))
