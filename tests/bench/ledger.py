"""An invented ledger of any size, the same one each time, to measure with.

    python -m tests.bench.ledger DEPOSITS

prepares the database in DATABASE_URL and fills it.

It is the demonstration of its database, and flagged so: no page shows it without saying that.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from itertools import islice, product
from random import Random

import django

django.setup()

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connections, models, transaction

from contributions.models import Deposit, Donor, Pledge, PledgeEntry
from mptf_portal.models import Demonstration
from programmes.models import Country

SEED = 2019
TOTAL = 400_000_000  # US dollars of all deposits, however many they are
DONORS = 60
YEARS = range(2019, 2027)
REFUND_IN = 100  # one deposit in so many
RATES = {"USD": 1.0, "EUR": 0.92, "DKK": 6.87, "NOK": 10.54, "GBP": 0.79}  # invented
SOURCE = "Invented, to measure with"
BATCH = 50_000  # rows that are in memory at a time

Row = dict[str, str | int | float | bool | None]
PUBLIC: Row = {
    "public_from": "2019-01-01 00:00:00",
    "withdrawn_reason": "",
    "evidence": SOURCE,
    "demonstration": True,
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """A signed pledge; `deposits` counts those that will be written on it."""

    pk: int
    donor: int
    year: int
    currency: str
    deposits: int

    @property
    def signed_on(self) -> date:
        """Return the day of its one entry."""
        return date(self.year, 1, 10)

    @property
    def rate(self) -> float:
        """Return local units per US dollar."""
        return RATES[self.currency]


def fill(using: str, deposits: int) -> None:
    """Write this many public deposits into a prepared database, and the pledges they are on.

    Raises ValueError where a pledge stands: real and invented amounts never mix.
    """
    if Pledge.objects.using(using).exists():
        raise ValueError("A ledger stands in this database already.")
    random = Random(SEED)  # noqa: S311 (for the same rows each time)
    mean = TOTAL / deposits
    with transaction.atomic(using=using):
        Demonstration.objects.using(using).create(pk=1, loaded_on=date(YEARS[-1], 1, 1))
        agreements = list(_agreements(random, _donors(using), deposits))
        _write(using, Pledge, (_pledge(agreement) for agreement in agreements))
        _write(using, PledgeEntry, (_entry(agreement, mean) for agreement in agreements))
        _write(using, Deposit, _deposits(random, agreements, mean))
        _number_on(using, Pledge, PledgeEntry, Deposit)
    _settle(using)


def _donors(using: str) -> list[int]:
    """Make the donors, governments of the first countries, and return their keys."""
    countries = Country.objects.using(using).order_by("-unece", "iso3")[:DONORS]
    made = Donor.objects.using(using).bulk_create(
        Donor(
            name=f"Invented government {country.iso3}",
            slug=f"invented-{country.iso3.lower()}",
            kind=Donor.Kind.GOVERNMENT,
            country=country,
            global_south=not country.unece,
            demonstration=True,
        )
        for country in countries
    )
    return [donor.pk for donor in made]


def _agreements(random: Random, donors: list[int], deposits: int) -> Iterator[Agreement]:
    """Give each donor one pledge a year: a ledger grows by its deposits."""
    signed = list(product(donors, YEARS))
    for number, (donor, year) in enumerate(signed):
        yield Agreement(
            pk=number + 1,
            donor=donor,
            year=year,
            currency=random.choice(list(RATES)),
            deposits=deposits // len(signed) + (number < deposits % len(signed)),
        )


def _pledge(agreement: Agreement) -> Row:
    return {
        "id": agreement.pk,
        "donor_id": agreement.donor,
        "agreement_reference": f"Invented {agreement.pk}",
        "funding_year": agreement.year,
        "currency": agreement.currency,
        "earmark": "",
        "conditions": "",
        "demonstration": True,
    }


def _entry(agreement: Agreement, mean: float) -> Row:
    usd = round(mean * agreement.deposits)
    return PUBLIC | {
        "id": agreement.pk,
        "pledge_id": agreement.pk,
        "dated": agreement.signed_on.isoformat(),
        "kind": PledgeEntry.Kind.SIGNED.value,
        "amount": f"{usd * agreement.rate:.2f}",
        "rate": agreement.rate,
        "rate_date": agreement.signed_on.isoformat(),
        "rate_source": SOURCE,
        "amount_usd": usd,
        "reason": "",
    }


def _deposits(random: Random, agreements: list[Agreement], mean: float) -> Iterator[Row]:
    number = 0
    for agreement in agreements:
        days = [(agreement.signed_on + timedelta(day)).isoformat() for day in range(300)]
        for _deposit in range(agreement.deposits):
            number += 1
            usd = round(mean * random.uniform(0.5, 1.5), 2)
            if number % REFUND_IN == 0:
                usd = -usd
            yield PUBLIC | {
                "id": number,
                "pledge_id": agreement.pk,
                "received_on": days[int(random.random() * len(days))],
                "amount": f"{usd * agreement.rate:.2f}",
                "amount_usd": f"{usd:.2f}",
                "agent_reference": f"Invented {number:08}",
            }


def _write(using: str, model: type[models.Model], rows: Iterable[Row]) -> None:
    """Write rows of one table the fastest way that its database has."""
    connection, table = connections[using], model._meta.db_table
    rows = iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(rows, BATCH)):
            columns = ", ".join(batch[0])
            if connection.vendor == "postgresql":
                lines = StringIO("\n".join("\t".join(map(str, row.values())) for row in batch))
                cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", lines)
            else:
                places = ", ".join(["%s"] * len(batch[0]))
                insert = f"INSERT INTO {table} ({columns}) VALUES ({places})"
                cursor.executemany(insert, [tuple(row.values()) for row in batch])


def _number_on(using: str, *written: type[models.Model]) -> None:
    """Let the next row of each table take the number after the last one written."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), written):
            cursor.execute(statement)


def _settle(using: str) -> None:
    """Do what PostgreSQL's autovacuum does within a minute of such a load; SQLite has no such."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    call_command("prepare", ledger="published")
    fill("default", int(sys.argv[1]))
