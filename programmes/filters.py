"""What a reader may narrow the list of programmes by: one parameter of its address each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, Max, Min, OuterRef
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mptf_portal.figures import Text
from mptf_portal.narrowing import Option
from mptf_portal.snapshot import Snapshot
from programmes.figures import covered, funded, reached
from programmes.models import Country, GoalTag, JointProgramme, Objective, Organization
from programmes.models.countries import REGIONS
from programmes.models.parts import GOALS, Participation
from programmes.models.questions import JointProgrammeQuerySet, known_dates

NOT_RECORDED = "not-recorded"
NUMBER = re.compile(r"[1-9]\d?", re.ASCII)
YEAR = re.compile(r"20(19|[2-9]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow the list.

    `options` offers what is on record. `read` returns the label of a value and what `narrow`
    takes, or None for a value that there is not; what exists and has no programme is a value.
    """

    label: Text
    everything: Text
    unknown: Text
    options: Callable[[Snapshot], list[Option]]
    read: Callable[[Snapshot, str], tuple[str, Any] | None]
    narrow: Callable[[JointProgrammeQuerySet, Any, date], JointProgrammeQuerySet]


def _countries(snapshot: Snapshot) -> list[Option]:
    return [Option(row.iso3, row.name) for row in reached(snapshot)]


def _country(snapshot: Snapshot, text: str) -> tuple[str, Country] | None:
    found = Country.objects.using(snapshot.using).filter(iso3=text).first()
    return (found.name, found) if found else None


def _regions(_snapshot: Snapshot) -> list[Option]:
    return [Option(region, capfirst(str(name))) for region, name in REGIONS.items()]


def _region(_snapshot: Snapshot, text: str) -> tuple[str, str] | None:
    return (capfirst(str(REGIONS[text])), text) if text in REGIONS else None


def _objectives(snapshot: Snapshot) -> list[Option]:
    return [Option(str(row.number), str(row)) for row in covered(snapshot)]


def _objective(snapshot: Snapshot, text: str) -> tuple[str, Objective] | None:
    if not NUMBER.fullmatch(text):
        return None
    found = Objective.objects.using(snapshot.using).filter(number=int(text)).first()
    return (str(found), found) if found else None


def _organizations(snapshot: Snapshot) -> list[Option]:
    here = funded(snapshot).filter(pk=OuterRef("programme"))
    parts = Participation.objects.of_the_un().filter(Exists(here), organization=OuterRef("pk"))
    found = Organization.objects.using(snapshot.using).filter(Exists(parts))
    return [Option(name, name) for name in sorted(set(map(str, found)), key=str.casefold)]


def _organization(snapshot: Snapshot, text: str) -> tuple[str, str] | None:
    """Read the name of an organization in a programme that readers know: no draft's is told."""
    public = JointProgramme.objects.using(snapshot.using).public(snapshot.now)
    parts = Participation.objects.filter(
        Exists(public.filter(pk=OuterRef("programme"))), organization=OuterRef("pk")
    )
    known = Organization.objects.using(snapshot.using).called(text).filter(Exists(parts))
    return (text, text) if known.exists() else None


def _run_by(rows: JointProgrammeQuerySet, name: str, _day: date) -> JointProgrammeQuerySet:
    parts = Participation.objects.of_the_un().of(Organization.objects.called(name))
    return rows.with_part(parts)


def _statuses(_snapshot: Snapshot) -> list[Option]:
    known = [Option(value, str(label)) for value, label in JointProgramme.Status.choices]
    return [*known, Option(NOT_RECORDED, _("Not yet recorded"))]


def _status(snapshot: Snapshot, text: str) -> tuple[str, str] | None:
    found = {one.value: one.label for one in _statuses(snapshot)}
    return (found[text], "" if text == NOT_RECORDED else text) if text in found else None


def _years(snapshot: Snapshot) -> list[Option]:
    """Offer every year from the first date of any programme to the last, the latest first."""
    ends = {
        f"{column}_{end.__name__}": end(column, filter=known)
        for column, known in known_dates(snapshot.as_of)
        for end in (Min, Max)
    }
    days = [day for day in funded(snapshot).aggregate(**ends).values() if day]
    years = range(max(days).year, min(days).year - 1, -1) if days else ()
    known = [str(year) for year in years if YEAR.fullmatch(str(year))]
    undated = Option(NOT_RECORDED, _("Not yet recorded"))
    return [*(Option(year, year) for year in known), undated]


def _year(_snapshot: Snapshot, text: str) -> tuple[str, int | None] | None:
    if text == NOT_RECORDED:
        return _("Not yet recorded"), None
    return (text, int(text)) if YEAR.fullmatch(text) else None


def _in_year(rows: JointProgrammeQuerySet, year: int | None, day: date) -> JointProgrammeQuerySet:
    return rows.without_date(day) if year is None else rows.at_work_in(year, day)


def _goals(snapshot: Snapshot) -> list[Option]:
    here = funded(snapshot).filter(pk=OuterRef("programme"))
    tags = GoalTag.objects.using(snapshot.using).filter(Exists(here))
    goals = tags.order_by("goal").values_list("goal", flat=True).distinct()
    return [Option(str(goal), _goal_name(goal)) for goal in goals]


def _goal(_snapshot: Snapshot, text: str) -> tuple[str, int] | None:
    is_goal = NUMBER.fullmatch(text) and int(text) <= GOALS
    return (_goal_name(int(text)), int(text)) if is_goal else None


def _goal_name(goal: int) -> str:
    return str(GoalTag(goal=goal))


FILTERS = {
    "country": Filter(
        gettext_lazy("Country"),
        gettext_lazy("All countries"),
        gettext_lazy("“country” is the three-letter code of a State, for example country=TJK."),
        _countries,
        _country,
        lambda rows, country, _day: rows.reaching(country),
    ),
    "region": Filter(
        gettext_lazy("Region"),
        gettext_lazy("All regions"),
        gettext_lazy("“region” is one of Africa, Americas, Asia, Europe and Oceania."),
        _regions,
        _region,
        lambda rows, region, _day: rows.in_region(region),
    ),
    "objective": Filter(
        gettext_lazy("GCM objective"),
        gettext_lazy("All objectives"),
        gettext_lazy("“objective” is a number from 1 to 23, for example objective=10."),
        _objectives,
        _objective,
        lambda rows, objective, _day: rows.supporting(objective),
    ),
    "organization": Filter(
        gettext_lazy("UN organization"),
        gettext_lazy("All organizations"),
        gettext_lazy("“organization” is one as pages call it, for example organization=IOM."),
        _organizations,
        _organization,
        _run_by,
    ),
    "status": Filter(
        gettext_lazy("Status"),
        gettext_lazy("Any status"),
        gettext_lazy("“status” is one of active, closed and not-recorded."),
        _statuses,
        _status,
        lambda rows, status, day: rows.with_status(status, day),
    ),
    "year": Filter(
        gettext_lazy("Year"),
        gettext_lazy("All years"),
        gettext_lazy("“year” is four digits or not-recorded, for example year=2023."),
        _years,
        _year,
        _in_year,
    ),
    "sdg": Filter(
        gettext_lazy("Sustainable Development Goal"),
        gettext_lazy("All goals"),
        gettext_lazy("“sdg” is a number from 1 to 17, for example sdg=10."),
        _goals,
        _goal,
        lambda rows, goal, _day: rows.with_part(GoalTag.objects.filter(goal=goal)),
    ),
}
