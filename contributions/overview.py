"""The contributions page: totals, donors and years, each number with the figure that counts it."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from contributions import figures, tables
from contributions.tables import DonorRow, YearRow
from mptf_portal.figures import Figure
from mptf_portal.snapshot import Snapshot

DONORS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page; `totals` are pledged, committed, deposited, outstanding.

    `page` is one page of the donors that gave.
    """

    totals: tuple[Figure, ...]
    page: Page
    donors: tuple[DonorRow, ...]
    years: tuple[YearRow, ...]


def overview(snapshot: Snapshot, number: str | None = None) -> Overview:
    """Count the page in a fixed number of queries, whatever the number of rows."""
    outstanding = figures.outstanding(snapshot)
    totals = [figures.contributed(snapshot, stage=stage) for stage in tables.STAGES]
    by_year = tables.columns(snapshot, tables.YEAR, outstanding.rows)
    gave = tables.giving(snapshot).order_by("name")
    page = Paginator(gave, DONORS_PER_PAGE).get_page(number)
    return Overview(
        totals=(*totals, outstanding),
        page=page,
        donors=tables.donor_rows(snapshot, page.object_list, owing=outstanding.rows),
        years=tables.year_rows(snapshot, by_year),
    )
