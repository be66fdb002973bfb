"""The status of pledges: each line, what a reader asks of it, and totals that are the figures'."""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from django.utils import timezone

from contributions.models import PledgeFootnote
from contributions.pledges_page.asking import STAGES
from contributions.pledges_page.footnotes import letters
from tests.elements import parse
from tests.factories import (
    CountryFactory,
    DepositFactory,
    DonorFactory,
    EntryFactory,
    ExchangeRateFactory,
    PledgeFactory,
)

pytestmark = pytest.mark.django_db

ADDRESS = "/contributions/pledges/"
LATER = timezone.now().replace(year=2099)
HEADS = ["donor", "region", "year", "currency", "pledged", "committed", "deposited"]
HEADS += ["outstanding", "uncommitted", "notes"]
AMOUNTS = HEADS[4:9]


def get(client, query=""):
    response = client.get(ADDRESS + query, follow=True)
    assert response.status_code == 200, response
    return parse(response.content.decode())


def cells(row):
    return [cell for cell in row.children if not isinstance(cell, str)]


def lines(page):
    """Return each pledge as what its columns say."""
    rows = [row for body in page.all("tbody") for row in body.all("tr")]
    return [dict(zip(HEADS, [cell.text for cell in cells(row)], strict=True)) for row in rows]


def column(page, name):
    return [line[name] for line in lines(page)]


def totals(page):
    """Return the last line's cells by column."""
    ((row,),) = [foot.all("tr") for foot in page.all("tfoot")]
    return dict(zip(AMOUNTS, cells(row)[1:6], strict=True))


def value(cell):
    return next((Decimal(data.attributes["value"]) for data in cell.all("data")), None)


def sums(page):
    return {name: value(cell) for name, cell in totals(page).items()}


def added_up(page):
    """Return what the lines of a page come to in each column; None where no line has an amount."""
    rows = [cells(row)[4:9] for body in page.all("tbody") for row in body.all("tr")]
    columns = {name: [value(row[place]) for row in rows] for place, name in enumerate(AMOUNTS)}
    return {
        name: sum(filter(None, values), Decimal(0)) if any(values) else None
        for name, values in columns.items()
    }


def names(client, query):
    return column(get(client, query), "donor")


def cancel(pledge, **values):
    values = {"kind": "cancelled", "amount": None, "dated": date(2023, 6, 1)} | values
    return EntryFactory(pledge=pledge, reason="No budget", **values)


# One line


def test_a_signed_pledge_that_is_partly_paid(client):
    ExchangeRateFactory(currency="DKK", rate=Decimal(10), effective_on=date(2023, 1, 1))
    pledge = EntryFactory(pledge__currency="DKK", amount=Decimal(1000)).pledge
    for day, amount in [(date(2023, 2, 10), 300), (date(2023, 3, 1), 200)]:
        DepositFactory(
            pledge=pledge, received_on=day, amount=Decimal(amount), amount_usd=Decimal(amount) / 8
        )

    assert lines(get(client)) == [
        {
            "donor": pledge.donor.name,
            "region": "Africa",
            "year": "2023",
            "currency": "DKK 1,000.00",
            "pledged": "100.00 10, 1 January 2023",
            "committed": "100.00 10 January 2023",
            "deposited": "62.50 1 March 2023",
            "outstanding": "50.00",
            "uncommitted": "– none",
            "notes": "",
        }
    ]


def test_an_announced_pledge_is_uncommitted_and_owes_nothing(client):
    EntryFactory(kind="announced", amount=Decimal(80))

    (line,) = lines(get(client))

    assert [line[name] for name in AMOUNTS] == [
        "80.00", "– none", "not yet recorded", "– none", "80.00",
    ]  # fmt: skip


def test_the_day_of_the_arrangement_stays_when_the_pledge_is_revised(client):
    pledge = EntryFactory(dated=date(2023, 1, 10)).pledge
    EntryFactory(pledge=pledge, kind="revised", dated=date(2023, 5, 5), amount=Decimal(150))

    assert column(get(client), "committed") == ["150.00 10 January 2023"]


