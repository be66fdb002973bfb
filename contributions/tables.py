"""The tables of donors and years that several pages show, each number with its figure.

A table costs the same number of queries whatever the number of rows, and what it shows of a donor
or a year is what that donor's or year's figure counts.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from contributions import figures
from contributions.figures import COMMITTED, DEPOSITED, PLEDGED
from contributions.models import Donor, FundingTarget, PledgeEntry
from contributions.progress import measured
from mptf_portal.figures import Reference, refer
from mptf_portal.snapshot import Snapshot

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
    target: FundingTarget | None = None
    towards_target: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One stage's sums for each donor or year, and how many of its rows are not valued."""

    sums: dict[Any, Decimal]
    unvalued: Counter

    def cell(self, key: Any, reference: Reference) -> Cell:
        """Return the number of one line."""
        return Cell(self.sums.get(key), reference, self.unvalued[key])


Columns = tuple[Column, ...]


def columns(
    snapshot: Snapshot, key: str, owing: list[PledgeEntry] | None = None, **only: Any
) -> Columns:
    """Count pledged, committed, deposited and outstanding for each donor or year, in few queries.

    `only` narrows the rows, as in `pledge__donor=germany`; `owing` are the rows of the outstanding
    figure, where the page has them already.
    """
    counted = []
    for stage in (PLEDGED, COMMITTED):
        rows = figures.entries(snapshot, stage).filter(**only)
        unvalued = Counter(rows.unvalued().values_list(key, flat=True))
        counted.append(Column(rows.valued().totals_by(key), unvalued))
    counted.append(Column(figures.deposits(snapshot).filter(**only).totals_by(key), Counter()))
    if owing is None:
        committed = figures.entries(snapshot, COMMITTED).filter(**only)
        owing = figures.owing(snapshot, committed.select_related("pledge"))
    owed: defaultdict[Any, Decimal] = defaultdict(Decimal)
    for row in owing:
        owed[row.pledge.donor_id if key == DONOR else row.pledge.funding_year] += (
            row.outstanding_usd
        )
    return (*counted, Column(dict(owed), counted[1].unvalued))


def giving(snapshot: Snapshot, **only: Any) -> QuerySet[Donor]:
    """Return the donors that have a counted row, or one not yet valued, among those in `only`."""
    mine = {DONOR: OuterRef("pk")}
    return Donor.objects.using(snapshot.using).filter(
        Exists(figures.entries(snapshot, PLEDGED).filter(**only, **mine))
        | Exists(figures.deposits(snapshot).filter(**only, **mine))
    )


def donor_rows(
    snapshot: Snapshot,
    donors: QuerySet[Donor],
    year: int | None = None,
    owing: list[PledgeEntry] | None = None,
) -> tuple[DonorRow, ...]:
    """Return a line for each of these donors, for one funding year or all; `owing` as above."""
    listed = list(donors)
    narrowed: dict[str, Any] = {"pledge__donor__in": [donor.pk for donor in listed]}
    if year is not None:
        narrowed[YEAR] = year
    counted = columns(snapshot, DONOR, owing, **narrowed)
    return tuple(
        DonorRow(donor, _cells(counted, donor.pk, by=donor.slug, year=year)) for donor in listed
    )


def year_rows(snapshot: Snapshot, counted: Columns, by: str | None = None) -> tuple[YearRow, ...]:
    """Return a line for each funding year; without a donor `by`, towards the year's target."""
    aimed = figures.annual_targets(snapshot) if by is None else {}
    years = aimed.keys() | {key for column in counted for key in (*column.sums, *column.unvalued)}
    return tuple(
        YearRow(
            year,
            _cells(counted, year, by=by, year=year),
            aimed.get(year),
            _towards(aimed[year], counted) if year in aimed else "",
        )
        for year in sorted(years)
    )


def _towards(target: FundingTarget, counted: Columns) -> str:
    stage = counted[STAGES.index(target.measured_on)]
    return measured(target, stage.sums.get(target.year))


def _cells(counted: Columns, key: Any, **parameters: str | int | None) -> tuple[Cell, ...]:
    pairs = [(name, str(value)) for name, value in parameters.items() if value is not None]
    references = [refer("contributed", [*pairs, ("stage", stage)]) for stage in STAGES]
    references.append(refer("outstanding", pairs))
    return tuple(
        column.cell(key, reference) for column, reference in zip(counted, references, strict=True)
    )
