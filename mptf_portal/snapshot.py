"""What a public page reads: one database, one instant, one day, in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

READ = "read"
INCEPTION = date(2019, 1, 1)  # the year in which the Fund began; no record is older


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where and when a figure is counted: every figure takes one and nothing else is implied.

    `using` is the database alias, `now` the instant that decides which rows are public, `as_of`
    the day (UTC) whose ledger is asked for. It is today unless the reader `asked` for another. A
    `preview`, for staff, may also name donors, programmes and statements that readers do not know
    yet; it counts no other rows. `changed` is when the last published change was.
    """

    using: str
    now: datetime
    as_of: date
    preview: bool = False
    asked: bool = False
    changed: datetime | None = None

    def on(self, day: date) -> "Snapshot":
        """Return the snapshot of another day: the same database, the same rows public."""
        return replace(self, as_of=day)

    def address(self, address: str) -> str:
        """Return an address of the site that keeps the day the reader asked for."""
        if not self.asked:
            return address
        return f"{address}{'&' if '?' in address else '?'}as_of={self.as_of.isoformat()}"


def latest(using: str = "default", *, preview: bool = False) -> Snapshot:
    """Return the snapshot of this second."""
    now = timezone.now()
    return Snapshot(using, now, now.date(), preview)


@contextmanager
def reading(day: date | None = None) -> Iterator[Snapshot]:
    """Open one read-only transaction on the alias `read` and yield its snapshot, as of the day."""
    with transaction.atomic(using=READ):
        now = timezone.now()
        yield Snapshot(READ, now, day or now.date(), asked=day is not None)