def test_a_pledge_without_a_rate_is_not_yet_valued_and_never_nought(client):
    EntryFactory(pledge__currency="DKK", amount=Decimal(700))
    page = get(client)

    (line,) = lines(page)

    assert [line[name] for name in ("currency", *AMOUNTS)] == [
        "DKK 700.00", "not yet valued", "not yet valued 10 January 2023", "not yet recorded",
        "not yet valued", "– none",
    ]  # fmt: skip
    assert totals(page)["pledged"].text == "not yet recorded 1 pledge not yet valued"


def test_a_cancelled_pledge_keeps_what_was_deposited_and_owes_nothing(client):
    pledge = EntryFactory().pledge
    DepositFactory(pledge=pledge, amount=Decimal(30))
    cancel(pledge)

    (line,) = lines(get(client))

    assert line["currency"] == "Cancelled 1 June 2023; what was deposited stays"
    assert [line[name] for name in AMOUNTS] == [
        "30.00", "30.00 10 January 2023", "30.00 10 February 2023", "– none", "– none",
    ]  # fmt: skip


def test_a_deposit_without_an_entry_has_a_line_of_its_own(client):
    DepositFactory(amount=Decimal(5))

    (line,) = lines(get(client))

    assert (line["currency"], line["deposited"]) == ("not yet recorded", "5.00 10 February 2023")


def test_region_group_and_earmark_stand_with_the_donor(client):
    donor = DonorFactory(name="Türkiye", in_unece=True, global_south=True)
    EntryFactory(pledge__donor=donor, pledge__earmark="Labour mobility")
    EntryFactory(
        pledge__donor=DonorFactory(name="A foundation", kind="foundation", country=None),
        pledge__funding_year=2022,
    )

    assert [(line["donor"], line["region"]) for line in lines(get(client))] == [
        ("Türkiye earmarked: Labour mobility", "Africa UNECE Global south"),
        ("A foundation", "– none"),
    ]


@pytest.mark.parametrize("public_from", [None, LATER])
def test_what_is_not_public_has_no_line(client, public_from):
    EntryFactory(public_from=public_from)
    DepositFactory(public_from=public_from)
    PledgeFactory()

    page = get(client)

    assert "No pledge is recorded yet." in page.text
    assert list(page.all("table")) == []


def test_another_day_is_told_as_it_was(client):
    pledge = EntryFactory(kind="announced", dated=date(2023, 1, 5)).pledge
    EntryFactory(pledge=pledge, dated=date(2023, 3, 1), amount=Decimal(120))
    DepositFactory(pledge=pledge, received_on=date(2023, 4, 1), amount=Decimal(120))

    told = {
        day: [lines(get(client, f"?as_of={day}"))[0][name] for name in AMOUNTS[:3]]
        for day in ("2023-02-01", "2023-03-01", "2023-04-01")
    }

    assert told == {
        "2023-02-01": ["100.00", "– none", "not yet recorded"],
        "2023-03-01": ["120.00", "120.00 1 March 2023", "not yet recorded"],
        "2023-04-01": ["120.00", "120.00 1 March 2023", "120.00 1 April 2023"],
    }
    early = get(client, "?as_of=2022-12-31").text
    assert "Nothing of it is on record for 31 December 2022" in early


# Totals


