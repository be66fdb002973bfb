"""A pledge, and what stands beside its entries and deposits: instalments and footnotes."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Self

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q, Sum
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from contributions.models.donors import Donor
from contributions.models.rates import CurrencyField, currency_constraint
from mptf_portal.dates import today
from mptf_portal.money import format_amount
from mptf_portal.publishing import DemonstrationField, RestedOn

DOLLAR = "USD"
MONEY = {"max_digits": 18, "decimal_places": 2}


class PledgeQuerySet(models.QuerySet):
    """Questions about pledges."""

    def standing(self) -> Self:
        """Leave out the pledges of which all was replaced or withdrawn."""
        rows = (apps.get_model("contributions", name) for name in ("PledgeEntry", "Deposit"))
        own = [row.objects.filter(pledge=OuterRef("pk")) for row in rows]
        has_any = Q(*(Exists(one) for one in own), _connector=Q.OR)
        has_open = Q(*(Exists(one.filter(public_until=None)) for one in own), _connector=Q.OR)
        return self.filter(has_open | ~has_any)


class Pledge(RestedOn, models.Model):
    """What a donor announced for one funding year, in one currency.

    A multi-year agreement is one pledge per funding year under one agreement reference. What the
    pledge is worth on a day is in its entries.
    """

    donor = models.ForeignKey(
        Donor, verbose_name=_("donor"), on_delete=models.PROTECT, related_name="pledges"
    )
    agreement_reference = models.CharField(
        _("agreement reference"),
        max_length=100,
        blank=True,
        help_text=_("Of the Standard Administrative Arrangement; the same for each of its years."),
    )
    funding_year = models.PositiveSmallIntegerField(_("funding year"))
    currency = CurrencyField(_("currency"), max_length=3, help_text=_("ISO 4217, as in DKK."))
    earmark = models.CharField(
        _("earmark"),
        max_length=300,
        blank=True,
        help_text=_("Empty when the money is not earmarked."),
    )
    conditions = models.TextField(_("conditions"), blank=True)
    demonstration = DemonstrationField()
    history = HistoricalRecords()

    objects = PledgeQuerySet.as_manager()

    shown = ("earmark", "conditions")

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        ordering = ["-funding_year", "donor__name", "pk"]
        default_permissions = ("add", "change", "view")
        constraints = [
            currency_constraint("pledge_currency_three_capitals"),
            models.CheckConstraint(
                name="pledge_funding_year_in_the_funds_life",
                condition=Q(funding_year__gte=2019, funding_year__lte=2100),
                violation_error_message=_(
                    "A funding year is from 2019, when the Fund began, to 2100."
                ),
            ),
        ]

    def __str__(self) -> str:
        reference = f" · {self.agreement_reference}" if self.agreement_reference else ""
        return f"{self.donor} {self.funding_year} {self.currency}{reference}"

    def clean(self) -> None:
        """Refuse a second pledge of an agreement's year: files find a pledge by these two."""
        super().clean()
        named = {"agreement_reference": self.agreement_reference, "funding_year": self.funding_year}
        stands = self.pk and Pledge.objects.filter(pk=self.pk, **named).exists()
        if stands or not self.agreement_reference:
            return
        twins = Pledge.objects.filter(
            agreement_reference__iexact=self.agreement_reference, funding_year=self.funding_year
        )
        if twin := twins.standing().exclude(pk=self.pk).first():
            message = _(
                "“%(pledge)s” is on record already. Open that one, and enter there what is new."
            )
            raise ValidationError(message % {"pledge": twin})

    def part_facts(self) -> Iterator[tuple[str, str]]:
        """Yield its instalments and its footnotes."""
        for row in (*self.instalments.all(), *self.footnotes.all()):
            yield capfirst(row._meta.verbose_name), str(row)

    def remarks(self) -> list[str]:
        """Return what to look at twice before rows of the pledge are published."""
        return [*self._twins(), *self._too_much(), *self._still_to_come()]

    def _twins(self) -> Iterator[str]:
        same = Pledge.objects.filter(
            donor=self.donor_id, funding_year=self.funding_year, currency=self.currency
        )
        others = same.exclude(pk=self.pk)
        if self.agreement_reference:
            others = others.filter(agreement_reference="")
        standing = Q(entries__public_until=None, entries__isnull=False)
        standing |= Q(deposits__public_until=None, deposits__isnull=False)
        if others.filter(standing).exists():
            yield _(
                "Another pledge of this donor, year and currency is on record. Enter a pledge once."
            )

    def _too_much(self) -> Iterator[str]:
        entry = self.entries.filter(public_until=None).order_by("-dated", "-pk").first()
        received = self.deposits.on_record().aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        if entry is not None and entry.amount is not None and received > entry.amount:
            said = _("%(received)s is entered as deposited: more than the %(pledged)s pledged.")
            yield said % {
                "received": format_amount(received, self.currency),
                "pledged": format_amount(entry.amount, self.currency),
            }

    def _still_to_come(self) -> Iterator[str]:
        rows = (*self.entries.unpublished(), *self.deposits.unpublished())
        for row in rows:
            if row.happened_on > today():
                said = _("“%(row)s” is dated in the future: it is published from that day on.")
                yield said % {"row": row}

    def part_histories(self) -> list[models.QuerySet]:
        """Return the past states of its instalments and footnotes."""
        parts = (self.instalments.model, self.footnotes.model)
        return [one.history.filter(pledge=self.pk) for one in parts]

    @property
    def is_approved(self) -> bool:
        """Tell whether a row of it was approved: then donor, year and currency stay."""
        return self._has_row(Q(public_from__isnull=False))

    @property
    def is_under_review(self) -> bool:
        """Tell whether a row of it waits for an approver, who must find what was submitted."""
        return self._has_row(Q(submitted_at__isnull=False, public_from=None, public_until=None))

    def _has_row(self, wanted: Q) -> bool:
        rows = (self.entries, self.deposits)
        return bool(self.pk) and any(one.filter(wanted).exists() for one in rows)


