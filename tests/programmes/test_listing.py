"""A reader narrows the list: what is counted is listed, and every choice has a way out."""

from datetime import date
from urllib.parse import urlencode

import pytest

from tests.elements import parse
from tests.factories import (
    CountryFactory,
    ObjectiveFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
)

pytestmark = pytest.mark.django_db

LIST = "/programmes/"
ALONE = {
    "country": "TJK",
    "region": "Asia",
    "objective": "9",
    "organization": "UN Women",
    "status": "closed",
    "year": "2022",
    "sdg": "10",
    "q": "fam",
}


def address(**asked):
    return f"{LIST}?{urlencode(asked)}" if asked else LIST


def page(client, **asked):
    response = client.get(address(**asked))
    assert response.status_code == 200, response
    return parse(response.content.decode())


def listed(client, **asked):
    """Return the names of the programmes that are listed, and check their number."""
    found = page(client, **asked)
    names = [h3.text for one in found.all("ol", "entries") for h3 in one.all("h3")]
    (count,) = found.all("p", "count")
    assert count.text.split(" ")[0] == str(len(names))
    return names


def links(found, name):
    return [a.attributes["href"] for one in found.all("", name) for a in one.all("a")]


def select(found, name):
    """Return the values that a list of the form offers, and the chosen ones."""
    options = list(found.place(f"filter-{name}").all("option"))
    values = [option.attributes["value"] for option in options]
    return values, [one.attributes["value"] for one in options if "selected" in one.attributes]


@pytest.fixture
def register():
    """Put two programmes on record: one that has all that `ALONE` asks for, one without."""
    tajikistan = CountryFactory(iso3="TJK", name_en="Tajikistan", region="Asia")
    one = ProgrammeFactory(
        short_title="Families",
        countries=[tajikistan, CountryFactory(region="Asia")],
        objectives=[ObjectiveFactory(number=9), ObjectiveFactory(number=10)],
        status="closed",
        launched_on=date(2022, 3, 1),
    )
    organization = OrganizationFactory(acronym="UN Women")
    ParticipationFactory(programme=one, organization=organization, role="lead")
    for target in ("", "10.2"):
        one.goal_tags.create(goal=10, target=target)
    ProgrammeFactory(
        short_title="Borders",
        countries=[CountryFactory(iso3="GIN", region="Africa")],
        objectives=[ObjectiveFactory(number=11)],
        status="active",
    )
    return one


@pytest.mark.parametrize(("name", "value"), ALONE.items())
def test_each_filter_alone_finds_what_it_names(client, register, name, value):
    assert listed(client) == ["Borders", "Families"]
    assert listed(client, **{name: value}) == ["Families"]


def test_all_filters_together_find_what_has_all_of_it(client, register):
    asked = {"q": ALONE["q"], **ALONE}

    assert listed(client, **asked) == ["Families"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"region": "Asia", "status": "closed"}, ["Families"]),
        ({"region": "Asia", "status": "active"}, []),
        ({"q": "b", "region": "Africa"}, ["Borders"]),
        ({"country": "GIN", "objective": "9"}, []),
    ],
)
def test_two_filters_find_what_has_both(client, register, asked, expected):
    assert listed(client, **asked) == expected


def test_the_count_says_how_many_of_all_on_record_are_listed(client, register):
    (some,) = page(client, region="Asia").all("p", "count")
    (none,) = page(client, region="Oceania").all("p", "count")

    assert some.text == "1 of 2 programmes on record"
    assert none.text == "0 of 2 programmes on record"


@pytest.mark.parametrize("view", ["", "table", "map"])
def test_the_count_is_the_same_in_each_form(client, register, view):
    asked = {"region": "Asia", "view": view} if view else {"region": "Asia"}

    (count,) = page(client, **asked).all("p", "count")

    assert count.text.startswith("1 of 2 ")


def test_a_long_list_is_counted_whole_and_goes_on_over_pages(client):
    for number in range(102):
        ProgrammeFactory(status="active" if number else "closed")

    for view in ({}, {"view": "table"}):
        found = page(client, status="active", **view)
        assert next(found.all("p", "count")).text == "101 of 102 programmes on record"
        assert "Rows 1 to 100 of 101" in found.text
        (onward,) = links(found, "pages")
        assert onward == f"{address(status='active', **view)}&page=2"
        assert "Rows 101 to 101 of 101" in parse(client.get(onward).content.decode()).text


def test_where_nothing_is_found_the_page_says_how_to_find_more(client, register):
    found = page(client, q="nowhere", region="Asia")

    assert "No programme on record matches." in found.text
    assert links(found, "nothing-found") == [
        "/programmes/?region=Asia#found",
        "/programmes/?q=nowhere#found",
        "/programmes/#found",
    ]


