"""Each country where programmes work stands on the map at its place, and in the list beside it."""

import re
from decimal import Decimal
from math import dist
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation

from programmes.map import places
from programmes.models import Country
from programmes.projection import on_the_map
from tests.elements import parse
from tests.factories import CountryFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db

LAND = Path(settings.BASE_DIR, "static/img/land.svg").read_text()


def place(number, **values):
    return CountryFactory.build(**values), number


def map_page(client, query=""):
    return parse(client.get(f"/programmes/?{query}view=map").content.decode())


@pytest.mark.parametrize(
    ("longitude", "latitude", "x", "y"),
    [
        (0, 0, 480, 235),
        (180, 0, 960, 235),
        (-90, 0, 240, 235),  # on the equator a degree is 480 / 180 wide
        (180, 90, 764.38, 1.38),  # a pole is 0.5925 times as long as the equator
        (180, -90, 764.38, 468.62),
        (45, 30, 592.24, 129.85),
        (-45, -30, 367.76, 340.15),
    ],
)
def test_a_place_lies_where_the_published_formula_puts_it(longitude, latitude, x, y):
    assert on_the_map(longitude, latitude) == pytest.approx((x, y), abs=0.01)


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [(20.0, -34.83), (103.5, 1.27), (-5.6, 36.0)],
    ids=["Cape Agulhas", "Tanjung Piai", "Tarifa"],
)
def test_a_cape_lies_on_the_coast_of_the_picture(longitude, latitude):
    coast = [tuple(map(float, point)) for point in re.findall(r"[ML]([\d.]+),([\d.]+)", LAND)]

    cape = on_the_map(longitude, latitude)

    assert min(dist(cape, point) for point in coast) < 1


def test_the_picture_is_as_large_as_the_map_and_holds_nothing_but_land():
    assert 'viewBox="0 0 960 470"' in LAND
    assert set(re.findall(r"<(\w+)", LAND)) == {"svg", "path"}
    assert "style" not in LAND


def test_the_centre_of_every_state_is_a_place_on_the_globe():
    call_command("load_reference", verbosity=0)

    centres = {row.iso3: (row.longitude, row.latitude) for row in Country.objects.all()}

    assert len(centres) == 197
    assert all(abs(east) <= 180 and abs(north) <= 90 for east, north in centres.values())
    assert centres["PHL"] == (122, 13)


def test_the_area_of_a_circle_is_in_proportion_to_the_number():
    one, four = places([place(1), place(4)])

    assert float(four.radius) == 2 * float(one.radius)
    assert (one.has_number, four.has_number) == (False, True)


def test_no_circle_is_larger_than_its_part_of_the_world_or_too_small_to_see():
    most, one = places([place(10_000), place(1)])

    assert float(most.radius) == 26
    assert float(one.radius) == 3


def test_the_measures_have_a_point_in_every_language():
    (one,) = places([place(1, longitude=Decimal("-1.5"), latitude=Decimal("60.25"))])

    with translation.override("fr"):
        assert all(re.fullmatch(r"\d+\.\d", text) for text in (one.x, one.y, one.radius))


def test_every_country_is_a_link_with_a_name_on_the_map_and_in_the_list(client):
    two, one = CountryFactory(iso3="TWO", name_en="Two"), CountryFactory(iso3="ONE", name_en="One")
    ProgrammeFactory(countries=[one, two])
    ProgrammeFactory(countries=[two])
    ProgrammeFactory(countries=[two], public_from=None)
    found = map_page(client)

    (drawn,) = found.all("svg", "map")
    circles = [(a.attributes["href"], a.attributes["aria-label"]) for a in drawn.all("a")]
    (listed,) = found.all("ul", "places")

    assert circles == [
        ("/countries/ONE/", "One: 1 programme"),
        ("/countries/TWO/", "Two: 2 programmes"),
    ]
    assert [li.text for li in listed.all("li")] == ["One 1 programme", "Two 2 programmes"]
    assert [a.attributes["href"] for a in listed.all("a")] == [href for href, _name in circles]
    assert "do not imply official endorsement" in found.text


def test_the_map_shows_what_was_asked_for_alone(client):
    here, there = CountryFactory(iso3="HER"), CountryFactory(iso3="THE")
    ProgrammeFactory(countries=[here, there], status="active")
    ProgrammeFactory(countries=[there], status="closed")
    found = map_page(client, "status=closed&")

    (listed,) = found.all("ul", "places")

    assert [a.attributes["href"] for a in listed.all("a")] == ["/countries/THE/"]
    assert [li.text.endswith("1 programme") for li in listed.all("li")] == [True]


def test_programmes_without_a_country_are_said_to_be_on_no_map(client):
    ProgrammeFactory(countries=[CountryFactory()])
    assert "on no map" not in map_page(client).text
    ProgrammeFactory()

    assert "1 programme names no country and is on no map." in map_page(client).text


def test_countries_of_the_same_programme_do_not_count_it_twice(client):
    countries = [CountryFactory(), CountryFactory()]
    ProgrammeFactory(countries=countries)
    found = map_page(client)

    assert next(found.all("p", "count")).text == "1 of 1 programme on record"
