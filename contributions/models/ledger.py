"""The ledger: pledges, their dated entries, instalments and deposits."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from contributions.models.donors import Donor, by_scope
from contributions.models.rates import CurrencyField, ExchangeRate, currency_constraint
from mptf_portal.money import ZERO, cents, format_amount, usd_at
from mptf_portal.publishing import DemonstrationField, PublicQuerySet, PublicRow

DOLLAR = "USD"
MONEY = {"max_digits": 18, "decimal_places": 2}


def total(rows: models.QuerySet, money: str) -> Decimal | None:
    """Return the sum of `money` over the rows, to the cent; None when there is nothing to add."""
    found = rows.aggregate(total=Sum(money))["total"]
    return None if found is None else cents(found)


def totals_by(rows: models.QuerySet, column: str, money: str) -> dict[Any, Decimal]:
    """Return for each value of `column` the sum of `money` over its rows, to the cent."""
    sums = rows.order_by().values(column).annotate(total=Sum(money, default=ZERO))
    return {row[column]: cents(row["total"]) for row in sums}


class Pledge(models.Model):
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

    @property
    def is_locked(self) -> bool:
        """Tell whether a row of it is or was public: then donor, year and currency stay."""
        published = Q(public_from__isnull=False)
        return bool(
            self.pk
            and (
                self.entries.filter(published).exists() or self.deposits.filter(published).exists()
            )
        )


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


class PledgeEntryQuerySet(PublicQuerySet):
    """Questions about what pledges stand at."""

    def standing(self, now: datetime, as_of: date) -> Self:
        """Return for each pledge its latest public entry on or before the day: one row a pledge.

        Annotates `usd`, what the pledge is worth: the entry's US dollars, or after a cancellation
        what had been deposited. It is empty where the entry has no rate.
        """
        known = self.public(now).filter(dated__lte=as_of)
        later = known.filter(pledge=OuterRef("pledge"), dated__gt=OuterRef("dated"))
        paid = Deposit.objects.public(now).received_by(as_of).filter(pledge=OuterRef("pledge"))
        worth = Case(
            When(kind=PledgeEntry.Kind.CANCELLED, then=paid.as_sum("amount_usd")),
            default=F("amount_usd"),
        )
        return known.filter(~Exists(later)).annotate(usd=worth)

    def committed(self, now: datetime, as_of: date) -> Self:
        """Keep entries of pledges whose arrangement was signed on or before the day."""
        signed = PledgeEntry.objects.public(now).filter(
            pledge=OuterRef("pledge"), kind=PledgeEntry.Kind.SIGNED, dated__lte=as_of
        )
        return self.filter(Exists(signed))

    def with_deposits(self, now: datetime, as_of: date) -> Self:
        """Annotate `paid` (pledge's currency) and `paid_usd`, the pledge's deposits by the day."""
        deposits = Deposit.objects.public(now).received_by(as_of).filter(pledge=OuterRef("pledge"))
        return self.annotate(paid=deposits.as_sum("amount"), paid_usd=deposits.as_sum("amount_usd"))

    def by(self, scope: str, statement: str | None = None) -> Self:
        """Keep entries of donors in the scope, see `contributions.models.donors.by_scope`."""
        return self.filter(by_scope("pledge__donor__", scope, statement))

    def in_year(self, year: int) -> Self:
        """Keep entries of that funding year."""
        return self.filter(pledge__funding_year=year)

    def valued(self) -> Self:
        """Keep standing entries that have a value in US dollars."""
        return self.filter(usd__isnull=False)

    def unvalued(self) -> Self:
        """Keep standing entries that have no rate yet."""
        return self.filter(usd=None)

    def totals_by(self, column: str) -> dict[Any, Decimal]:
        """Return the US dollars of standing entries for each value of the column."""
        return totals_by(self, column, "usd")

    def total(self) -> Decimal | None:
        """Return the US dollars of standing entries to the cent, None where none is valued."""
        return total(self, "usd")


class PledgeEntry(PublicRow):
    """One dated line of a pledge: from then on it stands at this amount."""

    class Kind(models.TextChoices):
        """What happened to the pledge."""

        ANNOUNCED = "announced", _("Announced")
        REVISED = "revised", _("Revised")
        SIGNED = "signed", _("Signed")
        CANCELLED = "cancelled", _("Cancelled")

    # What happened
    pledge = models.ForeignKey(
        Pledge, verbose_name=_("pledge"), on_delete=models.PROTECT, related_name="entries"
    )
    dated = models.DateField(_("date"), help_text=_("The day it was announced, signed, …"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    amount = models.DecimalField(
        _("amount from then on"),
        null=True,
        blank=True,
        help_text=_(
            "In the pledge's currency. Empty for a cancellation: what was deposited stays."
        ),
        **MONEY,
    )

    # What it is worth
    rate = models.DecimalField(
        _("rate"),
        max_digits=18,
        decimal_places=8,
        null=True,
        blank=True,
        help_text=_(
            "Local units per 1 US dollar. Empty: the UN operational rate in force that day."
        ),
    )
    rate_date = models.DateField(_("rate of"), null=True, blank=True)
    rate_source = models.CharField(_("source of the rate"), max_length=300, blank=True)
    amount_usd = models.DecimalField(_("US dollars"), null=True, blank=True, **MONEY)

    # Why, and where it is written
    reason = models.TextField(_("reason"), blank=True, help_text=_("Needed for a cancellation."))
    evidence = models.CharField(
        _("evidence"), max_length=500, blank=True, help_text=_("A document's name or address.")
    )

    objects = PledgeEntryQuerySet.as_manager()

    class Meta(PublicRow.Meta):
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["pledge", "dated", "pk"]
        indexes = [models.Index(fields=["pledge", "dated"], name="pledgeentry_by_day")]
        constraints = [
            *PublicRow.Meta.constraints,
            models.CheckConstraint(
                name="pledgeentry_kind_known",
                condition=Q(kind__in=["announced", "revised", "signed", "cancelled"]),
                violation_error_message=_("Choose what happened from the list."),
            ),
            models.CheckConstraint(
                name="pledgeentry_amount_positive_or_cancelled",
                condition=Q(kind="cancelled", amount=None)
                | (~Q(kind="cancelled") & Q(amount__isnull=False, amount__gt=0)),
                violation_error_message=_(
                    "An amount is above zero; a cancellation has none, what was deposited stays."
                ),
            ),
            models.CheckConstraint(
                name="pledgeentry_cancellation_has_reason",
                condition=~Q(kind="cancelled") | ~Q(reason=""),
                violation_error_message=_("Say why the pledge was cancelled."),
            ),
            models.CheckConstraint(
                name="pledgeentry_valued_whole_or_not",
                condition=Q(rate=None, rate_date=None, rate_source="", amount_usd=None)
                | (
                    Q(rate__gt=0, rate_date__isnull=False, amount_usd__isnull=False)
                    & ~Q(rate_source="")
                ),
                violation_error_message=_(
                    "A value in US dollars has a rate above zero, the rate's date and its source; "
                    "without a rate it has none of them."
                ),
            ),
            models.CheckConstraint(
                name="pledgeentry_usd_is_amount_at_rate",
                condition=Q(amount_usd=None)
                | Q(
                    amount__gte=F("rate") * (F("amount_usd") - Value(Decimal("0.01"))),
                    amount__lte=F("rate") * (F("amount_usd") + Value(Decimal("0.01"))),
                ),
                violation_error_message=_("US dollars are the amount divided by the rate."),
            ),
            models.UniqueConstraint(
                name="pledgeentry_one_public_per_day",
                fields=["pledge", "dated"],
                condition=Q(public_from__isnull=False, public_until=None),
                violation_error_message=_(
                    "The pledge has a public entry of that day already: correct that one, "
                    "or give this one the day on which it took effect."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.dated}"

    @property
    def in_words(self) -> str:
        """Return the entry with its amounts."""
        currency = self.pledge.currency
        amount = "" if self.amount is None else format_amount(self.amount, currency)
        usd = "" if self.amount_usd is None else format_amount(self.amount_usd, DOLLAR)
        return " · ".join(filter(None, [str(self), amount, usd]))

    def clean(self) -> None:
        """Value the entry, and refuse a correction of another pledge's entry."""
        super().clean()
        refuse_other_pledge(self)
        if self.dated and hasattr(self, "pledge"):
            self.set_value()
        if self.amount_usd is not None:
            self._meta.get_field("amount_usd").run_validators(self.amount_usd)

    def set_value(self) -> None:
        """Set the US dollars; where no rate was entered, first the rate in force on the date.

        The rate is the latest UN operational rate of the pledge's currency not after the date. A
        rate that was entered stays. With none in force, and for a cancellation, there is no value.
        """
        if self.amount is None:
            self.rate, self.rate_date, self.rate_source = None, None, ""
        elif self.pledge.currency == DOLLAR:
            self.rate, self.rate_date, self.rate_source = Decimal(1), self.dated, DOLLAR
        elif self.rate is None:
            in_force = ExchangeRate.objects.in_force(self.pledge.currency, self.dated)
            self.rate = in_force and in_force.rate
            self.rate_date = in_force and in_force.effective_on
            self.rate_source = in_force.source if in_force else ""
        self.amount_usd = usd_at(self.amount, self.rate) if self.rate else None


class DepositQuerySet(PublicQuerySet):
    """Questions about money received."""

    def received_by(self, as_of: date) -> Self:
        """Keep deposits received on or before the day."""
        return self.filter(received_on__lte=as_of)

    def by(self, scope: str, statement: str | None = None) -> Self:
        """Keep deposits of donors in the scope, see `contributions.models.donors.by_scope`."""
        return self.filter(by_scope("pledge__donor__", scope, statement))

    def in_year(self, year: int) -> Self:
        """Keep deposits on pledges of that funding year, whenever received."""
        return self.filter(pledge__funding_year=year)

    def as_sum(self, column: str) -> Coalesce:
        """Return the column's sum as a subquery of the outer row's pledge; nothing adds up to 0."""
        output = DecimalField(**MONEY)
        sums = self.order_by().values("pledge").annotate(total=Sum(column)).values("total")
        return Coalesce(Subquery(sums, output_field=output), Value(ZERO, output_field=output))

    def totals_by(self, column: str) -> dict[Any, Decimal]:
        """Return the US dollars credited for each value of the column."""
        return totals_by(self, column, "amount_usd")

    def total(self) -> Decimal | None:
        """Return the US dollars credited, net of refunds, to the cent; None without a deposit."""
        return total(self, "amount_usd")


class Deposit(PublicRow):
    """Cash received by the Administrative Agent on a pledge; a refund is negative."""

    # What was received
    pledge = models.ForeignKey(
        Pledge, verbose_name=_("pledge"), on_delete=models.PROTECT, related_name="deposits"
    )
    received_on = models.DateField(_("received on"))
    amount = models.DecimalField(
        _("amount"),
        help_text=_("In the pledge's currency, as paid. A refund is negative."),
        **MONEY,
    )
    amount_usd = models.DecimalField(
        _("US dollars credited"),
        help_text=_("As the Administrative Agent credited it; never recomputed."),
        **MONEY,
    )
    agent_reference = models.CharField(_("Administrative Agent's reference"), max_length=100)

    # Where it is written
    evidence = models.CharField(
        _("evidence"), max_length=500, blank=True, help_text=_("A document's name or address.")
    )

    objects = DepositQuerySet.as_manager()

    class Meta(PublicRow.Meta):
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ["pledge", "received_on", "pk"]
        constraints = [
            *PublicRow.Meta.constraints,
            models.CheckConstraint(
                name="deposit_amounts_of_one_sign",
                condition=Q(amount__gt=0, amount_usd__gt=0) | Q(amount__lt=0, amount_usd__lt=0),
                violation_error_message=_(
                    "A deposit is above zero and a refund below, in both currencies."
                ),
            ),
            models.CheckConstraint(
                name="deposit_has_agent_reference",
                condition=~Q(agent_reference=""),
                violation_error_message=_("Give the Administrative Agent's reference."),
            ),
            models.UniqueConstraint(
                name="deposit_agent_reference_entered_once",
                fields=["agent_reference"],
                condition=Q(replaces=None, public_until=None),
                violation_error_message=_(
                    "A deposit with this Administrative Agent's reference is on record already."
                ),
            ),
            models.UniqueConstraint(
                name="deposit_agent_reference_public_once",
                fields=["agent_reference"],
                condition=Q(public_from__isnull=False, public_until=None),
                violation_error_message=_(
                    "A public deposit has this Administrative Agent's reference already."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_reference} ({self.received_on})"

    @property
    def in_words(self) -> str:
        """Return the deposit with its amounts."""
        paid = format_amount(self.amount, self.pledge.currency)
        return " · ".join([str(self), paid, format_amount(self.amount_usd, DOLLAR)])

    @property
    def is_refund(self) -> bool:
        """Tell whether the money went back."""
        return self.amount < 0

    def clean(self) -> None:
        """Refuse a correction of another pledge's deposit, and two amounts of one dollar."""
        super().clean()
        refuse_other_pledge(self)
        if (
            hasattr(self, "pledge")
            and self.pledge.currency == DOLLAR
            and self.amount != self.amount_usd
        ):
            raise ValidationError(
                {"amount_usd": _("The pledge is in US dollars: both amounts are the same.")}
            )


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
        return f"{self.pledge.currency} {self.amount} ({self.due_on})"


def refuse_other_pledge(row: PledgeEntry | Deposit) -> None:
    """Raise ValidationError when the row replaces one of another pledge."""
    if row.replaces is not None and row.replaces.pledge_id != row.pledge_id:
        raise ValidationError({"replaces": _("A row replaces one of the same pledge.")})
