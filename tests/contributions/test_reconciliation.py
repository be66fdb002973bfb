"""The ledger beside the Administrative Agent's totals: on every money page, and at the desk."""

from datetime import date
from decimal import Decimal

import pytest

from contributions.models import Deposit
from mptf_portal.publishing import withdraw
from mptf_portal.snapshot import latest
from tests.addresses import one_of_each
from tests.contributions.desk import approver, officer
from tests.elements import parse
from tests.factories import (
    DepositFactory,
    EntryFactory,
    ResultFactory,
    StatedFigureFactory,
    TargetFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

MONEY_PAGES = [
    "/about/",
    "/contributions/",
    "/contributions/donors/",
    "/contributions/donors/denmark/",
    "/contributions/targets/2023/",
    "/countries/DNK/",
    "/figures/contributed/",
    "/figures/contributed/?by=unece&stage=pledged&year=2023",
    "/figures/outstanding/",
    "/figures/target/?year=2023",
    "/figures/target-gap/?year=2023",
]
EQUAL = (
    "Deposits are reconciled with the Administrative Agent to 1 January 2024, difference US$ 0.00."
)
NOT_YET = "Deposits are not yet reconciled with the Administrative Agent."
DIFFERS = "Deposits are not reconciled with the Administrative Agent's latest total, of {}."
DEPOSITS = "Contributed: deposits of all donors, since the Fund's inception"
FIGURE = "contributed?by=all&stage=deposited"


def told(client, address):
    """Return what a page says of the reconciliation, and nothing else."""
    page = parse(client.get(address).content.decode())
    return [text.text for text in page.all("p", "reconciliation")]


def desk(client):
    """Return the officers' first page, its section on the reconciliation or None."""
    page = parse(client.get("/admin/").content.decode())
    return next(page.all("section", "reconciliation"), None)


@pytest.mark.parametrize("address", MONEY_PAGES)
def test_a_money_page_says_to_which_day_the_ledger_is_reconciled(client, address):
    one_of_each()
    stated = StatedFigureFactory(value=Decimal(100), stated_for=date(2024, 1, 1))
    assert told(client, address) == [EQUAL]

    stated.value = Decimal("100.01")
    stated.save()

    assert told(client, address) == [DIFFERS.format("1 January 2024")]


def test_without_a_stated_total_it_is_not_yet_reconciled(client):
    DepositFactory()

    assert told(client, "/contributions/") == [NOT_YET]


def test_a_draft_total_reconciles_nothing(client):
    DepositFactory(amount=Decimal(100))
    StatedFigureFactory(value=Decimal(100), public_from=None)

    assert told(client, "/contributions/") == [NOT_YET]


def test_a_page_of_an_earlier_day_knows_the_totals_of_its_day_only(client):
    DepositFactory(amount=Decimal(100), received_on=date(2023, 12, 1))
    StatedFigureFactory(value=Decimal(100), stated_for=date(2024, 1, 1))
    StatedFigureFactory(value=Decimal(7), stated_for=date(2024, 6, 30))

    assert told(client, "/contributions/") == [DIFFERS.format("30 June 2024")]
    assert told(client, "/contributions/?as_of=2024-06-29") == [EQUAL]
    assert told(client, "/contributions/?as_of=2023-12-31") == [NOT_YET]


def test_a_page_without_money_says_nothing_of_it(client):
    one_of_each()

    assert told(client, "/programmes/") == told(client, "/figures/donors/") == []


def test_the_desk_shows_each_difference_and_by_how_much():
    DepositFactory(amount=Decimal(100))
    StatedFigureFactory(value=Decimal("140.50"), stated_for=date(2024, 1, 1))
    StatedFigureFactory(value=Decimal(7), stated_for=date(2023, 1, 1))
    StatedFigureFactory(value=Decimal(100), stated_for=date(2023, 7, 1))

    section = desk(officer())

    rows = [row for body in section.all("tbody") for row in body.all("tr")]
    assert [row.text.rsplit(" ", 2)[0] for row in rows] == [
        f"1 January 2024 {DEPOSITS} USD 140.50 USD 100.00 USD -40.50",
        f"1 January 2023 {DEPOSITS} USD 7.00 not yet recorded USD -7.00",
    ]
    assert "The ledger and the total stated for 1 January 2024 differ." in section.text
    assert [a.attributes["href"] for a in rows[0].all("a")] == [
        "/figures/contributed/?by=all&stage=deposited&as_of=2024-01-01"
    ]


def test_the_desk_says_when_all_is_equal_and_when_nothing_is_on_record():
    client = officer()
    assert "No total of the Administrative Agent is on record yet." in desk(client).text

    DepositFactory(amount=Decimal(100))
    StatedFigureFactory(value=Decimal(100), stated_for=date(2024, 1, 1))

    assert "Reconciled to 1 January 2024: USD 100.00, difference US$ 0.00." in desk(client).text
    assert not any(desk(client).all("table"))


def test_the_desk_shows_it_only_to_who_may_view_stated_figures():
    assert desk(approver("view_statedfigure", "change_statedfigure")) is None


def test_the_link_to_enter_a_total_opens_a_form_with_the_figure_filled_in():
    client = officer()
    (link,) = [a for a in desk(client).all("a") if "Enter" in a.text]

    form = client.get(link.attributes["href"]).context["adminform"].form

    assert form["figure"].value() == FIGURE


def test_who_may_not_add_a_total_gets_no_link():
    assert not any(desk(approver("add_statedfigure")).all("a"))


def test_a_total_of_a_donor_whose_rows_were_withdrawn_breaks_no_page(client):
    deposit = DepositFactory(pledge__donor__slug="denmark")
    TargetFactory()
    figure = "contributed?by=denmark&stage=deposited"
    StatedFigureFactory(figure=figure, value=Decimal(100))
    withdraw(Deposit.objects.get(pk=deposit.pk), "A mistake", latest().now)

    section = desk(officer())

    assert f"{figure} USD 100.00 not yet recorded USD -100.00" in section.text
    assert told(client, "/contributions/") == [NOT_YET]


def test_a_stated_count_that_differs_from_ours_is_no_money():
    DepositFactory()

    StatedFigureFactory(figure="donors?by=all&stage=deposited", value=Decimal(21))

    assert not any(desk(officer()).all("table"))


@pytest.mark.parametrize(
    "figure",
    ["programmes", "donors?by=denmark&stage=deposited", "result?programme=border&key=people"],
)
def test_a_stated_count_is_no_money_whoever_is_withdrawn(figure):
    EntryFactory(pledge__donor__slug="denmark", public_from=None)
    ResultFactory(programme__slug="border", key="people", public_from=None)

    StatedFigureFactory(figure=figure, value=Decimal(21))

    assert not any(desk(officer()).all("table"))
