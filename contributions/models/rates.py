"""The UN operational rates of exchange that value a pledge."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from mptf_portal.money import CURRENCIES
from mptf_portal.publishing import DemonstrationField


def validate_currency(code: str) -> None:
    """Refuse a code that ISO 4217 never had."""
    if code not in CURRENCIES:
        raise ValidationError(
            _("“%(code)s” is not an ISO 4217 currency; write three capital letters, as in DKK."),
            params={"code": code},
        )


class CurrencyField(models.CharField):
    """An ISO 4217 code. Pair it with `currency_constraint` in the model's Meta."""

    default_validators = [validate_currency]


def currency_constraint(name: str) -> models.CheckConstraint:
    """Return the database's rule for a column named `currency`."""
    return models.CheckConstraint(
        name=name,
        condition=Q(currency__regex=r"^[A-Z]{3}$"),
        violation_error_message=_("A currency is three capital letters, as in DKK."),
    )


class ExchangeRateQuerySet(models.QuerySet):
    """Questions about rates."""

    def in_force(self, currency: str, day: date) -> "ExchangeRate | None":
        """Return the latest rate of the currency effective on or before that day."""
        rates = self.filter(currency=currency, effective_on__lte=day)
        return rates.order_by("-effective_on").first()


class ExchangeRate(models.Model):
    """Local units per 1 US dollar from a day on (treasury.un.org/operationalrates)."""

    currency = CurrencyField(_("currency"), max_length=3)
    effective_on = models.DateField(_("effective on"))
    rate = models.DecimalField(
        _("rate"), max_digits=18, decimal_places=8, help_text=_("Local units per 1 US dollar.")
    )
    source = models.CharField(_("source"), max_length=300)
    demonstration = DemonstrationField()
    history = HistoricalRecords()

    objects = ExchangeRateQuerySet.as_manager()

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["-effective_on", "currency"]
        default_permissions = ("add", "change", "view")
        constraints = [
            currency_constraint("exchangerate_currency_three_capitals"),
            models.UniqueConstraint(
                name="exchangerate_one_per_currency_and_day",
                fields=["currency", "effective_on"],
                violation_error_message=_("This currency has a rate for that day already."),
            ),
            models.CheckConstraint(
                name="exchangerate_positive",
                condition=Q(rate__gt=0),
                violation_error_message=_("A rate is above zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate.normalize():f} ({self.effective_on})"
