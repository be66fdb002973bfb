"""The list of figures: every one that needs no choice, with what its own page says."""

from decimal import Decimal

import pytest

from mptf_portal import figures
from tests.addresses import one_of_each
from tests.elements import parse
from tests.factories import DepositFactory, TargetFactory

pytestmark = pytest.mark.django_db

NEEDS_A_CHOICE = {"result"}
NEEDS_A_YEAR = {"target", "target-gap", "target-reached", "consecutive-year"}


def listed(client, address="/figures/"):
    """Return what the rows of the page say, by the address that each leads to."""
    page = parse(client.get(address).content.decode())
    rows = [row for body in page.all("tbody") for row in body.all("tr")]
    return {next(row.all("a")).attributes["href"]: row for row in rows}


def names(addresses):
    return {address.split("/")[2] for address in addresses}


def test_every_figure_and_claim_is_listed_that_needs_no_choice(client):
    one_of_each()

    assert names(listed(client)) == {one.name for one in figures.registered()} - NEEDS_A_CHOICE


def test_without_a_target_those_of_a_year_are_not_listed(client):
    known = {one.name for one in figures.registered()}

    assert names(listed(client)) == known - NEEDS_A_CHOICE - NEEDS_A_YEAR


def test_those_of_a_year_are_of_the_latest_target_that_has_begun(client):
    for year in (2022, 2023, 2099):
        TargetFactory(year=year)

    assert "/figures/target/?year=2023" in listed(client)


def test_a_row_says_what_the_figures_own_page_says(client):
    DepositFactory(amount=Decimal("1234.50"))

    row = listed(client)["/figures/contributed/?by=all&stage=deposited"]

    assert [data.attributes["value"] for data in row.all("data")] == ["1234.50"]
    assert "net of refunds" in row.text


def test_a_figures_own_page_is_cited_with_its_value_its_day_and_a_permanent_address(client):
    DepositFactory(amount=Decimal("1234.50"))

    page = parse(client.get("/figures/contributed/?as_of=2023-12-31").content.decode())

    (cited,) = page.all("p", "citation")
    assert "since the Fund's inception”: USD 1,234.50. Figures of the Migration" in cited.text
    assert "as of 31 December 2023" in cited.text
    own = "http://testserver/figures/contributed/?by=all&stage=deposited&as_of=2023-12-31"
    assert cited.text.endswith(own)


def test_what_is_not_recorded_is_no_zero(client):
    row = listed(client)["/figures/contributed/?by=all&stage=deposited"]

    assert "not yet recorded" in row.text
