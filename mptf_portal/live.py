"""What a public page reads: one database, one instant, one day, in one transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

READ = "read"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where and when a figure is counted: every figure takes one and nothing else is implied.

    `using` is the database alias, `now` the instant that decides which rows are public, `as_of`
    the day (UTC) whose ledger is asked for. A `preview`, for staff, may also name donors and
    statements that readers do not know yet; it counts no other rows.
    """

    using: str
    now: datetime
    as_of: date
    preview: bool = False


def latest(using: str = "default", *, preview: bool = False) -> Snapshot:
    """Return the snapshot of this second."""
    now = timezone.now()
    return Snapshot(using, now, now.date(), preview)


@contextmanager
def reading() -> Iterator[Snapshot]:
    """Open one read-only transaction on the alias `read` and yield its snapshot."""
    with transaction.atomic(using=READ):
        yield latest(READ)


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a public page of `view(request, snapshot, …)`: GET and HEAD, in one snapshot."""

    @require_safe
    @wraps(view)
    def read(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with reading() as snapshot:
            return view(request, snapshot, *args, **kwargs)

    return read
