"""The page of a country: what its donors gave, and which programmes work there."""

from datetime import date
from decimal import Decimal

import pytest

from tests.elements import parse
from tests.factories import (
    CountryFactory,
    DepositFactory,
    DonorFactory,
    EntryFactory,
    ProgrammeFactory,
    ReportedContributionFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def country():
    return CountryFactory(iso3="XYZ", name_en="Denmark", region="Americas", unece=True)


def get(client, address="/countries/XYZ/"):
    response = client.get(address)
    assert response.status_code == 200, response
    return parse(response.content.decode())


def rows(page):
    return [a.text for body in page.all("tbody") for th in body.all("th") for a in th.all("a")]


def test_small_letters_lead_to_the_permanent_address_and_keep_the_day(client, country):
    for asked, permanent in [
        ("/countries/xyz/", "/countries/XYZ/"),
        ("/countries/Xyz/?as_of=2023-12-31", "/countries/XYZ/?as_of=2023-12-31"),
    ]:
        response = client.get(asked)
        assert (response.status_code, response["Location"]) == (301, permanent)


@pytest.mark.parametrize("code", ["nothing", "XX", "DK", "WXYZ"])
def test_a_code_of_no_country_has_no_page(client, country, code):
    assert client.get(f"/countries/{code}/").status_code == 404


def test_a_country_with_nothing_on_record_says_so(client, country):
    page = get(client)

    assert "The Americas · member of UNECE" in page.text
    assert "No donor of this country is recorded yet." in page.text
    assert "No joint programme in this country is recorded yet." in page.text
    assert list(page.all("data")) == []


def test_a_country_tells_first_what_it_has(client, country):
    assert [h2.text for h2 in get(client).all("h2")] == ["Programmes there", "What its donors gave"]
    DepositFactory(pledge__donor__country=country)

    assert [h2.text for h2 in get(client).all("h2")] == ["What its donors gave", "Programmes there"]


def test_its_donors_are_those_that_readers_know_each_with_its_own_sums(client, country):
    government = DonorFactory(name="Government", country=country)
    agency = DonorFactory(name="Agency", kind="agency", parent=government, country=country)
    DonorFactory(name="Nobody", country=country)
    DepositFactory(pledge__donor=agency, amount=Decimal(7))
    DepositFactory(pledge__donor=government, amount=Decimal(5))
    DepositFactory()
    EntryFactory(pledge__donor__country=country, public_from=None)

    page = get(client)

    assert rows(page) == ["Agency", "Government"]
    assert [data.attributes["value"] for data in page.all("data")] == ["7.00", "5.00"]


def test_what_is_reported_is_told_and_not_counted(client, country):
    donor = DonorFactory(country=country)
    ReportedContributionFactory(donor=donor, dated=date(2024, 10, 9), year=None)
    ReportedContributionFactory(donor=donor, public_from=None)

    page = get(client)

    assert "1 contribution is reported by public sources" in page.text
    assert list(page.all("data")) == []
    assert "reported by public sources" not in get(client, "/countries/XYZ/?as_of=2024-10-08").text


def test_the_programmes_there_are_public_and_funded_by_the_day(client, country):
    ProgrammeFactory(short_title="Border", countries=[country, CountryFactory()])
    ProgrammeFactory(short_title="Later", countries=[country], launched_on=date(2024, 1, 1))
    ProgrammeFactory(short_title="Draft", countries=[country], public_from=None)
    ProgrammeFactory(short_title="Elsewhere", countries=[CountryFactory()])

    assert rows(get(client)) == ["Border", "Later"]
    assert rows(get(client, "/countries/XYZ/?as_of=2023-12-31")) == ["Border"]


def test_donors_and_programmes_go_on_over_pages_of_their_own(client, country):
    for number in range(101):
        name = f"Donor {number:03}"
        ReportedContributionFactory(donor=DonorFactory(name=name, country=country))
        ProgrammeFactory(short_title=f"Programme {number:03}", countries=[country])

    donors, programmes = (
        get(client, "/countries/XYZ/?donors=2"),
        get(client, "/countries/XYZ/?page=2"),
    )

    assert (rows(donors)[0], len(rows(donors))) == ("Donor 100", 1 + 100)
    assert (rows(programmes)[-1], len(rows(programmes))) == ("Programme 100", 100 + 1)
    assert [a.attributes["href"] for a in get(client).all("a") if a.text == "Next"] == [
        "/countries/XYZ/?donors=2",
        "/countries/XYZ/?page=2",
    ]
