"""How a row reaches readers, and how it leaves their sight."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from mptf_portal.live import lock_revision
from mptf_portal.publishing.rows import LIFE, REASON_LENGTH, PublicRow

# What a row's history says of an act for which nobody gives a reason.
PUBLISHED, TAKEN_BACK = _("Published"), _("Taken back")


@transaction.atomic
def publish(row: PublicRow, public_from: datetime | None, reason: str = "") -> None:
    """Make `row` public from that instant, and end the row it replaces at the same one.

    The reason, of REASON_LENGTH at most, is told to readers beside what was corrected.

    An instant to come is an embargo and may be moved, or taken back with None, until it has
    passed; what is taken back is a draft again. Raises ValidationError when the row may not be
    published as it stands; then nothing has changed. It asks nobody's leave: people publish by
    `mptf_portal.review.approve`.
    """
    lock_revision()
    if row.is_locked:
        raise ValidationError(
            _("This row is public already or was withdrawn; correct it by a new one.")
        )
    if row.pk:
        refuse_stale(row)
    old = row.replaces and as_stored(row.replaces)
    if old is not None and old.public_until not in (None, row.public_from):
        raise ValidationError(_("The row that this one corrects was withdrawn or replaced before."))
    row.public_from, row.replaces = public_from, old
    if public_from is None:
        row.submitted_at, row.submitted_by = None, None
    row._change_reason = (reason or PUBLISHED) if public_from else TAKEN_BACK  # noqa: SLF001 (simple-history's attribute)
    if public_from is not None:
        _refuse_too_early(row, public_from)
        _refuse_overlap(row)
    if old is None:
        _save(row)
    elif public_from is None:
        _save(row)
        _end(old, None)
    else:  # the database allows one open row at a time, so the old one ends first
        _end(old, public_from)
        _save(row)
    if public_from is not None:
        row.take_effect()


def _refuse_too_early(row: PublicRow, public_from: datetime) -> None:
    """Refuse to tell readers of what has not happened by then."""
    if row.happened_on and row.happened_on > public_from.astimezone(UTC).date():
        message = _(
            "It is dated %(day)s, which is still to come when it becomes public. Put the date "
            "right, or publish it from that day on."
        )
        raise ValidationError(message % {"day": row.happened_on})


def _refuse_overlap(row: PublicRow) -> None:
    """Refuse a row beside another one that stays public only until an embargoed correction is.

    The database's constraints keep two rows without an end apart; this keeps apart a row from
    one whose end is still to come.
    """
    key = {name: getattr(row, name) for name in row.public_key}
    if not key or None in key.values():
        return
    ending = type(row).objects.filter(**key, public_until__gt=row.public_from)
    if other := ending.exclude(pk__in=[row.pk, row.replaces_id]).first():
        message = _(
            "%(other)s is public until an embargoed correction replaces it on %(moment)s. Publish "
            "this one from then on, or take the embargo back first."
        )
        moment = f"{other.public_until:%Y-%m-%d %H:%M} UTC"
        raise ValidationError(message % {"other": other, "moment": moment})


def refuse_stale(row: PublicRow) -> None:
    """Refuse to act on a row that was published, scheduled or ended since it was read."""
    stored = as_stored(row)
    if any(getattr(stored, name) != getattr(row, name) for name in LIFE):
        raise ValidationError(
            _("This row was submitted, published or withdrawn meanwhile. Look again.")
        )


def left_out(row: PublicRow, rows: Sequence[PublicRow]) -> list[PublicRow]:
    """Return what readers must learn together with the row and is not among these rows."""
    keys = {(type(one), one.pk) for one in rows}
    return [one for one in row.published_with() if (type(one), one.pk) not in keys]


def names_of(rows: Sequence[PublicRow]) -> str:
    """Return the rows in words, as in the middle of a sentence."""
    return "; ".join(f"{row._meta.verbose_name} {row.in_words}" for row in rows)


def refuse_to_part(row: PublicRow, rows: Sequence[PublicRow]) -> None:
    """Refuse to end a row's embargo where others, announced with it, would become public alone."""
    alone = [one for one in left_out(row, rows) if one.public_from is not None]
    if alone:
        message = _(
            "It is announced together with: %(names)s. Send them back together first, or these "
            "would become public without it."
        )
        raise ValidationError(message % {"names": names_of(alone)})


def as_stored(row: PublicRow) -> PublicRow:
    """Return the row as the database holds it now, locked until the transaction ends."""
    return type(row).objects.select_for_update(of=("self",)).get(pk=row.pk)


def _save(row: PublicRow) -> None:
    row.full_clean()
    row.save()


def _end(row: PublicRow, public_until: datetime | None) -> None:
    row.public_until = public_until
    row.save()


@transaction.atomic
def withdraw(row: PublicRow, reason: str, now: datetime) -> None:
    """Take a row out of readers' sight, or close a draft, for a reason that stays on record."""
    lock_revision()
    if not reason.strip():
        raise ValidationError(_("Say why the row is withdrawn."))
    if row.public_until is not None:
        raise ValidationError(_("This row was replaced or withdrawn before."))
    row.refuse_withdrawal()
    refuse_stale(row)
    if row.public_from is not None and row.public_from > now:
        refuse_to_part(row, [row])
        publish(row, None)
    row.public_until = now
    row.withdrawn_reason = reason
    row._change_reason = reason[:REASON_LENGTH]  # noqa: SLF001 (simple-history's attribute)
    _save(row)


@transaction.atomic
def draft_correction(row: PublicRow, reason: str = "") -> PublicRow:
    """Save and return a draft that holds what `row` holds and replaces it, for that reason."""
    lock_revision()
    if not row.is_public(timezone.now()):
        raise ValidationError(_("Only a public row is corrected; a draft is simply changed."))
    copy = type(row).objects.get(pk=row.pk)
    copy.pk = None
    copy._state.adding = True  # noqa: SLF001 (Django's documented way to copy an instance)
    copy.replaces, copy.public_from, copy.public_until = row, None, None
    copy.submitted_at, copy.submitted_by, copy.returned_because = None, None, ""
    copy._change_reason = reason  # noqa: SLF001 (simple-history's attribute)
    copy.full_clean()
    copy.save()
    copy.take_parts(row)
    return copy


def reason_of(row: PublicRow) -> str:
    """Return why a correction is made: as it was approved last, else as who entered it said."""
    past = row.history.order_by("history_id")
    portals = in_every_language(PUBLISHED, TAKEN_BACK)
    for state in (past.exclude(public_from=None).last(), past.first()):
        if state and state.history_change_reason not in (None, "", *portals):
            return state.history_change_reason
    return ""


@cache
def in_every_language(*words: Promise) -> frozenset[str]:
    """Return words that the portal itself writes into a history, in each language it has."""
    found: set[str] = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= set(map(str, words))
    return frozenset(found)


@contextmanager
def naming(row: PublicRow) -> Iterator[None]:
    """Put the row's name before each message of a ValidationError raised inside."""
    try:
        yield
    except ValidationError as error:
        name = f"{row._meta.verbose_name} {row}"
        raise ValidationError([f"{name}: {message}" for message in error.messages]) from error
