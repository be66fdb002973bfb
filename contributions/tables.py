"""The tables of donors and years that several pages show, each number with its figure.

A table costs the same number of queries whatever the number of rows, and what it shows of a donor
or a year is what that donor's or year's figure counts.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from contributions import figures
from contributions.figures import COMMITTED, DEPOSITED, PLEDGED
from contributions.models import Donor, FundingTarget, PledgeEntry
from contributions.progress import measured
from mptf_portal.figures import Reference, refer
from mptf_portal.money import percent_of
from mptf_portal.snapshot import Snapshot

DONOR, YEAR = "pledge__donor", "pledge__funding_year"
KEY_OF = {DONOR: attrgetter("pledge.donor_id"), YEAR: attrgetter("pledge.funding_year")}
STAGES = (PLEDGED, COMMITTED, DEPOSITED)


def stage_labels() -> tuple[str, ...]:
    """Return what pledged, committed, deposited and outstanding money is called in a heading."""
    return _("Pledged"), _("Committed"), _("Deposited"), _("Outstanding")


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
    """A funding year's line, with its target."""

    year: int
    cells: tuple[Cell, ...]
    target: FundingTarget | None = None

    @property
    def counted(self) -> Decimal | None:
        """Return what counts towards the target, on its basis."""
        return self.cells[STAGES.index(self.target.measured_on)].value if self.target else None

    @property
    def percent(self) -> int | None:
        """Return how far it came, in whole percent of the target."""
        if self.target is None or self.counted is None:
            return None
        return percent_of(self.counted, self.target.amount_usd)

    @property
    def towards_target(self) -> str:
        """Return in words how far it came."""
        return measured(self.target, self.counted) if self.target else ""


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
    snapshot: Snapshot, *keys: str, owing: list[PledgeEntry] | None = None, **only: Any
) -> tuple[Columns, ...]:
    """Return pledged, committed, deposited and outstanding by each of the keys, DONOR or YEAR.

    All come out of the same few queries. `only` narrows the rows, as in `pledge__donor=germany`;
    `owing` are the rows of the outstanding figure, where the page has them already.
    """
    counted = []
    for stage in (PLEDGED, COMMITTED):
        rows = figures.entries(snapshot, stage).filter(**only)
        unvalued = Counter(rows.unvalued().values_list(*keys))
        counted.append((rows.valued().totals_by(*keys), unvalued))
    counted.append((figures.deposits(snapshot).filter(**only).totals_by(*keys), Counter()))
    if owing is None:
        committed = figures.entries(snapshot, COMMITTED).filter(**only)
        owing = figures.owing(snapshot, committed.select_related("pledge"))
    owed: defaultdict[tuple, Decimal] = defaultdict(Decimal)
    for row in owing:
        owed[tuple(KEY_OF[key](row) for key in keys)] += row.outstanding_usd
    counted.append((owed, counted[1][1]))
    return tuple(tuple(_along(place, *column) for column in counted) for place in range(len(keys)))


def _along(place: int, sums: dict[tuple, Decimal], unvalued: Counter) -> Column:
    """Return the column by one of the keys that it was counted by."""
    added: defaultdict[Any, Decimal] = defaultdict(Decimal)
    for key, amount in sums.items():
        added[key[place]] += amount
    missing: Counter = Counter()
    for key, number in unvalued.items():
        missing[key[place]] += number
    return Column(dict(added), missing)


def giving(snapshot: Snapshot, **only: Any) -> QuerySet[Donor]:
    """Return the donors that have a counted row, or one not yet valued, among those in `only`."""
    mine = {DONOR: OuterRef("pk")}
    return Donor.objects.using(snapshot.using).filter(
        Exists(figures.entries(snapshot, PLEDGED).filter(**only, **mine))
        | Exists(figures.deposits(snapshot).filter(**only, **mine))
    )


def donor_rows(
    snapshot: Snapshot, donors: QuerySet[Donor], year: int | None = None
) -> tuple[DonorRow, ...]:
    """Return a line for each of these donors, for one funding year or all."""
    listed = list(donors)
    narrowed: dict[str, Any] = {"pledge__donor__in": [donor.pk for donor in listed]}
    if year is not None:
        narrowed[YEAR] = year
    (counted,) = columns(snapshot, DONOR, **narrowed)
    return lines(counted, listed, year)


def lines(
    counted: Columns, donors: Iterable[Donor], year: int | None = None
) -> tuple[DonorRow, ...]:
    """Return these donors' lines out of columns by donor, which are of that year."""
    return tuple(
        DonorRow(donor, _cells(counted, donor.pk, by=donor.slug, year=year)) for donor in donors
    )


def together(counted: Columns, donors: Collection[int], **parameters: str) -> tuple[Cell, ...]:
    """Return the line of these donors together, whose figures have the parameters.

    `counted` are columns by donor. A cell is empty where none of the donors has a number.
    """
    added = []
    for column in counted:
        sums = [column.sums[donor] for donor in donors if donor in column.sums]
        unvalued = sum(column.unvalued[donor] for donor in donors)
        added.append(Column({None: sum(sums)} if sums else {}, Counter({None: unvalued})))
    return _cells(tuple(added), None, **parameters)


def year_rows(snapshot: Snapshot, counted: Columns, by: str | None = None) -> tuple[YearRow, ...]:
    """Return a line for each funding year; without a donor `by`, towards the year's target."""
    aimed = figures.annual_targets(snapshot) if by is None else {}
    years = aimed.keys() | {key for column in counted for key in (*column.sums, *column.unvalued)}
    return tuple(
        YearRow(year, _cells(counted, year, by=by, year=year), aimed.get(year))
        for year in sorted(years)
    )


def _cells(counted: Columns, key: Any, **parameters: str | int | None) -> tuple[Cell, ...]:
    pairs = [(name, str(value)) for name, value in parameters.items() if value is not None]
    references = [refer("contributed", [*pairs, ("stage", stage)]) for stage in STAGES]
    references.append(refer("outstanding", pairs))
    return tuple(
        column.cell(key, reference) for column, reference in zip(counted, references, strict=True)
    )
