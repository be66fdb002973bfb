"""The public pages of joint programmes: get, prepare, render."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from mptf_portal import figures
from mptf_portal.pages import public_page
from mptf_portal.snapshot import Snapshot
from programmes.figures import funded
from programmes.listing import USUAL, UnknownChoiceError, listing
from programmes.map import programme_map
from programmes.matrix import objectives_matrix
from programmes.models import JointProgramme, Objective
from programmes.pages import programme_list, programme_page


@public_page(filters=USUAL, pages=["page"])
def programmes(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """List the joint programmes on record that a reader asked for: as text, table or map."""
    try:
        asked = listing(snapshot, request.GET)
    except UnknownChoiceError as error:
        context = {"message": str(error), "back": reverse("programmes"), "snapshot": snapshot}
        return render(request, "400.html", context, status=400)
    if asked.view == "map":
        shown = programme_map(snapshot, asked.programmes)
    else:
        shown = programme_list(snapshot, asked.programmes, request.GET.get("page"))
    context = {
        "section": "programmes",
        "counted": [
            figures.count(figures.refer(name), snapshot)
            for name in ("programmes", "countries-reached", "objectives-covered")
        ],
        "listing": asked,
        **shown,
        "address": asked.address,
        "snapshot": snapshot,
    }
    return render(request, "programmes/programmes.html", context)


@public_page(pages=["page"])
def programme(request: HttpRequest, snapshot: Snapshot, slug: str) -> HttpResponse:
    """Show one programme: what, where, when, who, money and results, each with its source."""
    public = JointProgramme.objects.using(snapshot.using).public(snapshot.now)
    parts = ("countries", "objectives", "goal_tags", "links", "marker_levels__marker")
    rows = public.select_related("thematic_area").prefetch_related(
        *parts, "participations__organization__country"
    )
    found = get_object_or_404(rows, slug=slug)
    context = {
        "section": "programmes",
        "shown": programme_page(snapshot, found, request.GET.get("page")),
        "address": snapshot.address(found.get_absolute_url()),
        "snapshot": snapshot,
    }
    return render(request, "programmes/programme.html", context)


@public_page(pages=["page"])
def objectives(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """Show which programmes support which of the 23 objectives of the Compact, and how many."""
    context = {
        "section": "programmes",
        **objectives_matrix(snapshot, request.GET.get("page")),
        "covered": figures.count(figures.refer("objectives-covered"), snapshot),
        "claim": figures.count(figures.refer("objectives-nearly-all"), snapshot),
        "address": snapshot.address(reverse("objectives")),
        "snapshot": snapshot,
    }
    return render(request, "programmes/objectives.html", context)


@public_page(pages=["page"])
def objective(request: HttpRequest, snapshot: Snapshot, number: int) -> HttpResponse:
    """Show one objective and the programmes that support it."""
    found = get_object_or_404(Objective.objects.using(snapshot.using), number=number)
    context = {
        "section": "programmes",
        "objective": found,
        **programme_list(snapshot, funded(snapshot).supporting(found), request.GET.get("page")),
        "address": snapshot.address(found.get_absolute_url()),
        "snapshot": snapshot,
    }
    return render(request, "programmes/objective.html", context)
