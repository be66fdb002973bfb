"""The programmes on a map: a circle at the centre of each country, and the same as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import ngettext

from mptf_portal.money import format_number
from mptf_portal.snapshot import Snapshot
from programmes.models import Country, JointProgramme
from programmes.models.questions import JointProgrammeQuerySet
from programmes.projection import on_the_map

SMALLEST, FIRST, LARGEST = 3, 6.5, 26  # radii: of any circle, of one programme's, of the most
ROOM_FOR_A_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Place:
    """A country on the map: how many programmes work there, and its circle.

    The circle's measures are texts: an SVG attribute has a point in every language. A circle that
    stands for one programme, or is too small, has no number in it.
    """

    country: Country
    programmes: int
    x: str
    y: str
    radius: str
    has_number: bool

    @property
    def in_words(self) -> str:
        """Return the country and how many programmes work there."""
        return ngettext(
            "%(country)s: %(number)s programme",
            "%(country)s: %(number)s programmes",
            self.programmes,
        ) % {"country": self.country.name, "number": format_number(self.programmes)}


def programme_map(snapshot: Snapshot, programmes: JointProgrammeQuerySet) -> dict[str, Any]:
    """Return what the map shows: its `places`, and the `number` of all and in `no_country`."""
    numbers = number_by_country(snapshot, programmes)
    countries = Country.objects.using(snapshot.using).filter(pk__in=numbers)
    return {
        "places": places([(country, numbers[country.pk]) for country in countries]),
        "number": programmes.count(),
        "no_country": programmes.without_country().count(),
    }


def number_by_country(snapshot: Snapshot, programmes: JointProgrammeQuerySet) -> dict[int, int]:
    """Return how many of the programmes work in each country that has any, by its key."""
    works_in = JointProgramme.countries.through.objects.using(snapshot.using)
    here = works_in.filter(Exists(programmes.filter(pk=OuterRef("jointprogramme"))))
    return dict(here.values_list("country").annotate(Count("pk")))


def places(numbers: Sequence[tuple[Country, int]]) -> tuple[Place, ...]:
    """Return the countries, each with its number of programmes, as circles.

    A circle's area grows with the number; where the largest would cover its neighbours, all are
    drawn smaller.
    """
    most = max((number for _country, number in numbers), default=1)
    unit = min(FIRST, LARGEST / sqrt(most))
    return tuple(
        _place(country, number, max(SMALLEST, unit * sqrt(number))) for country, number in numbers
    )


def _place(country: Country, number: int, radius: float) -> Place:
    x, y = on_the_map(float(country.longitude), float(country.latitude))
    measures = (f"{measure:.1f}" for measure in (x, y, radius))
    return Place(country, number, *measures, number > 1 and radius >= ROOM_FOR_A_NUMBER)
