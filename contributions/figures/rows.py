"""The rows that figures count: deposits, and the entries at which pledges stand."""

from django.db.models import QuerySet

from contributions.figures.words import COMMITTED, UNCOMMITTED
from contributions.models import Deposit, PledgeEntry
from contributions.models.donors import ALL
from mptf_portal.snapshot import Snapshot


def deposits(
    snapshot: Snapshot, by: str = ALL, statement: str | None = None, year: int | None = None
) -> QuerySet[Deposit]:
    """Return the public deposits in the scope, received by the snapshot's day."""
    public = Deposit.objects.using(snapshot.using).public(snapshot.now)
    rows = public.received_by(snapshot.as_of).by(by, statement)
    return rows if year is None else rows.in_year(year)


def entries(
    snapshot: Snapshot,
    stage: str,
    by: str = ALL,
    statement: str | None = None,
    year: int | None = None,
) -> QuerySet[PledgeEntry]:
    """Return the standing entries of the pledges in the scope: pledged, committed, uncommitted."""
    rows = PledgeEntry.objects.using(snapshot.using).standing(snapshot.now, snapshot.as_of)
    if stage == COMMITTED:
        rows = rows.committed(snapshot.now, snapshot.as_of)
    elif stage == UNCOMMITTED:
        rows = rows.uncommitted(snapshot.now, snapshot.as_of)
    rows = rows.by(by, statement)
    return rows if year is None else rows.in_year(year)
