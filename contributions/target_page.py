"""What the page of a funding year's target shows: the target, how far it came, who counted."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from contributions import claims, figures, tables
from contributions.models import FundingTarget
from contributions.tables import DonorRow
from mptf_portal.figures import Claim, Figure
from mptf_portal.snapshot import Snapshot

DONORS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class TargetPage:
    """Everything on the page; `page` is one page of the donors that gave for the year."""

    target: FundingTarget
    figures: tuple[Figure, ...]
    reached: Claim
    page: Page
    donors: tuple[DonorRow, ...]


def target_page(snapshot: Snapshot, target: FundingTarget, number: str | None) -> TargetPage:
    """Count the page in a fixed number of queries, whatever the number of rows."""
    year = target.year
    gave = tables.giving(snapshot, pledge__funding_year=year).order_by("name")
    page = Paginator(gave, DONORS_PER_PAGE).get_page(number)
    return TargetPage(
        target=target,
        figures=(
            figures.target(snapshot, year=year),
            figures.contributed(snapshot, stage=target.measured_on, year=year),
            figures.target_gap(snapshot, year=year),
        ),
        reached=claims.target_reached(snapshot, year),
        page=page,
        donors=tables.donor_rows(snapshot, page.object_list, year),
    )