def test_each_choice_is_taken_back_by_a_link(client, register):
    found = page(client, q="fam", region="Asia", view="table")

    assert [one.text for one in next(found.all("ul", "choices")).all("a")] == [
        "Remove the filter Search: fam",
        "Remove the filter Region: Asia",
        "Show all",
    ]
    assert links(found, "choices") == [
        "/programmes/?region=Asia&view=table#found",
        "/programmes/?q=fam&view=table#found",
        "/programmes/?view=table#found",
    ]


def test_the_forms_of_the_list_keep_what_was_chosen(client, register):
    found = page(client, region="Asia", view="table", as_of="2025-01-01")

    assert links(found, "views") == [
        "/programmes/?region=Asia&as_of=2025-01-01#found",
        "/programmes/?region=Asia&view=table&as_of=2025-01-01#found",
        "/programmes/?region=Asia&view=map&as_of=2025-01-01#found",
    ]
    hidden = {
        one.attributes["name"]: one.attributes["value"]
        for form in found.all("form", "filters")
        for one in form.all("input")
        if one.attributes["type"] == "hidden"
    }
    assert hidden == {"view": "table", "as_of": "2025-01-01"}


def test_what_the_form_sends_is_led_to_one_address(client):
    sent = "q=&country=&region=Asia&objective=&organization=+&status=&year=&sdg=&view=table"

    response = client.get(f"{LIST}?{sent}")

    assert response.status_code == 302
    assert response["Location"] == "/programmes/?region=Asia&view=table"
    assert client.get(f"{LIST}?view=table&region=Asia")["Location"] == response["Location"]
    assert client.get(response["Location"]).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        "country=XXX",
        "country=tjk",
        "region=Atlantis",
        "objective=24",
        "objective=09",
        "objective=%D9%A9",
        "organization=NOBODY",
        "organization=IOM%00",
        "status=open",
        "year=2018",
        "year=23",
        "year=%EF%BC%92%EF%BC%90%EF%BC%92%EF%BC%93",
        "sdg=18",
        "sdg=0",
        "view=list",
        "region=Asia&region=Africa",
        f"q={'a' * 101}",
        "q=a%00b",
    ],
)
@pytest.mark.usefixtures("register")
def test_what_cannot_be_asked_is_answered_400_with_the_way_out(client, asked):
    response = client.get(f"{LIST}?{asked}")

    assert response.status_code == 400
    assert f"“{asked.partition('=')[0]}”" in parse(response.content.decode()).text


def test_what_exists_and_has_no_programme_is_an_empty_list(client, register):
    CountryFactory(iso3="FRA", name_en="France")
    ObjectiveFactory(number=23)
    ParticipationFactory(programme=ProgrammeFactory(), organization__acronym="ITU", role="partner")

    for asked in ({"country": "FRA"}, {"objective": "23"}, {"organization": "ITU"}):
        assert listed(client, **asked) == []
        ((name, value),) = asked.items()
        assert select(page(client, **asked), name)[1] == [value]


def test_the_form_offers_what_is_on_record(client, register):
    CountryFactory(iso3="FRA", name_en="France")
    ProgrammeFactory(public_from=None, countries=[CountryFactory(iso3="XYZ")])
    found = page(client, country="TJK")

    offered = {name: select(found, name)[0] for name in ALONE if name != "q"}

    assert select(found, "country") == (["", *offered["country"][1:]], ["TJK"])
    assert {"TJK", "GIN"} < set(offered["country"])
    assert not {"FRA", "XYZ"} & set(offered["country"])
    assert offered["region"] == ["", "Africa", "Americas", "Asia", "Europe", "Oceania"]
    assert offered["objective"] == ["", "9", "10", "11"]
    assert offered["organization"] == ["", "UN Women"]
    assert offered["status"] == ["", "active", "closed", "not-recorded"]
    assert offered["year"] == ["", "2022", "2021", "not-recorded"]
    assert offered["sdg"] == ["", "10"]


def test_a_partner_is_no_un_organization_of_a_programme(client, register):
    partner = OrganizationFactory(acronym="NGO", kind="other")
    ParticipationFactory(programme=register, organization=partner, role="partner")

    assert listed(client, organization="NGO") == []
    assert select(page(client), "organization")[0] == ["", "UN Women"]


def test_an_organization_without_an_acronym_goes_by_its_name(client, register):
    organization = OrganizationFactory(name="A very long name", acronym="")
    ParticipationFactory(programme=register, organization=organization)

    assert listed(client, organization="A very long name") == ["Families"]


