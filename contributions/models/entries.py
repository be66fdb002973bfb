"""The dated entries of a pledge: announced, revised, signed, cancelled."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from contributions.models.announcements import JointAnnouncement, announced_with
from contributions.models.deposits import Deposit
from contributions.models.donors import by_scope
from contributions.models.pledges import DOLLAR, MONEY, Pledge
from contributions.models.rates import ExchangeRate
from contributions.models.sums import totals_by
from mptf_portal.money import cents, format_amount, usd_at
from mptf_portal.publishing import PublicQuerySet, PublicRow, facts_of


def _signed(now: datetime, as_of: date) -> Exists:
    """Return the condition that the arrangement of an entry's pledge was signed by the day."""
    signed = PledgeEntry.objects.public(now).filter(kind=PledgeEntry.Kind.SIGNED)
    return Exists(signed.filter(pledge=OuterRef("pledge"), dated__lte=as_of))


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
        return self.filter(_signed(now, as_of))

    def uncommitted(self, now: datetime, as_of: date) -> Self:
        """Keep entries of pledges whose arrangement was not signed by the day."""
        return self.filter(~_signed(now, as_of))

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

    def unvalued_by_rate(self) -> Self:
        """Keep what has an amount and no rate, and is neither withdrawn nor replaced."""
        return self.filter(amount__isnull=False, rate=None, public_until=None)

    def with_rate_in_force(self) -> Self:
        """Keep entries on whose date a rate is in force; annotate its key as `rate_in_force`."""
        return self._annotate_rate().filter(rate_in_force__isnull=False)

    def without_rate_in_force(self) -> Self:
        """Keep entries on whose date no rate of their currency is on record."""
        return self._annotate_rate().filter(rate_in_force=None)

    def _annotate_rate(self) -> Self:
        rates = ExchangeRate.objects.filter(
            currency=OuterRef("pledge__currency"), effective_on__lte=OuterRef("dated")
        )
        return self.annotate(
            rate_in_force=Subquery(rates.order_by("-effective_on").values("pk")[:1])
        )

    def totals_by(self, *columns: str) -> dict[tuple, Decimal]:
        """Return the US dollars of standing entries for each set of values of the columns."""
        return totals_by(self, columns, "usd")

    def total_and_unvalued(self) -> tuple[Decimal | None, int]:
        """Return the US dollars of standing entries to the cent, and how many have no rate yet.

        The sum is None where none is valued.
        """
        found = self.aggregate(
            total=models.Sum("usd"), unvalued=models.Count("pk", filter=Q(usd=None))
        )
        usd = found["total"]
        return (None if usd is None else cents(usd)), found["unvalued"]


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
    rate_reason = models.CharField(
        _("reason for another rate"),
        max_length=300,
        blank=True,
        help_text=_("Why not the UN operational rate. Readers never see it."),
    )
    amount_usd = models.DecimalField(_("US dollars"), null=True, blank=True, **MONEY)

    # Why, and where it is written
    reason = models.TextField(_("reason"), blank=True, help_text=_("Needed for a cancellation."))
    evidence = models.CharField(
        _("evidence"), max_length=500, blank=True, help_text=_("A document's name or address.")
    )

    announcement = models.ForeignKey(
        JointAnnouncement,
        verbose_name=_("joint announcement"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="entries",
        help_text=_("Published together with its other rows, or not at all."),
    )

    objects = PledgeEntryQuerySet.as_manager()

    public_key = ("pledge", "dated")
    correction_keeps = ("pledge",)
    shown = ("reason", "evidence")

    class Meta(PublicRow.Meta):
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["pledge", "dated", "pk"]
        indexes = [
            models.Index(fields=["pledge", "dated"], name="pledgeentry_by_day"),
            models.Index(fields=["public_from"], name="pledgeentry_public_from"),
            models.Index(
                fields=["public_until"],
                condition=Q(public_until__isnull=False),
                name="pledgeentry_public_until",
            ),
        ]
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
        usd = "" if self.amount is None else str(_("no rate: not yet valued"))
        if self.amount_usd is not None:
            usd = format_amount(self.amount_usd, DOLLAR)
        return " · ".join(filter(None, [str(self.pledge), str(self), amount, usd]))

    @property
    def happened_on(self) -> date:
        """Return the day on which it took effect."""
        return self.dated

    def published_with(self) -> list[PublicRow]:
        """Return what is announced together with the row."""
        return announced_with(self)

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield its rate, where it has one, its reason and its evidence."""
        if self.rate is not None and self.pledge.currency != DOLLAR:
            yield from facts_of(self, ("rate", "rate_date", "rate_source", "rate_reason"))
        yield from super().facts()

    def rests_on(self) -> list[Any]:
        """Return its pledge, and whose that is."""
        return [self.pledge, self.pledge.donor]

    def unsettled(self) -> str:
        """Return why it waits: a rate is on record by now, and nobody has seen what it makes."""
        if self.amount_usd is not None or self.amount is None:
            return ""
        if ExchangeRate.objects.in_force(self.pledge.currency, self.dated) is None:
            return ""
        return _(
            "It was submitted without a value, and a rate of its day is on record by now. An "
            "officer values it under “Exchange rates”, or it is sent back."
        )

    def clean(self) -> None:
        """Value the entry; an amount that no column holds in US dollars is refused."""
        super().clean()
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
            self.take_rate(ExchangeRate.objects.in_force(self.pledge.currency, self.dated))
        self.amount_usd = usd_at(self.amount, self.rate) if self.rate else None

    def take_rate(self, in_force: ExchangeRate | None) -> None:
        """Set the rate, its date and its source, and what the amount is worth at it."""
        self.rate = in_force and in_force.rate
        self.rate_date = in_force and in_force.effective_on
        self.rate_source = in_force.source if in_force else ""
        self.amount_usd = usd_at(self.amount, self.rate) if self.rate else None
