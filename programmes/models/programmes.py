"""Joint programmes: what the Fund finances."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mptf_portal.dates import end_of_period, known_so_far, precision_field, today
from mptf_portal.publishing import PublicRow
from programmes.models.classifications import Marker, MarkerLevel, Objective, ThematicArea
from programmes.models.countries import Country
from programmes.models.organizations import Organization
from programmes.models.questions import DATES, JointProgrammeQuerySet
from programmes.models.search import SearchField

USD = {"max_digits": 18, "decimal_places": 2, "null": True, "blank": True}
UNKNOWN = {"null": True, "blank": True}
DESCRIBED_BY = {  # what a programme shows of rows that are no part of it
    "participations__organization": Organization,
    "thematic_area": ThematicArea,
    "marker_levels": MarkerLevel,
    "marker_levels__marker": Marker,
}
MONEY = ("budget_usd", "net_funded_usd", "expenditure_usd")


@dataclass(frozen=True, slots=True)
class ProgrammeDate:
    """A date of a programme, as far as it is known."""

    day: date
    precision: str
    planned: bool


@dataclass(frozen=True, slots=True)
class ProgrammeMoney:
    """An amount of a programme in US dollars, with its day and what the source says of it."""

    amount: Decimal
    as_of: date | None
    note: str = ""


class JointProgramme(PublicRow):
    """What the Fund finances in one or several countries, run by participating UN organizations.

    A correction is a new row with the same slug, which is therefore what results and addresses
    know a programme by. Empty means not yet recorded.
    """

    class Status(models.TextChoices):
        """Whether the programme still runs."""

        ACTIVE = "active", _("Active")
        CLOSED = "closed", _("Closed")

    # Identity
    slug = models.SlugField(
        _("short name in addresses"),
        help_text=_("Permanent: /programmes/…/."),
    )
    title = models.CharField(_("title"), max_length=500)
    short_title = models.CharField(_("short title"), max_length=200)
    summary = models.TextField(_("summary"), blank=True)
    gateway_number = models.CharField(
        _("Gateway project number"), max_length=8, blank=True, help_text=_("Eight digits.")
    )

    # Where
    countries = models.ManyToManyField(
        Country, verbose_name=_("countries"), related_name="programmes", blank=True
    )
    region = models.CharField(
        _("region"),
        max_length=200,
        blank=True,
        help_text=_("The part of the world, or a region wider than its countries, in words."),
    )

    # When
    status = models.CharField(_("status"), max_length=20, choices=Status, blank=True)
    status_on = models.DateField(_("status known on"), **UNKNOWN)
    status_note = models.CharField(
        _("where the status is from"),
        max_length=200,
        blank=True,
        help_text=_("For a source that gives no day."),
    )
    funded_on = models.DateField(_("funded on"), **UNKNOWN)
    funded_precision = precision_field(blank=True)
    funded_planned = models.BooleanField(_("planned"), default=False)
    launched_on = models.DateField(_("launched in public on"), **UNKNOWN)
    start_on = models.DateField(_("starts on"), **UNKNOWN)
    start_precision = precision_field(blank=True)
    start_planned = models.BooleanField(_("planned"), default=False)
    end_on = models.DateField(_("ends on"), **UNKNOWN)
    end_precision = precision_field(blank=True)
    end_planned = models.BooleanField(_("planned"), default=False)
    duration_months = models.PositiveSmallIntegerField(_("planned length in months"), **UNKNOWN)
    recorded_on = models.DateField(_("on record since"), default=today, editable=False)

    # Money
    budget_usd = models.DecimalField(_("approved budget in US dollars"), **USD)
    budget_note = models.CharField(_("note on the budget"), max_length=300, blank=True)
    budget_as_of = models.DateField(_("budget as of"), **UNKNOWN)
    net_funded_usd = models.DecimalField(_("net funded amount in US dollars"), **USD)
    net_funded_as_of = models.DateField(_("net funded amount as of"), **UNKNOWN)
    expenditure_usd = models.DecimalField(_("expenditure in US dollars"), **USD)
    expenditure_as_of = models.DateField(_("expenditure as of"), **UNKNOWN)

    # What for
    thematic_area = models.ForeignKey(
        ThematicArea,
        verbose_name=_("thematic area"),
        on_delete=models.PROTECT,
        **UNKNOWN,
    )
    objectives = models.ManyToManyField(
        Objective, verbose_name=_("GCM objectives"), related_name="programmes", blank=True
    )
    objectives_complete = models.BooleanField(_("all objectives are recorded"), default=False)
    marker_levels = models.ManyToManyField(MarkerLevel, verbose_name=_("markers"), blank=True)

    # Who
    organizations_complete = models.BooleanField(_("all organizations are recorded"), default=False)

    # To be found by
    search = SearchField(of=("title", "short_title", "summary", "region", "gateway_number"))

    objects = JointProgrammeQuerySet.as_manager()

    _history_m2m_fields = ("countries", "objectives", "marker_levels")
    public_key = ("slug",)
    shown = (
        "slug",
        "title",
        "summary",
        "gateway_number",
        "region",
        "status",
        "status_on",
        "status_note",
        "funded_on",
        "launched_on",
        "start_on",
        "end_on",
        "duration_months",
        "budget_usd",
        "budget_note",
        "budget_as_of",
        "net_funded_usd",
        "net_funded_as_of",
        "expenditure_usd",
        "expenditure_as_of",
    )
    correction_keeps = ("slug",)

    class Meta(PublicRow.Meta):
        verbose_name = _("joint programme")
        verbose_name_plural = _("joint programmes")
        ordering = ["short_title", "pk"]
        constraints = [
            *PublicRow.Meta.constraints,
            models.UniqueConstraint(
                name="jointprogramme_one_public_per_slug",
                fields=["slug"],
                condition=Q(public_from__isnull=False, public_until=None),
                violation_error_message=_(
                    "A public programme has this short name; correct that one instead."
                ),
            ),
            models.CheckConstraint(
                name="jointprogramme_slug_is_not_reserved",
                condition=~Q(slug="objectives"),
                violation_error_message=_("“objectives” names another page; choose another."),
            ),
            models.CheckConstraint(
                name="jointprogramme_gateway_number_eight_digits",
                condition=Q(gateway_number="") | Q(gateway_number__regex=r"^[0-9]{8}$"),
                violation_error_message=_("A Gateway project number has eight digits."),
            ),
            models.CheckConstraint(
                name="jointprogramme_status_known",
                condition=Q(status="", status_on=None, status_note="")
                | Q(status__in=["active", "closed"]),
                violation_error_message=_("Choose the status that the day or the note is about."),
            ),
            *[
                known_so_far(f"jointprogramme_{name}_date", f"{name}_on", f"{name}_precision")
                for name in DATES
            ],
            models.CheckConstraint(
                name="jointprogramme_money_not_negative",
                condition=(Q(budget_usd=None) | Q(budget_usd__gte=0))
                & (Q(net_funded_usd=None) | Q(net_funded_usd__gte=0))
                & (Q(expenditure_usd=None) | Q(expenditure_usd__gte=0)),
                violation_error_message=_("A programme's amounts are not negative."),
            ),
        ]

    def __str__(self) -> str:
        return self.short_title

    def get_absolute_url(self) -> str:
        """Return the permanent address."""
        return reverse("programme", args=[self.slug])

    @property
    def in_words(self) -> str:
        """Return the programme with everything that stands in other tables."""
        described = [row for name in self._history_m2m_fields for row in getattr(self, name).all()]
        parts = [*self.participations.all(), *self.goal_tags.all(), *self.links.all()]
        return " · ".join(map(str, [self, *described, *parts]))

    def clean(self) -> None:
        """Store a month or a year as its last day; refuse to publish what has no source."""
        super().clean()
        is_open = self.public_from is not None and self.public_until is None
        if is_open and not (self.pk and self.links.filter(kind="source").exists()):
            raise ValidationError(
                _("Name at least one source before the programme is published: each fact needs it.")
            )
        for name in DATES:
            day, precision = getattr(self, f"{name}_on"), getattr(self, f"{name}_precision")
            if day and precision:
                setattr(self, f"{name}_on", end_of_period(day, precision))
            if day and day > today() and not getattr(self, f"{name}_planned"):
                raise ValidationError(
                    {f"{name}_planned": _("That day is still to come: tick “planned”.")}
                )

    def part_histories(self) -> list[models.QuerySet]:
        """Return the past states of the programme's parts, and of what describes it.

        Of what an approved programme shows already, a change was proposed and approved.
        """
        parts = (self.participations.model, self.goal_tags.model, self.links.model)
        own = [one.history.filter(programme=self.pk) for one in parts]
        approved = JointProgramme.objects.approved()
        described = []
        for path, model in DESCRIBED_BY.items():
            named = JointProgramme.objects.filter(pk=self.pk).values(path)
            known = approved.exclude(**{path: None}).values(path)
            described.append(model.history.filter(id__in=named).exclude(id__in=known))
        return [*own, *described]

    def take_parts(self, old: Any) -> None:
        """Take what stands in other tables from the row that this one corrects."""
        for name in self._history_m2m_fields:
            getattr(self, name).set(getattr(old, name).all())
        for part in (*old.participations.all(), *old.goal_tags.all(), *old.links.all()):
            part.pk, part.programme = None, self
            part._state.adding = True  # noqa: SLF001 (Django's documented way to copy an instance)
            part.save()

    def status_by(self, as_of: date, *, undated: bool = True) -> str:
        """Return the status in words as it is known on the day; empty where it is not recorded."""
        known = undated if self.status_on is None else self.status_on <= as_of
        return self.get_status_display() if known else ""

    def dated(self, name: str, as_of: date) -> ProgrammeDate | None:
        """Return the date `funded`, `start` or `end`: planned, or past by the day; else None."""
        day, planned = getattr(self, f"{name}_on"), getattr(self, f"{name}_planned")
        if day is None or (day > as_of and not planned):
            return None
        return ProgrammeDate(day, getattr(self, f"{name}_precision"), planned)

    def launch(self, as_of: date) -> date | None:
        """Return the day of the launch where it is recorded and past by the day."""
        past = self.launched_on is not None and self.launched_on <= as_of
        return self.launched_on if past else None

    def money(self, name: str, as_of: date, *, undated: bool = True) -> ProgrammeMoney | None:
        """Return the amount `budget`, `net_funded` or `expenditure` known on the day, or None."""
        amount, known_on = getattr(self, f"{name}_usd"), getattr(self, f"{name}_as_of")
        known = undated if known_on is None else known_on <= as_of
        if amount is None or not known:
            return None
        return ProgrammeMoney(amount, known_on, getattr(self, f"{name}_note", ""))
