"""When a row reaches a reader: the one gate, and the one way through it.

A row is public from `public_from` until `public_until`. A draft has no `public_from`; a row that
another one replaces, or that is withdrawn, has a `public_until`. Between the two it is submitted:
`mptf_portal.review` says who may submit, send back and approve. Nothing public is edited or
deleted: a correction is a new row that `replaces` the old one, and the old one stays public until
the new one is.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from simple_history.models import HistoricalChanges, HistoricalRecords

from mptf_portal.live import lock_revision
from mptf_portal.models import Demonstration

# What a row's history says of an act for which nobody gives a reason.
PUBLISHED, TAKEN_BACK = _("Published"), _("Taken back")
# The columns that tell where a row stands in its life; every other one is what it says.
LIFE = (
    "public_from",
    "public_until",
    "withdrawn_reason",
    "submitted_at",
    "submitted_by_id",
    "returned_because",
)
EVER = datetime.max.replace(tzinfo=UTC)  # every embargo has ended by then
REASON_LENGTH = 100  # of the reason in a row's history; a withdrawn row itself keeps it whole


class DemonstrationField(models.BooleanField):
    """Flags a row as invented; set on every new row while the demonstration is loaded."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("verbose_name", _("demonstration"))
        options |= {"default": False, "editable": False}
        super().__init__(**options)

    def pre_save(self, model_instance: models.Model, add: bool) -> bool:  # noqa: FBT001 (Django's signature)
        """Return what is stored: a new row of a demonstration ledger is always flagged.

        A row's history tells what the row was, so it keeps the row's own flag.
        """
        is_row = not isinstance(model_instance, HistoricalChanges)
        if add and is_row and Demonstration.is_on():
            setattr(model_instance, self.attname, True)
        return super().pre_save(model_instance, add)


class PublicQuerySet(models.QuerySet):
    """Questions about rows that have a `public_from`."""

    def public(self, now: datetime) -> Self:
        """Return what readers see at that instant: the only gate between a row and a reader."""
        until = Q(public_until=None) | Q(public_until__gt=now)
        return self.filter(until, public_from__lte=now)

    def unpublished(self) -> Self:
        """Return what nobody has published, scheduled or withdrawn: drafts and submitted rows."""
        return self.filter(public_from=None, public_until=None)

    def drafts(self) -> Self:
        """Return what officers still work on."""
        return self.unpublished().filter(submitted_at=None)

    def submitted(self) -> Self:
        """Return what waits for an approver."""
        return self.unpublished().filter(submitted_at__isnull=False)

    def returned(self) -> Self:
        """Return the drafts that an approver sent back."""
        return self.drafts().exclude(returned_because="")

    def embargoed(self, now: datetime, until: datetime | None = None) -> Self:
        """Return what becomes public after that instant, and not after the other one."""
        embargoed = self.filter(public_from__gt=now, public_until=None)
        return embargoed if until is None else embargoed.filter(public_from__lte=until)

    def ended(self, now: datetime) -> Self:
        """Return what was replaced or withdrawn by that instant."""
        return self.filter(public_until__lte=now)


def readers_come_to_know(rows_at: Callable[[datetime], models.QuerySet]) -> bool:
    """Tell whether one of the rows is known to readers now, or is once every embargo has ended.

    `rows_at` returns those that readers know at a moment.
    """
    return any(rows_at(moment).exists() for moment in (timezone.now(), EVER))


