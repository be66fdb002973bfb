"""How contributions for a year came towards its target, day by day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contributions import figures
from contributions.models import FundingTarget, PledgeEntry
from contributions.reconciliation import reconciled_to
from mptf_portal.figures import Figure, Verdict, judge
from mptf_portal.money import ZERO, cents, format_day, format_percent, format_usd, percent_of
from mptf_portal.snapshot import Snapshot, once_in_a_snapshot


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the contributions for a year came towards its target.

    `incomplete` says in words why the record cannot prove that a target was missed; it is empty
    when the record is complete.
    """

    year: int
    target: FundingTarget | None = None
    counted: Figure | None = None
    reached_on: date | None = None
    incomplete: str = ""

    @property
    def value(self) -> Decimal | None:
        """Return what counts towards the target in US dollars, None when nothing is recorded."""
        return None if self.counted is None else self.counted.value

    @property
    def verdict(self) -> Verdict:
        """Return what the records say of “the target is reached”."""
        reached = self.target and self.value is not None and self.value >= self.target.amount_usd
        return judge(bool(reached), self.incomplete)

    @property
    def answer(self) -> str:
        """Return the verdict in a few words."""
        if self.verdict is Verdict.HOLDS:
            return _("reached on %(day)s") % {"day": format_day(self.reached_on)}
        if self.verdict is Verdict.CANNOT_BE_TOLD:
            return _("cannot be told: %(reason)s") % {"reason": self.incomplete}
        percent = percent_of(self.value, self.target.amount_usd)
        return _("not yet: %(percent)s") % {"percent": format_percent(percent)}

    @property
    def evidence(self) -> str:
        """Return the measurement as a sentence."""
        if self.target is None:
            return _("No funding target for %(year)s is on record.") % {"year": self.year}
        return _("%(year)s: %(measured)s") % {
            "year": self.year,
            "measured": measured(self.target, self.value),
        }


def measured(target: FundingTarget, value: Decimal | None) -> str:
    """Return in words how far a value came towards the target, on the target's basis."""
    words = {
        "target": format_usd(target.amount_usd),
        "stage": figures.stage_name(target.measured_on),
    }
    if value is None:
        return _("no %(stage)s recorded yet towards %(target)s.") % words
    words["value"] = format_usd(value)
    words["percent"] = format_percent(percent_of(value, target.amount_usd))
    return _("%(value)s of %(stage)s towards %(target)s (%(percent)s).") % words


@once_in_a_snapshot
def progress(snapshot: Snapshot, year: int) -> Progress:
    """Measure the year's contributions against its target, on the target's basis."""
    target = figures.annual_target(snapshot, year)
    if target is None:
        missing = _("no funding target for %(year)s is on record") % {"year": year}
        return Progress(year, incomplete=missing)
    counted = figures.contributed(snapshot, stage=target.measured_on, year=year)
    if counted.value is not None and counted.value >= target.amount_usd:
        return Progress(year, target, counted, reached_on=reached_on(snapshot, target))
    return Progress(year, target, counted, incomplete=incomplete(snapshot, counted))


def pace(snapshot: Snapshot, target: FundingTarget) -> str:
    """Return in a sentence how far the target's year came, or where the year left the target.

    Nothing where the year ended without a row on record, or where nothing changed since.
    """
    end = date(target.year, 12, 31)
    if snapshot.as_of <= end:
        days = (snapshot.as_of - date(target.year, 1, 1)).days + 1
        passed = percent_of(Decimal(days), Decimal(end.timetuple().tm_yday))
        words = {"percent": format_percent(passed), "year": target.year}
        return _("%(percent)s of the year %(year)s has passed.") % words
    counted = figures.contributed(snapshot.on(end), stage=target.measured_on, year=target.year)
    if counted.value in (None, progress(snapshot, target.year).value):
        return ""
    percent = format_percent(percent_of(counted.value, target.amount_usd))
    return _("At the end of %(year)s it stood at %(percent)s.") % {
        "year": target.year,
        "percent": percent,
    }


