"""Sums of money over rows, for the querysets of the ledger."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Sum

from mptf_portal.money import ZERO, cents


def total(rows: models.QuerySet, money: str) -> Decimal | None:
    """Return the sum of `money` over the rows, to the cent; None when there is nothing to add."""
    found = rows.aggregate(total=Sum(money))["total"]
    return None if found is None else cents(found)


def totals_by(rows: models.QuerySet, column: str, money: str) -> dict[Any, Decimal]:
    """Return for each value of `column` the sum of `money` over its rows, to the cent."""
    sums = rows.order_by().values(column).annotate(total=Sum(money, default=ZERO))
    return {row[column]: cents(row["total"]) for row in sums}
