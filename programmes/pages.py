"""What the page of a joint programme shows, as of the snapshot's day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mptf_portal.money import format_period, percent_of
from mptf_portal.pages import numbered
from mptf_portal.snapshot import Snapshot
from programmes.figures import funded
from programmes.models import (
    JointProgramme,
    Participation,
    ProgrammeLink,
    Result,
)
from programmes.models.programmes import ProgrammeDate, ProgrammeMoney
from programmes.related import Related, related

PROGRAMMES_PER_PAGE = 100
RESULTS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme's line in a list, as of the snapshot's day; empty means not yet recorded."""

    programme: JointProgramme
    organizations: str
    status: str
    when: str
    budget: ProgrammeMoney | None


def programme_list(
    snapshot: Snapshot, programmes: QuerySet[JointProgramme], number: str | None
) -> dict[str, Any]:
    """Return what a list of programmes shows: the `number` of all, one `page`, and its `rows`."""
    parts = ("countries", "participations__organization")
    page = numbered(programmes.prefetch_related(*parts), PROGRAMMES_PER_PAGE, number)
    rows = _rows(snapshot, page.object_list)
    return {"number": page.paginator.count, "page": page, "rows": rows}


def _rows(snapshot: Snapshot, programmes: Iterable[JointProgramme]) -> tuple[ProgrammeRow, ...]:
    return tuple(
        ProgrammeRow(
            programme,
            ", ".join(str(p.organization) for p in programme.participations.all() if p.of_the_un),
            programme.status_by(snapshot.as_of),
            when(programme, snapshot.as_of),
            programme.money("budget", snapshot.as_of),
        )
        for programme in programmes
    )


def when(programme: JointProgramme, as_of: date) -> str:
    """Return from when to when it works, as far as that is known on the day; empty is unknown.

    Without its start the launch stands in, and without that the day it was funded.
    """
    start, end = programme.dated("start", as_of), programme.dated("end", as_of)
    launched, money = programme.launch(as_of), programme.dated("funded", as_of)
    words = []
    if start:
        words.append(_in_words(start, _("from %(day)s"), _("planned from %(day)s")))
    elif launched:
        words.append(_("launched %(day)s") % {"day": format_period(launched, "day")})
    elif money:
        words.append(_in_words(money, _("funded %(day)s"), _("funding planned for %(day)s")))
    if end:
        words.append(_in_words(end, _("until %(day)s"), _("planned until %(day)s")))
    return ", ".join(words)


def _in_words(known: ProgrammeDate, past: str, planned: str) -> str:
    words = planned if known.planned else past
    return words % {"day": format_period(known.day, known.precision)}


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    """Everything on the page; None and empty mean not yet recorded.

    `delivery_rate` is expenditure in whole percent of the net funded amount, rounded down; it can
    exceed 100. What has no day of its own is told once any date shows that the programme
    `is_funded`. `results` is one page of its results, in the order of the record.
    """

    programme: JointProgramme
    is_funded: bool
    status: str
    funded: ProgrammeDate | None
    launched_on: date | None
    start: ProgrammeDate | None
    end: ProgrammeDate | None
    budget: ProgrammeMoney | None
    net_funded: ProgrammeMoney | None
    expenditure: ProgrammeMoney | None
    delivery_rate: int | None
    organizations: Sequence[Participation]
    partners: Sequence[Participation]
    results: Page
    sources: Sequence[ProgrammeLink]
    documents: Sequence[ProgrammeLink]
    related: Sequence[Related]

    @property
    def unrecorded(self) -> list[str]:
        """Return the names of the facts that have a line of their own only where recorded."""
        programme = self.programme
        recorded = {
            _("Region"): programme.region,
            _("Funded on"): self.funded,
            _("Launch event"): self.launched_on,
            _("Planned length"): programme.duration_months,
            _("Delivery rate"): self.delivery_rate is not None,
            _("Partners"): self.partners,
            _("Sustainable Development Goals"): programme.goal_tags.all(),
            _("Thematic area"): programme.thematic_area,
            _("Markers"): programme.marker_levels.all(),
            _("Gateway project number"): programme.gateway_number,
            _("Documents"): self.documents,
        }
        return [name for name, fact in recorded.items() if not fact]


def programme_page(
    snapshot: Snapshot, programme: JointProgramme, number: str | None
) -> ProgrammePage:
    """Read the page, with the results of that number; the programme has its parts prefetched."""
    undated = funded(snapshot).filter(pk=programme.pk).exists()
    parts = programme.participations.all()
    links = programme.links.all()
    results = Result.objects.using(snapshot.using).public(snapshot.now).of(programme.slug)
    known = results.known_by(snapshot.as_of, undated=undated).order_by("pk")
    budget, net_funded, expenditure = (
        programme.money(name, snapshot.as_of, undated=undated)
        for name in ("budget", "net_funded", "expenditure")
    )
    return ProgrammePage(
        programme=programme,
        is_funded=undated,
        status=programme.status_by(snapshot.as_of, undated=undated),
        funded=programme.dated("funded", snapshot.as_of),
        launched_on=programme.launch(snapshot.as_of),
        start=programme.dated("start", snapshot.as_of),
        end=programme.dated("end", snapshot.as_of),
        budget=budget,
        net_funded=net_funded,
        expenditure=expenditure,
        delivery_rate=_delivery_rate(net_funded, expenditure),
        organizations=[part for part in parts if part.of_the_un],
        partners=[part for part in parts if not part.of_the_un],
        results=numbered(known, RESULTS_PER_PAGE, number),
        sources=[link for link in links if link.kind == ProgrammeLink.Kind.SOURCE],
        documents=[link for link in links if link.kind == ProgrammeLink.Kind.DOCUMENT],
        related=related(snapshot, programme),
    )


def _delivery_rate(
    net_funded: ProgrammeMoney | None, expenditure: ProgrammeMoney | None
) -> int | None:
    if net_funded is None or expenditure is None or not net_funded.amount:
        return None
    return percent_of(expenditure.amount, net_funded.amount)
