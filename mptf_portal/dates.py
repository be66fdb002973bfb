"""Dates that are known to the day, to the month or to the year only.

Such a date is stored as the last day of its period, with its precision beside it: on that day it
has happened for certain, so “by the day” is one comparison.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Precision(models.TextChoices):
    """How much of a date is known."""

    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")


PRECISIONS = ["day", "month", "year"]  # for constraints
PARTIAL = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)


def today() -> date:
    """Return the day, in UTC."""
    return datetime.now(UTC).date()


def end_of_period(day: date, precision: str) -> date:
    """Return the last day of the month or year that the day is in, or the day itself."""
    if precision == Precision.YEAR:
        return date(day.year, 12, 31)
    if precision == Precision.MONTH:
        return day.replace(day=monthrange(day.year, day.month)[1])
    return day


def parse_partial(text: str) -> tuple[date, str]:
    """Return the last day and the precision of “2023”, “2023-05” or “2023-05-18”.

    Raises ValueError for any other text, and for a day that no calendar has.
    """
    if not PARTIAL.fullmatch(text):
        message = f"“{text}” is no date; write it as in 2023, 2023-05 or 2023-05-18."
        raise ValueError(message)
    precision = {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}[len(text)]
    first = date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    return end_of_period(first, precision), precision.value


def precision_field(**options: Any) -> models.CharField:
    """Return the column that stands beside a date known only so far."""
    options = {"verbose_name": _("known to the"), "max_length": 10, "choices": Precision} | options
    return models.CharField(**options)


def known_so_far(name: str, day: str, precision: str) -> models.CheckConstraint:
    """Return the database's rule that a date has a precision, and no date has none."""
    has_both = Q(**{f"{day}__isnull": False, f"{precision}__in": PRECISIONS})
    return models.CheckConstraint(
        name=name,
        condition=has_both | Q(**{day: None, precision: ""}),
        violation_error_message=_("A date is known to the day, the month or the year; say which."),
    )
