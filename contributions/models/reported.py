"""What newspapers and ministries say of contributions: shown with its source, never counted."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contributions.models.donors import Donor
from contributions.models.rates import CurrencyField
from mptf_portal.money import format_amount
from mptf_portal.publishing import PublicQuerySet, PublicRow


class ReportedContributionQuerySet(PublicQuerySet):
    """Questions about reported contributions; none of them is a sum."""

    def reported_by(self, as_of: date) -> Self:
        """Return what was reported for a day up to this one, and what the source gives no day."""
        year = Q(dated=None) & (Q(year=None) | Q(year__lte=as_of.year))
        return self.filter(year | Q(dated__lte=as_of))


class ReportedContribution(PublicRow):
    """What a public source says that a donor gave or promised.

    It is no row of the ledger: no figure reads this table.
    """

    class Stage(models.TextChoices):
        """The stage that the source speaks of."""

        PLEDGE = "pledge", _("Pledge")
        DEPOSIT = "deposit", _("Deposit")
        UNSPECIFIED = "unspecified", _("Stage not said")

    # What is reported
    donor = models.ForeignKey(
        Donor,
        verbose_name=_("donor"),
        on_delete=models.PROTECT,
        related_name="reported_contributions",
    )
    dated = models.DateField(_("date"), null=True, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year"), null=True, blank=True, help_text=_("Where the day is not known.")
    )
    stage = models.CharField(_("stage"), max_length=20, choices=Stage)
    amount = models.DecimalField(
        _("amount"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    currency = CurrencyField(_("currency"), max_length=3, blank=True)
    what = models.CharField(_("in words"), max_length=300)

    # Who reports it
    source = models.CharField(_("source"), max_length=300)
    source_url = models.URLField(_("address of the source"), max_length=500)
    confidence = models.CharField(
        _("confidence"), max_length=200, help_text=_("How sure it is, and what was inferred.")
    )

    objects = ReportedContributionQuerySet.as_manager()

    correction_keeps = ("donor",)
    shown = ("dated", "year", "stage", "source", "source_url", "confidence")

    class Meta(PublicRow.Meta):
        verbose_name = _("reported contribution")
        verbose_name_plural = _("reported contributions")
        ordering = ["donor", models.F("dated").asc(nulls_first=True), "year", "pk"]
        constraints = [
            *PublicRow.Meta.constraints,
            models.CheckConstraint(
                name="reportedcontribution_stage_known",
                condition=Q(stage__in=["pledge", "deposit", "unspecified"]),
                violation_error_message=_("Choose the stage from the list."),
            ),
            models.CheckConstraint(
                name="reportedcontribution_day_or_year",
                condition=Q(dated=None) | Q(year=None),
                violation_error_message=_("Give the day, or the year where it is not known."),
            ),
            models.CheckConstraint(
                name="reportedcontribution_amount_with_currency",
                condition=Q(amount=None, currency="")
                | Q(amount__gt=0, currency__regex=r"^[A-Z]{3}$"),
                violation_error_message=_("An amount is above zero and has a currency, as in NOK."),
            ),
        ]

    def rests_on(self) -> list[Donor]:
        """Return its donor."""
        return [self.donor]

    @property
    def happened_on(self) -> date | None:
        """Return the day of which it is reported."""
        return self.dated

    def __str__(self) -> str:
        return f"{self.donor}: {self.what}"

    @property
    def in_words(self) -> str:
        """Return the report with its amount."""
        if self.amount is None:
            return str(self)
        return f"{self} · {format_amount(self.amount, self.currency)}"
