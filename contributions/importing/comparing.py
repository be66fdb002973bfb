"""What each line of a file would do to the ledger: told before anything is written.

Lines are compared in batches, each by a bounded number of questions, so that a long file needs no
more memory than a short one. Nothing here writes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contributions.importing.kinds import KINDS
from contributions.importing.kinds.resources import (
    ENDED,
    Key,
    LedgerResource,
    Line,
    RefusedRowError,
)
from contributions.importing.reading import RefusedFileError, Row
from contributions.importing.values import Writing, text
from contributions.models import Pledge
from mptf_portal.money import format_day
from mptf_portal.publishing import LIFE, PublicRow

BATCH = 500
UNSAID = {"id", "pledge_id", "demonstration", "replaces_id", "announcement_id", *LIFE}


class Verdict(StrEnum):
    """What becomes of a line."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(slots=True)
class Outcome:
    """What one line would do. `row` is as it would be saved; `old` what it changes or corrects."""

    number: int
    verdict: Verdict
    name: str = ""
    reasons: tuple[str, ...] = ()
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    row: Any = None
    old: Any = None
    pledge: Pledge | None = None  # that is made with it
    chosen: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def brings(self) -> list[tuple[str, str]]:
        """Return what new rows would say beside the name: each column's label and its words."""
        if self.verdict is not Verdict.NEW:
            return []
        said = [
            (one.verbose_name, _worded(getattr(row, one.name)))
            for row in (self.pledge, self.row)
            if row is not None
            for one in row._meta.concrete_fields
            if one.attname not in UNSAID
        ]
        said += [(name, ", ".join(map(str, rows))) for name, rows in self.chosen.items()]
        return [(capfirst(label), words) for label, words in said if words]


class Comparison:
    """One file beside the ledger. `mapping` leads from headings to columns."""

    def __init__(self, kind: str, mapping: dict[str, str], writing: Writing) -> None:
        self.resource: LedgerResource = KINDS[kind](writing)
        self.mapping = mapping
        self.counts: Counter[str] = Counter()
        self._lines_of: dict[Key, tuple[int, bool]] = {}
        if missing := self.resource.missing(mapping.values()):
            message = _("No column is %(names)s. Say which one, or add it to the file.")
            raise RefusedFileError(message % {"names": ", ".join(missing)})

    def outcomes(self, headings: list[str], rows: Iterable[Row]) -> Iterator[Outcome]:
        """Yield what each line would do, in the order of the file."""
        for batch in batched(rows, BATCH):
            lines = [(number, self._line(headings, cells)) for number, cells in batch]
            yield from self._batch(lines)

    def _line(self, headings: list[str], cells: list[Any]) -> Line:
        named = zip(headings, cells, strict=False)
        return {self.mapping[heading]: cell for heading, cell in named if heading in self.mapping}

    def _batch(self, lines: list[tuple[int, Line]]) -> Iterator[Outcome]:
        self.resource.prepare([line for _number, line in lines])
        keys: dict[int, Key] = {}
        refused: dict[int, RefusedRowError] = {}
        for number, line in lines:
            try:
                self._refuse_second_headings(line)
                keys[number] = self.resource.key_of(line)
            except RefusedRowError as error:
                refused[number] = error
        on_record = self.resource.on_record(keys.values())
        for number, line in lines:
            try:
                if number in refused:
                    raise refused[number]
                outcome = self._outcome(number, line, keys[number], on_record)
            except RefusedRowError as error:
                outcome = Outcome(number, Verdict.REFUSED, reasons=tuple(error.messages))
            self.counts[outcome.verdict] += 1
            yield outcome

    def _refuse_second_headings(self, line: Line) -> None:
        repeated = [cell for name, cell in line.items() if str(cell).strip().casefold() == name]
        repeated += [cell for cell in line.values() if cell in self.mapping]
        if len(repeated) > 1:
            raise RefusedRowError(_("This row holds headings again. Leave one row of headings."))

    def _outcome(self, number: int, line: Line, key: Key, on_record: dict) -> Outcome:
        if not any(key) and self.resource.names_nothing(line):
            return _skipped(number, _("It names nothing: a total, perhaps."))
        if line.get(ENDED):
            return _skipped(number, _("The row was replaced or withdrawn when it was taken away."))
        for name in self.resource.needed(line):
            if not text(line.get(name)):
                raise RefusedRowError(_("%(column)s: the cell is empty.") % {"column": name})
        chosen, known = self.resource.chosen(line), on_record.get(key, [])
        standing = [row for row in known if not _has_ended(row)]
        meant = self.resource.meant(standing, line)
        found = [self._known(number, line, row, chosen) for row in meant]
        unchanged = [one for one in found if one.verdict is Verdict.UNCHANGED]
        first = next(iter(unchanged or found), None)
        about = None if first is None else _corrected(first.old, standing)
        self._refuse_twice(number, (*key, about), as_it_stands=bool(unchanged))
        if unchanged:
            return unchanged[0]
        if found:  # a draft that corrects a public row goes before that
            self.resource.refuse_locked(found[0].old)
            self.resource.weigh(found[0].row, found[0].old)
            return found[0]
        if ended := next((row for row in known if row.public_from), None):
            return _skipped(number, _why_it_ended(ended))
        return self._new(number, line, chosen)

    def _refuse_twice(self, number: int, about: Key, *, as_it_stands: bool) -> None:
        """Refuse a second line of one row, but for a row and its open correction as they stand.

        `about` is the key, and the number of the row on record that the line is about.
        """
        first, both_stand = self._lines_of.setdefault(about, (number, as_it_stands))
        if first != number and not (both_stand and as_it_stands):
            message = _("Row %(row)s is about the same: %(key)s stands twice in the file.")
            named = ", ".join(_worded(part) for part in about[:-1] if part)
            raise RefusedRowError(message % {"row": first, "key": named})

    def _new(self, number: int, line: Line, chosen: dict[str, list[Any]]) -> Outcome:
        row = self.resource.begin(line)
        self.resource.fill(row, line)
        self.resource.check(row, line)
        self.resource.follow(row, None)
        pledge = getattr(row, "pledge", None)
        made = pledge if pledge is not None and pledge.pk is None else None
        _refuse_unclean(row, made)
        self.resource.weigh(row, None)
        return Outcome(number, Verdict.NEW, _name(row), row=row, pledge=made, chosen=chosen)

    def _known(self, number: int, line: Line, old: Any, chosen: dict[str, list[Any]]) -> Outcome:
        row = _copy(old)
        self.resource.fill(row, line)
        self.resource.check(row, line)
        self.resource.follow(row, old)
        changes = [*_changes(old, row), *_changes_of_sets(old, chosen)]
        if not changes:
            return Outcome(number, Verdict.UNCHANGED, _name(old), old=old)
        _refuse_unclean(row)
        return Outcome(
            number, Verdict.CHANGED, _name(old), changes=changes, row=row, old=old, chosen=chosen
        )


