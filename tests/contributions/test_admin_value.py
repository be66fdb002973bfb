"""What an entry is worth, told while it is typed; the server alone decides when it is saved."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contributions.models import Donor, PledgeEntry
from tests.contributions import desk
from tests.factories import CountryFactory, EntryFactory, ExchangeRateFactory, PledgeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.either]

TYPED = {"currency": "DKK", "amount": "1000", "dated": "2023-01-10"}


@pytest.fixture
def officer():
    return desk.officer()


@pytest.fixture
def rate():
    """Ten Danish kroner a dollar."""
    return ExchangeRateFactory()


def told(client, **typed):
    answer = client.get(desk.page("pledge", "value"), TYPED | typed)
    assert answer.status_code == 200
    return answer.json()


def test_the_value_is_told_with_rate_source_and_day(officer, rate):
    assert told(officer) == {
        "words": "USD\u00a0100.00 at 10 DKK per US dollar"
        " · UN operational rates of exchange · effective 1 January 2019",
        "rate": "10",
    }


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"currency": "USD"}, "USD\u00a01,000.00"),
        ({"rate": "8"}, "USD\u00a0125.00 at 8 DKK per US dollar · the rate entered here"),
        (
            {"dated": "2018-12-31"},
            "Not yet valued: no UN operational rate of DKK is on record for 31 December 2018.",
        ),
        (
            {"currency": "XXY"},
            "“XXY” is not an ISO 4217 currency; write three capital letters, as in DKK.",
        ),
        ({"amount": "-1"}, "Ensure this value is greater than or equal to 0.01."),
        ({"rate": "0"}, "A rate is above zero."),
        ({"dated": "soon"}, "Write the day as 2024-04-03."),
    ],
)  # fmt: skip
def test_what_cannot_be_valued_says_why(officer, rate, typed, words):
    assert told(officer, **typed)["words"] == words


def test_nothing_is_kept_of_what_was_asked(officer, rate):
    told(officer)

    assert not PledgeEntry.objects.exists()
    assert officer.post(desk.page("pledge", "value"), TYPED).status_code == 405


def test_only_who_enters_entries_is_told():
    assert desk.second_approver().get(desk.page("pledge", "value"), TYPED).status_code == 403
    assert Client().get(desk.page("pledge", "value"), TYPED).status_code == 302


def test_the_entrys_page_says_what_it_is_worth_without_a_script(officer, rate):
    entry = EntryFactory(public_from=None, pledge__currency="DKK", amount=Decimal(1000))

    for address in (
        desk.page("pledge", "change", entry.pledge_id),
        desk.page("pledgeentry", "change", entry.pk),
    ):
        assert "USD\u00a0100.00 at 10 DKK" in officer.get(address).content.decode()


def test_a_lying_browser_does_not_change_what_an_entry_is_worth(officer, rate):
    pledge = PledgeFactory(currency="DKK")
    address = desk.page("pledge", "change", pledge.pk)
    row = {"dated": "2023-01-10", "kind": "signed", "amount": "1000"}
    lies = {"amount_usd": "999999", "value": "999999", "worth": "999999"}

    data = desk.with_row(desk.shown(officer, address), "entries", **row, **lies)
    desk.save(officer, address, data)

    assert PledgeEntry.objects.get().amount_usd == 100


def test_what_describes_a_rate_needs_the_rate(officer, rate):
    pledge = PledgeFactory(currency="DKK")
    address = desk.page("pledge", "change", pledge.pk)
    row = {"dated": "2023-01-10", "kind": "signed", "amount": "1000", "rate_source": "A bank"}

    message = desk.refused(
        officer, address, desk.with_row(desk.shown(officer, address), "entries", **row)
    )

    assert "Enter the rate itself" in message


def test_the_reason_of_another_rate_goes_with_it(officer, rate):
    entry = EntryFactory(public_from=None, pledge__currency="DKK", amount=Decimal(1000))
    address = desk.page("pledgeentry", "change", entry.pk)
    by_hand = {"rate": "8", "rate_date": "2023-01-09", "rate_source": "A bank"}
    desk.save(officer, address, desk.shown(officer, address) | by_hand | {"rate_reason": "Agreed"})

    desk.save(officer, address, desk.shown(officer, address) | {"dated": "2023-01-11"})

    kept = PledgeEntry.objects.get()
    assert (kept.dated, kept.rate, kept.rate_reason) == (date(2023, 1, 11), 10, "")


def test_without_javascript_an_empty_row_of_each_kind_is_a_link_away(officer):
    address = desk.page("pledge", "change", PledgeFactory().pk)

    few = desk.shown(officer, address)
    more = desk.shown(officer, f"{address}?more=1")

    for rows in ("entries", "instalments", "deposits", "footnotes"):
        assert (few[f"{rows}-TOTAL_FORMS"], more[f"{rows}-TOTAL_FORMS"]) == ("0", "1")


@pytest.mark.parametrize("act", ["add", "multi-year"])
def test_the_pages_ask_as_much_with_ten_donors_as_with_a_thousand(officer, act):
    address, country = desk.page("pledge", act), CountryFactory()

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert officer.get(address).status_code == 200
        return len(asked)

    def add_donors(numbers):
        Donor.objects.bulk_create(
            Donor(name=f"Donor {n}", slug=f"donor-{n}", kind="government", country=country)
            for n in numbers
        )

    add_donors(range(10))
    queries()  # a process looks up once what every later request knows
    few = queries()
    add_donors(range(10, 1000))

    assert queries() == few


def test_a_pledges_page_asks_as_much_with_one_row_as_with_twenty(officer):
    entry = EntryFactory(public_from=None)
    address = desk.page("pledge", "change", entry.pledge_id)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert officer.get(address).status_code == 200
        return len(asked)

    queries()  # a process looks up once what every later request knows
    few = queries()
    EntryFactory.create_batch(19, pledge=entry.pledge, public_from=None)

    assert queries() == few
