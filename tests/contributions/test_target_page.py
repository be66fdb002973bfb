"""The page of a year's target: what it is, how far it came, and who gave for that year."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.elements import parse
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EntryFactory,
    PledgeFactory,
    TargetFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

ADDRESS = "/contributions/targets/2023/"


def get(client, address=ADDRESS):
    response = client.get(address)
    assert response.status_code == 200, response
    return parse(response.content.decode())


def givers(page):
    return [a.text for body in page.all("tbody") for th in body.all("th") for a in th.all("a")]


def facts(page):
    (found,) = page.all("dl", "facts")
    return dict(zip((dt.text for dt in found.all("dt")), found.all("dd"), strict=True))


def test_it_tells_the_target_what_counts_towards_it_and_what_is_missing(client):
    TargetFactory(amount_usd=Decimal(1000))
    EntryFactory(amount=Decimal(439))
    EntryFactory(amount=Decimal(500), pledge__funding_year=2022)
    EntryFactory(amount=Decimal(100), kind="announced")

    page = get(client)

    (numbers,) = page.all("dl", "numbers")
    assert [data.attributes["value"] for data in numbers.all("data")] == [
        "1000.00",
        "439.00",
        "561.00",
    ]
    assert "USD 439.00 of commitments towards USD 1,000.00 (43 %)." in page.text


def test_a_target_that_was_reached_says_on_which_day(client):
    TargetFactory(amount_usd=Decimal(100))
    EntryFactory(dated=date(2023, 11, 30))

    (headline,) = get(client).all("p", "headline")

    assert headline.text == "Reached on 30 November 2023"
    assert headline.classes == ["headline", "verdict", "holds"]


def test_it_tells_month_by_month_how_the_total_came_along(client):
    TargetFactory(amount_usd=Decimal(1000))
    EntryFactory(amount=Decimal(100), dated=date(2023, 1, 5))
    EntryFactory(amount=Decimal(200), dated=date(2023, 1, 20))
    EntryFactory(amount=Decimal(33), dated=date(2023, 4, 2))

    (table,) = get(client).all("table", "months")

    assert [row.text for body in table.all("tbody") for row in body.all("tr")] == [
        "20 January 2023 300.00 30 %",
        "2 April 2023 333.00 33 %",
    ]


def test_each_month_leads_to_the_figure_as_of_the_day_of_its_last_change(client):
    TargetFactory(amount_usd=Decimal(1000))
    EntryFactory(amount=Decimal(100), dated=date(2023, 1, 5))
    EntryFactory(amount=Decimal(33), dated=date(2023, 4, 2))

    (table,) = get(client).all("table", "months")

    told = {a.attributes["href"]: next(a.all("data")).attributes["value"] for a in table.all("a")}
    assert list(told.values()) == ["100.00", "133.00"]
    for address, total in told.items():
        (headline,) = get(client, address).all("p", "headline")
        assert next(headline.all("data")).attributes["value"] == total


def test_the_line_goes_on_to_the_end_of_the_year_and_no_further(client):
    TargetFactory(amount_usd=Decimal(1000))
    EntryFactory(amount=Decimal(100), dated=date(2023, 1, 5))

    (axis,) = get(client).all("p", "axis")
    assert axis.text == "1 January 2023 31 December 2023"

    (axis,) = get(client, f"{ADDRESS}?as_of=2023-06-01").all("p", "axis")
    assert axis.text == "1 January 2023 1 June 2023"


def test_a_year_without_a_row_has_no_line(client):
    TargetFactory()

    page = get(client)

    assert list(page.all("svg")) == []
    assert "No contribution is recorded yet." in page.text


def test_a_basis_that_no_source_gives_is_unknown_and_the_page_says_what_is_used(client):
    target = TargetFactory()
    assert facts(get(client))["Measured on"].text == "not known; commitments are used"

    target.basis = "deposited"
    target.save()

    assert facts(get(client))["Measured on"].text == "Deposits"


def test_who_announced_it_when_and_where_it_is_written_are_facts_or_unknown(client):
    target = TargetFactory()
    unknown = facts(get(client))
    assert unknown["Announced by"].text == unknown["Announced on"].text == "not yet recorded"

    target.announced_by, target.announced_on = "Amy Pope", date(2023, 1, 5)
    target.source_url = "https://un.example.org/target"
    target.save()

    known = facts(get(client))
    assert (known["Announced by"].text, known["Announced on"].text) == (
        "Amy Pope",
        "5 January 2023",
    )
    assert [a.attributes["href"] for a in known["Source"].all("a", "source")] == [target.source_url]


def test_only_who_gave_for_that_year_is_listed_with_that_years_money(client):
    TargetFactory()
    norway = DonorFactory(name="Norway")
    EntryFactory(pledge__donor=norway, amount=Decimal(7))
    EntryFactory(pledge__donor=norway, amount=Decimal(500), pledge__funding_year=2022)
    EntryFactory(pledge__donor__name="Denmark", pledge__funding_year=2022)
    DepositFactory(pledge__donor__name="Chile", amount=Decimal(3))
    DepositFactory(pledge__donor__name="Austria", pledge__funding_year=2022)

    page = get(client)

    assert givers(page) == ["Chile", "Norway"]
    *_months, body = page.all("tbody")
    assert [data.attributes["value"] for data in body.all("data")] == [
        "3.00",
        "7.00",
        "7.00",
        "7.00",
    ]


def test_a_donor_with_a_draft_or_an_embargoed_row_for_the_year_is_not_listed(client):
    TargetFactory()
    for public_from in (None, timezone.now() + timedelta(days=1)):
        known = EntryFactory(pledge__funding_year=2022).pledge.donor
        EntryFactory(pledge=PledgeFactory(donor=known), public_from=public_from)
        DepositFactory(pledge=PledgeFactory(donor=known), public_from=public_from)

    page = get(client)

    assert givers(page) == []
    assert "No contribution is recorded yet." in page.text


def test_a_pledge_without_a_rate_is_listed_and_in_no_sum(client):
    TargetFactory()
    EntryFactory(pledge__donor__name="Denmark", pledge__currency="DKK")

    page = get(client)

    assert givers(page) == ["Denmark"]
    assert "1 pledge not yet valued" in page.text
    assert "not yet recorded" in page.text


def test_who_gave_goes_on_over_pages(client):
    TargetFactory()
    for number in range(101):
        EntryFactory(pledge__donor__name=f"Donor {number:03}")

    assert "Rows 1 to 100 of 101" in get(client).text
    assert givers(get(client, f"{ADDRESS}?page=2")) == ["Donor 100"]


@pytest.mark.parametrize("year", ["2024", "0", "99999999999999999999"])
def test_a_year_without_a_target_has_no_page(client, year):
    TargetFactory()
    TargetFactory(year=2024, public_from=None)
    TargetFactory(kind="capitalisation", year=None, period="2021 to May 2022")

    assert client.get(f"/contributions/targets/{year}/").status_code == 404


def test_a_target_is_not_known_before_it_was_announced(client):
    TargetFactory(announced_on=date(2023, 5, 2))

    assert client.get(f"{ADDRESS}?as_of=2023-05-01").status_code == 404
    assert get(client, f"{ADDRESS}?as_of=2023-05-02")


def test_it_leads_to_the_status_of_the_years_pledges(client):
    TargetFactory()
    EntryFactory()

    links = {link.text: link.attributes["href"] for link in get(client).all("a")}

    address = links["The status of each pledge for this year"]
    assert address == "/contributions/pledges/?year=2023"
    assert client.get(address).status_code == 200
