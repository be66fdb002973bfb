"""Organizations that run joint programmes or work with them."""

from typing import Self
from urllib.parse import urlencode

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from programmes.models.countries import Country
from programmes.models.search import SearchField


class OrganizationQuerySet(models.QuerySet):
    """Questions about organizations."""

    def called(self, name: str) -> Self:
        """Return the organizations that pages call by this name: the acronym, where there is one.

        Two may be called the same.
        """
        return self.filter(Q(acronym=name) | Q(acronym="", name=name))


class Organization(models.Model):
    """A UN organization, a government body or another partner of joint programmes."""

    class Kind(models.TextChoices):
        """What sort of body it is."""

        UN = "un", _("UN organization")
        GOVERNMENT = "government", _("Government body")
        OTHER = "other", _("Other organization")

    # Identity
    name = models.CharField(_("name"), max_length=200)
    acronym = models.CharField(_("acronym"), max_length=20, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    country = models.ForeignKey(
        Country,
        verbose_name=_("country"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        help_text=_("Of a government body: two countries have a Ministry of Interior."),
    )

    # Codes
    gateway_code = models.CharField(_("Gateway's agency code"), max_length=20, blank=True)
    iati_reference = models.CharField(_("IATI reference"), max_length=50, blank=True)
    source_url = models.URLField(_("address of the source"), max_length=500, blank=True)

    # To be found by
    search = SearchField(of=("name", "acronym"))

    history = HistoricalRecords()

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                name="organization_kind_known",
                condition=Q(kind__in=["un", "government", "other"]),
                violation_error_message=_("Choose the kind of organization from the list."),
            ),
            models.UniqueConstraint(
                name="organization_once_per_country",
                fields=["name", "country"],
                violation_error_message=_("The country has an organization of this name already."),
            ),
            models.UniqueConstraint(
                name="organization_without_country_once",
                fields=["name"],
                condition=Q(country=None),
                violation_error_message=_("There is an organization of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.acronym or self.name

    def get_absolute_url(self) -> str:
        """Return the address of the programmes that it helps to run."""
        return f"{reverse('programmes')}?{urlencode({'organization': str(self)})}"

    @property
    def full_name(self) -> str:
        """Return the name, with the acronym where there is one."""
        return f"{self.name} ({self.acronym})" if self.acronym else self.name
