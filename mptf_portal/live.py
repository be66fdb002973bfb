"""What a public page reads: one database, one instant, one day, in one transaction."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

READ = "read"
INCEPTION = date(2019, 1, 1)  # the year in which the Fund began; no record is older
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class UnreadableDayError(ValueError):
    """The `as_of` of an address is no day; the message says how one is written."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where and when a figure is counted: every figure takes one and nothing else is implied.

    `using` is the database alias, `now` the instant that decides which rows are public, `as_of`
    the day (UTC) whose ledger is asked for. It is today unless the reader `asked` for another. A
    `preview`, for staff, may also name donors, programmes and statements that readers do not know
    yet; it counts no other rows.
    """

    using: str
    now: datetime
    as_of: date
    preview: bool = False
    asked: bool = False

    def on(self, day: date) -> "Snapshot":
        """Return the snapshot of another day: the same database, the same rows public."""
        return Snapshot(self.using, self.now, day, self.preview, self.asked)

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


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a public page of `view(request, snapshot, …)`: GET and HEAD, in one snapshot.

    `?as_of=2023-12-31` asks for that day. What is no day is answered 400 with an example; a day
    before the Fund's first year, or one still to come, has no record and is answered 404.
    """

    @require_safe
    @wraps(view)
    def read(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            day = day_asked(request.GET.getlist("as_of"))
        except UnreadableDayError as error:
            return render(request, "400.html", {"message": str(error)}, status=400)
        except Http404 as error:
            return render(request, "404.html", {"message": str(error)}, status=404)
        with reading(day) as snapshot:
            return view(request, snapshot, *args, **kwargs)

    return read


def day_asked(written: list[str]) -> date | None:
    """Return the day of the `as_of` of an address, None without one.

    Raises UnreadableDayError for what is no day, and Http404 for a day without a record.
    """
    if not written:
        return None
    try:
        (text,) = written
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise UnreadableDayError(
            _("“as_of” is one day as year-month-day, for example as_of=2023-12-31.")
        )
    if day < INCEPTION:
        raise Http404(_("The Fund began in 2019; there is no record of an earlier day."))
    if day > timezone.now().date():
        raise Http404(_("That day is still to come; there is no record of it yet."))
    return day
