"""Countries: facts, loaded from a file."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from programmes.models.search import SearchField

LANGUAGES = ("en", "fr", "es", "ru", "zh", "ar")  # each has a column of names
REGIONS = {  # the five of UN M49
    "Africa": _("Africa"),
    "Americas": _("the Americas"),
    "Asia": _("Asia"),
    "Europe": _("Europe"),
    "Oceania": _("Oceania"),
}
SUBREGIONS = {  # of UN M49, Latin America and Sub-Saharan Africa by their parts
    "Northern Africa": _("Northern Africa"),
    "Eastern Africa": _("Eastern Africa"),
    "Middle Africa": _("Middle Africa"),
    "Southern Africa": _("Southern Africa"),
    "Western Africa": _("Western Africa"),
    "Caribbean": _("the Caribbean"),
    "Central America": _("Central America"),
    "South America": _("South America"),
    "Northern America": _("Northern America"),
    "Central Asia": _("Central Asia"),
    "Eastern Asia": _("Eastern Asia"),
    "South-eastern Asia": _("South-eastern Asia"),
    "Southern Asia": _("Southern Asia"),
    "Western Asia": _("Western Asia"),
    "Eastern Europe": _("Eastern Europe"),
    "Northern Europe": _("Northern Europe"),
    "Southern Europe": _("Southern Europe"),
    "Western Europe": _("Western Europe"),
    "Australia and New Zealand": _("Australia and New Zealand"),
    "Melanesia": _("Melanesia"),
    "Micronesia": _("Micronesia"),
    "Polynesia": _("Polynesia"),
}


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

    # To be found by
    search = SearchField(of=[f"name_{language}" for language in LANGUAGES])

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

    def get_absolute_url(self) -> str:
        """Return the permanent address."""
        return reverse("country", args=[self.iso3])

    @property
    def name(self) -> str:
        """Return the UN name in the active language, else in English."""
        language = (get_language() or "en").split("-")[0]
        return getattr(self, f"name_{language}", self.name_en)

    @property
    def region_name(self) -> str:
        """Return the region in the active language."""
        return str(REGIONS[self.region])

    @property
    def subregion_name(self) -> str:
        """Return the part of the region in the active language."""
        return str(SUBREGIONS[self.subregion])