@pytest.fixture
def _ledger():
    """Two donors in UNECE, one of the global south, over two years, at every stage."""
    ExchangeRateFactory(currency="DKK", rate=Decimal("6.87"))
    givers = [
        DonorFactory(name="Denmark", slug="denmark", in_unece=True),
        DonorFactory(name="Mexico", slug="mexico", global_south=True),
        DonorFactory(name="Spain", slug="spain", in_unece=True),
    ]
    for number, (donor, year, currency) in enumerate(product(givers, (2022, 2023), ("USD", "DKK"))):
        kind = "announced" if number % 5 == 4 else "signed"
        own = {"donor": donor, "funding_year": year, "currency": currency}
        pledge = PledgeFactory(**own, earmark="Health" if number % 2 else "")
        EntryFactory(pledge=pledge, kind=kind, amount=Decimal(f"100{number}.33"))
        if number % 3:
            paid = Decimal(f"90{number}.07") if number % 2 else Decimal(f"100{number}.33")
            DepositFactory(
                pledge=pledge, amount=paid, amount_usd=paid if currency == "USD" else paid / 7
            )
    cancel(pledge)
    EntryFactory(pledge__donor=givers[0], pledge__currency="NOK")  # without a rate


SCOPES = {
    "": "by=all",
    "donor=denmark": "by=denmark",
    "unece=yes": "by=unece",
    "global-south=yes": "by=global-south",
}


@pytest.mark.usefixtures("_ledger")
@pytest.mark.parametrize("year", ["", "2023"])
@pytest.mark.parametrize("query", SCOPES)
def test_the_totals_of_a_figures_scope_are_that_figure_and_lead_to_it(client, query, year):
    scope = SCOPES[query], f"&year={year}" if year else ""

    page = get(client, f"?{query}&year={year}")

    led = {name: [a.attributes["href"] for a in cell.all("a")]
           for name, cell in totals(page).items()}  # fmt: skip
    assert led == {
        **{
            f"{stage}": [f"/figures/contributed/?{scope[0]}&stage={stage}{scope[1]}"]
            for stage in ("pledged", "committed", "deposited")
        },
        "outstanding": [f"/figures/outstanding/?{scope[0]}{scope[1]}"],
        "uncommitted": [f"/figures/uncommitted/?{scope[0]}{scope[1]}"],
    }
    for name, (address,) in led.items():
        (headline,) = parse(client.get(address).content.decode()).all("p", "headline")
        assert value(headline) == sums(page)[name]


QUERIES = [
    *(f"?{query}" for query in SCOPES),
    "?stage=committed",
    "?stage=pledged",
    "?stage=cancelled",
    "?stage=deposited",
]
QUERIES += ["?unece=no", "?global-south=no", "?region=africa", "?currency=DKK", "?earmark=yes"]
QUERIES += ["?unece=yes&earmark=no", "?donor=spain&year=2022&currency=DKK"]


@pytest.mark.usefixtures("_ledger")
@pytest.mark.parametrize("query", QUERIES)
def test_every_total_is_the_sum_of_the_lines_shown(client, query):
    page = get(client, query)

    shown = {name: total or None for name, total in sums(page).items()}
    assert shown == {name: total or None for name, total in added_up(page).items()}
    assert len(lines(page)) > 0


@pytest.mark.usefixtures("_ledger")
def test_a_total_that_no_figure_counts_says_what_it_is_of_and_leads_nowhere(client):
    (foot,) = get(client, "?currency=DKK").all("tfoot")

    assert "Total of the 6 pledges shown" in foot.text
    assert list(foot.all("a")) == []


def test_totals_of_a_long_table_are_of_all_its_pages(client):
    donor = DonorFactory()
    for number in range(101):
        EntryFactory(pledge__donor=donor, pledge__earmark="Health", amount=Decimal(number + 1))

    first, second = get(client, "?earmark=yes"), get(client, "?earmark=yes&page=2")

    assert [len(lines(page)) for page in (first, second)] == [100, 1]
    for page in (first, second):
        assert sums(page)["pledged"] == 101 * 102 / 2
        assert "Total of the 101 pledges on all pages" in page.text
    assert [a.attributes["href"] for a in first.all("a") if a.text == "Next"] == [
        f"{ADDRESS}?earmark=yes&page=2"
    ]


# What a reader asks


