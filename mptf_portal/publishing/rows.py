"""What a row that reaches readers keeps of its life, and what may be asked of it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalChanges, HistoricalRecords

from mptf_portal.models import Demonstration
from mptf_portal.money import format_day, format_number

# The columns that tell where a row stands in its life; every other one is what it says.
LIFE = (
    "public_from",
    "public_until",
    "withdrawn_reason",
    "submitted_at",
    "submitted_by_id",
    "returned_because",
)
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

    def approved(self) -> Self:
        """Return what readers know, knew, or come to know once an embargo ends."""
        return self.filter(public_from__isnull=False)

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


def facts_of(row: models.Model, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the label and the words of each of these columns that holds something."""
    for field in map(row._meta.get_field, names):
        if words := _words(row, field):
            yield capfirst(field.verbose_name), words


def _words(row: models.Model, field: Any) -> str:
    """Return what the column of the row says, empty where it holds nothing."""
    value = getattr(row, field.name)
    if value in (None, "", False):
        return ""
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    if isinstance(value, date):
        return format_day(value)
    if isinstance(value, Decimal):
        return format_number(value)
    return str(_("yes")) if value is True else str(value)


class RestedOn:
    """What public rows rest on and no second row replaces: once approved, a change is proposed.

    The model's manager tells by `approved` which rows readers know, knew, or come to know.
    """

    # What an approver sees of it.
    shown: tuple[str, ...] = ()

    @property
    def is_approved(self) -> bool:
        """Tell whether an approver approved what makes readers know it."""
        return type(self).objects.approved().filter(pk=self.pk).exists()

    def unapproved_histories(self) -> list[models.QuerySet]:
        """Return the past states of it and of its parts while no approver saw it."""
        return [] if self.is_approved else [self.history.all(), *self.part_histories()]

    def part_histories(self) -> list[models.QuerySet]:
        """Return the past states of its parts in other tables."""
        return []

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield what is told of it while no approver saw it, each with its label."""
        if not self.is_approved:
            yield from facts_of(self, self.shown)
            yield from self.part_facts()

    def part_facts(self) -> Iterable[tuple[str, str]]:
        """Return what is told of its parts in other tables."""
        return []

    def remarks(self) -> list[str]:
        """Return what to look at twice before rows are published that rest on it."""
        return []


class PublicRow(models.Model):
    """A row that reaches readers only between `public_from` and `public_until`."""

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
    # What an approver sees beside the row in words.
    shown: tuple[str, ...] = ()

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
        """Return the row as an approver knows it; what else must be seen are its facts."""
        return str(self)

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield what else readers would see of the row, each with its label."""
        yield from facts_of(self, self.shown)

    def changes(self) -> Iterator[tuple[str, str, str]]:
        """Yield the label of each column that a correction changes, its words before and after."""
        if not self.replaces_id:
            return
        own = {"id", "replaces_id", *LIFE}
        for field in self._meta.concrete_fields:
            if field.attname in own or not field.editable:
                continue
            before, after = _words(self.replaces, field), _words(self, field)
            if before != after:
                yield capfirst(field.verbose_name), before, after

    def rests_on(self) -> Sequence[Any]:
        """Return the rows of other tables that readers come to know by this one.

        Each tells, of what nobody approved yet, its `facts` and its `unapproved_histories`, and in
        its `remarks` what to look at twice.
        """
        return []

    def published_with(self) -> Sequence["PublicRow"]:
        """Return what readers must learn at the same moment as this row; most rows have nothing."""
        return []

    def part_histories(self) -> list[models.QuerySet]:
        """Return the past states of what an approver approves with this row in other tables."""
        return []

    def remarks(self) -> list[str]:
        """Return what to look at twice before the row is published; for most there is nothing."""
        return []

    @property
    def happened_on(self) -> date | None:
        """Return the day of what the row tells, before which it is not public; most have none."""
        return None

    def unsettled(self) -> str:
        """Return why the row is not published as it was submitted; of most rows nothing is."""
        return ""

    def refuse_withdrawal(self) -> None:
        """Raise ValidationError where other rows need this one; most rows stand alone."""

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
