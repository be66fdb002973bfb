"""What the Treasury's rates bring to the ledger, told before it is written and done whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from contributions.models import ExchangeRate, PledgeEntry
from contributions.operational_rates.reading import Rate
from mptf_portal.live import lock_revision


@dataclass(frozen=True, slots=True)
class Changed:
    """A rate that the ledger held otherwise."""

    was: Decimal
    kept: ExchangeRate
    rate: Rate


@dataclass(frozen=True)
class Report:
    """What the file brings, compared with the ledger.

    `waiting` entries without a value get one by “Value entries”, and `keeping` ones stay at the
    rate they have, although another would now be in force on their day.
    """

    new: list[Rate] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    unchanged: list[Rate] = field(default_factory=list)
    waiting: int = 0
    keeping: int = 0

    @property
    def is_empty(self) -> bool:
        """Tell whether the ledger holds all of it already."""
        return not (self.new or self.changed)

    @property
    def words(self) -> str:
        """Return what changes when the report does."""
        return f"{self.new} {[(one.was, one.rate) for one in self.changed]}"


def compare(rates: Sequence[Rate]) -> Report:
    """Return which of the rates are new, changed and as they are on record, in two queries."""
    days = {rate.effective_on for rate in rates}
    known = {
        (kept.currency, kept.effective_on): kept
        for kept in ExchangeRate.objects.filter(effective_on__in=days)
    }
    new, changed, unchanged = [], [], []
    for rate in rates:
        kept = known.get((rate.currency, rate.effective_on))
        if kept is None:
            new.append(rate)
        elif kept.rate == rate.rate:
            unchanged.append(rate)
        else:
            changed.append(Changed(kept.rate, kept, rate))
    waiting, keeping = _touched([*new, *(one.rate for one in changed)])
    return Report(new, changed, unchanged, waiting, keeping)


def _touched(rates: Sequence[Rate]) -> tuple[int, int]:
    """Count the entries on whose day one of these rates is in force: without a value, and with.

    Without a value, those that readers do not know: a public one is corrected, never valued.
    """
    days: dict[str, list[date]] = {}
    for rate in rates:
        days.setdefault(rate.currency, []).append(rate.effective_on)
    entries = PledgeEntry.objects.filter(public_until=None, amount__isnull=False, rate_reason="")
    entries = entries.filter(Q(public_from=None) | Q(rate_date__isnull=False))
    mine = entries.order_by().filter(pledge__currency__in=days)
    waiting = keeping = 0
    for currency, dated, rate_date, count in mine.values_list(
        "pledge__currency", "dated", "rate_date"
    ).annotate(Count("pk")):
        if rate_date is None:
            waiting += count * any(day <= dated for day in days[currency])
        else:
            keeping += count * any(rate_date <= day <= dated for day in days[currency])
    return waiting, keeping


@transaction.atomic
def write(rates: Sequence[Rate], source: str) -> Report:
    """Save what is new or changed, and return what that was; entries keep the rate they have."""
    lock_revision()
    report = compare(rates)
    for kept, rate in _to_save(report):
        kept.rate, kept.source = rate.rate, source
        kept._change_reason = _("From the Treasury's file")  # noqa: SLF001 (simple-history's attribute)
        kept.full_clean()
        kept.save()
    return report


def _to_save(report: Report) -> Iterator[tuple[ExchangeRate, Rate]]:
    for rate in report.new:
        yield ExchangeRate(currency=rate.currency, effective_on=rate.effective_on), rate
    for change in report.changed:
        yield change.kept, change.rate


def packed(rates: Sequence[Rate]) -> list[list[Any]]:
    """Return the rates as plain lists, for a form to carry."""
    return [[r.line, r.currency, r.effective_on.isoformat(), str(r.rate)] for r in rates]


def unpacked(rows: Sequence[Sequence[Any]]) -> list[Rate]:
    """Return the rates that `packed` packed."""
    return [Rate(n, code, date.fromisoformat(day), Decimal(rate)) for n, code, day, rate in rows]