def stages(client):
    """Return the donors that each stage shows; a donor is named for what became of its pledge."""
    shown = {stage: names(client, f"?stage={stage}") for stage in STAGES}
    return {stage: sorted(donors) for stage, donors in shown.items()}


def test_each_pledge_is_at_one_stage(client):
    EntryFactory(pledge__donor__name="announced", kind="announced")
    DepositFactory(
        pledge=EntryFactory(pledge__donor__name="announced, paid", kind="announced").pledge
    )
    EntryFactory(pledge__donor__name="signed")
    signed = EntryFactory(pledge__donor__name="paid in part").pledge
    DepositFactory(pledge=signed, amount=Decimal("99.99"))
    for name, amount in [("paid", 100), ("paid beyond", 120)]:
        DepositFactory(pledge=EntryFactory(pledge__donor__name=name).pledge, amount=Decimal(amount))
    DepositFactory(pledge__donor__name="paid without an entry")
    EntryFactory(pledge__donor__name="without a rate", pledge__currency="DKK")
    cancel(EntryFactory(pledge__donor__name="cancelled").pledge)
    cancel(EntryFactory(pledge__donor__name="never signed", kind="announced").pledge)

    assert stages(client) == {
        "pledged": ["announced", "announced, paid"],
        "committed": ["paid in part", "signed", "without a rate"],
        "deposited": ["paid", "paid beyond"],
        "not-recorded": ["paid without an entry"],
        "cancelled": ["cancelled", "never signed"],
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?donor=norway", ["Norway"]),
        ("?year=2022", ["Norway"]),
        ("?region=europe", ["Norway"]),
        ("?region=none", ["Foundation"]),
        ("?unece=yes", ["Norway"]),
        ("?unece=no", ["Foundation", "Mexico"]),
        ("?global-south=yes", ["Mexico"]),
        ("?global-south=no", ["Foundation", "Norway"]),
        ("?currency=DKK", ["Mexico"]),
        ("?earmark=yes", ["Mexico earmarked: Health"]),
        ("?earmark=no", ["Foundation", "Norway"]),
        ("?year=2023&global-south=no", ["Foundation"]),
        ("?year=2021", []),
        ("?currency=JPY", []),
    ],
)
def test_a_filter_keeps_what_it_asks_for(client, query, expected):
    norway = DonorFactory(
        name="Norway", slug="norway", country=CountryFactory(region="Europe", unece=True)
    )
    EntryFactory(pledge__donor=norway, pledge__funding_year=2022)
    mexico = {"donor__name": "Mexico", "donor__global_south": True, "currency": "DKK"}
    earmark = "Health" if "earmark" in query else ""
    EntryFactory(pledge=PledgeFactory(**mexico, earmark=earmark))
    EntryFactory(pledge__donor=DonorFactory(name="Foundation", kind="foundation", country=None))

    assert sorted(names(client, query)) == expected


SORTED = {
    "donor": "ABC",
    "-donor": "CBA",
    "region": "BAC",  # Africa, Europe, none
    "year": "ABC",
    "-year": "CBA",
    "currency": "CAB",
    "-pledged": "BAC",
    "pledged": "CAB",
    "-committed": "BCA",
    "-deposited": "CBA",
    "-outstanding": "BCA",
    "-uncommitted": "ABC",
}


@pytest.mark.parametrize("sort", SORTED)
def test_the_table_is_sorted_by_any_column_with_what_has_no_value_last(client, sort):
    ExchangeRateFactory(currency="NOK", rate=Decimal(10))
    europe, africa = CountryFactory(region="Europe"), CountryFactory(region="Africa")
    own = [
        {"donor__name": "A", "donor__country": europe, "funding_year": 2021, "currency": "NOK"},
        {"donor__name": "B", "donor__country": africa, "funding_year": 2022, "currency": "USD"},
        {"donor": DonorFactory(name="C", kind="foundation", country=None), "currency": "DKK"},
    ]
    a, b, c = (PledgeFactory(**values) for values in own)
    EntryFactory(pledge=a, kind="announced", amount=Decimal(2000))
    EntryFactory(pledge=b, amount=Decimal(500))
    EntryFactory(
        pledge=c, amount=Decimal(60), rate=Decimal(1), rate_date=date(2023, 1, 1), rate_source="X"
    )
    DepositFactory(pledge=b, amount=Decimal(10))
    DepositFactory(pledge=c, amount=Decimal(20))

    assert "".join(names(client, f"?sort={sort}" if sort != "-year" else "")) == SORTED[sort]


