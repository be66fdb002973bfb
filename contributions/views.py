"""The public pages: get, prepare, render."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contributions import markup
from contributions.models import Edition, Statement
from contributions.overview import overview
from mptf_portal import figures, live
from mptf_portal.figures import Figure, UnknownReferenceError
from mptf_portal.live import Snapshot

ROWS_PER_PAGE = 500


@live.page
def home(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """Show the statement with the latest date that has a public edition."""
    statements = Statement.objects.using(snapshot.using).public(snapshot.now)
    latest = statements.order_by("-date", "-pk").first()
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


def statement_context(snapshot: Snapshot, edition: Edition) -> dict[str, Any]:
    """Return what the page of a statement shows, the text counted in the snapshot."""
    statement = edition.statement
    return {
        "section": "statement",
        "statement": statement,
        "edition": edition,
        "signatories": [donor.name for donor in statement.signatories.order_by("name")],
        "text": markup.render(edition.markdown, snapshot),
        "snapshot": snapshot,
    }


def edition_in_force(snapshot: Snapshot, statement: Statement, language: str) -> Edition:
    """Return the public edition in the language, else the original's; the statement is public."""
    editions = Edition.objects.using(snapshot.using).public(snapshot.now)
    rows = editions.filter(statement=statement).select_related("statement")
    by_language = {edition.language: edition for edition in rows}
    original = next(
        (row for row in by_language.values() if row.kind == Edition.Kind.ORIGINAL), None
    )
    return by_language.get(language) or original or next(iter(by_language.values()))


@live.page
def figure(request: HttpRequest, snapshot: Snapshot, name: str) -> HttpResponse:
    """Show how a figure is counted and its rows, or what the records say of a claim."""
    pairs = [(key, value) for key, values in request.GET.lists() for value in values]
    try:
        figures.lookup(name)
    except UnknownReferenceError as error:
        raise Http404(str(error)) from error
    try:
        counted = figures.count(figures.refer(name, [pair for pair in pairs if pair[0] != "page"]), snapshot)
    except UnknownReferenceError as error:
        context = {"message": str(error)}
        return render(request, "400.html", context, status=400)
    context = {"counted": counted, "snapshot": snapshot}
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
