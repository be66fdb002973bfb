"""A file written into the ledger in one transaction, whole or not at all; and taken back as one.

What it makes and changes waits for an approver. A line about a public row makes a draft that
corrects it; a donor whom readers know is changed by a proposal.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from contributions.importing.comparing import BATCH, Comparison, Outcome, Verdict, batched
from contributions.importing.reading import RefusedFileError, Row
from contributions.models import Deposit, Donor, FileImport, ImportedRow, Pledge, PledgeEntry
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
)
from proposals.models import ProposedChange

MOST_REFUSALS = 50  # that a message names


def reason_of(file_import: FileImport) -> str:
    """Return what the history of each row says of the import, and of no other."""
    with override(settings.LANGUAGE_CODE):  # undoing finds by it what was written
        said = _("Import %(number)s: %(file)s")
        return (said % {"number": file_import.pk, "file": file_import.file_name})[:REASON_LENGTH]


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
        kept += self._changed([one for one in outcomes if one.verdict is Verdict.CHANGED])
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

    def _changed(self, outcomes: list[Outcome]) -> list[ImportedRow]:
        return [kept for one in outcomes for kept in self._change(one)]

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
        row.clean_fields(exclude=[one.name for one in row._meta.concrete_fields if one.is_relation])
        row.clean()  # the rules that are left the database keeps: see `_why`
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
        self._sign(proposal)
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


class Trial(Writer):
    """Writes what is taken back: all that the database itself looks at, in few questions."""

    def _changed(self, outcomes: list[Outcome]) -> list[ImportedRow]:
        for same in _by_model(one.row for one in outcomes):
            if columns := {name for one in outcomes for name in _columns_changed(one)}:
                type(same[0]).objects.bulk_update(same, columns, BATCH)
        return []


def _columns_changed(one: Outcome) -> list[str]:
    return [
        field.name
        for field in one.row._meta.concrete_fields
        if getattr(one.row, field.attname) != getattr(one.old, field.attname)
    ]


def _readers_know(row: Any) -> bool:
    """Tell whether it is a donor that readers know, knew, or will once an embargo ends."""
    return isinstance(row, Donor) and row.is_approved


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
                refused += _written(writer, batch)
            done += len(batch)
            told(done)
    if refused:
        raise RefusedFileError(_refusals(refused))
    file_import.counts = dict(comparison.counts)
    file_import.stage, file_import.content = FileImport.Stage.DONE, None
    file_import.at = timezone.now()
    file_import._history_user = file_import.by  # noqa: SLF001 (simple-history's attribute)
    file_import.save()


@transaction.atomic
def tried(file_import: FileImport, outcomes: list[Outcome]) -> list[Outcome]:
    """Return the outcomes with what the ledger would refuse, told by writing and taking it back.

    Of the first batch that is refused all rows are told, and of later ones none.
    """
    lock_revision()
    writer, refused = Trial(file_import), []
    with Demonstration.asked_once():
        for batch in batched(outcomes, BATCH):
            if not refused:
                refused = _written(writer, batch)
    transaction.set_rollback(True)
    known = {one.number: one for one in refused}
    return [known.get(one.number, one) for one in outcomes]


def _written(writer: Writer, batch: list[Outcome]) -> list[Outcome]:
    """Write a batch and return what is refused of it: halves are tried until a row is alone."""
    made = [row for one in batch for row in (one.row, one.pledge) if row and row.pk is None]
    try:
        with transaction.atomic():
            writer.write(batch)
    except (IntegrityError, DataError, ValidationError) as error:
        for row in made:
            row.pk, row._state.adding = None, True  # noqa: SLF001 (Django's documented name)
        if len(batch) == 1:
            return [Outcome(batch[0].number, Verdict.REFUSED, reasons=_why(error, batch[0]))]
        half = len(batch) // 2
        return _written(writer, batch[:half]) + _written(writer, batch[half:])
    return []


def _why(error: Exception, one: Outcome) -> tuple[str, ...]:
    """Return in words the rule of the ledger that the row breaks."""
    if isinstance(error, ValidationError):
        return tuple(error.messages)
    try:
        one.row.validate_unique()
        one.row.validate_constraints()
    except ValidationError as found:
        return tuple(_of_another(same) for said in found.error_dict.values() for same in said)
    return (_("The ledger takes no such row: enter it by hand to see why."),)


def _of_another(error: ValidationError) -> str:
    """Return that a value which only one row may have is another row's."""
    said = error.params or {}
    if error.code != "unique" or "field_label" not in said:
        return " ".join(error.messages)
    message = _("Another %(model)s has this %(field)s already.")
    meta, (name,) = said["model"]._meta, said["unique_check"]
    return message % {"model": meta.verbose_name, "field": meta.get_field(name).verbose_name}


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
    asked = [row for kept, row in touched if kept.before or isinstance(row, PublicRow)]
    changed = _changed_since(asked, reason_of(stored))
    if changed:
        message = _("%(rows)s: changed by hand since. Put that right by hand, too.")
        raise ValidationError(message % {"rows": "; ".join(map(str, changed[:5]))})
    _take_back(touched, _("Import undone: %(file)s") % {"file": stored.file_name}, user)
    stored.stage = FileImport.Stage.UNDONE
    stored._history_user = user  # noqa: SLF001 (simple-history's attribute)
    stored.save()