# The year


@pytest.mark.parametrize(
    ("dates", "years"),
    [
        ({"launched_on": date(2021, 5, 25)}, {2021}),
        ({"start_on": date(2020, 12, 31), "start_precision": "year"}, {2020}),
        (
            {
                "start_on": date(2020, 12, 31),
                "start_precision": "year",
                "end_on": date(2022, 12, 31),
                "end_precision": "year",
            },
            {2020, 2021, 2022},
        ),
        (
            {
                "launched_on": date(2022, 6, 21),
                "end_on": date(2024, 12, 31),
                "end_precision": "month",
                "end_planned": True,
            },
            {2022, 2023, 2024},
        ),
        (
            {
                "funded_on": date(2019, 10, 31),
                "funded_precision": "month",
                "launched_on": date(2021, 4, 7),
            },
            {2019, 2020, 2021},
        ),
        ({}, {"not-recorded"}),
    ],
)
def test_a_programme_is_in_every_year_from_its_first_to_its_last_date(client, dates, years):
    ProgrammeFactory(short_title="One", **{"launched_on": None, **dates})

    asked = [*range(2019, 2027), "not-recorded"]

    assert {year for year in asked if listed(client, year=year)} == years


def test_an_earlier_day_knows_no_later_date_but_what_was_planned(client):
    ProgrammeFactory(
        short_title="Ended", launched_on=date(2021, 1, 1),
        end_on=date(2023, 6, 30), end_precision="day",
    )  # fmt: skip
    ProgrammeFactory(
        short_title="Planned", launched_on=date(2021, 1, 1),
        end_on=date(2023, 6, 30), end_precision="day", end_planned=True,
    )  # fmt: skip

    assert listed(client, year=2022, as_of="2021-12-31") == ["Planned"]
    assert listed(client, year=2022) == ["Ended", "Planned"]
    assert select(page(client, as_of="2021-12-31"), "year")[0][1:-1] == ["2023", "2022", "2021"]


def test_the_status_is_what_the_day_knew(client):
    ProgrammeFactory(short_title="One", status="closed", status_on=date(2023, 6, 1))
    ProgrammeFactory(short_title="Undated", status="closed")

    assert listed(client, status="closed", as_of="2023-05-31") == ["Undated"]
    assert listed(client, status="not-recorded", as_of="2023-05-31") == ["One"]
    assert listed(client, status="closed") == ["One", "Undated"]


# What a line of the list says


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({}, "not yet recorded"),
        ({"launched_on": date(2021, 5, 25)}, "launched 25 May 2021"),
        (
            {
                "start_on": date(2020, 12, 31),
                "start_precision": "year",
                "end_on": date(2022, 12, 31),
                "end_precision": "year",
                "launched_on": date(2021, 5, 25),
            },
            "from 2020, until 2022",
        ),
        (
            {"end_on": date(2027, 12, 31), "end_precision": "month", "end_planned": True},
            "planned until December 2027",
        ),
        ({"funded_on": date(2020, 3, 31), "funded_precision": "month"}, "funded March 2020"),
    ],
)
def test_a_line_says_when_as_far_as_it_is_known(client, dates, expected):
    ProgrammeFactory(**{"launched_on": None, **dates})

    (entry,) = page(client).all("ol", "entries")

    assert {dt.text: dd.text for dt, dd in zip(entry.all("dt"), entry.all("dd"), strict=True)}[
        "When"
    ] == expected


def test_typed_text_is_shown_as_text(client, register):
    html = client.get(f"{LIST}?q=%3Cscript%3E%22x").content.decode()

    assert "<script" not in html
    assert parse(html).place("filter-q").attributes["value"] == '<script>"x'


def test_an_organization_of_a_draft_alone_is_answered_as_one_that_is_not(client, register):
    draft = ProgrammeFactory(public_from=None)
    ParticipationFactory(programme=draft, organization__acronym="SECRET", role="lead")

    answers = [client.get(f"{LIST}?organization={name}") for name in ("SECRET", "NOBODY")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].content.replace(b"SECRET", b"NOBODY") == answers[1].content


def test_a_search_is_of_ten_words_at_most(client, register):
    assert client.get(LIST, {"q": " ".join(["a"] * 10)}).status_code == 200

    answer = client.get(LIST, {"q": " ".join(["a"] * 11)})

    assert answer.status_code == 400
    assert "at most 10 words" in answer.content.decode()


def test_a_sign_that_stands_for_many_words_is_counted_as_them(client, register):
    assert client.get(LIST, {"q": "\ufdfa" * 4}).status_code == 400
