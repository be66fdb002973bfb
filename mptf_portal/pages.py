"""What makes a view a public page: its address, its day and its one snapshot."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import InvalidPage, Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mptf_portal import live
from mptf_portal.snapshot import INCEPTION, reading

PAGE = re.compile(r"[2-9]|[1-9]\d{1,4}", re.ASCII)  # the first page is the address without one
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

View = Callable[..., HttpResponse]
NONE: Mapping[str, str] = {}
Names = Sequence[str] | Callable[..., Sequence[str]]


class UnreadableDayError(ValueError):
    """The `as_of` of an address is no day; the message says how one is written."""


def public_page(
    *, names: Names = (), filters: Mapping[str, str] = NONE, pages: Sequence[str] = ()
) -> Callable[[View], View]:
    """Make a public page of `view(request, snapshot, …)`: GET and HEAD, in one snapshot.

    `names` are the parameters that its address takes, or a function of what the path holds that
    returns them; `filters` those that a form sends, each with what it says where nothing is
    chosen; `pages` those that number the parts of long tables. A page has one address: its
    parameters in that order, no filter that is blank or chooses nothing, the day before the pages,
    and no other. What is written
    otherwise is sent there.

    `?as_of=2023-12-31` asks for that day. What is no day is answered 400 with an example; a day
    before the Fund's first year, or one still to come, has no record and is answered 404.
    """

    def decorate(view: View) -> View:
        @require_safe
        @wraps(view)
        def read(request: HttpRequest, **path: Any) -> HttpResponse:
            try:
                day = day_asked(request.GET.getlist("as_of"))
            except UnreadableDayError as error:
                return render(request, "400.html", {"message": str(error)}, status=400)
            except Http404 as error:
                context = {
                    "heading": _("There is no record of that day"),
                    "message": str(error),
                }
                return render(request, "404.html", context, status=404)
            known = names(**path) if callable(names) else names
            query = canonical_query(request, [*known, *filters, "as_of"], pages, usual=filters)
            if query != request.META.get("QUERY_STRING", ""):
                return HttpResponseRedirect(f"{request.path}?{query}" if query else request.path)
            return _read(view, request, day, path)

        return read

    return decorate


def _read(view: View, request: HttpRequest, day: date | None, path: dict) -> HttpResponse:
    """Answer from one snapshot, whose first question is the revision."""
    with reading(day) as snapshot:
        published = live.published(snapshot.using, snapshot.now)
        response = view(request, replace(snapshot, changed=published.last), **path)
    live.made_of(request, published)
    return response


def canonical_query(
    request: HttpRequest,
    names: Sequence[str],
    pages: Sequence[str] = (),
    usual: Mapping[str, str] = NONE,
) -> str:
    """Return the query of the page's own address: the parameters it knows, in their order.

    Of the `usual` ones what is blank or usual is dropped, of `pages` what is no page's number.
    """
    asked = [
        (name, value)
        for name in names
        for value in request.GET.getlist(name)
        if name not in usual or (value.strip() and value != usual[name])
    ]
    parts = [
        (name, number) for name in pages if PAGE.fullmatch(number := request.GET.get(name, ""))
    ]
    return urlencode(asked + parts)


def numbered(rows: Any, size: int, number: str | None) -> Page:
    """Return the page of that number, with so many rows on each; Http404 past the last one."""
    try:
        return Paginator(rows, size).page(number or 1)
    except InvalidPage as error:
        raise Http404(_("The table has no page %(number)s.") % {"number": number}) from error


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
