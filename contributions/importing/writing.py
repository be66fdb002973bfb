"""A file written into the ledger in one transaction, whole or not at all; and taken back as one.

What it makes and changes waits for an approver. A line about a public row makes a draft that
corrects it; a donor whom readers know is changed by a proposal.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import DatabaseError, DataError, IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from contributions.importing.comparing import BATCH, Comparison, Outcome, Verdict, batched
from contributions.importing.reading import RefusedFileError, Row
from contributions.models import Donor, FileImport, ImportedRow
from mptf_portal import review
from mptf_portal.editing import versions, wording
from mptf_portal.editing.wording import Difference
from mptf_portal.live import lock_revision
from mptf_portal.models import Demonstration
from mptf_portal.publishing import (
    LIFE,
    REASON_LENGTH,
    PublicRow,
    draft_correction,
    naming,
    readers_come_to_know,
    withdraw,
)
from proposals.models import ProposedChange

MOST_REFUSALS = 50  # that a message names


def reason_of(file_import: FileImport) -> str:
    """Return what the history of each row says of the import."""
    return (_("Import: %(file)s") % {"file": file_import.file_name})[:REASON_LENGTH]


class Writer:
    """Writes outcomes batch by batch, inside one transaction."""

    def __init__(self, file_import: FileImport) -> None:
        self.file_import, self.user = file_import, file_import.by
        self.reason = reason_of(file_import)

    def write(self, outcomes: list[Outcome]) -> None:
        """Write what is new at once, and what changes row by row."""
        new = [one for one in outcomes if one.verdict is Verdict.NEW]
        kept = self._pledges(new)
        for one in new:
            if isinstance(one.row, PublicRow):
                review.mark_submitted(one.row, self.user)
        self._create([one.row for one in new])
        for one in new:
            self._choose(one.row, one.chosen)
        kept += [self._kept(one.number, one.row) for one in new]
        kept += [
            kept_row
            for one in outcomes
            if one.verdict is Verdict.CHANGED
            for kept_row in self._change(one)
        ]
        ImportedRow.objects.bulk_create(kept, BATCH)

    def _pledges(self, new: list[Outcome]) -> list[ImportedRow]:
        """Make the pledges that entries of the batch rest on, each once."""
        made = {id(one.pledge): one for one in new if one.pledge is not None and not one.pledge.pk}
        self._create([one.pledge for one in made.values()])
        for one in new:
            if one.pledge is not None:
                one.row.pledge = one.pledge
        return [self._kept(one.number, one.pledge) for one in made.values()]

    def _create(self, rows: list[Any]) -> None:
        for same in _by_model(rows):
            bulk_create_with_history(
                same,
                type(same[0]),
                batch_size=BATCH,
                default_user=self.user,
                default_change_reason=self.reason,
            )

    def _choose(self, row: Any, chosen: dict[str, list[Any]]) -> None:
        self._sign(row)
        for name, rows in chosen.items():
            getattr(row, name).set(rows)

    def _change(self, one: Outcome) -> list[ImportedRow]:
        """Change a draft, draft a correction of a public row, or propose what readers see."""
        old = one.old
        with naming(old):
            if _readers_know(old):
                return [self._kept(one.number, self._propose(one))]
            if not isinstance(old, PublicRow) or old.is_draft:
                before = serializers.serialize("python", [old])[0]["fields"]
                self._save(one.row, one)
                return [self._kept(one.number, one.row, _plain(before))]
            draft = draft_correction(old)
            for field in old._meta.concrete_fields:
                if getattr(one.row, field.attname) != getattr(old, field.attname):
                    setattr(draft, field.attname, getattr(one.row, field.attname))
            self._save(draft, one)
            return [self._kept(one.number, draft)]

    def _save(self, row: Any, one: Outcome) -> None:
        if isinstance(row, PublicRow):
            review.mark_submitted(row, self.user)
        self._sign(row)
        row.full_clean()
        row.save()
        self._choose(row, one.chosen)

    def _sign(self, row: Any) -> None:
        """Let the row's history say who writes it, and why."""
        row._history_user, row._change_reason = self.user, self.reason  # noqa: SLF001 (simple-history's attributes)

    def _propose(self, one: Outcome) -> ProposedChange:
        told = [(_("Donor %s") % one.old, Difference(*change)) for change in one.changes]
        proposal = ProposedChange.of_rows(one.old, [one.row], told, self.reason)
        proposal.seen = versions.of([one.old])
        review.mark_submitted(proposal, self.user)
        proposal._history_user = self.user  # noqa: SLF001 (simple-history's attribute)
        proposal.full_clean()
        proposal.save()
        return proposal

    def _kept(self, number: int, row: models.Model, before: Any = None) -> ImportedRow:
        return ImportedRow(
            file_import=self.file_import,
            number=number,
            model=row._meta.label,
            key=row.pk,
            before=before,
        )


def _readers_know(row: Any) -> bool:
    """Tell whether it is a donor that readers know, or will once an embargo ends."""
    return isinstance(row, Donor) and readers_come_to_know(Donor.objects.filter(pk=row.pk).public)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values as JSON holds them, to be read back by Django's own deserializer."""
    return {
        name: value if value is None or isinstance(value, str | int | bool | list) else str(value)
        for name, value in values.items()
    }


def _by_model(rows: Iterable[Any]) -> list[list[Any]]:
    found: dict[type, list[Any]] = {}
    for row in rows:
        found.setdefault(type(row), []).append(row)
    return list(found.values())


