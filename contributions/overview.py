"""The contributions page: totals, donors and years, each number with the figure that counts it."""

from dataclasses import dataclass

from contributions import figures, tables
from contributions.models import Donor
from contributions.tables import DonorRow, YearRow
from mptf_portal.figures import Figure
from mptf_portal.live import Snapshot


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page; `totals` are pledged, committed, deposited, outstanding."""

    totals: tuple[Figure, ...]
    donors: tuple[DonorRow, ...]
    years: tuple[YearRow, ...]


def overview(snapshot: Snapshot) -> Overview:
    """Count the page in a fixed number of queries, whatever the number of rows."""
    outstanding = figures.outstanding(snapshot)
    totals = [figures.contributed(snapshot, stage=stage) for stage in tables.STAGES]
    by_donor = tables.columns(snapshot, tables.DONOR, outstanding.rows)
    by_year = tables.columns(snapshot, tables.YEAR, outstanding.rows)
    return Overview(
        totals=(*totals, outstanding),
        donors=_donor_rows(snapshot, by_donor),
        years=tables.year_rows(snapshot, by_year),
    )


def _donor_rows(snapshot: Snapshot, counted: tables.Columns) -> tuple[DonorRow, ...]:
    giving = {key for column in counted for key in (*column.sums, *column.unvalued)}
    donors = Donor.objects.using(snapshot.using).public(snapshot.now).select_related("country")
    return tuple(
        tables.donor_row(counted, donor) for donor in donors.order_by("name") if donor.pk in giving
    )
