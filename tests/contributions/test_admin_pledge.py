"""The pledge's page in the admin: what officers may type, and what the server makes of it."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from contributions.models import Deposit, Instalment, Pledge, PledgeEntry
from mptf_portal import review
from mptf_portal.publishing import draft_correction
from tests.contributions import desk
from tests.elements import parse
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EntryFactory,
    ExchangeRateFactory,
    PledgeFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

ENTRY = {"dated": "2023-01-10", "kind": "signed", "amount": "1000"}
DEPOSIT = {"received_on": "2023-02-01", "amount": "500", "amount_usd": "50"}


@pytest.fixture
def officer():
    return desk.officer()


@pytest.fixture
def boss():
    return get_user_model().objects.create_superuser("root")


@pytest.fixture
def pledge():
    return PledgeFactory(currency="DKK")


@pytest.fixture
def rate():
    """Ten Danish kroner a dollar."""
    return ExchangeRateFactory()


def new_pledge(client, currency="DKK"):
    """Return what the browser posts of a new pledge without any row."""
    terms = {"donor": DonorFactory().pk, "funding_year": 2023, "currency": currency}
    return desk.shown(client, desk.page("pledge", "add")) | terms


def change_page(row):
    pledge = row if isinstance(row, Pledge) else row.pledge
    return desk.page("pledge", "change", pledge.pk)


def entry_draft(**values):
    return EntryFactory(public_from=None, pledge__currency="DKK", **values)


def test_a_pledge_is_entered_with_its_entry_and_deposit_in_one_form(officer, rate):
    data = desk.with_row(new_pledge(officer), "entries", **ENTRY)
    data = desk.with_row(data, "deposits", **DEPOSIT, agent_reference="AA-1")

    desk.save(officer, desk.page("pledge", "add"), data)

    pledge = Pledge.objects.get()
    assert (pledge.entries.get().amount, pledge.deposits.get().amount_usd) == (1000, 50)


def test_dollars_are_computed_from_the_rate_in_force_on_the_entrys_date(officer, rate):
    ExchangeRateFactory(effective_on=date(2023, 1, 11), rate=Decimal(5))
    data = desk.with_row(new_pledge(officer), "entries", **ENTRY)

    desk.save(officer, desk.page("pledge", "add"), data)

    entry = PledgeEntry.objects.get()
    assert (entry.amount_usd, entry.rate, entry.rate_date) == (100, 10, rate.effective_on)


def test_dollars_that_a_browser_sends_are_ignored(officer, rate):
    data = desk.with_row(new_pledge(officer), "entries", **ENTRY, amount_usd="999999")

    desk.save(officer, desk.page("pledge", "add"), data)

    assert PledgeEntry.objects.get().amount_usd == 100


def test_an_entry_in_a_currency_without_a_rate_is_kept_without_dollars(officer):
    data = desk.with_row(new_pledge(officer, "SEK"), "entries", **ENTRY)

    desk.save(officer, desk.page("pledge", "add"), data)

    entry = PledgeEntry.objects.get()
    assert (entry.amount_usd, entry.rate) == (None, None)


def test_a_rate_entered_by_hand_needs_its_date_its_source_and_a_reason(officer, pledge):
    data = desk.shown(officer, change_page(pledge))

    message = desk.refused(
        officer, change_page(pledge), desk.with_row(data, "entries", **ENTRY, rate="8")
    )

    assert message.count("An entered rate needs its date, its source and a reason.") == 3


def test_a_rate_entered_by_hand_values_the_entry_instead_of_the_one_in_force(officer, pledge, rate):
    by_hand = {"rate": "8", "rate_date": "2023-01-09", "rate_source": "Danmarks Nationalbank"}
    by_hand["rate_reason"] = "As the arrangement says"
    data = desk.with_row(desk.shown(officer, change_page(pledge)), "entries", **ENTRY, **by_hand)

    desk.save(officer, change_page(pledge), data)

    assert PledgeEntry.objects.get().amount_usd == 125


@pytest.mark.parametrize("entered", ["0", "-8", "0.00000001"])
def test_a_rate_that_values_nothing_sensibly_is_refused_with_a_message(officer, pledge, entered):
    by_hand = {"rate": entered, "rate_date": "2023-01-09", "rate_source": "A typing error"}
    row = ENTRY | {"amount": "9999999999999999"} | by_hand
    data = desk.with_row(desk.shown(officer, change_page(pledge)), "entries", **row)

    assert desk.refused(officer, change_page(pledge), data)


def test_changing_the_date_fills_in_the_rate_anew(officer, rate):
    ExchangeRateFactory(effective_on=date(2023, 6, 1), rate=Decimal(5))
    entry = entry_draft(amount=Decimal(1000))
    data = desk.shown(officer, change_page(entry)) | {"entries-0-dated": "2023-06-02"}

    desk.save(officer, change_page(entry), data)

    entry.refresh_from_db()
    assert (entry.rate, entry.amount_usd) == (5, 200)


def test_changing_the_amount_values_it_at_the_same_rate(officer, rate):
    entry = entry_draft(amount=Decimal(1000))
    data = desk.shown(officer, change_page(entry)) | {"entries-0-amount": "3000"}

    desk.save(officer, change_page(entry), data)

    entry.refresh_from_db()
    assert entry.amount_usd == 300


def test_changing_the_currency_of_a_draft_pledge_values_its_drafts_anew(officer, rate):
    ExchangeRateFactory(currency="SEK", rate=Decimal(20))
    entry = entry_draft(amount=Decimal(1000))
    data = desk.shown(officer, change_page(entry)) | {"currency": "SEK"}

    desk.save(officer, change_page(entry), data)

    entry.refresh_from_db()
    assert (entry.rate, entry.amount_usd) == (20, 50)


def test_a_rate_entered_together_with_a_new_currency_is_kept(officer, rate):
    entry = entry_draft(amount=Decimal(1000))
    by_hand = {"rate": "16", "rate_date": "2023-01-09", "rate_source": "Sveriges riksbank"}
    by_hand["rate_reason"] = "As the arrangement says"
    data = desk.shown(officer, change_page(entry)) | {"currency": "SEK"}
    data |= {f"entries-0-{name}": value for name, value in by_hand.items()}

    desk.save(officer, change_page(entry), data)

    entry.refresh_from_db()
    assert (entry.rate, entry.rate_source, entry.amount_usd) == (16, "Sveriges riksbank", 62.5)


@pytest.mark.parametrize("publish", [EntryFactory, DepositFactory])
def test_donor_year_and_currency_stay_once_a_row_is_public(officer, publish):
    row = publish(pledge__currency="DKK")
    crafted = {"currency": "SEK", "funding_year": 2030, "donor": DonorFactory().pk}

    desk.save(officer, change_page(row), desk.shown(officer, change_page(row)) | crafted)

    kept = Pledge.objects.get(pk=row.pledge_id)
    expected = (row.pledge.donor_id, row.pledge.funding_year, "DKK")
    assert (kept.donor_id, kept.funding_year, kept.currency) == expected


def test_a_public_rows_fields_are_not_changed_by_a_crafted_post(officer, rate):
    entry = EntryFactory(pledge__currency="DKK", amount=Decimal(1000))
    deposit = DepositFactory(pledge=entry.pledge)
    crafted = {"entries-0-amount": "7000", "entries-0-dated": "2024-01-01"}
    crafted |= {"deposits-0-amount_usd": "7", "deposits-0-agent_reference": "OTHER"}

    desk.save(officer, change_page(entry), desk.shown(officer, change_page(entry)) | crafted)

    stored = PledgeEntry.objects.get()
    assert (stored.amount, stored.dated, stored.amount_usd) == (1000, entry.dated, 100)
    assert Deposit.objects.get().agent_reference == deposit.agent_reference


def test_a_row_of_another_pledge_is_not_reached_by_a_crafted_post(officer, pledge):
    other = entry_draft(amount=Decimal(1000))
    data = desk.with_row(desk.shown(officer, change_page(pledge)), "entries", id=other.pk, **ENTRY)
    data |= {"entries-INITIAL_FORMS": 1, "entries-0-pledge": pledge.pk}

    officer.post(change_page(pledge), data)

    assert PledgeEntry.objects.get().pledge_id == other.pledge_id


def test_a_reference_that_stands_on_the_page_twice_is_refused(officer, pledge):
    data = desk.shown(officer, change_page(pledge))
    for _copy in range(2):
        data = desk.with_row(data, "deposits", **DEPOSIT, agent_reference="AA-1")

    assert "AA-1 stands on this page twice." in desk.refused(officer, change_page(pledge), data)


def test_a_reference_that_is_on_record_is_refused(officer, pledge):
    known = DepositFactory()
    data = desk.shown(officer, change_page(pledge))
    data = desk.with_row(data, "deposits", **DEPOSIT, agent_reference=known.agent_reference)

    message = desk.refused(officer, change_page(pledge), data)

    assert f"“{known}” of {known.pledge} has this reference already" in message


def test_two_references_may_not_be_exchanged_into_the_same_one(officer, pledge):
    first, second = DepositFactory.create_batch(2, pledge=pledge, public_from=None)
    crafted = {"deposits-1-agent_reference": first.agent_reference}

    data = desk.shown(officer, change_page(pledge)) | crafted

    assert "has this reference already" in desk.refused(officer, change_page(pledge), data)
    assert Deposit.objects.get(pk=second.pk).agent_reference == second.agent_reference


def test_a_dollar_pledges_deposit_has_one_amount(officer):
    data = desk.with_row(new_pledge(officer, "USD"), "deposits", **DEPOSIT, agent_reference="AA-1")

    message = desk.refused(officer, desk.page("pledge", "add"), data)

    assert "both amounts are the same" in message


def test_two_instalments_of_one_day_are_refused_with_a_message(officer):
    data = new_pledge(officer)
    for _copy in range(2):
        data = desk.with_row(data, "instalments", due_on="2023-03-01", amount="5")

    assert desk.refused(officer, desk.page("pledge", "add"), data)
    assert not Instalment.objects.exists()


def test_a_currency_that_iso_4217_never_had_is_refused(officer):
    data = new_pledge(officer, currency="XXY")

    message = desk.refused(officer, desk.page("pledge", "add"), data)

    assert "is not an ISO 4217 currency" in message


def test_a_day_that_may_be_two_is_refused_with_the_way_to_write_it(officer):
    data = desk.with_row(new_pledge(officer), "entries", **ENTRY | {"dated": "03/04/2023"})

    message = desk.refused(officer, desk.page("pledge", "add"), data)

    assert "Write the day as 2024-04-03." in message
    assert not Pledge.objects.exists()


def test_a_year_of_an_agreement_is_on_one_pledge(officer):
    known = PledgeFactory(agreement_reference="SAA-1", funding_year=2023)
    data = new_pledge(officer) | {"agreement_reference": "SAA-1"}

    message = desk.refused(officer, desk.page("pledge", "add"), data)

    assert f"“{known}” is on record already" in message
    assert Pledge.objects.get() == known


def test_the_reference_of_an_agreement_in_other_letters_is_the_same(officer):
    PledgeFactory(agreement_reference="SAA-1", funding_year=2023)
    data = new_pledge(officer) | {"agreement_reference": "saa-1"}

    assert "is on record already" in desk.refused(officer, desk.page("pledge", "add"), data)


def test_an_agreement_of_which_all_was_withdrawn_is_entered_anew(officer, boss):
    entry = EntryFactory(pledge__agreement_reference="SAA-1", pledge__funding_year=2023)
    review.withdraw(entry, boss, "It was in euro", timezone.now())

    desk.save(
        officer,
        desk.page("pledge", "add"),
        new_pledge(officer) | {"agreement_reference": "SAA-1"},
    )

    assert Pledge.objects.filter(agreement_reference="SAA-1").count() == 2


def test_a_twin_that_stands_already_stops_no_deposit(officer):
    pledges = [PledgeFactory(agreement_reference="SAA-1", funding_year=2023) for _ in range(2)]
    for pledge in pledges:
        EntryFactory(pledge=pledge)
    address = desk.page("pledge", "change", pledges[0].pk)
    values = {"received_on": "2024-02-01", "amount": "5", "amount_usd": "5"}

    desk.save(
        officer,
        address,
        desk.with_row(desk.shown(officer, address), "deposits", agent_reference="AA-9", **values),
    )

    assert Deposit.objects.get().agent_reference == "AA-9"


def test_a_reference_that_a_corrected_deposit_has_is_refused_when_it_is_typed(officer, boss):
    old = DepositFactory(agent_reference="AA-9")
    correction = desk.submitted(draft_correction(old, "Read wrong"))
    review.approve([correction], boss, timezone.now(), "Read wrong")
    pledge = EntryFactory().pledge
    address = desk.page("pledge", "change", pledge.pk)
    values = {"received_on": "2024-02-01", "amount": "5", "amount_usd": "5"}

    message = desk.refused(
        officer,
        address,
        desk.with_row(desk.shown(officer, address), "deposits", agent_reference="AA-9", **values),
    )

    assert f"of {old.pledge} has this reference already" in message


def test_why_it_was_sent_back_stands_on_the_page_of_the_pledge(officer, boss):
    row = desk.submitted(EntryFactory(public_from=None))
    review.send_back([row], boss, "Which page of the letter?")

    page = officer.get(desk.page("pledge", "change", row.pledge_id)).content.decode()

    assert "Which page of the letter?" in page


def remarks(client, row):
    page = parse(client.get(change_page(row)).content.decode())
    return [one.text for box in page.all("div", "remarks") for one in box.all("li")]


def test_the_page_tells_what_to_look_at_twice(officer):
    entry = EntryFactory(amount=Decimal(100), public_from=None, dated=date(2100, 1, 1))
    DepositFactory(pledge=entry.pledge, amount=Decimal(900), public_from=None)
    twin = entry.pledge
    other = PledgeFactory(donor=twin.donor, funding_year=twin.funding_year, currency=twin.currency)
    EntryFactory(pledge=other, public_from=None)

    assert remarks(officer, entry) == [
        "Another pledge of this donor, year and currency is on record. Enter a pledge once.",
        "USD 900.00 is entered as deposited: more than the USD 100.00 pledged.",
        "“Signed 2100-01-01” is dated in the future: it is published from that day on.",
    ]


def test_a_page_with_nothing_odd_has_no_remarks(officer):
    entry = EntryFactory(amount=Decimal(100))
    DepositFactory(pledge=entry.pledge, amount=Decimal(100))

    assert remarks(officer, entry) == []
