"""Any day can be asked about: the page says which, keeps it in every link, and refuses the rest."""

import re
from datetime import UTC, datetime

import pytest

from tests.addresses import ADDRESSES, one_of_each
from tests.elements import parse
from tests.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.either]

TARGET = "/contributions/targets/2023/"
DAY = "2023-12-31"
FREE_OF_THE_DAY = ("/static/", "#", "http")  # files, places on the page, other sites
DELIVERED = "/statements/unece-2024/delivered/"
OF_THEIR_OWN_DAY = {DELIVERED: "2024-03-11", TARGET: "2023-01-10"}  # a delivery, a month
CITED = re.compile(r'<a rel="bookmark" href="[^"]*"')  # the address in a citation keeps its day


@pytest.fixture(autouse=True)
def _ledger():
    one_of_each()


def asked(address, day):
    return f"{address}{'&' if '?' in address else '?'}as_of={day}"


def test_a_page_of_another_day_says_so_and_keeps_the_day_in_every_link(client, subtests):
    for address in [*ADDRESSES, DELIVERED]:
        with subtests.test(address):
            page = Page(client.get(asked(address, DAY)).content.decode())

            assert "As of 31 December 2023." in page.text
            links = [
                link["href"] for link in page.links if not link["href"].startswith(FREE_OF_THE_DAY)
            ]
            if own := OF_THEIR_OWN_DAY.get(address):
                links = [link for link in links if not link.endswith(f"as_of={own}")]
            assert [link for link in links if f"as_of={DAY}" not in link] == [address]


def test_a_page_of_today_names_no_day_in_its_links(client, subtests):
    for address in [one for one in ADDRESSES if one != DELIVERED]:
        with subtests.test(address):
            html = client.get(address).content.decode()

            assert not re.search(r'href="[^"]*as_of=', CITED.sub("", html))
            assert "Show today" not in html


def test_the_ledgers_rules_are_applied_to_that_day(client):
    values = {
        day: Page(client.get(asked("/figures/contributed/", day)).content.decode()).values("total")
        for day in ("2023-12-31", "2024-01-01")
    }

    assert values == {"2023-12-31": [50], "2024-01-01": [100]}
    assert (
        "not yet recorded" in client.get("/figures/contributed/?as_of=2023-12-30").content.decode()
    )


def test_the_sentence_is_counted_as_of_that_day(client):
    assert b'<data value="50.00">50</data>' in client.get("/?as_of=2023-12-31").content
    assert b'<data value="100.00">100</data>' in client.get("/").content


@pytest.mark.parametrize(
    "query",
    ["as_of=", "as_of=yesterday", "as_of=2023-02-30", "as_of=20231231", "as_of=2023-W01-1",
     "as_of=2023", "as_of=２０２３-12-31", "as_of=2023-12-31%00",
     "as_of=2023-12-31&as_of=2023-12-31"],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/", "/contributions/", "/figures/donors/", DELIVERED])
def test_what_is_no_day_is_answered_400_with_an_example(client, address, query):
    response = client.get(f"{address}?{query}")

    assert response.status_code == 400
    assert "for example as_of=2023-12-31" in response.content.decode()


def test_a_day_without_a_record_is_answered_404(client, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 23, 59, tzinfo=UTC))

    before, to_come = client.get("/?as_of=2018-12-31"), client.get("/?as_of=2026-11-25")

    assert (before.status_code, to_come.status_code) == (404, 404)
    assert "The Fund began in 2019" in before.content.decode()
    assert "still to come" in to_come.content.decode()
    assert "<h1>There is no record of that day</h1>" in to_come.content.decode()
    assert client.get("/?as_of=2019-01-01").status_code == 200
    assert client.get("/?as_of=2026-11-24").status_code == 200


def test_the_way_out_of_a_day_without_a_record_is_the_same_page_today(client):
    page = client.get("/programmes/?view=map&as_of=2018-12-31").content.decode()

    assert '<a href="/programmes/?view=map">The same page as of today</a>' in page


def test_every_page_can_be_asked_for_another_day_and_keeps_what_else_was_asked(client):
    address = "/figures/contributed/?by=unece&year=2023&as_of=2023-12-31"
    page = parse(client.get(address).content.decode())

    (form,) = page.all("form", "day")
    fields = {one.attributes["name"]: one.attributes for one in form.all("input")}
    assert {name: field["value"] for name, field in fields.items()} == {
        "by": "unece", "year": "2023", "as_of": "2023-12-31"
    }  # fmt: skip
    assert form.attributes["action"] == "/figures/contributed/"
    assert fields["as_of"]["min"] == "2019-01-01"


def test_no_day_to_come_can_be_chosen(client, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 23, 59, tzinfo=UTC))

    (form,) = parse(client.get("/about/").content.decode()).all("form", "day")

    (field,) = form.all("input")
    assert (field.attributes["max"], field.attributes["value"]) == ("2026-11-24", "2026-11-24")


def test_a_day_ends_at_midnight_utc(client, time_machine):
    time_machine.move_to(datetime(2026, 11, 25, 0, 0, tzinfo=UTC))

    assert client.get("/?as_of=2026-11-25").status_code == 200


def test_the_day_stands_in_the_canonical_address(client):
    html = client.get("/figures/donors/?as_of=2023-12-31").content.decode()

    assert "/figures/donors/?by=all&amp;stage=deposited&amp;as_of=2023-12-31" in html