class PublicRow(models.Model):
    """A row that reaches readers only between `public_from` and `public_until`."""

    filled_in: ClassVar[tuple[str, ...]] = ()  # columns that an act on the row sets by itself

    replaces = models.ForeignKey(
        "self",
        verbose_name=_("replaces"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replacements",
        help_text=_("The public row that this one corrects. Readers see it until this one is out."),
    )
    public_from = models.DateTimeField(
        _("public from"),
        null=True,
        blank=True,
        help_text=_("Empty: a draft. A moment to come: published then, and not before (UTC)."),
    )
    public_until = models.DateTimeField(
        _("public until"),
        null=True,
        blank=True,
        help_text=_("Set when the row is replaced or withdrawn."),
    )
    withdrawn_reason = models.TextField(_("withdrawn because"), blank=True)
    submitted_at = models.DateTimeField(
        _("submitted at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("From then on the row waits for an approver and is not changed (UTC)."),
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("submitted by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    returned_because = models.TextField(_("sent back because"), blank=True, editable=False)
    demonstration = DemonstrationField()
    history = HistoricalRecords(inherit=True)

    objects = PublicQuerySet.as_manager()

    # Of the rows that agree in all these fields, one is public at a time.
    public_key: tuple[str, ...] = ()
    # What a correction may not change.
    correction_keeps: tuple[str, ...] = ()

    class Meta:
        abstract = True
        default_permissions = ("add", "change", "view", "publish")  # nothing is deleted
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_public_interval",
                condition=Q(public_from=None)
                | Q(public_until=None)
                | Q(public_until__gte=F("public_from")),
                violation_error_message=_("A row cannot stop being public before it starts."),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_withdrawn_draft_has_reason",
                condition=Q(public_until=None)
                | Q(public_from__isnull=False)
                | ~Q(withdrawn_reason=""),
                violation_error_message=_("Say why the draft is withdrawn."),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_submitted_by_somebody",
                condition=Q(submitted_at=None, submitted_by=None)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                violation_error_message=_("A submitted row says who submitted it, and when."),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_correction_at_a_time",
                fields=["replaces"],
                condition=Q(public_until=None),
                violation_error_message=_(
                    "Another correction of the same row is open; change or withdraw that one."
                ),
            ),
        ]

    def is_public(self, now: datetime) -> bool:
        """Tell whether readers see this row at that instant."""
        started = self.public_from is not None and self.public_from <= now
        return started and (self.public_until is None or self.public_until > now)

    @property
    def is_unpublished(self) -> bool:
        """Tell whether nobody has published, scheduled or withdrawn the row."""
        return self.public_from is None and self.public_until is None

    @property
    def is_draft(self) -> bool:
        """Tell whether officers still work on the row; nothing else of it is ever changed."""
        return self.is_unpublished and self.submitted_at is None

    @property
    def is_submitted(self) -> bool:
        """Tell whether the row waits for an approver."""
        return self.is_unpublished and self.submitted_at is not None

    @property
    def is_locked(self) -> bool:
        """Tell whether the row can no longer be published: it is or was public, or withdrawn."""
        started = self.public_from is not None and self.public_from <= timezone.now()
        return started or self.public_until is not None

    @property
    def state(self) -> str:
        """Return where the row stands between draft and withdrawn, in words."""
        now = timezone.now()
        if self.public_until is not None and self.public_until <= now:
            return _("Withdrawn") if self.withdrawn_reason else _("Replaced")
        if self.is_submitted:
            return _("Submitted")
        if self.public_from is None:
            return _("Sent back") if self.returned_because else _("Draft")
        return _("Public") if self.public_from <= now else _("Embargoed")

    @property
    def in_words(self) -> str:
        """Return what an approver must see of the row before it is published."""
        return str(self)

    def published_with(self) -> Sequence["PublicRow"]:
        """Return what readers must learn at the same moment as this row; most rows have nothing."""
        return []

    def histories(self) -> list[models.QuerySet]:
        """Return the past states of all that an approver approves with this row."""
        return [self.history.all()]

    def take_effect(self) -> None:
        """Do what follows once the row is public; of most rows nothing does."""

    def take_parts(self, old: Any) -> None:
        """Take what stands in other tables from the row that this one corrects; most have none."""

    def clean(self) -> None:
        """Refuse a correction of a draft, and one that is about something else."""
        super().clean()
        old = self.replaces
        if old is None:
            return
        if old.pk == self.pk:
            raise ValidationError({"replaces": _("A row cannot replace itself.")})
        if old.public_from is None:
            raise ValidationError(
                {"replaces": _("Only a published row is replaced; a draft is simply changed.")}
            )
        for name in self.correction_keeps:
            if getattr(self, name) != getattr(old, name):
                label = self._meta.get_field(name).verbose_name
                message = _("A correction keeps the row's %(field)s: %(value)s.")
                raise ValidationError(message % {"field": label, "value": getattr(old, name)})


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
    refuse_stale(row)
    if row.public_from is not None and row.public_from > now:
        refuse_to_part(row, [row])
        publish(row, None)
    row.public_until = now
    row.withdrawn_reason = reason
    row._change_reason = reason[:REASON_LENGTH]  # noqa: SLF001 (simple-history's attribute)
    _save(row)


@transaction.atomic
def draft_correction(row: PublicRow) -> PublicRow:
    """Save and return a draft that holds what `row` holds and replaces it."""
    if not row.is_public(timezone.now()):
        raise ValidationError(_("Only a public row is corrected; a draft is simply changed."))
    copy = type(row).objects.get(pk=row.pk)
    copy.pk = None
    copy._state.adding = True  # noqa: SLF001 (Django's documented way to copy an instance)
    copy.replaces, copy.public_from, copy.public_until = row, None, None
    copy.submitted_at, copy.submitted_by, copy.returned_because = None, None, ""
    copy.full_clean()
    copy.save()
    copy.take_parts(row)
    return copy


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
