"""Countries, and numbers that somebody stated on a day."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mptf_portal import figures
from mptf_portal.publishing import PublicQuerySet, PublicRow


class CountryQuerySet(models.QuerySet):
    """Questions about countries."""

    def in_unece(self) -> Self:
        """Return the members of the UN Economic Commission for Europe."""
        return self.filter(unece=True)


class Country(models.Model):
    """A State with its UN names (UNTERM) and M49 region; a fact, loaded from a file."""

    # Codes
    iso3 = models.CharField(_("ISO 3166 code"), max_length=3, unique=True)
    iso2 = models.CharField(_("two-letter code"), max_length=2, unique=True)
    m49 = models.CharField(_("M49 code"), max_length=3, unique=True)

    # Names
    name_en = models.CharField(_("English name"), max_length=100)
    name_fr = models.CharField(_("French name"), max_length=100)
    name_es = models.CharField(_("Spanish name"), max_length=100)
    name_ru = models.CharField(_("Russian name"), max_length=100)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_ar = models.CharField(_("Arabic name"), max_length=100)

    # Place
    region = models.CharField(_("region"), max_length=30, help_text=_("One of the five of M49."))
    subregion = models.CharField(_("subregion"), max_length=60)
    latitude = models.DecimalField(_("latitude"), max_digits=10, decimal_places=7)
    longitude = models.DecimalField(_("longitude"), max_digits=10, decimal_places=7)

    # Groups
    unece = models.BooleanField(_("member of UNECE"))
    ldc = models.BooleanField(_("least developed country"))

    objects = CountryQuerySet.as_manager()

    class Meta:
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        ordering = ["name_en"]
        constraints = [
            models.CheckConstraint(
                name="country_iso3_three_capitals",
                condition=Q(iso3__regex=r"^[A-Z]{3}$"),
                violation_error_message=_("A country's ISO code is three capital letters."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return the UN name in the active language, else in English."""
        language = (get_language() or "en").split("-")[0]
        return getattr(self, f"name_{language}", self.name_en)


def validate_reference(text: str) -> None:
    """Refuse what is not the canonical reference of a registered figure."""
    try:
        canonical = str(figures.parse(text))
    except figures.UnknownReferenceError as error:
        raise ValidationError(str(error)) from error
    if canonical != text:
        raise ValidationError(_("Write it as %(canonical)s."), params={"canonical": canonical})


class StatedFigureQuerySet(PublicQuerySet):
    """Questions about stated figures."""

    def of(self, reference: figures.Reference) -> Self:
        """Return what was stated of that figure."""
        return self.filter(figure=str(reference))


class StatedFigure(PublicRow):
    """A figure's value for a day, as a source stated it.

    A stated count stands in while the portal's own count is smaller. Stated money is never
    counted: it is what the ledger is reconciled with.
    """

    figure = models.CharField(
        _("figure"),
        max_length=200,
        validators=[validate_reference],
        help_text=_("As in a statement's link, for example contributed?by=all&stage=deposited."),
    )
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=2)
    stated_for = models.DateField(_("for the day"))
    source = models.CharField(_("source"), max_length=300)
    source_url = models.URLField(_("address of the source"), max_length=500, blank=True)

    objects = StatedFigureQuerySet.as_manager()

    public_key = ("figure", "stated_for")
    correction_keeps = ("figure",)

    class Meta(PublicRow.Meta):
        verbose_name = _("stated figure")
        verbose_name_plural = _("stated figures")
        ordering = ["figure", "-stated_for"]
        constraints = [
            *PublicRow.Meta.constraints,
            models.UniqueConstraint(
                name="statedfigure_one_public_per_day",
                fields=["figure", "stated_for"],
                condition=Q(public_from__isnull=False, public_until=None),
                violation_error_message=_(
                    "This figure is stated for that day already; correct that row instead."
                ),
            ),
            models.CheckConstraint(
                name="statedfigure_not_negative",
                condition=Q(value__gte=0),
                violation_error_message=_("A stated figure is not negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figure} = {self.value} ({self.stated_for})"