@transaction.atomic
def write(
    file_import: FileImport,
    comparison: Comparison,
    headings: list[str],
    rows: Iterable[Row],
    told: Callable[[int], None] = lambda _number: None,
) -> None:
    """Write the whole file, or raise RefusedFileError with the rows that stop it.

    `told` is called with the number of rows after each batch.
    """
    lock_revision()
    writer, refused, done = Writer(file_import), [], 0
    with Demonstration.asked_once():
        for batch in batched(comparison.outcomes(headings, rows), BATCH):
            refused += [one for one in batch if one.verdict is Verdict.REFUSED]
            if not refused:
                _write(writer, batch)
            done += len(batch)
            told(done)
    if refused:
        raise RefusedFileError(_refusals(refused))
    file_import.counts = dict(comparison.counts)
    file_import.stage, file_import.content = FileImport.Stage.DONE, None
    file_import.at = timezone.now()
    file_import._history_user = file_import.by  # noqa: SLF001 (simple-history's attribute)
    file_import.save()


def _write(writer: Writer, batch: list[Outcome]) -> None:
    """Write a batch; a rule that the database alone knows stops all, with the rows' numbers."""
    try:
        with transaction.atomic():
            writer.write(batch)
    except (IntegrityError, DataError) as error:
        first, last = batch[0].number, batch[-1].number
        message = _(
            "Between row %(first)s and row %(last)s a rule of the ledger is broken: %(why)s"
        )
        why = _rule(error, batch)
        raise RefusedFileError(message % {"first": first, "last": last, "why": why}) from error


def _rule(error: DatabaseError, batch: list[Outcome]) -> str:
    """Return in words the rule that the database names."""
    said = str(error)
    models_written = {type(one.row) for one in batch if one.row is not None}
    for model in models_written:
        for rule in model._meta.constraints:
            if rule.name in said:
                return str(rule.violation_error_message)
    return said


def _refusals(refused: list[Outcome]) -> list[str]:
    lines = [
        _("Row %(row)s: %(why)s") % {"row": one.number, "why": " ".join(one.reasons)}
        for one in refused[:MOST_REFUSALS]
    ]
    if len(refused) > MOST_REFUSALS:
        more = _("… and %(count)s more rows are refused.")
        lines.append(more % {"count": len(refused) - MOST_REFUSALS})
    return lines


@transaction.atomic
def undo(file_import: FileImport, user: Any) -> None:
    """Take back what the import wrote: what it made is withdrawn, what it changed is as before.

    Raises ValidationError, then nothing is taken back, once a row of it was published, or was
    changed by somebody since.
    """
    lock_revision()
    stored = FileImport.objects.select_for_update().get(pk=file_import.pk)
    if stored.stage != FileImport.Stage.DONE:
        raise ValidationError(_("Only what is imported, and not undone yet, is undone."))
    touched = stored.touched()
    gone = [row for kept, row in touched if _is_gone(kept, row)]
    if gone:
        message = _(
            "%(rows)s: published or withdrawn since, so the import cannot be undone as one."
        )
        raise ValidationError(message % {"rows": "; ".join(map(str, gone[:5]))})
    reason = reason_of(stored)
    changed = [
        row
        for kept, row in touched
        if (kept.before or isinstance(row, PublicRow)) and _was_changed_since(row, reason)
    ]
    if changed:
        message = _("%(rows)s: changed by hand since. Put that right by hand, too.")
        raise ValidationError(message % {"rows": "; ".join(map(str, changed[:5]))})
    for kept, row in reversed(touched):
        with naming(row):
            _take_back(kept, row, stored)
    stored.stage = FileImport.Stage.UNDONE
    stored._history_user = user  # noqa: SLF001 (simple-history's attribute)
    stored.save()


def _is_gone(kept: ImportedRow, row: Any) -> bool:
    """Tell whether readers know, or knew, what the import wrote."""
    if isinstance(row, PublicRow):
        return not row.is_unpublished
    return kept.before is not None and _readers_know(row)


def _was_changed_since(row: Any, reason: str) -> bool:
    """Tell whether the row says something else than the import left it with."""
    written = row.history.filter(history_change_reason=reason).latest()
    said = [one.attname for one in row._meta.concrete_fields if one.attname not in LIFE]
    if any(getattr(written, name) != getattr(row, name) for name in said):
        return True
    chosen = wording.sets(type(written), [written.history_id])[written.history_id]
    return any(
        chosen.get(one.name, []) != sorted(map(str, getattr(row, one.name).all()))
        for one in wording.chosen_of_several(type(written))
    )


def _take_back(kept: ImportedRow, row: Any, file_import: FileImport) -> None:
    reason = _("Import undone: %(file)s") % {"file": file_import.file_name}
    if kept.before is None:
        if isinstance(row, PublicRow):
            withdraw(row, reason, timezone.now())
        return  # a donor or a pledge that nobody knows stays: nothing is deleted
    before = {"model": row._meta.label_lower, "pk": row.pk, "fields": kept.before}
    (found,) = serializers.deserialize("python", [before])
    old = found.object
    old._change_reason = reason[:REASON_LENGTH]  # noqa: SLF001 (simple-history's attribute)
    old.save()
    for name, chosen in (found.m2m_data or {}).items():
        getattr(old, name).set(chosen)