def incomplete(snapshot: Snapshot, counted: Figure) -> str:
    """Return why a figure of the ledger cannot prove a shortfall, or nothing when it can.

    The record is complete when the deposits of all donors equal, to the cent, what the
    Administrative Agent stated for the snapshot's day, no row lacks a rate, and there is a row:
    of a year without any, nothing is known.
    """
    if counted.value is None and not counted.unvalued:
        return _("no %(stage)s are on record") % {"stage": counted.basis}
    if counted.unvalued:
        return ngettext(
            "%(count)s pledge is not yet valued in US dollars",
            "%(count)s pledges are not yet valued in US dollars",
            counted.unvalued,
        ) % {"count": counted.unvalued}
    day = reconciled_to(snapshot)
    if day is None:
        return _("the ledger is not yet reconciled with the Administrative Agent")
    if day < snapshot.as_of:
        return _("the ledger is reconciled to %(day)s only") % {"day": format_day(day)}
    return ""


def reached_on(snapshot: Snapshot, target: FundingTarget) -> date | None:
    """Return the day since which the target has stayed reached; None when it is not."""
    since = None
    for day, total in running_totals(snapshot, target.measured_on, target.year):
        if total < target.amount_usd:
            since = None
        elif since is None:
            since = day
    return since


@dataclass(slots=True)
class _Standing:
    """What one pledge stands at while its days are replayed."""

    worth: Decimal = ZERO
    paid: Decimal = ZERO
    signed: bool = False
    cancelled: bool = False

    def counts(self, stage: str) -> Decimal:
        """Return what the pledge adds to the total of a stage."""
        if stage == figures.DEPOSITED:
            return self.paid
        if stage == figures.COMMITTED and not self.signed:
            return ZERO
        return self.paid if self.cancelled else self.worth

    def take(self, change: "_Change") -> None:
        """Apply the next change."""
        if change.kind is None:
            self.paid += change.usd
            return
        self.cancelled = change.kind == PledgeEntry.Kind.CANCELLED
        self.signed = self.signed or change.kind == PledgeEntry.Kind.SIGNED
        self.worth = change.usd


class _Change(NamedTuple):
    """What a day brought to one pledge: an entry of this kind, or what was received, kind None.

    An entry that is not valued adds nothing to a US dollar total.
    """

    day: date
    pledge: int | None
    kind: str | None
    usd: Decimal


@once_in_a_snapshot
def running_totals(snapshot: Snapshot, stage: str, year: int) -> tuple[tuple[date, Decimal], ...]:
    """Return each day on which the year's ledger changed, with all donors' total at its end.

    The total of a day equals `figures.contributed` as of that day; two queries at most, however
    many days. The database adds up what was received on a day.
    """
    changes = list(_entered(snapshot, year))
    any_cancelled = any(change.kind == PledgeEntry.Kind.CANCELLED for change in changes)
    if stage == figures.DEPOSITED or any_cancelled:
        changes += _received(snapshot, stage, year)
    changes.sort(key=attrgetter("day"))
    return tuple(_added_up(changes, stage))


def _added_up(changes: list[_Change], stage: str) -> Iterator[tuple[date, Decimal]]:
    """Replay the changes, which are in the order of their days."""
    pledges: dict[int | None, _Standing] = {}
    total = ZERO
    for day, of_the_day in groupby(changes, attrgetter("day")):
        for change in of_the_day:
            standing = pledges.setdefault(change.pledge, _Standing())
            before = standing.counts(stage)
            standing.take(change)
            total += standing.counts(stage) - before
        yield day, cents(total)


def _entered(snapshot: Snapshot, year: int) -> Iterator[_Change]:
    entries = PledgeEntry.objects.using(snapshot.using).public(snapshot.now).in_year(year)
    rows = entries.filter(dated__lte=snapshot.as_of).order_by("dated")
    for day, pledge, kind, usd in rows.values_list("dated", "pledge", "kind", "amount_usd"):
        yield _Change(day, pledge, kind, usd or ZERO)


def _received(snapshot: Snapshot, stage: str, year: int) -> Iterator[_Change]:
    """Of pledges and commitments, only those that were cancelled stand at what was received."""
    if stage == figures.DEPOSITED:
        rows = figures.deposits(snapshot, year=year).order_by().values_list("received_on")
        yield from (_Change(day, None, None, usd) for day, usd in rows.annotate(Sum("amount_usd")))
        return
    entries = PledgeEntry.objects.public(snapshot.now).in_year(year)
    cancelled = entries.filter(kind=PledgeEntry.Kind.CANCELLED).values("pledge")
    rows = figures.deposits(snapshot).filter(pledge__in=cancelled).order_by()
    by_day = rows.values_list("received_on", "pledge").annotate(Sum("amount_usd"))
    yield from (_Change(day, pledge, None, usd) for day, pledge, usd in by_day)
