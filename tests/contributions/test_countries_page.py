"""Every country with a programme or a donor is found, and no other."""

from datetime import date

import pytest

from tests.elements import parse
from tests.factories import CountryFactory, DonorFactory, EntryFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


def rows(client, query=""):
    """Return the programmes and donors of each country that is listed."""
    page = parse(client.get(f"/countries/{query}").content.decode())
    return {
        next(row.all("th")).text: [cell.text for cell in row.all("td", "number")]
        for body in page.all("tbody")
        for row in body.all("tr")
    }


def test_programmes_and_donors_that_readers_know_are_counted(client):
    both, gives, neither = (CountryFactory(name_en=name) for name in ("Both", "Gives", "Neither"))
    ProgrammeFactory(countries=[both])
    ProgrammeFactory(countries=[both])
    ProgrammeFactory(countries=[neither], public_from=None)
    for country in (both, gives, gives):
        EntryFactory(pledge__donor__country=country)
    DonorFactory(country=neither)  # of whom readers know nothing
    EntryFactory(pledge__donor=DonorFactory(kind="foundation", country=None))

    assert rows(client) == {"Both": ["2", "1"], "Gives": ["none on record", "2"]}


def test_a_programme_counts_from_the_day_it_was_funded(client):
    country = CountryFactory(name_en="Kenya")
    ProgrammeFactory(countries=[country], launched_on=date(2022, 1, 1))

    assert rows(client, "?as_of=2021-12-31") == {}
    assert rows(client, "?as_of=2022-01-01") == {"Kenya": ["1", "none on record"]}


def test_a_donor_counts_from_the_day_of_its_first_row(client):
    EntryFactory(pledge__donor__country__name_en="Kenya", dated=date(2023, 5, 1))

    assert rows(client, "?as_of=2023-04-30") == {}
    assert rows(client, "?as_of=2023-05-01") == {"Kenya": ["none on record", "1"]}


def test_an_empty_record_says_so(client):
    assert "No country is on record yet." in client.get("/countries/").content.decode()
