"""The statement: word for word, its numbers live, and each traceable to the rows behind it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from contributions.delivery import deliver, freeze
from contributions.models import Donor, Edition, FundingTarget, Statement
from mptf_portal.models import Demonstration
from mptf_portal.snapshot import latest
from tests.elements import parse
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    StatementFactory,
    TargetFactory,
)
from tests.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.either]

SOURCE = Path(__file__).parent / "unece-2024.txt"


@pytest.fixture
def _published():
    call_command("load_reference", verbosity=0)
    call_command("load_statement", verbosity=0)


def get(client, address="/"):
    response = client.get(address)
    assert response.status_code == 200, response
    return Page(response.content.decode())


@pytest.mark.usefixtures("_published")
class TestTheSeededStatement:
    """What `load_statement` publishes."""

    def test_with_an_empty_ledger_it_is_the_source_text_verbatim(self, client):
        title, *paragraphs = SOURCE.read_text(encoding="utf-8").strip().split("\n\n")

        page = get(client, "/statements/unece-2024/")

        assert page.headings == [title]
        assert page.paragraphs == paragraphs
        assert len(paragraphs) == 7

    def test_the_first_page_is_the_same_statement(self, client):
        assert get(client).paragraphs == get(client, "/statements/unece-2024/").paragraphs

    def test_a_deposit_fills_the_placeholder_on_the_next_request(self, client):
        germany = Donor.objects.get(slug="germany")
        DepositFactory(pledge__donor=germany, amount=Decimal("52300000.01"))

        page = get(client)

        assert "we have contributed over $52 million USD since" in page.paragraphs[4]
        assert {"value": "52300000.01"} in page.data

    def test_its_live_links_are_three_counts_a_sum_two_targets_and_four_claims(self, client):
        call_command("load_published", verbosity=0)

        page = get(client)

        assert page.addresses("figure") == [
            "/figures/programmes/",
            "/figures/result/?programme=tajikistan-families-left-behind&key=beneficiaries-reached",
            "/figures/result/?programme=north-macedonia-migration-evidence&key=partners-strengthened",
            "/figures/contributed/?by=unece&stage=deposited",
            "/figures/target/?year=2023",
            "/figures/target/?year=2024",
        ]
        assert page.addresses("claim") == [
            "/figures/all-continents/",
            "/figures/objectives-nearly-all/?at-least=20",
            "/figures/target-reached/?year=2023",
            "/figures/consecutive-year/?year=2024",
        ]
        for address in page.addresses("figure") + page.addresses("claim"):
            get(client, address)

    def test_loading_again_changes_nothing(self):
        before = [
            list(model.objects.order_by("pk").values())
            for model in (Statement, Edition, Donor, FundingTarget)
        ]

        call_command("load_reference", verbosity=0)
        call_command("load_statement", verbosity=0)

        after = [
            list(model.objects.order_by("pk").values())
            for model in (Statement, Edition, Donor, FundingTarget)
        ]
        assert after == before

    def test_it_names_its_seven_signatories_and_its_occasion(self, client):
        statement = Statement.objects.get()
        names = {donor.slug for donor in statement.signatories.all()}

        assert names == {
            "denmark",
            "germany",
            "netherlands",
            "norway",
            "spain",
            "united-kingdom",
            "united-states",
        }
        assert (statement.place, statement.date) == ("Geneva", date(2024, 3, 11))
        assert all(donor.country.unece for donor in statement.signatories.all())

    def test_its_annual_targets_are_20_and_25_million_with_a_source(self):
        annual = FundingTarget.objects.annual().order_by("year")

        assert [(row.year, row.amount_usd) for row in annual] == [
            (2023, Decimal(20000000)),
            (2024, Decimal(25000000)),
        ]
        assert all(row.source and row.source_url for row in FundingTarget.objects.all())


def test_the_first_page_is_the_statement_with_the_latest_date(client):
    EditionFactory(title="Older", statement__date=date(2022, 1, 1))
    EditionFactory(title="Newer", statement__date=date(2025, 1, 1))
    EditionFactory(title="Draft", statement__date=date(2026, 1, 1), public_from=None)

    assert get(client).headings == ["Newer"]


def test_a_statements_page_lists_the_other_public_ones(client):
    for title, day in (("Older", date(2022, 1, 1)), ("Newer", date(2025, 1, 1))):
        EditionFactory(statement__title=title, statement__date=day)
    EditionFactory(statement__title="Draft", public_from=None)

    page = get(client)

    assert "Other statements Older" in " ".join(page.text.split())
    assert "Draft" not in page.text


def test_all_statements_are_listed_the_latest_first_with_who_signed(client):
    older = EditionFactory(statement__title="Older", statement__date=date(2022, 1, 1))
    older.statement.signatories.add(DonorFactory(name="Norway"), DonorFactory(name="Chile"))
    EditionFactory(statement__title="Newer", statement__date=date(2025, 1, 1))
    EditionFactory(statement__title="Draft", public_from=None)

    page = parse(client.get("/statements/").content.decode())

    assert [link.text for h2 in page.all("h2") for link in h2.all("a")] == ["Newer", "Older"]
    assert "On behalf of Chile, Norway" in page.text


def test_where_no_statement_is_public_the_list_says_so(client):
    EditionFactory(public_from=None)

    assert "No statement is published yet." in get(client, "/statements/").text


def test_without_other_statements_there_is_no_list_of_them(client):
    EditionFactory()

    assert "Other statements" not in get(client).text


def test_a_statement_without_a_public_edition_has_no_address(client):
    edition = EditionFactory(public_from=None)

    assert client.get(edition.statement.get_absolute_url()).status_code == 404
    assert client.get("/").status_code == 404


def test_a_translation_is_shown_in_its_language_and_else_the_original(client):
    statement = StatementFactory()
    EditionFactory(statement=statement, language="fr", kind="translation", title="Traduction")
    EditionFactory(statement=statement, language="es", title="Original")

    assert get(client).headings == ["Original"]


def aloud(client, markdown, address="/"):
    """Publish a text and return the line to read aloud that stands over it."""
    EditionFactory(markdown=markdown)
    lines = parse(client.get(address).content.decode()).all("p", "aloud")
    return [line.children[0].strip() for line in lines]


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (
            "[$XX million USD](figure:contributed?by=unece&in=million&say=over)",
            "contributed over 52 million US dollars (deposits of UNECE donors",
        ),
        (
            "[USD XX thousand](figure:contributed?in=thousand&stage=pledged&year=2023)",
            "pledged 60,000 thousand US dollars (pledges of all donors for 2023",
        ),
        (
            "[XX](figure:contributed?stage=committed)",
            "committed 60,000,000 US dollars (commitments of all donors",
        ),
    ],
)
def test_the_first_sum_of_contributions_is_a_line_to_read_aloud(client, link, said):
    entry = EntryFactory(pledge__donor__in_unece=True, amount=Decimal(60_000_000))
    DepositFactory(pledge=entry.pledge, amount=Decimal("52300000.01"))
    DepositFactory(amount=Decimal(9_000_000))
    text = f"[20](figure:target?year=2023), {link}, [XX](figure:contributed?by=global-south)"

    assert aloud(client, text, "/?as_of=2024-05-01") == [f"We have {said}, as of 1 May 2024)."]


def test_where_too_little_is_recorded_the_line_says_so_and_no_number(client):
    DepositFactory(pledge__donor__in_unece=True, amount=Decimal(1_000_000))

    link = "[$XX million](figure:contributed?by=unece&in=million&say=over)"

    (said,) = aloud(client, link)
    assert said.startswith("Too little is on record for this sentence (deposits of UNECE donors)")
    assert said.endswith("it keeps “$XX million”.")


def test_a_text_without_a_sum_of_contributions_has_no_line_to_read_aloud(client):
    assert aloud(client, "[21](figure:programmes) programmes") == []


def test_it_says_what_has_changed_since_it_was_delivered(client):
    markdown = "[XX](figure:contributed) and [XX](figure:donors)"
    edition = EditionFactory(markdown=markdown, statement__slug="spoken")
    pledge = DepositFactory(amount=Decimal(100)).pledge
    assert "what was read out in place of the live numbers is not on record" in get(client).text
    deliver(edition, freeze(edition, latest()))
    assert "Nothing differs from what was delivered." in get(client).text

    DepositFactory(pledge=pledge, amount=Decimal(1))

    assert "1 of 2 differs from what was delivered." in get(client).text


def test_each_signatory_leads_to_its_page(client):
    statement = EditionFactory().statement
    for name in ("Norway", "Denmark"):
        statement.signatories.add(DonorFactory(name=name, slug=name.lower()))

    (line,) = parse(client.get("/").content.decode()).all("p", "signatories")

    assert line.text == "On behalf of Denmark , Norway"
    assert [link.attributes["href"] for link in line.all("a")] == [
        "/contributions/donors/denmark/",
        "/contributions/donors/norway/",
    ]


def test_machines_read_who_states_what_and_when(client):
    edition = EditionFactory(title="A call", statement__date=date(2024, 3, 11))
    edition.statement.signatories.add(DonorFactory(name="Norway"))

    (article,) = parse(client.get("/").content.decode()).all("article")

    said = {one.attributes.get("itemprop"): one for one in article.all()}
    assert article.attributes["itemtype"] == "https://schema.org/Article"
    assert said["headline"].text == "A call"
    assert said["datePublished"].attributes["content"] == "2024-03-11"
    assert said["name"].text == "Norway"


def test_a_citation_holds_who_what_when_the_day_and_a_permanent_address(client):
    edition = EditionFactory(
        title="A call", statement__slug="call", statement__occasion="Review",
        statement__place="Geneva", statement__date=date(2024, 3, 11),
    )  # fmt: skip
    edition.statement.signatories.add(DonorFactory(name="Norway"))

    (cited,) = parse(client.get("/?as_of=2024-05-01").content.decode()).all("p", "citation")

    assert cited.text.startswith(
        "Norway. “A call”. Review, Geneva, 11 March 2024. Figures of the Migration MPTF portal "
        "as of 1 May 2024, last published change 1 January 2019, 00:00 UTC."
    )
    assert cited.text.endswith("http://testserver/statements/call/?as_of=2024-05-01")
    assert "Demonstration" not in cited.text


def test_a_citation_of_today_holds_todays_date_in_its_address(client):
    EditionFactory(statement__slug="call")

    (cited,) = parse(client.get("/").content.decode()).all("p", "citation")

    assert cited.text.endswith(f"/statements/call/?as_of={latest().as_of.isoformat()}")


def test_a_citation_of_the_demonstration_says_that_its_amounts_are_invented(client):
    EditionFactory()
    Demonstration.objects.create(pk=1, loaded_on=date(2026, 11, 23))

    (cited,) = parse(client.get("/").content.decode()).all("p", "citation")

    assert "Demonstration ledger: these amounts are invented." in cited.text


def test_a_note_gives_the_verdict_the_basis_and_the_day(client):
    TargetFactory(amount_usd=Decimal(100))
    EntryFactory(amount=Decimal(200), dated=date(2023, 4, 1))
    markdown = "[XX](figure:contributed?stage=committed) [reached](claim:target-reached?year=2023)"
    EditionFactory(markdown=markdown)

    page = parse(client.get("/?as_of=2023-05-01").content.decode())
    figure, claim = (li.text for aside in page.all("aside", "notes") for li in aside.all("li"))

    assert "USD 200.00" in figure
    assert "Basis: commitments; as of 1 May 2023." in figure
    assert "Holds, reached on 1 April 2023 2023: USD 200.00 of commitments" in claim


@pytest.mark.parametrize("stage", ["pledged", "committed", "deposited"])
def test_the_rows_of_a_figures_page_sum_to_its_value_to_the_cent(client, stage):
    for amount in ("0.10", "0.20", "151755249371.04"):
        entry = EntryFactory(amount=Decimal(amount))
        DepositFactory(pledge=entry.pledge, amount=Decimal(amount))

    page = get(client, f"/figures/contributed/?stage={stage}")

    assert sum(page.values("counts")) == page.values("total")[0] == Decimal("151755249371.34")


def test_the_outstanding_page_sums_to_its_value(client):
    for amount in ("100.10", "50.05"):
        DepositFactory(pledge=EntryFactory(amount=Decimal(amount)).pledge, amount=Decimal("20.01"))

    page = get(client, "/figures/outstanding/")

    assert sum(page.values("counts")) == page.values("total")[0] == Decimal("110.13")


def test_a_demonstration_says_so_on_every_page_and_asks_robots_to_stay_away(client):
    EditionFactory()
    Demonstration.objects.create(pk=1, loaded_on=date(2026, 11, 23))

    for address in ("/", "/contributions/", "/figures/donors/", "/figures/x/", "/nothing"):
        html = client.get(address).content.decode()
        assert "Demonstration ledger: these amounts are invented." in html
        assert '<meta name="robots" content="noindex, nofollow">' in html
        assert "<title>Demonstration ledger: " in html


def test_the_published_ledger_has_no_banner(client):
    EditionFactory()

    assert "Demonstration" not in client.get("/").content.decode()
