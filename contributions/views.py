"""The public pages: get, prepare, render."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contributions.delivered_page import delivered_context
from contributions.delivery import delivery_in_force
from contributions.models import Delivery, Edition, Statement
from contributions.overview import overview
from contributions.statement_page import edition_in_force, statement_context
from mptf_portal import figures, live
from mptf_portal.figures import Figure, UnknownReferenceError
from mptf_portal.live import Snapshot

ROWS_PER_PAGE = 500
APART = ("page", "as_of")  # parameters of an address that are no figure's


@live.page
def home(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """Show the statement with the latest date that has a public edition.

    An invented one, which is dated the day of its loading, would stand before the real text: it is
    shown here only where there is no other.
    """
    statements = Statement.objects.using(snapshot.using).public(snapshot.now)
    latest = statements.order_by("demonstration", "-date", "-pk").first()
    if latest is None:
        raise Http404(_("No statement is published yet."))
    return _statement(request, snapshot, latest)


@live.page
def statement(request: HttpRequest, snapshot: Snapshot, slug: str) -> HttpResponse:
    """Show one statement at its permanent address."""
    statements = Statement.objects.using(snapshot.using).public(snapshot.now)
    found = statements.filter(slug=slug).first()
    if found is None:
        raise Http404(_("No statement has this address."))
    return _statement(request, snapshot, found)


def _statement(request: HttpRequest, snapshot: Snapshot, found: Statement) -> HttpResponse:
    edition = edition_in_force(snapshot, found, get_language() or Edition.Language.ENGLISH)
    return render(request, "contributions/statement.html", statement_context(snapshot, edition))


@live.page
def figure(request: HttpRequest, snapshot: Snapshot, name: str) -> HttpResponse:
    """Show how a figure is counted and its rows, or what the records say of a claim."""
    pairs = [(key, value) for key, values in request.GET.lists() for value in values]
    try:
        figures.lookup(name)
    except UnknownReferenceError as error:
        raise Http404(str(error)) from error
    try:
        counted = figures.count(
            figures.refer(name, [pair for pair in pairs if pair[0] not in APART]), snapshot
        )
    except UnknownReferenceError as error:
        context = {"message": str(error)}
        return render(request, "400.html", context, status=400)
    address = snapshot.address(counted.reference.get_absolute_url())
    context = {"counted": counted, "snapshot": snapshot, "address": address}
    if not isinstance(counted, Figure):
        return render(request, "contributions/claim.html", context)
    context["page"] = Paginator(counted.rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context["rows_template"] = f"contributions/rows/{counted.table}.html"
    return render(request, "contributions/figure.html", context)


@live.page
def contributions(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """Show the totals, donor by donor and year by year."""
    context = {
        "section": "contributions",
        "overview": overview(snapshot),
        "snapshot": snapshot,
    }
    return render(request, "contributions/contributions.html", context)


@live.page
def delivered(request: HttpRequest, snapshot: Snapshot, slug: str) -> HttpResponse:
    """Show a statement as it was read out, or why that is not on record."""
    found, delivery = _delivery(snapshot, slug)
    context = {
        "section": "statement",
        "statement": found,
        "address": snapshot.address(reverse("delivered", args=[slug])),
        "snapshot": snapshot,
    }
    if delivery is None:
        context["is_past"] = found.date < snapshot.now.date()
        return render(request, "contributions/undelivered.html", context)
    context |= delivered_context(snapshot, delivery)
    return render(request, "contributions/delivered.html", context)


@live.page
def delivery_record(request: HttpRequest, snapshot: Snapshot, slug: str) -> HttpResponse:  # noqa: ARG001
    """Serve exactly the bytes that the SHA-256 on the delivered page is of."""
    _found, delivery = _delivery(snapshot, slug)
    if delivery is None:
        raise Http404(_("No delivery of this statement is on record."))
    return HttpResponse(delivery.record.encode(), content_type="application/json")


def _delivery(snapshot: Snapshot, slug: str) -> tuple[Statement, Delivery | None]:
    statements = Statement.objects.using(snapshot.using).known(snapshot.now)
    found = statements.filter(slug=slug).first()
    if found is None:
        raise Http404(_("No statement has this address."))
    language = get_language() or Edition.Language.ENGLISH
    return found, delivery_in_force(snapshot, found, language)
