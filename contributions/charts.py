"""Bars and lines as pages draw them: places and lengths in thousandths of the longest amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from contributions.models import FundingTarget
from contributions.tables import YearRow
from mptf_portal.money import ZERO, format_percent, format_roughly, percent_of

FULL = 1000


@dataclass(frozen=True, slots=True)
class Bar:
    """A funding year's bar: each stage from zero on, none added to another; `target` is a place.

    A stage without a value, or below zero, has no length.
    """

    row: YearRow
    pledged: int
    committed: int
    deposited: int
    target: int | None

    @property
    def told(self) -> str:
        """Return in a few words what was deposited, or how far the year came towards its target."""
        if self.row.percent is not None:
            words = {
                "percent": format_percent(self.row.percent),
                "target": format_roughly(self.row.target.amount_usd),
            }
            return _("%(percent)s of %(target)s") % words
        deposited = self.row.cells[2].value
        if deposited is None:
            return _("no deposits recorded yet")
        return _("%(amount)s deposited") % {"amount": format_roughly(deposited)}


def bars(rows: Sequence[YearRow]) -> tuple[Bar, ...]:
    """Return a bar for each year, all to one scale: the greatest amount or target is full."""
    longest = max((amount for row in rows for amount in _amounts(row)), default=Decimal(0))
    return tuple(_bar(row, longest) for row in rows)


def _amounts(row: YearRow) -> list[Decimal]:
    values = [cell.value for cell in row.cells[:3] if cell.value is not None]
    return [*values, row.target.amount_usd] if row.target else values


def _bar(row: YearRow, longest: Decimal) -> Bar:
    pledged, committed, deposited = (_length(cell.value, longest) for cell in row.cells[:3])
    target = _length(row.target.amount_usd, longest) if row.target else None
    return Bar(row, pledged, committed, deposited, target)


def _length(value: Decimal | None, longest: Decimal) -> int:
    if value is None or value <= 0 or not longest:
        return 0
    return int(value * FULL / longest)


@dataclass(frozen=True, slots=True)
class Steps:
    """A total that grows in steps, as the points of a line; `target` is the height of its line.

    `points` is for an SVG of FULL by FULL whose y axis points down, from `first` to `last`.
    """

    first: date
    last: date
    points: str
    target: int
    reached: tuple[int, int] | None


def steps(
    totals: Sequence[tuple[date, Decimal]],
    target: FundingTarget,
    until: date,
    reached_on: date | None,
) -> Steps | None:
    """Return the line of these days' totals up to a day; None without any.

    It begins with the target's year, at what was counted before; of a day before that year, with
    the first change. The greatest total or target is full. The line is level between two days, as
    the total was.
    """
    if not totals:
        return None
    new_year = date(target.year, 1, 1)
    first = new_year if new_year <= until else totals[0][0]
    before = [ZERO, *(total for day, total in totals if day < first)][-1]
    days = max((until - first).days, 1)
    highest = max([target.amount_usd, *(total for _day, total in totals)])

    def place(day: date, total: Decimal) -> tuple[int, int]:
        return (day - first).days * FULL // days, FULL - _length(total, highest)

    since = [(day, total) for day, total in totals if day >= first]
    ends = [(first, before), *since, (until, totals[-1][1])]
    corners = [place(day, total) for day, total in ends]
    line = [corners[0]]
    for (_x, y), (x, next_y) in pairwise(corners):
        line += [(x, y), (x, next_y)]
    return Steps(
        first=first,
        last=until,
        points=" ".join(f"{x},{y}" for x, y in line),
        target=FULL - _length(target.amount_usd, highest),
        reached=place(max(reached_on, first), target.amount_usd) if reached_on else None,
    )


def share(part: Decimal | None, whole: Decimal | None) -> int | None:
    """Return how many whole percent a part is of the whole, rounded down; None without one."""
    if part is None or not whole or part <= 0 or whole <= 0:
        return None
    return percent_of(part, whole)
