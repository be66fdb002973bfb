"""Load what public sources say of the joint programmes; what is on record already stays as it is.

`programmes/data/programmes.json` holds the facts as the sources give them, null where they are
silent. What does not fit the models is mapped here, at the top, and nowhere else.
"""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from mptf_portal.dates import parse_partial
from mptf_portal.publishing import publish
from programmes.models import (
    Country,
    GoalTag,
    JointProgramme,
    Marker,
    Objective,
    Organization,
    Participation,
    ProgrammeLink,
    Result,
    StatedFigure,
)

DATA = Path(__file__).resolve().parent / "data"
Row = dict[str, Any]

# A status whose source gives no day.
STATUS_NOTES = {
    "UN Philippines page 237208 (partnership culminated), undated": (
        "an undated page of the United Nations in the Philippines"
    ),
    "UNDP page, undated": "an undated page of UNDP",
}
# An end that was still to come when its source was written.
PLANNED_ENDS = {"gambia-trans-gambia-corridor", "moldova-diaspora-evidence"}
# UNOPS hosts the secretariat of the Platform on Disaster Displacement.
HOSTS = {("igad-disasters-climate", "UNOPS")}
# The case page of a border programme names SDG 15, Life on Land: left out until it is verified.
DOUBTFUL_GOALS = {("guinea-liberia-sierra-leone-borders", 15)}
# Government bodies of programmes in several countries.
GOVERNMENT_OF = {"Municipality of Santiago": "CHL", "Government of Mexico City": "MEX"}
# Partners whose name in the file holds more than a name and an acronym in brackets.
PARTNER_NAMES = {
    "Platform on Disaster Displacement (PDD, hosted by UNOPS)": (
        "Platform on Disaster Displacement",
        "PDD",
    )
}
# Who stands behind the address of a result.
RESULT_SOURCES = {
    "https://migrationnetwork.un.org/unece-donors-statement": (
        "Statement of the UNECE contributors, Geneva, 11 March 2024"
    ),
    "https://migrationnetwork.un.org/fund-action-": "UN Network on Migration, “Fund in Action”",
    "https://webapps.ilo.org/": "International Labour Organization, final evaluation",
    "https://indonesia.un.org/": "United Nations in Indonesia, 23 July 2024",
}


