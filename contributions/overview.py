"""The contributions page: totals, target, years and donors, each number with its figure."""

from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.core.paginator import Page
from django.db.models import Min
from django.utils.translation import gettext as _

from contributions import figures, tables
from contributions.charts import Bar, bars, share
from contributions.claims import target_reached
from contributions.figures import DEPOSITED, PLEDGED
from contributions.models import Donor
from contributions.models.donors import GLOBAL_SOUTH, UNECE
from contributions.progress import pace
from contributions.tables import Cell, Columns, DonorRow, YearRow
from mptf_portal.figures import Claim, Figure
from mptf_portal.money import ZERO
from mptf_portal.pages import numbered
from mptf_portal.snapshot import Snapshot

DONORS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Total:
    """One stage of all donors, and of it what UNECE donors and the global south's have."""

    label: str
    figure: Figure
    unece: Cell
    global_south: Cell


@dataclass(frozen=True, slots=True)
class CurrentTarget:
    """The latest annual target that has begun: whether it is reached, how fast, what is missing."""

    year: int
    address: str
    claim: Claim
    pace: str
    gap: Figure


@dataclass(frozen=True, slots=True)
class Ranked:
    """A donor's line by what it deposited; `share` is whole percent of all deposits.

    `since` is the first funding year of which a row is on record.
    """

    rank: int
    row: DonorRow
    share: int | None
    since: int | None

    @property
    def about(self) -> str:
        """Return in a line what kind of donor it is, where, and since which funding year."""
        donor, country = self.row.donor, self.row.donor.country
        told = [
            donor.get_kind_display(),
            country.region_name if country else "",
            _("UNECE") if country and country.unece else "",
            _("global south") if donor.global_south else "",
            _("since %(year)s") % {"year": self.since} if self.since else "",
        ]
        return " · ".join(filter(None, told))


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page; `totals` are pledged, committed, deposited, outstanding.

    `year_without_target` is the snapshot's own year where no target of it is on record. `page` is
    one page of the donors that gave, those who deposited most first.
    """

    totals: tuple[Total, ...]
    year_without_target: int | None
    target: CurrentTarget | None
    page: Page
    donors: tuple[Ranked, ...]
    years: tuple[YearRow, ...]
    bars: tuple[Bar, ...]


def overview(snapshot: Snapshot, number: str | None = None) -> Overview:
    """Count the page in a fixed number of queries, whatever the number of rows."""
    outstanding = figures.outstanding(snapshot)
    all_donors = [figures.contributed(snapshot, stage=stage) for stage in tables.STAGES]
    by_year, by_donor = tables.columns(
        snapshot, tables.YEAR, tables.DONOR, owing=list(outstanding.rows)
    )
    years = tables.year_rows(snapshot, by_year)
    giving = _giving(snapshot, by_donor)
    page = numbered(giving, DONORS_PER_PAGE, number)
    return Overview(
        totals=_totals((*all_donors, outstanding), by_donor, giving),
        year_without_target=_year_without_target(snapshot),
        target=current_target(snapshot),
        page=page,
        donors=_ranked(snapshot, page, by_donor, all_donors[-1].value),
        years=years,
        bars=bars(years),
    )


def _giving(snapshot: Snapshot, by_donor: Columns) -> list[dict[str, Any]]:
    """Return every donor that gave, who deposited most first, then who committed and pledged."""
    gave = tables.giving(snapshot).order_by("name")
    rows = list(gave.values("pk", "country__unece", "global_south"))
    stages = by_donor[2::-1]
    return sorted(rows, key=lambda row: [-stage.sums.get(row["pk"], ZERO) for stage in stages])


def _totals(
    counted: tuple[Figure, ...], by_donor: Columns, giving: list[dict[str, Any]]
) -> tuple[Total, ...]:
    unece = [row["pk"] for row in giving if row["country__unece"]]
    south = [row["pk"] for row in giving if row["global_south"]]
    lines = zip(
        tables.stage_labels(),
        counted,
        tables.together(by_donor, unece, by=UNECE),
        tables.together(by_donor, south, by=GLOBAL_SOUTH),
        strict=True,
    )
    return tuple(Total(*line) for line in lines)


def current_year(snapshot: Snapshot) -> int | None:
    """Return the latest year with an annual target that has begun by the snapshot's day."""
    aimed = figures.annual_targets(snapshot)
    return max((year for year in aimed if year <= snapshot.as_of.year), default=None)


def current_target(snapshot: Snapshot) -> CurrentTarget | None:
    """Return how far the target of `current_year` came."""
    year = current_year(snapshot)
    if year is None:
        return None
    target = figures.annual_targets(snapshot)[year]
    return CurrentTarget(
        year=year,
        address=target.get_absolute_url(),
        claim=target_reached(snapshot, year=year),
        pace=pace(snapshot, target),
        gap=figures.target_gap(snapshot, year=year),
    )


def _year_without_target(snapshot: Snapshot) -> int | None:
    year = snapshot.as_of.year
    return None if year in figures.annual_targets(snapshot) else year


def _ranked(
    snapshot: Snapshot, page: Page, by_donor: Columns, deposited: Decimal | None
) -> tuple[Ranked, ...]:
    keys = list(map(itemgetter("pk"), page.object_list))
    donors = Donor.objects.using(snapshot.using).select_related("country").in_bulk(keys)
    since = first_years(snapshot, keys)
    paid = by_donor[tables.STAGES.index(DEPOSITED)].sums
    rows = tables.lines(by_donor, [donors[key] for key in keys])
    return tuple(
        Ranked(rank, row, share(paid.get(key), deposited), since.get(key))
        for rank, (key, row) in enumerate(zip(keys, rows, strict=True), page.start_index())
    )


def first_years(snapshot: Snapshot, donors: list[int]) -> dict[int, int]:
    """Return for each of these donors the first funding year of which a row is on record."""
    first: dict[int, int] = {}
    for rows in (figures.entries(snapshot, PLEDGED), figures.deposits(snapshot)):
        mine = rows.order_by().filter(**{f"{tables.DONOR}__in": donors})
        for donor, year in mine.values_list(tables.DONOR).annotate(Min(tables.YEAR)):
            first[donor] = min(year, first.get(donor, year))
    return first
