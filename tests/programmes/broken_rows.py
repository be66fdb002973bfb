"""For each constraint of the app, a case: an unsaved row that breaks it and no other."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.db import models

from programmes.models import GoalTag, ProgrammeLink
from tests.factories import (
    CountryFactory,
    MarkerFactory,
    MarkerLevelFactory,
    ObjectiveFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
    ResultFactory,
    StatedFigureFactory,
)

DAY = date(2023, 1, 10)


def programme(**values: object) -> models.Model:
    return ProgrammeFactory.build(**values)


def result(**values: object) -> models.Model:
    return ResultFactory.build(**{"programme": ProgrammeFactory(), **values})


def participation(**values: object) -> models.Model:
    values = {"programme": ProgrammeFactory(), "organization": OrganizationFactory(), **values}
    return ParticipationFactory.build(**values)


def goal(**values: object) -> models.Model:
    return GoalTag(**{"programme": ProgrammeFactory(), "goal": 10, **values})


def link(**values: object) -> models.Model:
    address = "https://un.example.org/programme"
    return ProgrammeLink(
        **{"programme": ProgrammeFactory(), "kind": "source", "url": address, **values}
    )


def second(make: Callable[..., models.Model], *same: str, **values: object) -> models.Model:
    """Return a row that agrees with one on record in these fields."""
    first = make(**values)
    first.save()
    return make(**{name: getattr(first, name) for name in same}, **values)


def level(**values: object) -> models.Model:
    return MarkerLevelFactory.build(**{"marker": MarkerFactory(), **values})


CASES = {
    "country_iso3_three_capitals": lambda: CountryFactory.build(iso3="dnk"),
    "objective_number_1_to_23": lambda: ObjectiveFactory.build(number=24),
    "markerlevel_once": lambda: second(level, "marker", "name"),
    "organization_kind_known": lambda: OrganizationFactory.build(kind="club"),
    "organization_once_per_country": lambda: second(
        OrganizationFactory.build, "name", country=CountryFactory()
    ),
    "organization_without_country_once": lambda: second(OrganizationFactory.build, "name"),
    "participation_role_known": lambda: participation(role="guest"),
    "participation_once": lambda: second(participation, "programme", "organization"),
    "goaltag_goal_1_to_17": lambda: goal(goal=18),
    "goaltag_target_form": lambda: goal(target="ten"),
    "goaltag_once": lambda: second(goal, "programme", "goal", "target"),
    "programmelink_kind_known": lambda: link(kind="rumour"),
    "programmelink_once": lambda: second(link, "programme", "kind", "url"),
    "jointprogramme_one_public_per_slug": lambda: second(programme, "slug"),
    "jointprogramme_slug_is_not_reserved": lambda: programme(slug="objectives"),
    "jointprogramme_gateway_number_eight_digits": lambda: programme(gateway_number="1234567"),
    "jointprogramme_status_known": lambda: programme(status_on=DAY),
    "jointprogramme_funded_date": lambda: programme(funded_on=DAY),
    "jointprogramme_start_date": lambda: programme(start_on=DAY, start_precision="decade"),
    "jointprogramme_end_date": lambda: programme(end_precision="year"),
    "jointprogramme_money_not_negative": lambda: programme(expenditure_usd=Decimal(-1)),
    "result_one_public_per_key": lambda: second(result, "programme", "key"),
    "result_qualifier_known": lambda: result(qualifier="under"),
    "result_not_negative": lambda: result(figure=Decimal(-1)),
    "result_as_of_date": lambda: result(as_of=DAY),
    "statedfigure_one_public_per_day": lambda: second(
        StatedFigureFactory.build, "figure", "stated_for"
    ),
    "statedfigure_precision_known": lambda: StatedFigureFactory.build(stated_precision=""),
    "statedfigure_not_negative": lambda: StatedFigureFactory.build(value=Decimal(-1)),
}
# Tables of rows with a `public_from`, and how a row of each is made
PUBLIC_ROWS = {
    "programmes_jointprogramme": programme,
    "programmes_result": result,
    "programmes_statedfigure": StatedFigureFactory.build,
}
