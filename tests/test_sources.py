"""Each fact on a donor's or programme's page leads to its source."""

from datetime import date
from decimal import Decimal
from functools import cache

import pytest
from django.core.management import call_command

from contributions.models import Donor
from programmes.models import JointProgramme
from tests.elements import parse
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ReportedContributionFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]


def get(client, address):
    return parse(client.get(address).content.decode())


def facts(page):
    """Return what the page asserts, less what it says is unknown."""
    lists = [("dl", "numbers", "dd"), ("dl", "facts", "dd"), ("ul", "results", "li")]
    lists += [("ul", "reported", "li"), ("ul", "signed", "li")]
    found = [e for tag, name, each in lists for one in page.all(tag, name) for e in one.all(each)]
    rows = [body for table in page.all("table", "ledger") for body in table.all("tbody")]
    found += [row for body in rows for row in body.all("tr")]
    return [fact for fact in found if not is_unknown(fact)]


def is_unknown(fact):
    """Tell whether a fact says no more than that it is unknown."""
    return "unknown" in fact.classes or any(
        part.text == fact.text for part in fact.all(name="unknown")
    )


def sources(fact):
    return [link.attributes["href"] for link in fact.all("a", "source")]


def unsourced(client, page):
    """Return each fact whose links to a source are none, or lead nowhere."""
    return [
        fact.text
        for fact in facts(page)
        if not sources(fact) or not all(leads(client, page, at) for at in sources(fact))
    ]


def leads(client, page, address):
    """Tell whether an address is of another site, of a place with sources, or of a page here."""
    if address.startswith(("https://", "http://")):
        return True
    if address.startswith("#"):
        place = page.place(address.removeprefix("#"))
        return place is not None and any(place.all("a"))
    here, _mark, place = address.partition("#")
    answer = answered(client, here)
    return answer is not None and (not place or answer.place(place) is not None)


@cache
def answered(client, address):
    """Return the page at an address of the site, None where there is none."""
    answer = client.get(address)
    return parse(answer.content.decode()) if answer.status_code == 200 else None


def test_every_fact_of_the_published_programmes_and_donors_has_a_source(client):
    for name in ("reference", "published", "statement"):
        call_command(f"load_{name}", verbosity=0)
    rows = [*JointProgramme.objects.all(), *Donor.objects.all()]
    pages = [get(client, row.get_absolute_url()) for row in rows]

    assert len(pages) == 11 + 9
    assert all(len(facts(page)) >= 3 for page in pages)
    assert [unsourced(client, page) for page in pages] == [[]] * len(pages)


def donor_with_every_kind_of_row():
    """Return an agency that pledged, paid, was refunded, cancelled, was reported and signed."""
    government = DonorFactory()
    donor = DonorFactory(kind="agency", parent=government, global_south=True)
    for number, evidence in enumerate(["https://un.example.org/a.pdf", "A letter", ""], start=1):
        pledge = EntryFactory(pledge__donor=donor, evidence=evidence).pledge
        DepositFactory(pledge=pledge, received_on=date(2023, 3, number), evidence=evidence)
    DepositFactory(pledge=pledge, amount=Decimal(-40), received_on=date(2023, 4, 1))
    cancelled = {"kind": "cancelled", "amount": None, "reason": "No budget"}
    EntryFactory(pledge=pledge, dated=date(2023, 5, 1), **cancelled)
    EntryFactory(pledge__donor=donor, pledge__currency="DKK")
    ReportedContributionFactory(donor=donor)
    EditionFactory().statement.signatories.add(donor)
    return donor


@pytest.mark.parametrize("query", ["", "?as_of=2025-12-31"])
def test_every_row_of_the_ledger_has_a_source_whatever_its_evidence(client, query):
    donor = donor_with_every_kind_of_row()

    page = get(client, donor.get_absolute_url() + query)

    # four totals; kind, country, group; nine rows; one report; one statement
    assert len(facts(page)) == 4 + 3 + 9 + 1 + 1
    assert unsourced(client, page) == []


def test_a_document_with_an_address_is_linked_and_another_is_named(client):
    donor = donor_with_every_kind_of_row()
    page = get(client, donor.get_absolute_url())
    (table,) = page.all("table", "ledger")
    linked = {(a.text, a.attributes["href"]) for a in table.all("a", "source")}

    figure = f"/figures/contributed/?by={donor.slug}&stage="
    assert linked == {
        ("https://un.example.org/a.pdf", "https://un.example.org/a.pdf"),
        ("A letter", f"{figure}pledged"),
        ("A letter", f"{figure}deposited"),
        ("the ledger", f"{figure}pledged"),
        ("the ledger", f"{figure}deposited"),
    }


@pytest.mark.parametrize(
    "html",
    [
        '<dl class="facts"><dt>Kind</dt><dd>Government</dd></dl>',
        '<dl class="facts"><dd>Government <a href="/about/">x</a></dd></dl>',
        '<dl class="facts"><dd>Government <a class="source" href="/about/#nothing">x</a></dd></dl>',
        '<dl class="facts"><dd>Government <a class="source" href="#sources">x</a></dd></dl>',
        '<dl class="facts"><dd>1 <a class="source" href="#empty">x</a></dd></dl><p id="empty"></p>',
        '<dl class="facts"><dd>IOM <p class="unknown">not complete</p></dd></dl>',
        '<dl class="numbers"><dd><data value="5">5</data></dd></dl>',
        '<dl class="numbers"><dd>5 <a class="source" href="/nothing">x</a></dd></dl>',
        '<ul class="results"><li><b>5</b></li></ul>',
        '<ul class="reported"><li>Announced</li></ul>',
        '<table class="ledger"><tbody><tr><td>5</td></tr></tbody></table>',
    ],
)
def test_a_fact_without_a_source_is_found(client, html):
    assert len(unsourced(client, parse(html))) == 1


def test_what_is_unknown_needs_no_source(client):
    html = '<dl class="facts"><dd><span class="unknown">not yet recorded</span></dd></dl>'

    assert unsourced(client, parse(html)) == []
