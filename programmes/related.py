"""Other programmes that a reader of one may want to know of, and why."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from mptf_portal.money import format_names
from mptf_portal.snapshot import Snapshot
from programmes.figures import funded
from programmes.models import Country, JointProgramme, Objective

MOST = 6


@dataclass(frozen=True, slots=True)
class Related:
    """A programme and why it is related, in words: what the two have in common."""

    programme: JointProgramme
    reason: str


def related(snapshot: Snapshot, programme: JointProgramme) -> tuple[Related, ...]:
    """Return those that share a country, then an objective, then a part of the world (M49).

    At most six; the programme has its countries and objectives prefetched.
    """
    countries, objectives = programme.countries.all(), programme.objectives.all()
    places, aims = (
        model.objects.filter(programmes=OuterRef("pk")) for model in (Country, Objective)
    )
    found = funded(snapshot).exclude(slug=programme.slug)
    found = found.annotate(
        in_a_country=Exists(places.filter(pk__in=[row.pk for row in countries])),
        for_an_objective=Exists(aims.filter(pk__in=[row.pk for row in objectives])),
        nearby=Exists(places.filter(subregion__in={row.subregion for row in countries})),
    ).filter(Q(in_a_country=True) | Q(for_an_objective=True) | Q(nearby=True))
    nearest = found.order_by("-in_a_country", "-for_an_objective", "short_title", "pk")[:MOST]
    return tuple(
        Related(other, _reason(programme, other))
        for other in nearest.prefetch_related("countries", "objectives")
    )


def _reason(one: JointProgramme, other: JointProgramme) -> str:
    """Return the closest thing that the two have in common."""
    countries = [row.name for row in other.countries.all() if row in one.countries.all()]
    if countries:
        return _("also in %(names)s") % {"names": format_names(countries)}
    objectives = [str(row) for row in other.objectives.all() if row in one.objectives.all()]
    if objectives:
        return _("also for objective %(names)s") % {"names": format_names(objectives)}
    here = {row.subregion for row in one.countries.all()}
    near = {row.subregion_name for row in other.countries.all() if row.subregion in here}
    return _("also in %(names)s") % {"names": format_names(sorted(near))}