def _is_gone(kept: ImportedRow, row: Any) -> bool:
    """Tell whether readers know, or knew, what the import wrote."""
    if isinstance(row, PublicRow):
        return not row.is_unpublished
    return kept.before is not None and _readers_know(row)


def _changed_since(rows: list[Any], reason: str) -> list[Any]:
    """Return the rows that say something else than the import left them with."""
    changed = []
    for some in (batch for same in _by_model(rows) for batch in batched(same, BATCH)):
        past = type(some[0]).history
        states = past.filter(id__in=[row.pk for row in some], history_change_reason=reason)
        written = {one.id: one for one in states.order_by("history_id")}  # the last of each
        chosen = wording.sets(past.model, [one.history_id for one in written.values()])
        for row in some:
            left = written.get(row.pk)
            if left is None or _differs(row, left, chosen[left.history_id]):
                changed.append(row)
    return changed


def _differs(row: Any, left: Any, chosen: dict[str, list[str]]) -> bool:
    said = [one.attname for one in row._meta.concrete_fields if one.attname not in LIFE]
    return any(getattr(left, name) != getattr(row, name) for name in said) or any(
        chosen.get(one.name, []) != sorted(map(str, getattr(row, one.name).all()))
        for one in wording.chosen_of_several(type(left))
    )


def _take_back(touched: list[tuple[ImportedRow, Any]], reason: str, user: Any) -> None:
    """Withdraw the rows that were made, all at once, and put back what was changed.

    Nothing is deleted: a donor that nobody knows stays, and so does a pledge that was made, without
    the reference by which the corrected file would find it.
    """
    made = [row for kept, row in touched if kept.before is None and isinstance(row, PublicRow)]
    for row in made:
        row.public_until, row.withdrawn_reason = timezone.now(), reason
    for same in _by_model(made):
        _save_all(same, ["public_until", "withdrawn_reason"], reason[:REASON_LENGTH], user)
    pledges = [row for kept, row in touched if kept.before is None and isinstance(row, Pledge)]
    if empty := _without_rows(pledges):
        for pledge in empty:
            pledge.agreement_reference = ""
        _save_all(empty, ["agreement_reference"], reason[:REASON_LENGTH], user)
    for kept, row in reversed(touched):
        if kept.before is not None:
            with naming(row):
                _put_back(kept, row, reason)


def _without_rows(pledges: list[Pledge]) -> list[Pledge]:
    """Return the pledges of which nothing stands any more."""
    used: set[int] = set()
    for some in batched(pledges, BATCH):
        for model in (PledgeEntry, Deposit):
            rows = model.objects.filter(pledge__in=some, public_until=None)
            used |= set(rows.values_list("pledge", flat=True))
    return [one for one in pledges if one.pk not in used]


def _save_all(rows: list[Any], columns: list[str], reason: str, user: Any) -> None:
    """Save these columns of rows of one model, with their history."""
    model = type(rows[0])
    if wording.chosen_of_several(model.history.model):  # a state is kept with what it chose
        for row in rows:
            row._change_reason = reason  # noqa: SLF001 (simple-history's attribute)
            row.save()
        return
    bulk_update_with_history(
        rows,
        model,
        columns,
        batch_size=BATCH,
        default_user=user,
        default_change_reason=reason,
    )


def _put_back(kept: ImportedRow, row: Any, reason: str) -> None:
    before = {"model": row._meta.label_lower, "pk": row.pk, "fields": kept.before}
    (found,) = serializers.deserialize("python", [before])
    old = found.object
    old._change_reason = reason[:REASON_LENGTH]  # noqa: SLF001 (simple-history's attribute)
    old.save()
    for name, chosen in (found.m2m_data or {}).items():
        getattr(old, name).set(chosen)
