"""A programme's page leads to others that have something in common with it, and says what."""

from datetime import date

import pytest

from tests.elements import parse
from tests.factories import CountryFactory, ObjectiveFactory, ProgrammeFactory
from tests.programmes.register import correct

pytestmark = pytest.mark.django_db


def related(client, programme, query=""):
    page = parse(client.get(programme.get_absolute_url() + query).content.decode())
    return [li.text for one in page.all("ul", "related") for li in one.all("li")]


def test_it_says_why_each_is_related_those_of_the_same_country_first(client):
    kenya = CountryFactory(name_en="Kenya", subregion="Eastern Africa")
    uganda = CountryFactory(name_en="Uganda", subregion="Eastern Africa")
    chile = CountryFactory(name_en="Chile", subregion="South America")
    nine = ObjectiveFactory(number=9, short_title="Smuggling")
    one = ProgrammeFactory(countries=[kenya, chile], objectives=[nine])
    ProgrammeFactory(short_title="A", countries=[uganda])
    ProgrammeFactory(short_title="B", objectives=[nine])
    ProgrammeFactory(short_title="D", countries=[chile])
    ProgrammeFactory(short_title="C", countries=[kenya, chile], objectives=[nine])
    ProgrammeFactory(short_title="Elsewhere", objectives=[ObjectiveFactory(number=10)])

    assert related(client, one) == [
        "C also in Chile and Kenya",
        "D also in Chile",
        "B also for objective 9. Smuggling",
        "A also in Eastern Africa",
    ]


def test_a_programme_that_shares_nothing_says_so(client):
    one = ProgrammeFactory()
    ProgrammeFactory()

    assert related(client, one) == []
    page = client.get(one.get_absolute_url()).content.decode()
    assert "No other programme on record shares" in page


def test_drafts_later_programmes_and_its_own_corrections_are_not_related(client):
    kenya = CountryFactory()
    one = ProgrammeFactory(countries=[kenya])
    ProgrammeFactory(countries=[kenya], public_from=None)
    ProgrammeFactory(countries=[kenya], launched_on=date(2024, 1, 1))
    correct(one, title="New")

    assert related(client, one, "?as_of=2023-12-31") == []


def test_no_more_than_six_are_named(client):
    kenya = CountryFactory()
    for _number in range(8):
        one = ProgrammeFactory(countries=[kenya])

    assert len(related(client, one)) == 6