def heads(page):
    return [cell for head in page.all("thead") for row in head.all("tr") for cell in cells(row)]


@pytest.mark.parametrize(
    ("query", "place", "direction", "leads_to"),
    [
        ("", 2, "descending", "?sort=year"),
        ("?sort=year", 2, "ascending", ""),
        ("?sort=-pledged", 4, "descending", "?sort=pledged"),
        ("?sort=donor", 0, "ascending", "?sort=-donor"),
    ],
)
def test_a_head_tells_how_the_table_is_sorted_and_turns_it_round(
    client, query, place, direction, leads_to
):
    EntryFactory()

    found = heads(get(client, query))

    sorted_by = [head.attributes.get("aria-sort") for head in found]
    assert sorted_by == [direction if number == place else None for number in range(10)]
    assert [a.attributes["href"] for a in found[place].all("a")] == [ADDRESS + leads_to]


def test_a_head_keeps_the_filters_and_the_day(client):
    EntryFactory()

    found = heads(get(client, "?year=2023&sort=donor&as_of=2023-12-31"))

    assert [a.attributes["href"] for a in found[4].all("a")] == [
        f"{ADDRESS}?year=2023&sort=-pledged&as_of=2023-12-31"
    ]


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("?donor=&year=2023&stage=&region=&unece=&currency=&earmark=&sort=-year", "?year=2023"),
        ("?sort=-year", ""),
        ("?year=2023&as_of=2023-12-31", "?year=2023&as_of=2023-12-31"),
        ("?stage=pledged&year=2023", "?year=2023&stage=pledged"),
        ("?year=2023&nothing=1", "?year=2023"),
        ("?year=&year=2023", "?year=2023"),
        ("?year=2023&stage=&as_of=2023-12-31&sort=donor", "?year=2023&sort=donor&as_of=2023-12-31"),
    ],
)
def test_a_choice_has_one_address(client, written, canonical):
    response = client.get(ADDRESS + written, follow=True)

    final = response.redirect_chain[-1][0] if response.redirect_chain else ADDRESS + written
    assert (response.status_code, final) == (200, ADDRESS + canonical)


@pytest.mark.parametrize(
    "query",
    [
        "donor=nobody",
        "donor=a%00b",
        "donor=draft",
        "year=1",
        "year=20233",
        "stage=paid",
        "region=mars",
        "unece=1",
        "global-south=maybe",
        "currency=XXZ",
        "earmark=Health",
        "sort=amount",
        "year=2022&year=2023",
        "sort=%3Cscript%3E",
    ],
)
def test_what_no_pledge_can_have_is_answered_400_with_the_way_out(client, query):
    EntryFactory(pledge__donor__slug="draft", public_from=None)

    response = client.get(f"{ADDRESS}?{query}")

    assert response.status_code == 400
    page = parse(response.content.decode())
    assert ADDRESS in [a.attributes["href"] for main in page.all("main") for a in main.all("a")]
    assert b"<script" not in response.content


def chosen(page):
    """Return the value chosen in each field of the form."""
    found = {}
    for select in page.all("select"):
        options = [o.attributes for o in select.all("option") if "selected" in o.attributes]
        found[select.attributes["name"]] = options[0]["value"] if options else ""
    return {name: value for name, value in found.items() if value}


