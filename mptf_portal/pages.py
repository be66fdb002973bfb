"""What makes a view a public page."""

import re
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mptf_portal.snapshot import INCEPTION, reading

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class UnreadableDayError(ValueError):
    """The `as_of` of an address is no day; the message says how one is written."""


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
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
