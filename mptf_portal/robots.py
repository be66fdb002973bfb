"""What robots are told: which pages there are, and which are not for them."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

import contributions.urls
import programmes.urls
from contributions.figures import annual_targets
from contributions.models import Delivery, Donor, Statement
from mptf_portal import figures
from mptf_portal.models import Demonstration
from mptf_portal.pages import numbered, public_page
from mptf_portal.snapshot import Snapshot
from programmes.figures import funded
from programmes.models import Country, JointProgramme, Objective

ADDRESSES_PER_FILE = 50_000  # as many as https://www.sitemaps.org/protocol.html allows


@public_page()
def robots(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """Keep robots out of the desk, and away from everything while the amounts are invented."""
    if Demonstration.is_on(snapshot.using):
        lines = ["User-agent: *", "Disallow: /"]
    else:
        address = request.build_absolute_uri(reverse("sitemap"))
        lines = ["User-agent: *", f"Disallow: {reverse('admin:index')}", f"Sitemap: {address}"]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@public_page(names=["file"])
def sitemap(request: HttpRequest, snapshot: Snapshot) -> HttpResponse:
    """List every public address; where one file may not hold them all, list the files instead."""
    own = snapshot.address(reverse("sitemap"))
    listed = dict.fromkeys(snapshot.address(address) for address in public_addresses(snapshot))
    named = [request.build_absolute_uri(one) for one in listed]
    file = numbered(named, ADDRESSES_PER_FILE, request.GET.get("file"))
    if file.paginator.num_pages > 1 and "file" not in request.GET:
        files = file.paginator.page_range
        context = {"files": files, "address": request.build_absolute_uri(own)}
        return render(request, "sitemaps.xml", context, content_type="application/xml")
    context = {"addresses": file}
    return render(request, "sitemap.xml", context, content_type="application/xml")


def public_addresses(snapshot: Snapshot) -> Iterator[str]:
    """Yield the address of each page: standing ones, figures that need no parameter, and rows."""
    yield from standing_addresses()
    for entry in figures.registered():
        if len(entry.defaults()) == len(entry.parsers):
            yield figures.refer(entry.name).get_absolute_url()
    giving = Donor.objects.using(snapshot.using).public(snapshot.now)
    working = funded(snapshot)
    here = Exists(giving.filter(country=OuterRef("pk")))
    for rows in (
        Statement.objects.using(snapshot.using).public(snapshot.now),
        Delivery.objects.using(snapshot.using).select_related("statement").defer("record"),
        giving.order_by("name"),
        annual_targets(snapshot).values(),
        JointProgramme.objects.using(snapshot.using).public(snapshot.now),
        Objective.objects.using(snapshot.using).all(),
        Country.objects.using(snapshot.using).filter(
            here | Exists(working.filter(countries=OuterRef("pk")))
        ),
    ):
        for row in rows:
            yield row.get_absolute_url()


def standing_addresses() -> list[str]:
    """Return the address of each page that takes no argument; what ends in no slash is a file."""
    patterns = [*contributions.urls.urlpatterns, *programmes.urls.urlpatterns]
    found = [reverse(one.name) for one in patterns if not one.pattern.converters]
    return [address for address in found if address.endswith("/")]
