"""The public pages: get, prepare, render."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contributions import pledges_page, tables
from contributions.corrections import corrections_page
from contributions.countries_page import countries_page
from contributions.delivered_page import delivered_context
from contributions.delivery import delivery_in_force
from contributions.donor_page import donor_page
from contributions.figures import annual_target
from contributions.models import Delivery, Donor, Edition, ReportedContribution, Statement
from contributions.overview import current_year, overview
from contributions.reconciliation import reconciliation
from contributions.statement_page import edition_in_force, statement_context
from contributions.target_page import target_page
from mptf_portal import figures
from mptf_portal.figures import Figure, Unit, UnknownReferenceError
from mptf_portal.pages import numbered, public_page
from mptf_portal.snapshot import Snapshot
from programmes.figures import funded
from programmes.models import Country
from programmes.pages import programme_list

ROWS_PER_PAGE = 500
LINES_PER_PAGE = 100
APART = ("page", "as_of")  # parameters of an address that are no figure's


@public_page()
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


@public_page(pages=["page"])
def statements(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """List the statements, the latest first."""
    public = Statement.objects.using(snapshot.using).public(snapshot.now)
    rows = public.order_by("-date", "-pk").prefetch_related("signatories")
    context = {
        "section": "statement",
        "page": numbered(rows, LINES_PER_PAGE, request.GET.get("page")),
        "address": snapshot.address(reverse("statements")),
        "snapshot": snapshot,
    }
    return render(request, "contributions/statements.html", context)


@public_page()
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


@public_page()
def all_figures(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """List every figure and claim that needs no choice; those of a year for the latest target."""
    year = current_year(snapshot)
    known = {} if year is None else {"year": str(year)}
    counted = [figures.count(reference, snapshot) for reference in figures.every(known)]
    context = {
        "figures": [one for one in counted if isinstance(one, Figure)],
        "claims": [one for one in counted if not isinstance(one, Figure)],
        "address": snapshot.address(reverse("figures")),
        "snapshot": snapshot,
    }
    return render(request, "contributions/figures.html", context)


def figure_parameters(name: str) -> tuple[str, ...]:
    """Return the parameters that the address of a figure or claim takes; none of an unknown one."""
    return next((tuple(one.parsers) for one in figures.registered() if one.name == name), ())


@public_page(names=figure_parameters, pages=["page"])
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
    cited = snapshot.fixed(counted.reference.get_absolute_url())
    context = {"counted": counted, "snapshot": snapshot, "address": address, "cited": cited}
    if not isinstance(counted, Figure):
        return render(request, "contributions/claim.html", context)
    if counted.unit is Unit.USD:
        context["reconciliation"] = reconciliation(snapshot)
    context["page"] = numbered(counted.rows, ROWS_PER_PAGE, request.GET.get("page"))
    context["rows_template"] = f"contributions/rows/{counted.table}.html"
    return render(request, "contributions/figure.html", context)


@public_page(pages=["page"])
def contributions(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """Show the totals, donor by donor and year by year."""
    context = {
        "section": "contributions",
        "overview": overview(snapshot, request.GET.get("page")),
        "address": snapshot.address(reverse("contributions")),
        "reconciliation": reconciliation(snapshot),
        "snapshot": snapshot,
    }
    return render(request, "contributions/contributions.html", context)


@public_page(filters=pledges_page.USUAL, pages=["page"])
def pledges(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """Show where each pledge stands: those asked for, in the order asked for."""
    try:
        asked = pledges_page.ask(snapshot, request.GET)
    except UnknownReferenceError as error:
        context = {"message": str(error), "back": reverse("pledges"), "snapshot": snapshot}
        return render(request, "400.html", context, status=400)
    context = {
        "section": "contributions",
        "shown": pledges_page.pledges_page(snapshot, asked, request.GET.get("page")),
        "address": snapshot.address(asked.get_absolute_url()),
        "reconciliation": reconciliation(snapshot),
        "snapshot": snapshot,
    }
    return render(request, "contributions/pledges.html", context)


@public_page(pages=["page"])
def donors(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """List every donor that readers know, whether a row, a report or a signature."""
    known = Donor.objects.using(snapshot.using).public(snapshot.now).order_by("name")
    page = numbered(known, LINES_PER_PAGE, request.GET.get("page"))
    context = {
        "section": "contributions",
        "page": page,
        "donors": tables.donor_rows(snapshot, page.object_list),
        "address": snapshot.address(reverse("donors")),
        "reconciliation": reconciliation(snapshot),
        "snapshot": snapshot,
    }
    return render(request, "contributions/donors.html", context)


@public_page(pages=["page", "reported"])
def donor(request: HttpRequest, snapshot: Snapshot, slug: str) -> HttpResponse:
    """Show what one donor gave, what is reported of it, and what it signed."""
    known = Donor.objects.using(snapshot.using).public(snapshot.now)
    found = get_object_or_404(known.select_related("country"), slug=slug)
    context = {
        "section": "contributions",
        "shown": donor_page(snapshot, found, request.GET),
        "address": snapshot.address(found.get_absolute_url()),
        "reconciliation": reconciliation(snapshot),
        "snapshot": snapshot,
    }
    return render(request, "contributions/donor.html", context)


@public_page(pages=["page"])
def target(request: HttpRequest, snapshot: Snapshot, year: int) -> HttpResponse:
    """Show a funding year's target, how far it came, and who counted towards it."""
    found = annual_target(snapshot, year)
    if found is None:
        raise Http404(_("No funding target of this year is on record."))
    context = {
        "section": "contributions",
        "shown": target_page(snapshot, found, request.GET.get("page")),
        "address": snapshot.address(found.get_absolute_url()),
        "reconciliation": reconciliation(snapshot),
        "snapshot": snapshot,
    }
    return render(request, "contributions/target.html", context)


