"""The only place that rounds or formats money, numbers and dates.

Amounts are `Decimal` in units of their currency. What a reader sees follows the active language
through CLDR (Babel), because Django's own formats do not group digits in Arabic or Chinese.
"""

from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import Enum

from babel import Locale
from babel.core import get_global
from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.dates import format_skeleton
from babel.lists import format_list as babel_list
from babel.numbers import format_decimal
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

ZERO = Decimal(0)
CENT = Decimal("0.01")
TENTH = Decimal("0.1")
LEFT_TO_RIGHT, END = "\u2066", "\u2069"  # what Unicode isolates a part of a line with
CURRENCIES: frozenset[str] = frozenset(get_global("all_currencies"))  # ISO 4217, past ones too


class Scale(Enum):
    """The word that stands beside a number in a sentence, and what it multiplies by."""

    ONE = Decimal(1)
    THOUSAND = Decimal(1_000)
    MILLION = Decimal(1_000_000)


def usd_at(amount: Decimal, rate: Decimal) -> Decimal:
    """Return US dollars to the cent, rounded half up; `rate` is local units per 1 USD."""
    return (amount / rate).quantize(CENT, ROUND_HALF_UP)


def cents(total: Decimal | int) -> Decimal:
    """Return a database's sum to the cent: SQLite adds decimals as floating point."""
    return Decimal(total).quantize(CENT, ROUND_HALF_UP)


def in_equal_parts(amount: Decimal, parts: int) -> list[Decimal]:
    """Return an amount in parts that add up to it; the last one takes the cents that are over."""
    part = (amount / parts).quantize(CENT, ROUND_FLOOR)
    return [part] * (parts - 1) + [amount - part * (parts - 1)]


def whole(number: Decimal) -> Decimal | int:
    """Return a number that has no fraction as an integer, and another one as it is."""
    return int(number) if number == int(number) else number


def strictly_over(value: Decimal, scale: Scale = Scale.ONE) -> int | None:
    """Return the greatest whole number that `value` is over, or None below 1.

    "Over 52 million" is a promise: 52,000,000.00 is over 51 million and no more.
    """
    whole = int((value / scale.value).to_integral_value(ROUND_CEILING)) - 1
    return whole if whole >= 1 else None


def percent_of(part: Decimal, whole: Decimal) -> int:
    """Return how many whole percent `part` is of `whole`, rounded down."""
    return int((part * 100 / whole).to_integral_value(ROUND_FLOOR))


def locale() -> Locale:
    """Return the CLDR locale of the active language."""
    return Locale.parse((get_language() or "en").replace("-", "_"), sep="_")


def format_number(value: Decimal | int, scale: Scale = Scale.ONE) -> str:
    """Return the exact number in `scale`, grouped, with the decimals it needs and no more."""
    scaled = Decimal(value) / scale.value
    return format_decimal(
        scaled.normalize(), locale=locale(), decimal_quantization=False, numbering_system="default"
    )


def format_amount(value: Decimal, currency: str) -> str:
    """Return an amount of money to the cent with its ISO 4217 code: USD 47,912,650.18.

    Code and number stay on one line; the code may be empty in a table whose head says it.
    """
    number = format_decimal(value, "#,##0.00", locale=locale(), numbering_system="default")
    if not currency:
        return number
    return _("%(currency)s\u00a0%(amount)s") % {"currency": currency, "amount": number}


def format_usd(value: Decimal) -> str:
    """Return US dollars to the cent: USD 47,912,650.18."""
    return format_amount(value, "USD")


def format_roughly(value: Decimal) -> str:
    """Return US dollars beside a chart, rounded down: USD 20.6 million, or USD 950,000 below one.

    Rounded down, what fell short of 20 million never reads 20 million.
    """
    if abs(value) < Scale.MILLION.value:
        number = format_number(value.to_integral_value(ROUND_FLOOR))
        return _("USD\u00a0%(number)s") % {"number": number}
    tenths = (value / Scale.MILLION.value).quantize(TENTH, ROUND_FLOOR)
    return _("USD\u00a0%(number)s\u00a0million") % {"number": format_number(tenths)}


def format_percent(percent: int) -> str:
    """Return a whole percentage: 43 %. Its sign stays behind it in a right-to-left sentence."""
    written = _("%(number)s\u00a0%%") % {"number": format_number(percent)}
    return f"{LEFT_TO_RIGHT}{written}{END}" if get_language_bidi() else written


def format_day(day: date) -> str:
    """Return a day in words: 23 November 2026."""
    pattern = "d MMMM y" if (get_language() or "en").startswith("en") else "long"
    return babel_date(day, pattern, locale=locale())


def format_period(day: date, precision: str) -> str:
    """Return a date as far as it is known: 2023, December 2024 or 23 November 2026."""
    if precision == "day":
        return format_day(day)
    return format_skeleton("y" if precision == "year" else "yMMMM", day, locale=locale())


def format_moment(moment: datetime) -> str:
    """Return a moment in words, in UTC: 20 November 2026, 09:12 UTC."""
    return _("%(day)s, %(time)s") % {
        "day": format_day(moment.date()),
        "time": format_time(moment),
    }


def format_time(moment: datetime) -> str:
    """Return the time of a moment, in UTC: 09:12 UTC."""
    return _("%(time)s UTC") % {"time": babel_datetime(moment, "HH:mm", locale=locale())}


def format_names(names: list[str]) -> str:
    """Return names as a list in a sentence: Denmark, Germany and Spain."""
    return babel_list(names, locale=locale())
