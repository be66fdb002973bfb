"""Load the demonstration's tables."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import models, transaction
from simple_history.utils import bulk_create_with_history

from contributions import figures
from contributions.demonstration.statement import load_statement
from contributions.models import (
    Deposit,
    Donor,
    ExchangeRate,
    Instalment,
    Pledge,
    PledgeEntry,
    PledgeFootnote,
)
from mptf_portal.models import Demonstration
from mptf_portal.publishing import draft_correction, publish
from mptf_portal.snapshot import Snapshot
from programmes.models import Country, StatedFigure

DATA = Path(__file__).resolve().parents[1] / "data" / "demonstration"
RATE_SOURCE = "Demonstration rate, invented"
EVIDENCE = "Demonstration document"
STATED_BY = "Demonstration: Administrative Agent's total, invented"
LOADED = "Demonstration ledger loaded"

Pledges = dict[tuple[str, ...], Pledge]


class RefusedError(Exception):
    """The demonstration may not be loaded here; the message says why and the way out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger's table: `row` names what it is, `state` is empty or “draft”.

    `row` is a kind of entry, deposit, correction (of the deposit with the same reference),
    instalment, a kind of footnote, earmark or conditions.
    """

    donor: str
    year: str
    currency: str
    agreement: str
    row: str
    date: str
    amount: str
    usd_credited: str
    agent_reference: str
    text: str
    state: str

    @property
    def pledge(self) -> tuple[str, ...]:
        """Return what tells one pledge from another."""
        return self.donor, self.year, self.currency, self.agreement

    @property
    def day(self) -> date:
        """Return the day it happened or, for an instalment, is due."""
        return date.fromisoformat(self.date)

    @property
    def public_from(self) -> datetime | None:
        """Return when it was published: the next morning; never, for a draft."""
        if self.state == "draft":
            return None
        return datetime.combine(self.day + timedelta(days=1), time(9), UTC)


def table(name: str) -> Iterator[dict[str, str]]:
    """Yield the lines of one of the demonstration's tables."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@transaction.atomic
def load(now: datetime) -> bool:
    """Load the demonstration and tell whether it was not there yet.

    Raises RefusedError in production, where a ledger stands, and before the portal is prepared.
    """
    if not settings.PORTAL_LOCAL:
        raise RefusedError(
            "The demonstration ledger is for `make run` alone, never for production."
        )
    if Demonstration.is_on():
        return False
    refuse_a_ledger()
    Demonstration.objects.create(pk=1, loaded_on=now.date())
    _load_rates()
    _load_ledger([Line(**line) for line in table("ledger")], _donors())
    _reconcile(now)
    load_statement(now)
    return True


def refuse_a_ledger() -> None:
    """Raise RefusedError where a pledge, deposit or rate stands: real and invented never mix."""
    counted = {model: model.objects.count() for model in (Pledge, Deposit, ExchangeRate)}
    standing = [
        f"{count} {model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural}"
        for model, count in counted.items()
        if count
    ]
    if standing:
        raise RefusedError(
            f"A ledger stands in this database: {', '.join(standing)}. Load the demonstration "
            "into a database of its own, as in DATABASE_URL=sqlite:///demonstration.sqlite3."
        )


def _donors() -> dict[str, Donor]:
    """Return every donor by its short name; those that are missing are made."""
    countries = {country.iso3: country for country in Country.objects.all()}
    donors = {donor.slug: donor for donor in Donor.objects.all()}
    needed = {line["donor"] for line in table("ledger")}
    invented = {line["slug"]: line for line in table("donors")}
    if missing := needed - donors.keys() - invented.keys():
        raise RefusedError(
            f"Run `manage.py prepare` first; donors are missing: {', '.join(sorted(missing))}."
        )
    for slug, line in invented.items():
        if slug in donors:
            continue
        donors[slug] = Donor.objects.create(
            slug=slug,
            name=line["name"],
            kind=line["kind"],
            country=countries.get(line["iso3"]),
            parent=donors.get(line["parent"]),
            global_south=line["global_south"] == "1",
            demonstration=True,
        )
    return donors


def _create(rows: Iterable[models.Model]) -> None:
    """Save new rows of one model with their history."""
    rows = list(rows)
    bulk_create_with_history(rows, type(rows[0]), default_change_reason=LOADED)


def _load_rates() -> None:
    _create(
        ExchangeRate(
            currency=currency,
            effective_on=date.fromisoformat(line["effective_on"]),
            rate=Decimal(rate),
            source=RATE_SOURCE,
        )
        for line in table("rates")
        for currency, rate in line.items()
        if currency != "effective_on"
    )


def _load_ledger(lines: list[Line], donors: dict[str, Donor]) -> None:
    pledges = {
        line.pledge: Pledge(
            donor=donors[line.donor],
            funding_year=int(line.year),
            currency=line.currency,
            agreement_reference=line.agreement,
        )
        for line in lines
    }
    for line in lines:
        if line.row in {"earmark", "conditions"}:
            setattr(pledges[line.pledge], line.row, line.text)
    _create(pledges.values())
    _create(_entry(line, pledges) for line in lines if line.row in PledgeEntry.Kind)
    _create(_deposit(line, pledges) for line in lines if line.row == "deposit")
    _create(_instalment(line, pledges) for line in lines if line.row == "instalment")
    _create(_footnote(line, pledges) for line in lines if line.row in PledgeFootnote.Kind)
    for line in lines:
        if line.row == "correction":
            _correct(line)


def _entry(line: Line, pledges: Pledges) -> PledgeEntry:
    entry = PledgeEntry(
        pledge=pledges[line.pledge],
        dated=line.day,
        kind=line.row,
        amount=Decimal(line.amount) if line.amount else None,
        reason=line.text,
        evidence=EVIDENCE,
        public_from=line.public_from,
    )
    entry.set_value()
    return entry


def _deposit(line: Line, pledges: Pledges) -> Deposit:
    return Deposit(
        pledge=pledges[line.pledge],
        received_on=line.day,
        amount=Decimal(line.amount),
        amount_usd=Decimal(line.usd_credited),
        agent_reference=line.agent_reference,
        evidence=EVIDENCE,
        public_from=line.public_from,
    )


def _instalment(line: Line, pledges: Pledges) -> Instalment:
    return Instalment(pledge=pledges[line.pledge], due_on=line.day, amount=Decimal(line.amount))


def _footnote(line: Line, pledges: Pledges) -> PledgeFootnote:
    return PledgeFootnote(pledge=pledges[line.pledge], kind=line.row, text=line.text)


def _correct(line: Line) -> None:
    """Publish what was credited after all, in place of the deposit with the same reference."""
    draft = draft_correction(Deposit.objects.get(agent_reference=line.agent_reference))
    draft.amount, draft.amount_usd = Decimal(line.amount), Decimal(line.usd_credited)
    publish(draft, line.public_from, line.text)


def _reconcile(now: datetime) -> None:
    """State the day's total as the Administrative Agent would: the ledger is complete that day."""
    total = figures.contributed(Snapshot("default", now, now.date()))
    stated = StatedFigure(
        figure=str(total.reference),
        value=total.value,
        stated_for=total.as_of,
        source=STATED_BY,
    )
    publish(stated, now)