@public_page()
def countries(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """List the countries in which programmes work or from which donors gave."""
    context = {"rows": countries_page(snapshot), "snapshot": snapshot}
    return render(request, "contributions/countries.html", context)


@public_page(pages=["donors", "page"])
def country(request: HttpRequest, snapshot: Snapshot, iso3: str) -> HttpResponse:
    """Show what the donors of a country gave, and which programmes work there."""
    found = get_object_or_404(Country.objects.using(snapshot.using), iso3=iso3.upper())
    if iso3 != found.iso3:
        return redirect(snapshot.address(found.get_absolute_url()), permanent=True)
    known = Donor.objects.using(snapshot.using).public(snapshot.now).filter(country=found)
    reports = ReportedContribution.objects.using(snapshot.using).public(snapshot.now)
    giving = numbered(known.order_by("name"), LINES_PER_PAGE, request.GET.get("donors"))
    here = funded(snapshot).reaching(found)
    context = {
        "country": found,
        "donors_page": giving,
        "donors": tables.donor_rows(snapshot, giving.object_list),
        "reported": reports.reported_by(snapshot.as_of).filter(donor__country=found).count(),
        **programme_list(snapshot, here, request.GET.get("page")),
        "address": snapshot.address(found.get_absolute_url()),
        "reconciliation": reconciliation(snapshot),
        "snapshot": snapshot,
    }
    return render(request, "contributions/country.html", context)


@public_page(pages=["page"])
def corrections(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """Log what was corrected or withdrawn after it was public."""
    context = {
        "shown": corrections_page(snapshot, request.GET.get("page")),
        "address": snapshot.address(reverse("corrections")),
        "snapshot": snapshot,
    }
    return render(request, "contributions/corrections.html", context)


@public_page()
def about(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """Say who keeps the portal, how figures are counted, what is not known, and the sources."""
    context = {
        "section": "about",
        "programmes": figures.count(figures.refer("programmes"), snapshot),
        "reconciliation": reconciliation(snapshot),
        "snapshot": snapshot,
    }
    return render(request, "contributions/about.html", context)


@public_page()
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


@public_page()
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
