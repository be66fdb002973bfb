"""What the Fund set out to raise."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mptf_portal.money import format_usd
from mptf_portal.publishing import PublicQuerySet, PublicRow


class FundingTargetQuerySet(PublicQuerySet):
    """Questions about targets."""

    def annual(self) -> Self:
        """Return the targets of one calendar year each."""
        return self.filter(kind=FundingTarget.Kind.ANNUAL)


class FundingTarget(PublicRow):
    """An amount for a period, and what it is measured on when that is known."""

    class Kind(models.TextChoices):
        """What the period is: annual and capitalisation targets are never compared."""

        ANNUAL = "annual", _("Annual")
        CAPITALISATION = "capitalisation", _("Capitalisation over a longer period")

    class Basis(models.TextChoices):
        """The stage of a contribution that counts towards the target."""

        PLEDGED = "pledged", _("Pledges")
        COMMITTED = "committed", _("Commitments")
        DEPOSITED = "deposited", _("Deposits")

    # Target
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    year = models.PositiveSmallIntegerField(
        _("year"), null=True, blank=True, help_text=_("The funding year of an annual target.")
    )
    period = models.CharField(
        _("period"),
        max_length=200,
        blank=True,
        help_text=_("For a capitalisation target, in words."),
    )
    amount_usd = models.DecimalField(_("amount in US dollars"), max_digits=18, decimal_places=2)
    basis = models.CharField(
        _("measured on"),
        max_length=20,
        choices=Basis,
        blank=True,
        help_text=_("Empty when not known: then commitments are used, and the page says so."),
    )

    # Announcement
    announced_by = models.CharField(_("announced by"), max_length=200, blank=True)
    announced_on = models.DateField(_("announced on"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)
    source_url = models.URLField(_("address of the source"), max_length=500, blank=True)

    objects = FundingTargetQuerySet.as_manager()

    public_key = ("kind", "year")
    correction_keeps = ("kind",)
    shown = ("kind", "basis", "announced_by", "announced_on", "source", "source_url")

    class Meta(PublicRow.Meta):
        verbose_name = _("funding target")
        verbose_name_plural = _("funding targets")
        ordering = ["year", "pk"]
        constraints = [
            *PublicRow.Meta.constraints,
            models.CheckConstraint(
                name="fundingtarget_positive",
                condition=Q(amount_usd__gt=0),
                violation_error_message=_("A target is above zero."),
            ),
            models.CheckConstraint(
                name="fundingtarget_kind_has_its_period",
                condition=Q(kind="annual", year__gte=2019, year__lte=2100, period="")
                | (Q(kind="capitalisation", year=None) & ~Q(period="")),
                violation_error_message=_(
                    "An annual target has a year from 2019 on and no period; "
                    "a capitalisation target has a period and no year."
                ),
            ),
            models.CheckConstraint(
                name="fundingtarget_basis_known",
                condition=Q(basis__in=["", "pledged", "committed", "deposited"]),
                violation_error_message=_("Choose what the target is measured on from the list."),
            ),
            models.UniqueConstraint(
                name="fundingtarget_one_public_per_year",
                fields=["year"],
                condition=Q(kind="annual", public_from__isnull=False, public_until=None),
                violation_error_message=_(
                    "This year has a public target already; correct that one instead."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year or self.period}: {format_usd(self.amount_usd)}"

    def get_absolute_url(self) -> str:
        """Return the permanent address of an annual target."""
        return reverse("target", args=[self.year])

    @property
    def happened_on(self) -> date | None:
        """Return the day on which it was announced."""
        return self.announced_on

    @property
    def measured_on(self) -> Basis:
        """Return the stage that counts: commitments where the basis is not known."""
        return self.Basis(self.basis or self.Basis.COMMITTED)
