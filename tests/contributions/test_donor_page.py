"""Donors: who is listed, what stands on each page, and what readers must not learn."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from mptf_portal.publishing import draft_correction, publish
from mptf_portal.snapshot import latest
from tests.elements import parse
from tests.factories import (
    LONG_AGO,
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    PledgeFactory,
    ReportedContributionFactory,
    TargetFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

LATER = timezone.now().replace(year=2099)


def get(client, address):
    response = client.get(address)
    assert response.status_code == 200, response
    return parse(response.content.decode())


def ledger(page):
    """Return the cells of each row of the ledger's table."""
    (table,) = page.all("table", "ledger")
    rows = [row.children for body in table.all("tbody") for row in body.all("tr")]
    return [[cell.text for cell in row if not isinstance(cell, str)] for row in rows]


def listed(client, address="/contributions/donors/"):
    page = get(client, address)
    return [link.text for row in page.all("th") for link in row.all("a")]


def test_the_list_holds_everybody_whom_readers_know_by_name(client):
    DepositFactory(pledge__donor__name="Norway")
    EntryFactory(pledge__donor__name="Denmark")
    ReportedContributionFactory(donor__name="Thailand")
    EditionFactory().statement.signatories.add(DonorFactory(name="Spain"))

    assert listed(client) == ["Denmark", "Norway", "Spain", "Thailand"]


@pytest.mark.parametrize("public_from", [None, LATER])
def test_nobody_is_listed_of_whom_nothing_is_public(client, public_from):
    donors = [
        DepositFactory(public_from=public_from).pledge.donor,
        EntryFactory(public_from=public_from).pledge.donor,
        ReportedContributionFactory(public_from=public_from).donor,
        PledgeFactory().donor,
        DonorFactory(),
    ]
    EditionFactory(public_from=public_from).statement.signatories.add(donors[-1])

    assert listed(client) == []
    for donor in donors:
        assert client.get(donor.get_absolute_url()).status_code == 404
        assert client.get(f"/figures/contributed/?by={donor.slug}").status_code == 400


def test_an_empty_list_says_so(client):
    assert "No donor is recorded yet." in get(client, "/contributions/donors/").text


def test_every_number_on_a_donors_page_is_its_figures(client):
    donor = DonorFactory()
    for year, amount in [(2022, "100.10"), (2023, "900.05")]:
        pledge = EntryFactory(
            pledge__donor=donor, pledge__funding_year=year, amount=Decimal(amount)
        ).pledge
        DepositFactory(pledge=pledge, amount=Decimal("20.01"))
    DepositFactory(pledge=EntryFactory().pledge)

    page = get(client, donor.get_absolute_url())

    linked = [(a, data) for a in page.all("a") for data in a.all("data")]
    assert len(linked) == 4 + 2 * 4
    for link, data in linked:
        figure = get(client, link.attributes["href"])
        (headline,) = figure.all("p", "headline")
        assert [one.attributes["value"] for one in headline.all("data")] == [
            data.attributes["value"]
        ]


def test_lines_stand_latest_first_and_of_one_day_deposits_first(client):
    donor = DonorFactory()
    for number, day in enumerate([date(2023, 1, 5), date(2023, 1, 6), date(2023, 1, 6)]):
        pledge = EntryFactory(pledge__donor=donor, dated=day, amount=Decimal(number + 1)).pledge
        DepositFactory(pledge=pledge, received_on=day, agent_reference=f"REF {number}")

    rows = ledger(get(client, donor.get_absolute_url()))

    assert [row[:2] for row in rows] == [
        ["6 January 2023", "Deposit REF 2"],
        ["6 January 2023", "Deposit REF 1"],
        ["6 January 2023", "Signed"],
        ["6 January 2023", "Signed"],
        ["5 January 2023", "Deposit REF 0"],
        ["5 January 2023", "Signed"],
    ]
    assert [row[3] for row in rows if row[1] == "Signed"] == ["USD 3.00", "USD 2.00", "USD 1.00"]


def test_lines_go_on_over_pages_without_a_gap_or_a_repetition(client):
    donor = DonorFactory()
    for number in range(60):
        pledge = EntryFactory(pledge__donor=donor, dated=date(2023, 1, 5 + number % 3)).pledge
        received_on = date(2023, 1, 5 + number % 3)
        DepositFactory(pledge=pledge, received_on=received_on, agent_reference=f"REF {number}")
    address = donor.get_absolute_url()

    first, second = get(client, address), get(client, f"{address}?page=2")

    assert "Rows 1 to 100 of 120" in first.text
    assert [link.attributes["href"] for link in first.all("a") if link.text == "Next"] == [
        f"{address}?page=2"
    ]
    days = [row[0] for page in (first, second) for row in ledger(page)]
    assert days == [f"{day} January 2023" for day in (7, 6, 5) for _number in range(40)]
    references = {row[1] for page in (first, second) for row in ledger(page)} - {"Signed"}
    assert len(references) == 60


def test_a_refund_is_a_negative_line_and_lowers_the_total(client):
    pledge = DepositFactory(amount=Decimal(500)).pledge
    DepositFactory(
        pledge=pledge, amount=Decimal(-100), received_on=date(2023, 3, 1), agent_reference="BACK"
    )

    page = get(client, pledge.donor.get_absolute_url())

    assert ledger(page)[0][1:5] == ["Refund BACK", "2023", "USD -100.00", "-100.00"]
    assert "400.00" in {data.attributes["value"] for data in page.all("data")}