@transaction.atomic
def load() -> None:
    """Put on record what is missing: organizations, markers, programmes, results, stated counts."""
    reference = json.loads((DATA / "reference.json").read_text(encoding="utf-8"))
    for row in reference["markers"]:
        Marker.objects.get_or_create(key=row["key"], defaults=row)
    for row in reference["organizations"]:
        load_organization(row)
    now = datetime.now(UTC)
    for row in json.loads((DATA / "programmes.json").read_text(encoding="utf-8")):
        if not JointProgramme.objects.filter(slug=row["slug"]).exists():
            load_programme(row, now)
    with (DATA / "stated.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            load_stated(row, now)


def load_organization(row: Row) -> None:
    """Put a UN organization on record unless one is known by its acronym or by its name."""
    by_acronym = Q(acronym=row["acronym"], kind=Organization.Kind.UN)
    if not Organization.objects.filter(by_acronym | Q(name=row["name"], country=None)).exists():
        Organization.objects.create(**row, kind=Organization.Kind.UN)


def load_programme(row: Row, now: datetime) -> None:
    """Publish one programme with its parts and results."""
    programme = JointProgramme(
        slug=row["slug"],
        title=row["title"],
        short_title=row["short_title"],
        summary=row["summary"],
        region=row["region"] or "",
        launched_on=row["launch_event"] and date.fromisoformat(row["launch_event"]),
        duration_months=row["duration_months"],
        gateway_number=row["gateway_number"] or "",
        budget_usd=None if row["budget_usd"] is None else Decimal(row["budget_usd"]),
        budget_note=row["budget_note"] or "",
        organizations_complete=bool(row["punos_complete"]),
        objectives_complete=bool(row["gcm_objectives_complete"]),
        **_status(row),
        **_dates(row),
    )
    programme.save()
    programme.countries.set(Country.objects.filter(iso3__in=row["countries"]))
    programme.objectives.set(Objective.objects.filter(number__in=row["gcm_objectives"] or []))
    for part in (*_participations(row), *_goals(row), *_sources(row)):
        part.programme = programme
        part.save()
    publish(programme, now)
    for result in row["results"]:
        publish(_result(programme, result), now)


def _status(row: Row) -> Row:
    known = row["status_as_of"]
    if not row["status"] or known in STATUS_NOTES:
        note = STATUS_NOTES[known] if row["status"] else ""
        return {"status": row["status"] or "", "status_note": note}
    return {"status": row["status"], "status_on": date.fromisoformat(known)}


def _dates(row: Row) -> Row:
    values: Row = {"end_planned": row["slug"] in PLANNED_ENDS}
    for name in ("start", "end"):
        if row[name]:
            values[f"{name}_on"], values[f"{name}_precision"] = parse_partial(row[name])
    return values


def _participations(row: Row) -> Iterator[Participation]:
    role = Participation.Role
    for acronym in row["punos"]:
        organization = Organization.objects.get(acronym=acronym, kind=Organization.Kind.UN)
        part = role.LEAD if acronym == row["lead"] else role.PARTICIPATING
        if (row["slug"], acronym) in HOSTS:
            part = role.HOST
        yield Participation(organization=organization, role=part)
    for name in row["government_partners"]:
        iso3 = GOVERNMENT_OF.get(name) or row["countries"][0]
        body = _organization(name, "", Organization.Kind.GOVERNMENT, Country.objects.get(iso3=iso3))
        yield Participation(organization=body, role=role.PARTNER)
    for written in row["other_partners"]:
        name, acronym = PARTNER_NAMES.get(written) or _name_and_acronym(written)
        body = _organization(name, acronym, Organization.Kind.OTHER, None)
        yield Participation(organization=body, role=role.PARTNER)


def _name_and_acronym(written: str) -> tuple[str, str]:
    name, _bracket, acronym = written.removesuffix(")").partition(" (")
    return name, acronym


def _organization(name: str, acronym: str, kind: str, country: Country | None) -> Organization:
    organization, _created = Organization.objects.get_or_create(
        name=name, country=country, defaults={"acronym": acronym, "kind": kind}
    )
    return organization


def _goals(row: Row) -> Iterator[GoalTag]:
    for goal in row["sdgs"] or []:
        if (row["slug"], goal) not in DOUBTFUL_GOALS:
            yield GoalTag(goal=goal)
    for target in row["sdg_targets"] or []:
        yield GoalTag(goal=int(target.partition(".")[0]), target=target)


def _sources(row: Row) -> Iterator[ProgrammeLink]:
    for url in row["sources"]:
        yield ProgrammeLink(kind=ProgrammeLink.Kind.SOURCE, url=url)


def _result(programme: JointProgramme, row: Row) -> Result:
    result = Result(
        programme=programme,
        key=row["key"],
        figure=Decimal(row["figure"]),
        qualifier=row["qualifier"] or "",
        unit=row["unit"],
        what=row["what"],
        source=_source_of(row["source"]),
        source_url=row["source"],
    )
    if row["as_of"] and row["as_of"][:4].isdigit():
        result.as_of, result.as_of_precision = parse_partial(row["as_of"])
    else:
        result.as_of_words = row["as_of"] or ""
    return result


@cache
def _source_of(url: str) -> str:
    return next(name for start, name in RESULT_SOURCES.items() if url.startswith(start))


def load_stated(row: dict[str, str], now: datetime) -> None:
    """Publish a stated count unless the figure has one for that day."""
    day, precision = parse_partial(row["stated_for"])
    if StatedFigure.objects.filter(figure=row["figure"], stated_for=day).exists():
        return
    stated = StatedFigure(
        figure=row["figure"],
        value=Decimal(row["value"]),
        stated_for=day,
        stated_precision=precision,
        source=row["source"],
        source_url=row["source_url"],
    )
    publish(stated, now)
