"""A cell as a day, an amount, a yes or a text: read where it can be one thing only.

What may be two things is refused with both, and the officer says for the whole file which of them
is meant.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from import_export.widgets import Widget


class Dates(models.TextChoices):
    """How a file writes 3 April 2024 where only figures stand."""

    UNSAID = "", gettext_lazy("2024-04-03, or with the month as a word")
    DAY_FIRST = "day", gettext_lazy("03/04/2024 is 3 April")
    MONTH_FIRST = "month", gettext_lazy("03/04/2024 is 4 March")


class Numbers(models.TextChoices):
    """How a file writes a thousand and a half."""

    PLAIN = "", gettext_lazy("1234.50")
    ENGLISH = "comma", gettext_lazy("1,234.50")
    CONTINENTAL = "point", gettext_lazy("1.234,50 or 1 234,50")


@dataclass(frozen=True)
class Writing:
    """How the whole file writes days and numbers."""

    dates: str = Dates.UNSAID
    numbers: str = Numbers.PLAIN


SEPARATED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
WORDED = re.compile(r"(\d{1,2})\.? (\w+)\.? (\d{4})")
NUMBERS = {  # ASCII figures alone
    Numbers.PLAIN: re.compile(r"-?\d+(\.\d+)?", re.ASCII),
    Numbers.ENGLISH: re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII),
    Numbers.CONTINENTAL: re.compile(r"-?(\d+|\d{1,3}([. \u00a0\u202f]\d{3})+)(,\d+)?", re.ASCII),
}
MONTHS_A_YEAR = 12
MOST_DIGITS = 18  # before the point: more than any column takes
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula
MARKED = tuple(f"'{sign}" for sign in FORMULA)
TRUE, FALSE = {"yes", "true", "1", "x"}, {"no", "false", "0", ""}


def text(cell: Any) -> str:
    """Return a cell as text: a whole number without a point, and without the mark of `Text`.

    Lines are parted as in XLSX; a form of the browser parts them by two characters.
    """
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    typed = "" if cell is None else str(cell).strip().replace("\r\n", "\n")
    return typed[1:] if typed.startswith(MARKED) else typed


def amount(cell: Any, writing: Writing) -> Decimal | None:
    """Return a number, None for an empty cell. Raises ValueError where it may be another one."""
    if isinstance(cell, Decimal):
        return _kept_small(cell)
    typed = text(cell)
    if not typed:
        return None
    if not NUMBERS[writing.numbers].fullmatch(typed):
        raise ValueError(_not_a_number(typed, writing))
    if writing.numbers == Numbers.CONTINENTAL:
        typed = re.sub(r"[. \u00a0\u202f]", "", typed).replace(",", ".")
    return _kept_small(Decimal(typed.replace(",", "")))


def _kept_small(number: Decimal) -> Decimal:
    """Return the number. Raises ValueError where no column of the ledger could hold it."""
    if not number.is_finite() or number.adjusted() > MOST_DIGITS:
        raise ValueError(_("“%(typed)s” is too large a number.") % {"typed": number})
    return number


def _not_a_number(typed: str, writing: Writing) -> str:
    if writing.numbers == Numbers.PLAIN and re.fullmatch(r"-?[\d.,  \u202f]+", typed):
        message = _(
            "“%(typed)s” has separators: write 1234.50, or say how the file writes numbers, under "
            "“Change how it is read”."
        )
        return message % {"typed": typed}
    return _("“%(typed)s” is no number as the file writes them.") % {"typed": typed}


def day(cell: Any, writing: Writing) -> date | None:
    """Return a day, None for an empty cell. Raises ValueError where it may be another one."""
    if isinstance(cell, date):
        return cell
    typed = text(cell)
    if not typed:
        return None
    try:
        return _day(typed, writing)
    except ValueError as error:
        said = str(error) if isinstance(error, UnsaidError) else ""
        message = _("“%(typed)s” is no day. Write it as 2024-04-03.") % {"typed": typed}
        raise ValueError(said or message) from error


class UnsaidError(ValueError):
    """A day that may be two; the message names both."""


def _day(typed: str, writing: Writing) -> date:
    if found := SEPARATED.fullmatch(typed):
        return _separated(typed, *map(int, found.groups()), writing)
    if found := WORDED.fullmatch(typed):
        return date(int(found[3]), _month(found[2]), int(found[1]))
    return date.fromisoformat(typed)


def _separated(typed: str, first: int, second: int, year: int, writing: Writing) -> date:
    if first > MONTHS_A_YEAR and writing.dates != Dates.MONTH_FIRST:
        return date(year, second, first)
    if second > MONTHS_A_YEAR and writing.dates != Dates.DAY_FIRST:
        return date(year, first, second)
    if first == second or writing.dates == Dates.DAY_FIRST:
        return date(year, second, first)
    if writing.dates == Dates.MONTH_FIRST:
        return date(year, first, second)
    message = _(
        "“%(typed)s” may be %(one)s or %(other)s: say which, under “Change how it is read”."
    )
    days = {"one": date(year, second, first), "other": date(year, first, second)}
    raise UnsaidError(message % {"typed": typed, **days})


def _month(word: str) -> int:
    with override("en"):
        names = {str(name).lower(): number for number, name in MONTHS.items()}
        names |= {str(name).lower(): number for number, name in MONTHS_3.items()}
    return names[word.lower()] if word.lower() in names else _no_month(word)


def _no_month(word: str) -> int:
    raise ValueError(word)


def yes(cell: Any) -> bool:
    """Return yes or no. Raises ValueError for anything else."""
    typed = text(cell).lower()
    if typed in TRUE:
        return True
    if typed in FALSE:
        return False
    raise ValueError(_("“%(typed)s” is neither yes nor no.") % {"typed": typed})


# What import-export asks of a column


class Text(Widget):
    """A column of text; one of choices is found by its value or by its label."""

    def __init__(self, choices: Any = None) -> None:
        super().__init__()
        self.choices = choices

    def clean(self, value: Any, row: Any = None, **_options: Any) -> str:  # noqa: ARG002
        """Return the text."""
        typed = text(value)
        if not self.choices or not typed:
            return typed
        named = {str(known).lower(): key for key, label in self.choices for known in (key, label)}
        if typed.lower() not in named:
            known = ", ".join(str(key) for key, _label in self.choices if key)
            message = _("“%(typed)s” is not one of: %(known)s.")
            raise ValueError(message % {"typed": typed, "known": known})
        return named[typed.lower()]

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:  # noqa: ARG002
        """Return the text; one that a spreadsheet would reckon with is marked as text."""
        shown = "" if value is None else str(value)
        return f"'{shown}" if shown.startswith(FORMULA) else shown


class Amount(Widget):
    """A column of money or numbers."""

    def clean(self, value: Any, row: Any = None, *, writing: Writing, **_options: Any) -> Any:  # noqa: ARG002
        """Return the number."""
        return amount(value, writing)

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:  # noqa: ARG002
        """Return the number, a point before its decimals."""
        return "" if value is None else f"{value:f}"


class Whole(Amount):
    """A column of whole numbers, such as years."""

    def clean(self, value: Any, row: Any = None, *, writing: Writing, **_options: Any) -> Any:  # noqa: ARG002
        """Return the number."""
        found = amount(value, writing)
        if found is not None and found != found.to_integral_value():
            raise ValueError(_("“%(typed)s” is no whole number.") % {"typed": text(value)})
        return None if found is None else int(found)

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:  # noqa: ARG002
        """Return the number."""
        return "" if value is None else str(value)


class Day(Widget):
    """A column of days."""

    def clean(self, value: Any, row: Any = None, *, writing: Writing, **_options: Any) -> Any:  # noqa: ARG002
        """Return the day."""
        return day(value, writing)

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:  # noqa: ARG002
        """Return the day as 2024-04-03."""
        return "" if value is None else value.isoformat()


class Yes(Widget):
    """A column of yes and no."""

    def clean(self, value: Any, row: Any = None, **_options: Any) -> bool:  # noqa: ARG002
        """Return yes or no."""
        return yes(value)

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:  # noqa: ARG002
        """Return yes or no."""
        return "yes" if value else "no"