def test_a_cancelled_pledge_has_no_amount_and_keeps_what_was_paid(client):
    pledge = EntryFactory().pledge
    DepositFactory(pledge=pledge, amount=Decimal(30))
    EntryFactory(
        pledge=pledge, kind="cancelled", amount=None, dated=date(2023, 6, 1), reason="No budget"
    )

    page = get(client, pledge.donor.get_absolute_url())

    assert ledger(page)[0][1:5] == ["Cancelled", "2023", "Cancelled: what was deposited stays", ""]
    totals = [
        data.attributes["value"] for dl in page.all("dl", "numbers") for data in dl.all("data")
    ]
    assert totals == ["30.00", "30.00", "30.00", "0.00"]


def test_a_pledge_without_a_rate_is_not_yet_valued(client):
    pledge = EntryFactory(pledge__currency="DKK", amount=Decimal(700)).pledge

    page = get(client, pledge.donor.get_absolute_url())

    assert ledger(page)[0][3:5] == ["DKK 700.00", "not yet valued"]
    assert "1 pledge not yet valued" in page.text
    assert list(page.all("data")) == []


def test_what_is_reported_is_shown_and_never_counted(client):
    report = ReportedContributionFactory(donor__name="Norway", what="Announced it.")

    page = get(client, report.donor.get_absolute_url())

    (shown,) = [row for one in page.all("ul", "reported") for row in one.all("li")]
    assert "2020 NOK 15,000,000.00 Pledge. Announced it." in shown.text
    assert "no figure of this portal counts it" in page.text
    assert list(page.all("data")) == []
    assert "not yet recorded" in get(client, f"/figures/donors/?by={report.donor.slug}").text


def test_reports_go_on_over_pages_of_their_own(client):
    donor = DonorFactory()
    ReportedContributionFactory.create_batch(101, donor=donor)
    address = donor.get_absolute_url()

    page = get(client, f"{address}?as_of=2025-01-01")

    assert "Rows 1 to 100 of 101" in page.text
    (following,) = [a.attributes["href"] for a in page.all("a") if a.text == "Next"]
    assert following == f"{address}?as_of=2025-01-01&reported=2"
    assert "Rows 101 to 101 of 101" in get(client, following).text


def test_a_report_of_a_later_day_is_not_known_on_the_day_asked_for(client):
    report = ReportedContributionFactory(dated=date(2024, 10, 9), year=None)
    address = report.donor.get_absolute_url()

    assert "Nothing is reported" in get(client, f"{address}?as_of=2024-10-08").text
    assert "9 October 2024" in get(client, f"{address}?as_of=2024-10-09").text


def test_an_agency_names_its_government_only_where_readers_know_it(client):
    government = DonorFactory(name="Sweden")
    agency = DonorFactory(name="Sida", kind="agency", parent=government)
    DepositFactory(pledge__donor=agency)
    address = agency.get_absolute_url()
    assert "Sweden" not in get(client, address).text

    DepositFactory(pledge__donor=government)

    links = {a.text: a.attributes["href"] for a in get(client, address).all("a")}
    assert links["Sweden"] == government.get_absolute_url()


def test_the_statements_signed_are_public_ones_of_the_day(client):
    donor = DepositFactory().pledge.donor
    for title, public_from in [("Signed", LONG_AGO), ("Draft", None)]:
        statement = EditionFactory(public_from=public_from, statement__title=title).statement
        statement.signatories.add(donor)
    address = donor.get_absolute_url()

    titles = [a.text for ul in get(client, address).all("ul", "signed") for a in ul.all("a")]

    assert titles == ["Signed"]
    assert "No statement is on record." in get(client, f"{address}?as_of=2024-03-10").text


def test_a_correction_stands_instead_of_the_row_it_replaces(client):
    deposit = DepositFactory(amount=Decimal(10))
    correction = draft_correction(deposit)
    correction.amount = correction.amount_usd = Decimal(12)
    publish(correction, latest().now)

    assert [row[4] for row in ledger(get(client, deposit.pledge.donor.get_absolute_url()))] == [
        "12.00"
    ]


def test_a_donor_of_whom_only_a_signature_is_known_says_what_is_not_recorded(client):
    EditionFactory().statement.signatories.add(DonorFactory(slug="spain"))
    TargetFactory()

    text = get(client, "/contributions/donors/spain/").text

    for words in (
        "No contribution is recorded yet.",
        "No entry and no deposit is recorded yet.",
        "Nothing is reported on record.",
    ):
        assert words in text
    assert "0.00" not in text


def test_a_donors_story_is_its_years_and_its_part_of_all_deposits(client):
    norway = DonorFactory(slug="norway")
    DepositFactory(pledge__donor=norway, pledge__funding_year=2021, amount=Decimal(30))
    EntryFactory(pledge__donor=norway, pledge__funding_year=2023)
    DepositFactory(amount=Decimal(61))

    (story,) = get(client, "/contributions/donors/norway/").all("p", "lede")

    assert story.text == "On record for 2 funding years since 2021. 32 % of all deposits."


def test_a_donor_of_whom_nothing_is_counted_has_no_story(client):
    ReportedContributionFactory(donor__slug="thailand")

    page = get(client, "/contributions/donors/thailand/")

    assert list(page.all("p", "lede")) == []
    assert list(page.all("svg")) == []


def test_a_donors_page_leads_to_the_status_of_its_pledges(client):
    EntryFactory(pledge__donor__slug="norway")

    page = get(client, "/contributions/donors/norway/?as_of=2024-01-01")

    links = {link.text: link.attributes["href"] for link in page.all("a")}
    address = links["The status of each of its pledges"]
    assert address == "/contributions/pledges/?donor=norway&as_of=2024-01-01"
    assert client.get(address).status_code == 200
