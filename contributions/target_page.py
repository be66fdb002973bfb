"""What the page of a funding year's target shows: how far it came, when, and who counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import dropwhile, groupby

from django.core.paginator import Page

from contributions import claims, figures, tables
from contributions.charts import Steps, steps
from contributions.models import FundingTarget
from contributions.progress import pace, progress, running_totals
from contributions.tables import DonorRow
from mptf_portal.figures import Claim, Figure
from mptf_portal.money import ZERO, percent_of
from mptf_portal.pages import numbered
from mptf_portal.snapshot import Snapshot

DONORS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Month:
    """The total after the last change of a month, in US dollars and whole percent of the target.

    `address` is that of the figure as of the day of that change.
    """

    last_change: date
    total: Decimal
    percent: int
    address: str


@dataclass(frozen=True, slots=True)
class TargetPage:
    """Everything on the page; `page` is one page of the donors that gave for the year.

    `line` and `months` tell how the total came along, by day and by month.
    """

    target: FundingTarget
    figures: tuple[Figure, ...]
    reached: Claim
    pace: str
    line: Steps | None
    months: tuple[Month, ...]
    page: Page
    donors: tuple[DonorRow, ...]


def target_page(snapshot: Snapshot, target: FundingTarget, number: str | None) -> TargetPage:
    """Count the page in a fixed number of queries, whatever the number of rows."""
    year = target.year
    gave = tables.giving(snapshot, pledge__funding_year=year).order_by("name")
    page = numbered(gave, DONORS_PER_PAGE, number)
    counted = figures.contributed(snapshot, stage=target.measured_on, year=year)
    totals = _since_the_first(running_totals(snapshot, target.measured_on, year))
    return TargetPage(
        target=target,
        figures=(
            figures.target(snapshot, year=year),
            counted,
            figures.target_gap(snapshot, year=year),
        ),
        reached=claims.target_reached(snapshot, year),
        pace=pace(snapshot, target),
        line=_line(snapshot, target, totals),
        months=_months(snapshot, target, counted, totals),
        page=page,
        donors=tables.donor_rows(snapshot, page.object_list, year),
    )


def _since_the_first(totals: Sequence[tuple[date, Decimal]]) -> Sequence[tuple[date, Decimal]]:
    """Leave out the days before anything counted; all of them where nothing ever did."""
    return list(dropwhile(lambda row: not row[1], totals)) or totals


def _line(
    snapshot: Snapshot, target: FundingTarget, totals: Sequence[tuple[date, Decimal]]
) -> Steps | None:
    """Return the line to the end of the year, or to a later change."""
    if not totals:
        return None
    until = min(snapshot.as_of, max(date(target.year, 12, 31), totals[-1][0]))
    return steps(totals, target, until, progress(snapshot, target.year).reached_on)


def _months(
    snapshot: Snapshot,
    target: FundingTarget,
    counted: Figure,
    totals: Sequence[tuple[date, Decimal]],
) -> tuple[Month, ...]:
    """Return the months in which the total changed."""
    before = [ZERO, *(total for _day, total in totals)]
    changed = [row for row, was in zip(totals, before, strict=False) if row[1] != was]
    months = groupby(changed, lambda row: (row[0].year, row[0].month))
    last = [list(days)[-1] for _month, days in months]
    figure = counted.reference.get_absolute_url()
    return tuple(
        Month(
            last_change=day,
            total=total,
            percent=percent_of(total, target.amount_usd),
            address=snapshot.on(day).fixed(figure),
        )
        for day, total in last
    )
