"""Money received by the Administrative Agent."""

from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import DecimalField, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Round
from django.utils.translation import gettext_lazy as _

from contributions.models.announcements import JointAnnouncement, announced_with
from contributions.models.donors import by_scope
from contributions.models.pledges import DOLLAR, MONEY, Pledge
from contributions.models.sums import total, totals_by
from mptf_portal.money import ZERO, cents, format_amount
from mptf_portal.publishing import PublicQuerySet, PublicRow


class DepositQuerySet(PublicQuerySet):
    """Questions about money received."""

    def received_by(self, as_of: date) -> Self:
        """Keep deposits received on or before the day."""
        return self.filter(received_on__lte=as_of)

    def by(self, scope: str, statement: str | None = None) -> Self:
        """Keep deposits of donors in the scope, see `contributions.models.donors.by_scope`."""
        if scope == "all":
            return self
        return self._on(Pledge.objects.filter(by_scope("donor__", scope, statement)))

    def in_year(self, year: int) -> Self:
        """Keep deposits on pledges of that funding year, whenever received."""
        return self._on(Pledge.objects.filter(funding_year=year))

    def _on(self, pledges: models.QuerySet) -> Self:
        """Keep deposits on these pledges: a list of keys, where a join would read every deposit."""
        return self.filter(pledge__in=pledges.values("pk"))

    def on_record(self) -> Self:
        """Keep each deposit once, public or not yet: a draft that corrects another stands aside."""
        return self.filter(public_until=None).exclude(public_from=None, replaces__isnull=False)

    def as_sum(self, column: str) -> Coalesce:
        """Return the column's sum as a subquery of the outer row's pledge; nothing adds up to 0.

        It is rounded to the cent: sums of SQLite drift by less.
        """
        output = DecimalField(**MONEY)
        to_the_cent = Round(Sum(column), precision=2)
        sums = self.order_by().values("pledge").annotate(total=to_the_cent).values("total")
        return Coalesce(Subquery(sums, output_field=output), Value(ZERO, output_field=output))

    def totals_by(self, *columns: str) -> dict[tuple, Decimal]:
        """Return the US dollars credited for each set of values of the columns."""
        return totals_by(self, columns, "amount_usd")

    def paid_by_pledge(self) -> dict[int, tuple[Decimal, Decimal]]:
        """Return for each pledge what was paid, in its own currency and in US dollars."""
        sums = self.order_by().values_list("pledge").annotate(Sum("amount"), Sum("amount_usd"))
        return {pledge: (cents(amount), cents(usd)) for pledge, amount, usd in sums}

    def total(self) -> Decimal | None:
        """Return the US dollars credited, net of refunds, to the cent; None without a deposit."""
        return total(self, "amount_usd")


class Deposit(PublicRow):
    """Cash received by the Administrative Agent on a pledge; a refund is negative."""

    # What was received
    pledge = models.ForeignKey(
        Pledge,
        verbose_name=_("pledge"),
        on_delete=models.PROTECT,
        related_name="deposits",
        db_index=False,  # the index `deposit_counted` begins with it
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

    announcement = models.ForeignKey(
        JointAnnouncement,
        verbose_name=_("joint announcement"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="deposits",
        help_text=_("Published together with its other rows, or not at all."),
    )

    objects = DepositQuerySet.as_manager()

    public_key = ("agent_reference",)
    shown = ("evidence",)
    correction_keeps = ("pledge",)

    class Meta(PublicRow.Meta):
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ["pledge", "received_on", "pk"]
        indexes = [
            # All that a total reads of a deposit, so that it reads nothing else.
            models.Index(
                fields=[
                    "pledge",
                    "public_from",
                    "public_until",
                    "received_on",
                    "amount_usd",
                    "amount",
                ],
                name="deposit_counted",
            ),
            # Which deposit a line of the Administrative Agent's file is about.
            models.Index(fields=["agent_reference"], name="deposit_agent_reference"),
            # When the last published change was, and when the next one is.
            models.Index(fields=["public_from"], name="deposit_public_from"),
            models.Index(
                fields=["public_until"],
                condition=Q(public_until__isnull=False),
                name="deposit_public_until",
            ),
        ]
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
        credited = format_amount(self.amount_usd, DOLLAR)
        return " · ".join([str(self.pledge), str(self), paid, credited])

    @property
    def happened_on(self) -> date:
        """Return the day on which the money came."""
        return self.received_on

    def published_with(self) -> list[PublicRow]:
        """Return what is announced together with the row."""
        return announced_with(self)

    @property
    def is_refund(self) -> bool:
        """Tell whether the money went back."""
        return self.amount < 0

    def rests_on(self) -> list[Any]:
        """Return its pledge, and whose that is."""
        return [self.pledge, self.pledge.donor]

    def clean(self) -> None:
        """Refuse a reference that another deposit has, and two amounts of one dollar."""
        super().clean()
        if self.public_until is None:
            self._refuse_anothers_reference()
        if (
            hasattr(self, "pledge")
            and self.pledge.currency == DOLLAR
            and self.amount != self.amount_usd
        ):
            raise ValidationError(
                {"amount_usd": _("The pledge is in US dollars: both amounts are the same.")}
            )

    def refuse_withdrawal(self) -> None:
        """Refuse to leave more paid back than was deposited."""
        if self.public_from is None or self.is_refund:
            return
        others = self.pledge.deposits.on_record().exclude(pk=self.pk)
        left = others.aggregate(sum=Sum("amount", default=ZERO))["sum"]
        if cents(left) < 0:
            message = _("%(refund)s was paid back of it. Withdraw the refund first.")
            raise ValidationError(message % {"refund": format_amount(-left, self.pledge.currency)})

    def _refuse_anothers_reference(self) -> None:
        same = Deposit.objects.filter(agent_reference=self.agent_reference, public_until=None)
        others = same.exclude(pk__in=[pk for pk in (self.pk, self.replaces_id) if pk])
        if self.pk:
            others = others.exclude(replaces=self.pk)
        if other := others.select_related("pledge__donor").first():
            message = _("“%(deposit)s” of %(pledge)s has this reference already.")
            said = message % {"deposit": other, "pledge": other.pledge}
            raise ValidationError({"agent_reference": said})


def refuse_above_deposits(pledge: Pledge, refund: Decimal, row: Deposit | None = None) -> None:
    """Raise ValidationError where more would be paid back than the pledge holds.

    `refund` is above zero, in the pledge's currency. What counts is public or on its way to be,
    less the refunds before; `row` is the refund itself, where it is on record already.
    """
    own = [row.pk, row.replaces_id] if row else []
    others = pledge.deposits.on_record().exclude(pk__in=[pk for pk in own if pk])
    held = cents(others.aggregate(held=Sum("amount", default=ZERO))["held"])
    if refund <= held:
        return
    message = _("%(refund)s is more than the %(held)s deposited on this pledge and not paid back.")
    amounts = {"refund": refund, "held": max(held, ZERO)}
    said = {name: format_amount(amount, pledge.currency) for name, amount in amounts.items()}
    raise ValidationError(message % said)
