"""What the register of joint programmes counts: programmes, countries, objectives, one result.

Each function is pure: it reads the snapshot's database at the snapshot's instant and day, and
returns a `Figure`. Results are never added up: they count different things.
"""

from dataclasses import replace

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mptf_portal.figures import (
    Figure,
    Reference,
    Source,
    Stated,
    Unit,
    UnknownReferenceError,
    refer,
    register_figure,
)
from mptf_portal.money import format_period, whole
from mptf_portal.snapshot import Snapshot, once_in_a_snapshot
from programmes.models import Country, JointProgramme, Objective, Result, StatedFigure


def funded(snapshot: Snapshot) -> QuerySet[JointProgramme]:
    """Return the public programmes known to have been funded by the snapshot's day."""
    public = JointProgramme.objects.using(snapshot.using).public(snapshot.now)
    return public.funded_by(snapshot.as_of)


@register_figure("programmes", gettext_lazy("Joint programmes funded"))
def programmes(snapshot: Snapshot) -> Figure:
    """Count the joint programmes that the Fund has funded."""
    return _counted(
        snapshot,
        funded(snapshot),
        Figure(
            reference=refer("programmes"),
            title=_("Joint programmes funded"),
            definition=_("Joint programmes that the Fund has financed, whatever their status."),
            leaves_out=_(
                "Drafts, and programmes of which no date shows that they were funded by the day. "
                "One without any date counts from the day it was put on record here."
            ),
            value=None,
            unit=Unit.COUNT,
            as_of=snapshot.as_of,
            table="programmes",
        ),
    )


@register_figure("countries-reached", gettext_lazy("Countries reached by joint programmes"))
def countries_reached(snapshot: Snapshot) -> Figure:
    """Count the countries in which joint programmes work or worked."""
    return _counted(
        snapshot,
        reached(snapshot),
        Figure(
            reference=refer("countries-reached"),
            title=_("Countries reached by joint programmes"),
            definition=_("Countries named in the record of at least one joint programme."),
            leaves_out=_("Regions named without their countries, and programmes not on record."),
            value=None,
            unit=Unit.COUNT,
            as_of=snapshot.as_of,
            table="countries",
        ),
    )


def reached(snapshot: Snapshot) -> QuerySet[Country]:
    """Return the countries of the programmes funded by the snapshot's day."""
    here = funded(snapshot).filter(countries=OuterRef("pk"))
    return Country.objects.using(snapshot.using).filter(Exists(here))


@register_figure("objectives-covered", gettext_lazy("GCM objectives supported by joint programmes"))
def objectives_covered(snapshot: Snapshot) -> Figure:
    """Count the objectives of the Compact that joint programmes support."""
    return _counted(
        snapshot,
        covered(snapshot),
        Figure(
            reference=refer("objectives-covered"),
            title=_("GCM objectives supported by joint programmes"),
            definition=_(
                "Objectives, of the 23, named in the record of at least one joint programme."
            ),
            leaves_out=_("Objectives of programmes whose list is not recorded."),
            value=None,
            unit=Unit.COUNT,
            as_of=snapshot.as_of,
            table="objectives",
        ),
    )


def covered(snapshot: Snapshot) -> QuerySet[Objective]:
    """Return the objectives of the programmes funded by the snapshot's day."""
    supported = funded(snapshot).filter(objectives=OuterRef("pk"))
    return Objective.objects.using(snapshot.using).filter(Exists(supported))


def _counted(snapshot: Snapshot, rows: QuerySet, figure: Figure) -> Figure:
    """Return the figure with its value: our count, or what a source stated while ours is smaller.

    The latest stated count not after the day stands in, and never where ours is as great. Where
    ours was as great on the stated count's own day it still is: what is on record as funded by a
    day is so on every later one.
    """
    on_record = rows.count()
    figure = replace(figure, rows=rows, value=on_record or None)
    stated = latest_stated(snapshot, figure.reference)
    if stated is None or int(stated.value) <= on_record:
        return figure
    return replace(
        figure,
        value=int(stated.value),
        stated=Stated(
            Source(stated.source, stated.source_url),
            format_period(stated.stated_for, stated.stated_precision),
            on_record,
        ),
    )


def latest_stated(snapshot: Snapshot, reference: Reference) -> StatedFigure | None:
    """Return what was last stated of a figure, for the snapshot's day or one before."""
    return _latest_stated(snapshot).get(str(reference))


@once_in_a_snapshot
def _latest_stated(snapshot: Snapshot) -> dict[str, StatedFigure]:
    """Return by figure what was last stated of it: one question for all figures of a page."""
    stated = StatedFigure.objects.using(snapshot.using).public(snapshot.now)
    known = stated.filter(stated_for__lte=snapshot.as_of)
    return {row.figure: row for row in known.latest_of_each()}


@register_figure("result", gettext_lazy("A programme's result"), programme=str, key=str)
def result(snapshot: Snapshot, programme: str, key: str) -> Figure:
    """Return one result of one programme, as its source gives it."""
    row = result_row(snapshot, programme, key)
    known = _is_known(snapshot, row)
    return Figure(
        reference=refer("result", [("programme", programme), ("key", key)]),
        title=_("%(unit)s: %(what)s (%(programme)s)")
        % {"unit": capfirst(row.unit), "what": row.what, "programme": row.programme.short_title},
        definition=_("What the source reports of this programme alone, in the source's own words."),
        leaves_out=_("Everything else: results count different things and are never added up."),
        value=whole(row.figure) if known else None,
        unit=Unit.COUNT,
        as_of=snapshot.as_of,
        table="results",
        rows=[row] if known else [],
        basis=_basis(row),
        source=Source(row.source, row.source_url),
        qualifier=row.qualifier,
    )


def _is_known(snapshot: Snapshot, row: Result) -> bool:
    """Tell whether readers know the result on the day; one without a date, once it was funded."""
    if not (row.is_public(snapshot.now) and row.programme.is_public(snapshot.now)):
        return False
    if row.as_of is None:
        return funded(snapshot).filter(pk=row.programme.pk).exists()
    return row.as_of <= snapshot.as_of


def _basis(row: Result) -> str:
    if not row.qualifier:
        return _("the number as the source gives it")
    return _("the source says “%(qualifier)s”") % {"qualifier": row.get_qualifier_display()}


def result_row(snapshot: Snapshot, programme: str, key: str) -> Result:
    """Return a result of a programme that readers know both, with the programme as it is now.

    In a preview either may be a draft. Raises UnknownReferenceError where there is none.
    """
    owners = JointProgramme.objects.using(snapshot.using).filter(slug=programme)
    rows = Result.objects.using(snapshot.using).of(programme).filter(key=key).order_by("-pk")
    owner, found = owners.public(snapshot.now).first(), rows.public(snapshot.now).first()
    if snapshot.preview:
        owner = owner or owners.filter(public_until=None).first()
        found = found or rows.filter(public_until=None).first()
    if owner is None or found is None:
        message = _("The programme “%(programme)s” has no result “%(key)s” on record.")
        raise UnknownReferenceError(message % {"programme": programme, "key": key})
    found.programme = owner  # its public row: the result may have been entered on another
    return found
