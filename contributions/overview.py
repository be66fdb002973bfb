"""The contributions page: totals, donors and years, each number with the figure that counts it."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contributions import figures
from contributions.figures import COMMITTED, DEPOSITED, PLEDGED
from contributions.models import Donor, FundingTarget
from contributions.progress import measured
from mptf_portal.figures import Figure, Reference, refer
from mptf_portal.live import Snapshot

DONOR, YEAR = "pledge__donor", "pledge__funding_year"
STAGES = (PLEDGED, COMMITTED, DEPOSITED)


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a table: None where nothing is recorded, and the figure behind it."""

    value: Decimal | None
    reference: Reference
    unvalued: int = 0


@dataclass(frozen=True, slots=True)
class DonorRow:
    """A donor's line: pledged, committed, deposited, outstanding."""

    donor: Donor
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class YearRow:
    """A funding year's line, with how far it came towards its target."""

    year: int
    cells: tuple[Cell, ...]
    towards_target: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page; `totals` are pledged, committed, deposited, outstanding."""

    totals: tuple[Figure, ...]
    donors: tuple[DonorRow, ...]
    years: tuple[YearRow, ...]


@dataclass(frozen=True, slots=True)
class _Column:
    """One stage's sums for each donor or year, and how many of its rows are not valued."""

    sums: dict[Any, Decimal]
    unvalued: Counter

    def cell(self, key: Any, reference: Reference) -> Cell:
        return Cell(self.sums.get(key), reference, self.unvalued[key])


def overview(snapshot: Snapshot) -> Overview:
    """Count the page in a fixed number of queries, whatever the number of rows."""
    outstanding = figures.outstanding(snapshot)
    totals = [figures.contributed(snapshot, stage=stage) for stage in STAGES]
    return Overview(
        totals=(*totals, outstanding),
        donors=_donor_rows(snapshot, _columns(snapshot, DONOR, outstanding)),
        years=_year_rows(snapshot, _columns(snapshot, YEAR, outstanding)),
    )


def _columns(snapshot: Snapshot, key: str, outstanding: Figure) -> tuple[_Column, ...]:
    columns = []
    for stage in (PLEDGED, COMMITTED):
        rows = figures.entries(snapshot, stage)
        unvalued = Counter(rows.unvalued().values_list(key, flat=True))
        columns.append(_Column(rows.valued().totals_by(key), unvalued))
    columns.append(_Column(figures.deposits(snapshot).totals_by(key), Counter()))
    owed: defaultdict[Any, Decimal] = defaultdict(Decimal)
    for row in outstanding.rows:
        owed[row.pledge.donor_id if key == DONOR else row.pledge.funding_year] += (
            row.outstanding_usd
        )
    columns.append(_Column(dict(owed), columns[1].unvalued))
    return tuple(columns)


def _donor_rows(snapshot: Snapshot, columns: tuple[_Column, ...]) -> tuple[DonorRow, ...]:
    donors = Donor.objects.using(snapshot.using).select_related("country").order_by("name")
    giving = {key for column in columns for key in (*column.sums, *column.unvalued)}
    return tuple(
        DonorRow(donor, _cells(columns, donor.pk, by=donor.slug))
        for donor in donors.filter(pk__in=giving)
    )


def _year_rows(snapshot: Snapshot, columns: tuple[_Column, ...]) -> tuple[YearRow, ...]:
    public = FundingTarget.objects.using(snapshot.using).public(snapshot.now).annual()
    aimed = {target.year: target for target in public}
    years = aimed.keys() | {key for column in columns for key in (*column.sums, *column.unvalued)}
    return tuple(
        YearRow(
            year,
            _cells(columns, year, year=str(year)),
            _towards(aimed[year], columns) if year in aimed else "",
        )
        for year in sorted(years)
    )


def _towards(target: FundingTarget, columns: tuple[_Column, ...]) -> str:
    counted = columns[STAGES.index(target.measured_on)]
    return measured(target, counted.sums.get(target.year))


def _cells(columns: tuple[_Column, ...], key: Any, **parameters: str) -> tuple[Cell, ...]:
    pairs = tuple(parameters.items())
    references = [refer("contributed", (*pairs, ("stage", stage))) for stage in STAGES]
    references.append(refer("outstanding", pairs))
    return tuple(
        column.cell(key, reference) for column, reference in zip(columns, references, strict=True)
    )