def test_filters_in_use_are_named_and_removed_one_by_one(client):
    donor = DonorFactory(name="Norway", slug="norway", in_unece=True)
    EntryFactory(pledge__donor=donor)

    page = get(client, "?donor=norway&year=2023&unece=yes&sort=donor")

    (used,) = page.all("ul", "choices")
    assert [(a.text, a.attributes["href"]) for a in used.all("a")] == [
        ("Remove the filter Donor: Norway", f"{ADDRESS}?year=2023&unece=yes&sort=donor#found"),
        (
            "Remove the filter Funding year: 2023",
            f"{ADDRESS}?donor=norway&unece=yes&sort=donor#found",
        ),
        (
            "Remove the filter UNECE: Members",
            f"{ADDRESS}?donor=norway&year=2023&sort=donor#found",
        ),
        ("Show all", f"{ADDRESS}#found"),
    ]
    assert chosen(page) == {"donor": "norway", "year": "2023", "unece": "yes"}


def test_an_empty_choice_says_so_and_how_to_leave_it(client):
    EntryFactory()

    page = get(client, "?year=2020")

    assert "No pledge on record matches." in page.text
    (used,) = page.all("ul", "choices")
    assert {a.attributes["href"] for a in used.all("a")} == {f"{ADDRESS}#found"}


def test_the_form_offers_what_pledges_have_and_names_no_draft(client):
    EntryFactory(pledge__donor__name="Norway", pledge__funding_year=2022, pledge__currency="NOK")
    EntryFactory(pledge__donor__name="Draft", pledge__funding_year=2030, public_from=None)

    page = get(client)

    offered = {
        select.attributes["name"]: [option.text for option in select.all("option")][1:]
        for select in page.all("select")
    }
    assert offered["donor"] == ["Norway"]
    assert offered["year"] == ["2022"]
    assert offered["currency"] == ["NOK"]
    assert "Draft" not in page.text


# Footnotes


def note(pledge, kind="parliament", text=""):
    PledgeFootnote.objects.create(pledge=pledge, kind=kind, text=text)


def printed(page):
    return [one.text for notes in page.all("div", "table-notes") for one in notes.all("div")]


def test_notes_are_marked_in_the_line_and_printed_under_the_table(client):
    pledge = EntryFactory().pledge
    note(pledge, text="Paid in two parts")
    note(pledge, kind="rounding")

    page = get(client)

    assert column(page, "notes") == ["a/ b/"]
    assert printed(page) == [
        "a/ Subject to parliamentary approval: Paid in two parts",
        "b/ Rounding",
    ]
    marks = [a.attributes["href"] for body in page.all("tbody") for a in body.all("a")][1:]
    assert [page.place(mark.removeprefix("#")).text[:2] for mark in marks] == ["a/", "b/"]


def test_a_text_has_one_letter_whichever_pledges_are_shown(client):
    first = EntryFactory(pledge__donor__name="A", pledge__funding_year=2022).pledge
    second = EntryFactory(pledge__donor__name="B", pledge__funding_year=2023).pledge
    note(first, text="Of the first")
    note(second, text="Of the second")
    note(second, kind="joint", text="Of both")
    note(first, kind="joint", text="Of both")

    assert column(get(client, "?sort=donor"), "notes") == ["a/ c/", "b/ c/"]
    page = get(client, "?year=2023")
    assert column(page, "notes") == ["b/ c/"]
    assert [text[:2] for text in printed(page)] == ["b/", "c/"]


def test_the_note_of_a_draft_takes_no_letter(client):
    note(EntryFactory(public_from=None).pledge, text="Not yet known")
    note(EntryFactory().pledge, text="Known")

    page = get(client)

    assert printed(page) == ["a/ Subject to parliamentary approval: Known"]
    assert "Not yet known" not in page.text


def test_after_z_come_aa_and_ab():
    assert [letters(number) for number in (0, 25, 26, 27, 52, 701, 702)] == [
        "a", "z", "aa", "ab", "ba", "zz", "aaa",
    ]  # fmt: skip
