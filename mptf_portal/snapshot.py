"""What a public page reads: one database, one instant, one day, in one transaction."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

P = ParamSpec("P")
T = TypeVar("T")

READ = "read"
INCEPTION = date(2019, 1, 1)  # the year in which the Fund began; no record is older


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where and when a figure is counted: every figure takes one and nothing else is implied.

    `using` is the database alias, `now` the instant that decides which rows are public, `as_of`
    the day (UTC) whose ledger is asked for. It is today unless the reader `asked` for another. A
    `preview`, for staff, may also name donors, programmes and statements that readers do not know
    yet; it counts no other rows. `changed` is when the last published change was. `remembered` is
    what was counted in the one transaction of `reading`; None where rows may change meanwhile.
    """

    using: str
    now: datetime
    as_of: date
    preview: bool = False
    asked: bool = False
    changed: datetime | None = None
    remembered: dict[Any, Any] | None = field(default=None, compare=False, repr=False)

    def on(self, day: date) -> "Snapshot":
        """Return the snapshot of another day: the same database, the same rows public."""
        return replace(self, as_of=day)

    def address(self, address: str) -> str:
        """Return an address of the site that keeps the day the reader asked for."""
        return self.fixed(address) if self.asked else address

    def fixed(self, address: str) -> str:
        """Return an address of the site with the day, for ever, whether the reader asked or not."""
        return f"{address}{'&' if '?' in address else '?'}as_of={self.as_of.isoformat()}"


def once_in_a_snapshot(
    count: Callable[Concatenate[Snapshot, P], T],
) -> Callable[Concatenate[Snapshot, P], T]:
    """Count once what a page asks for several times, in each language.

    Nothing goes out of date: within the transaction of a snapshot no row changes.
    """
    signature = inspect.signature(count)

    @wraps(count)
    def counted(snapshot: Snapshot, *asked: P.args, **named: P.kwargs) -> T:
        remembered = snapshot.remembered
        if remembered is None:
            return count(snapshot, *asked, **named)
        call = signature.bind(snapshot, *asked, **named)
        call.apply_defaults()
        key = (count, get_language(), *call.arguments.values())
        if key not in remembered:
            remembered[key] = count(snapshot, *asked, **named)
        return remembered[key]

    return counted


def latest(using: str = "default", *, preview: bool = False) -> Snapshot:
    """Return the snapshot of this second."""
    now = timezone.now()
    return Snapshot(using, now, now.date(), preview)


@contextmanager
def reading(day: date | None = None) -> Iterator[Snapshot]:
    """Open one read-only transaction on the alias `read` and yield its snapshot, as of the day."""
    with transaction.atomic(using=READ):
        now = timezone.now()
        remembered: dict[Any, Any] = {}
        yield Snapshot(READ, now, day or now.date(), asked=day is not None, remembered=remembered)
        remembered.clear()  # its keys hold the snapshot that holds it