class PledgeFootnote(models.Model):
    """A note that stands under the table of pledges, of a kind the field prints."""

    class Kind(models.TextChoices):
        """The kinds distilled from peers' status-of-pledges tables."""

        PARLIAMENT = "parliament", _("Subject to parliamentary approval")
        CONDITIONAL = "conditional", _("Conditional or matching")
        MULTI_YEAR = "multi-year", _("Part of a multi-year agreement")
        IN_KIND = "in-kind", _("In kind or excluded")
        JOINT = "joint", _("Joint announcement")
        TRANSFER = "transfer", _("Transfer from another fund")
        AGENCY = "agency", _("Government or agency")
        RATE = "rate", _("Exchange rate")
        ROUNDING = "rounding", _("Rounding")
        PROVISIONAL = "provisional", _("Provisional until certified")

    pledge = models.ForeignKey(
        Pledge, verbose_name=_("pledge"), on_delete=models.PROTECT, related_name="footnotes"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    text = models.CharField(_("in words"), max_length=300, blank=True)
    demonstration = DemonstrationField()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("footnote")
        verbose_name_plural = _("footnotes")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                name="pledgefootnote_once_per_kind",
                fields=["pledge", "kind"],
                violation_error_message=_("The pledge has a footnote of this kind already."),
            ),
            models.CheckConstraint(
                name="pledgefootnote_kind_known",
                condition=Q(
                    kind__in=[
                        "parliament",
                        "conditional",
                        "multi-year",
                        "in-kind",
                        "joint",
                        "transfer",
                        "agency",
                        "rate",
                        "rounding",
                        "provisional",
                    ]
                ),
                violation_error_message=_("Choose the kind of footnote from the list."),
            ),
        ]

    def __str__(self) -> str:
        return self.text or self.get_kind_display()


class Instalment(models.Model):
    """A part of a pledge that is due on a day under its schedule of payments."""

    pledge = models.ForeignKey(
        Pledge, verbose_name=_("pledge"), on_delete=models.PROTECT, related_name="instalments"
    )
    due_on = models.DateField(_("due on"))
    amount = models.DecimalField(_("amount"), help_text=_("In the pledge's currency."), **MONEY)
    demonstration = DemonstrationField()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["pledge", "due_on"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                name="instalment_positive",
                condition=Q(amount__gt=0),
                violation_error_message=_("An instalment is above zero."),
            ),
            models.UniqueConstraint(
                name="instalment_once_per_day",
                fields=["pledge", "due_on"],
                violation_error_message=_("The pledge has an instalment due on that day already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{format_amount(self.amount, self.pledge.currency)} ({self.due_on})"