def _skipped(number: int, why: str) -> Outcome:
    return Outcome(number, Verdict.SKIPPED, reasons=(why,))


def _corrected(row: Any, standing: list[Any]) -> int:
    """Return the number of the row, or of the standing one that it corrects."""
    corrected = getattr(row, "replaces_id", None)
    return corrected if corrected in {one.pk for one in standing} else row.pk


def _has_ended(row: Any) -> bool:
    """Tell whether the row ended; one that an embargoed correction replaces stands until then."""
    until = getattr(row, ENDED, None)
    return until is not None and until <= timezone.now()


def _why_it_ended(row: PublicRow) -> str:
    """Return why a line does not bring back what readers knew."""
    why, day = row.withdrawn_reason.rstrip("."), format_day(row.public_until.date())
    if not why:
        message = _("A correction replaced it on %(day)s: the ledger calls it something else now.")
        return message % {"day": day}
    message = _("It was withdrawn on %(day)s: %(why)s. Enter it by hand if it stands again.")
    return message % {"day": day, "why": why}


def batched(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield the rows in lists of so many."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _copy(old: Any) -> Any:
    row = type(old).from_db(
        None,
        [one.attname for one in old._meta.concrete_fields],
        [getattr(old, one.attname) for one in old._meta.concrete_fields],
    )
    for one in old._meta.concrete_fields:
        if one.many_to_one and one.is_cached(old):
            setattr(row, one.name, getattr(old, one.name))
    return row


def _refuse_unclean(*rows: Any) -> None:
    """Refuse rows that no form would take: what leads to them was not cleaned by `fill`."""
    for row in filter(None, rows):
        related = [one.name for one in row._meta.concrete_fields if one.is_relation]
        try:
            row.clean_fields(exclude=related)
        except ValidationError as error:
            said = [
                f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items()
            ]
            raise RefusedRowError(said) from error


def _changes(old: Any, row: Any) -> list[tuple[str, str, str]]:
    return [
        (capfirst(one.verbose_name), *(_worded(getattr(each, one.name)) for each in (old, row)))
        for one in old._meta.concrete_fields
        if getattr(old, one.attname) != getattr(row, one.attname)
    ]  # fmt: skip


def _changes_of_sets(old: Any, chosen: dict[str, list[Any]]) -> list[tuple[str, str, str]]:
    found = []
    for name, rows in chosen.items():
        before = sorted(str(one) for one in getattr(old, name).all())
        after = sorted(str(one) for one in rows)
        if before != after:
            found.append((capfirst(name), ", ".join(before), ", ".join(after)))
    return found


def _worded(value: Any) -> str:
    if value in (None, ""):
        return ""
    if hasattr(value, "isoformat"):
        return format_day(value)
    return _("yes") if value is True else _("no") if value is False else str(value)


def _name(row: models.Model) -> str:
    pledge = getattr(row, "pledge", None)
    return f"{pledge} · {row}" if pledge is not None else str(row)
