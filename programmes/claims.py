"""What the register says of the statement's assertions about joint programmes.

A claim holds on public rows alone. That it does not hold is said only of a complete register: as
many programmes on record as a source states, and nothing missing of any that could change the
answer. Otherwise it cannot be told.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mptf_portal.figures import (
    Claim,
    Figure,
    UnknownReferenceError,
    Verdict,
    judge,
    refer,
    register_claim,
)
from mptf_portal.money import format_names, format_number
from mptf_portal.snapshot import Snapshot
from programmes import figures
from programmes.models.countries import REGIONS

OBJECTIVES = 23
NUMBER = re.compile(r"0{0,9}[0-9]{1,2}", re.ASCII)


def at_least(text: str) -> int:
    """Parse how many of the 23 objectives are nearly all."""
    if not NUMBER.fullmatch(text) or not 1 <= int(text) <= OBJECTIVES:
        raise UnknownReferenceError(
            _("“%(text)s” is not a number of objectives from 1 to 23.") % {"text": text}
        )
    return int(text)


@register_claim("objectives-nearly-all", at_least=at_least)
def objectives_nearly_all(snapshot: Snapshot, at_least: int = 20) -> Claim:
    """Answer whether the programmes support at least so many objectives of the Compact."""
    covered, programmes = figures.objectives_covered(snapshot), figures.programmes(snapshot)
    incomplete = incomplete_register(snapshot, programmes) or _objectives_missing(snapshot)
    verdict = judge(covered.recorded >= at_least, incomplete)
    numbers = {
        "count": format_number(covered.recorded),
        "least": format_number(at_least),
        "all": format_number(OBJECTIVES),
    }
    return Claim(
        reference=refer("objectives-nearly-all", [("at-least", str(at_least))]),
        title=_("Joint programmes support nearly all of the GCM objectives"),
        definition=_("Holds when programmes on record support at least %(least)s of the %(all)s.")
        % numbers,
        completeness=_completeness(),
        verdict=verdict,
        answer=_answer(verdict, incomplete, _("%(count)s of %(all)s objectives") % numbers),
        evidence=_support(covered) % numbers,
        as_of=snapshot.as_of,
        figures=(covered, programmes),
    )


@register_claim("all-continents")
def all_continents(snapshot: Snapshot) -> Claim:
    """Answer whether the programmes cover all continents: the five regions of UN M49."""
    reached, programmes = figures.countries_reached(snapshot), figures.programmes(snapshot)
    found = set(figures.reached(snapshot).order_by().values_list("region", flat=True).distinct())
    there = format_names([str(name) for region, name in REGIONS.items() if region in found])
    missing = format_names([str(name) for region, name in REGIONS.items() if region not in found])
    incomplete = incomplete_register(snapshot, programmes) or _countries_missing(snapshot)
    verdict = judge(not missing, incomplete)
    told = _("all five regions") if not missing else _("none in %(regions)s") % {"regions": missing}
    return Claim(
        reference=refer("all-continents"),
        title=_("Joint programmes cover all continents"),
        definition=_(
            "Holds when at least one programme on record works in each of the five regions of "
            "UN M49: Africa, the Americas, Asia, Europe and Oceania."
        ),
        completeness=_completeness(),
        verdict=verdict,
        answer=_answer(verdict, incomplete, told),
        evidence=_evidence(there, missing),
        as_of=snapshot.as_of,
        figures=(reached, programmes),
    )


def incomplete_register(snapshot: Snapshot, programmes: Figure) -> str:
    """Return why the programmes on record may not be all there are, or nothing when they are."""
    if not programmes.recorded:
        return _("no programmes are on record")
    if programmes.stated:
        return _("%(count)s of %(all)s programmes are on record") % {
            "count": format_number(programmes.recorded),
            "all": format_number(programmes.value or 0),
        }
    if figures.latest_stated(snapshot, programmes.reference) is None:
        return _("how many programmes there are is not on record")
    return ""


def _objectives_missing(snapshot: Snapshot) -> str:
    count = figures.funded(snapshot).with_incomplete_objectives().count()
    if not count:
        return ""
    return ngettext(
        "not all objectives of %(count)s programme are on record",
        "not all objectives of %(count)s programmes are on record",
        count,
    ) % {"count": format_number(count)}


def _countries_missing(snapshot: Snapshot) -> str:
    count = figures.funded(snapshot).without_country().count()
    if not count:
        return ""
    return ngettext(
        "of %(count)s programme no country is on record",
        "of %(count)s programmes no country is on record",
        count,
    ) % {"count": format_number(count)}


def _completeness() -> str:
    return _(
        "That it does not hold is said only when as many programmes are on record as a source "
        "states there are, and nothing that could change the answer is missing from them."
    )


def _support(covered: Figure) -> str:
    if not covered.recorded:
        return _("No objective is on record for any programme.")
    return _("Programmes on record support %(count)s of the %(all)s objectives.")


def _answer(verdict: Verdict, incomplete: str, told: str) -> str:
    if verdict is Verdict.HOLDS:
        return _("holds: %(told)s") % {"told": told}
    if verdict is Verdict.CANNOT_BE_TOLD:
        return _("cannot be told: %(reason)s") % {"reason": incomplete}
    return _("not yet: %(told)s") % {"told": told}


def _evidence(there: str, missing: str) -> str:
    if not there:
        return _("No country is on record for any programme.")
    if not missing:
        return _("Programmes on record work in %(there)s.") % {"there": there}
    return _("Programmes on record work in %(there)s; none in %(missing)s.") % {
        "there": there,
        "missing": missing,
    }
