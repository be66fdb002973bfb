"""Robots find every page that is public, nothing that is not, and nothing invented."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from contributions.models import Donor
from mptf_portal import robots
from mptf_portal.models import Demonstration
from tests.addresses import FOR_ROBOTS, one_of_each
from tests.factories import (
    CountryFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ProgrammeFactory,
    TargetFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

HOST = "http://testserver"
STANDING = ["/", "/about/", "/contributions/", "/contributions/donors/", "/programmes/objectives/"]
COUNTED = [  # figures and assertions that need no choice
    "/figures/all-continents/",
    "/figures/contributed/?by=all&stage=deposited",
    "/figures/countries-reached/",
    "/figures/donors/?by=all&stage=deposited",
    "/figures/objectives-covered/",
    "/figures/objectives-nearly-all/?at-least=20",
    "/figures/outstanding/?by=all",
    "/figures/programmes/",
    "/figures/uncommitted/?by=all",
]
ROWS = [
    "/contributions/donors/danida/",
    "/contributions/donors/denmark/",
    "/contributions/targets/2023/",
    "/countries/DNK/",
    "/programmes/border/",
    "/programmes/objectives/1/",
    "/statements/to-come/",
    "/statements/unece-2024/",
    "/statements/unece-2024/delivered/",
]


def listed(client, address="/sitemap.xml"):
    """Return the addresses that a sitemap names, less the host of the request."""
    found = re.findall("<loc>(.*?)</loc>", client.get(address).content.decode())
    assert all(one.startswith(HOST) for one in found)
    return [unescape(one).removeprefix(HOST) for one in found]


def test_the_sitemap_lists_every_public_address_once(client):
    one_of_each()

    standing = robots.standing_addresses()

    assert sorted(listed(client)) == sorted([*standing, *COUNTED, *ROWS])
    assert set(STANDING) <= set(standing)


def test_a_listed_address_is_answered_as_it_stands(client):
    one_of_each()

    answers = [client.get(address) for address in listed(client)]

    assert {answer.status_code for answer in answers} == {200}


def test_what_readers_do_not_know_is_not_listed(client):
    before = listed(client)
    draft, later = {"public_from": None}, {"public_from": timezone.now() + timedelta(days=1)}
    for hidden in (draft, later):
        country = CountryFactory()
        EntryFactory(pledge__donor=DonorFactory(country=country), **hidden)
        ProgrammeFactory(countries=[country], sources=[], **hidden)
        EditionFactory(**hidden)
    TargetFactory(**draft)

    assert listed(client) == before
    assert Donor.objects.exists()


def test_too_many_addresses_for_one_file_stand_in_several(client, monkeypatch):
    one_of_each()
    every = listed(client)
    monkeypatch.setattr(robots, "ADDRESSES_PER_FILE", 10)

    files = listed(client)

    assert files == [f"/sitemap.xml?file={number}" for number in (1, 2, 3)]
    assert [address for file in files for address in listed(client, file)] == every


def test_the_sitemap_of_another_day_keeps_the_day(client):
    one_of_each()

    assert all("as_of=2023-12-31" in one for one in listed(client, "/sitemap.xml?as_of=2023-12-31"))


def test_the_sitemap_is_xml_and_has_the_host_of_the_request(client, settings):
    settings.ALLOWED_HOSTS = ["portal.example.org"]

    answer = client.get("/sitemap.xml", headers={"host": "portal.example.org"}, secure=True)

    assert answer["Content-Type"] == "application/xml"
    assert answer.content.startswith(b"<?xml")
    assert b"<loc>https://portal.example.org/about/</loc>" in answer.content


def test_robots_are_told_of_the_sitemap_and_kept_out_of_the_desk(client):
    answer = client.get("/robots.txt")

    assert answer["Content-Type"].startswith("text/plain")
    assert answer.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        f"Sitemap: {HOST}/sitemap.xml",
    ]


def test_robots_are_kept_away_from_invented_amounts(client):
    Demonstration.objects.create(pk=1, loaded_on=timezone.now().date())

    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize("address", FOR_ROBOTS)
def test_what_robots_read_sets_no_cookie_and_is_only_read(client, address):
    answer = client.get(address)

    assert (answer.status_code, dict(answer.cookies)) == (200, {})
    assert client.post(address).status_code == 405
