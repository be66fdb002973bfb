"""What programmes are told apart by: objectives, thematic areas, markers."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Objective(models.Model):
    """One of the 23 objectives of the Global Compact for Migration (A/RES/73/195)."""

    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    short_title = models.CharField(_("short title"), max_length=100)
    title = models.CharField(_("official title"), max_length=300)
    source_url = models.URLField(_("address of the source"), max_length=500)

    class Meta:
        verbose_name = _("GCM objective")
        verbose_name_plural = _("GCM objectives")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                name="objective_number_1_to_23",
                condition=Q(number__gte=1, number__lte=23),
                violation_error_message=_("The Compact has 23 objectives, numbered from 1."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.short_title}"

    def get_absolute_url(self) -> str:
        """Return the permanent address."""
        return reverse("objective", args=[self.number])


class ThematicArea(models.Model):
    """One of the areas by which the Fund groups the objectives; their names are entered here."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    source_url = models.URLField(_("address of the source"), max_length=500)
    objectives = models.ManyToManyField(Objective, verbose_name=_("objectives"), blank=True)
    history = HistoricalRecords(m2m_fields=[objectives])

    class Meta:
        verbose_name = _("thematic area")
        verbose_name_plural = _("thematic areas")
        ordering = ["name"]
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.name


class Marker(models.Model):
    """What the Fund scores every joint programme for, such as gender equality."""

    key = models.SlugField(_("short name"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    purpose = models.CharField(_("purpose"), max_length=300)
    source_url = models.URLField(_("address of the source"), max_length=500)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("marker")
        verbose_name_plural = _("markers")
        ordering = ["name"]
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.name


class MarkerLevel(models.Model):
    """One step of a marker's scale, as the Fund's manual words it."""

    marker = models.ForeignKey(
        Marker, verbose_name=_("marker"), on_delete=models.PROTECT, related_name="levels"
    )
    name = models.CharField(_("level"), max_length=100)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("level of a marker")
        verbose_name_plural = _("levels of markers")
        ordering = ["marker", "name"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                name="markerlevel_once",
                fields=["marker", "name"],
                violation_error_message=_("The marker has this level already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.marker}: {self.name}"
