"""Which rows were corrected, and the lines of one page of the log.

A row is in the log once it was public and is no longer. Nothing of a draft shows, nor of a
correction still to come: until then the row stands as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.core.paginator import Page
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value

from contributions.corrections.facts import Change, changes, withdrawn
from contributions.corrections.reasons import reasons
from contributions.corrections.subjects import Known, Subject
from contributions.models import Deposit, Edition, FundingTarget, PledgeEntry
from mptf_portal.pages import numbered
from mptf_portal.publishing import PublicRow
from mptf_portal.snapshot import Snapshot
from programmes.models import JointProgramme, Result, StatedFigure

LINES_PER_PAGE = 50
KEYS = ("at", "table", "row")
MODELS: Mapping[str, tuple[type[PublicRow], tuple[str, ...]]] = {  # and what a line reads with each
    "deposit": (Deposit, ("pledge__donor",)),
    "edition": (Edition, ("statement",)),
    "entry": (PledgeEntry, ("pledge__donor",)),
    "programme": (JointProgramme, ("thematic_area",)),
    "result": (Result, ("programme",)),
    "stated": (StatedFigure, ()),
    "target": (FundingTarget, ()),
}
PARTS = ("countries", "objectives", "goal_tags", "links", "participations__organization")


@dataclass(frozen=True, slots=True)
class Correction:
    """A public row that was replaced or withdrawn: what it was, what it is since, and why.

    `reason` is empty where none is on record.
    """

    at: datetime
    subject: Subject
    changes: tuple[Change, ...]
    is_withdrawn: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Day:
    """The corrections of one day (UTC), the latest first."""

    day: date
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class CorrectionsPage:
    """One page of the log, the latest first."""

    page: Page
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """A row that readers see no longer, and the one that took its place, if any did."""

    row: PublicRow
    successor: PublicRow | None


def corrections_page(snapshot: Snapshot, number: str | None) -> CorrectionsPage:
    """Read the page in a number of queries that the tables on it decide, never its rows."""
    page = numbered(_ended_keys(snapshot), LINES_PER_PAGE, number)
    ended = list(_ended(snapshot, page.object_list))
    why = reasons(snapshot, [one.successor for one in ended if one.successor])
    known = Known.of(snapshot, [one.row for one in ended])
    lines = [_correction(one, known, why) for one in ended]
    days = groupby(lines, key=lambda line: line.at.astimezone(UTC).date())
    return CorrectionsPage(page, tuple(Day(day, tuple(of_day)) for day, of_day in days))


def _correction(ended: Ended, known: Known, why: Mapping[PublicRow, str]) -> Correction:
    row, successor = ended.row, ended.successor
    return Correction(
        at=row.public_until,
        subject=known.subject(row),
        changes=changes(row, successor) if successor else withdrawn(row),
        is_withdrawn=successor is None,
        reason=why.get(successor, "") if successor else row.withdrawn_reason,
    )


def _ended_keys(snapshot: Snapshot) -> QuerySet:
    """Return the moment, table and key of each row in the log, the latest first."""
    first, *others = (
        _keys(_no_longer_public(snapshot, model), table) for table, (model, _) in MODELS.items()
    )
    return first.union(*others, all=True).order_by("-at", "table", "-row")


def _keys(rows: QuerySet, table: str) -> QuerySet:
    named = Value(table, output_field=CharField())
    return (
        rows.order_by().annotate(at=F("public_until"), table=named, row=F("pk")).values_list(*KEYS)
    )


def _no_longer_public(snapshot: Snapshot, model: type[PublicRow]) -> QuerySet:
    """Return the rows that were public and had ended by now, and by the end of the day asked for.

    A result reaches readers with its programme alone: one of a draft was never seen.
    """
    midnight = datetime.combine(snapshot.as_of + timedelta(days=1), time(), UTC)
    rows = model.objects.using(snapshot.using).filter(
        public_until__gt=F("public_from"), public_until__lte=snapshot.now, public_until__lt=midnight
    )
    if model is Result:
        return rows.filter(Exists(_seen_with(snapshot)))
    return rows


def _seen_with(snapshot: Snapshot) -> QuerySet[JointProgramme]:
    """Return the programmes that were public while a result was, whichever of their rows."""
    overlap = Q(public_until=None) | Q(public_until__gt=OuterRef("public_from"))
    return JointProgramme.objects.using(snapshot.using).filter(
        overlap, slug=OuterRef("programme__slug"), public_from__lt=OuterRef("public_until")
    )


def _ended(snapshot: Snapshot, keys: Sequence[Any]) -> Iterator[Ended]:
    """Yield the rows of one page in its order, each table read once."""
    found: dict[tuple[str, int], Ended] = {}
    for table, (model, related) in MODELS.items():
        wanted = [key for _at, name, key in keys if name == table]
        if wanted:
            rows = model.objects.using(snapshot.using).select_related(*related)
            if model is JointProgramme:
                rows = rows.prefetch_related(*PARTS)
            found |= {(table, one.row.pk): one for one in _with_successors(rows, wanted)}
    return (found[table, key] for _at, table, key in keys)


def _with_successors(rows: QuerySet[Any], wanted: Sequence[int]) -> Iterator[Ended]:
    """Yield the wanted rows, each with the one that was published in the instant it ended."""
    read = {row.pk: row for row in rows.filter(Q(pk__in=wanted) | Q(replaces__in=wanted))}
    successors = {row.replaces_id: row for row in read.values() if _took_its_place(row, read)}
    return (Ended(read[key], successors.get(key)) for key in wanted)


def _took_its_place(row: PublicRow, read: Mapping[int, PublicRow]) -> bool:
    """Tell whether a row was published in the instant in which the one that it replaces ended.

    A draft was not, nor a correction of a row that was withdrawn meanwhile.
    """
    old = read.get(row.replaces_id)
    return old is not None and row.public_from == old.public_until
