"""Sums of money over rows, for the querysets of the ledger."""

from decimal import Decimal

from django.db import models
from django.db.models import Sum

from mptf_portal.money import ZERO, cents


def total(rows: models.QuerySet, money: str) -> Decimal | None:
    """Return the sum of `money` over the rows, to the cent; None when there is nothing to add."""
    found = rows.aggregate(total=Sum(money))["total"]
    return None if found is None else cents(found)


def totals_by(rows: models.QuerySet, columns: tuple[str, ...], money: str) -> dict[tuple, Decimal]:
    """Return for each set of the columns' values the sum of `money` over its rows, to the cent."""
    sums = rows.order_by().values_list(*columns).annotate(total=Sum(money, default=ZERO))
    return {tuple(values): cents(amount) for *values, amount in sums}
