"""A delivered text: frozen byte for byte, printed from its record, and compared with today."""

import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from contributions.delivered_page import compare
from contributions.delivery import Record, deliver, freeze
from contributions.models import Delivery, Donor, Edition, FundingTarget
from mptf_portal import figures
from mptf_portal.publishing import draft_correction, publish, withdraw
from mptf_portal.snapshot import latest
from tests.factories import (
    DeliveryFactory,
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    StatementFactory,
    TargetFactory,
)
from tests.pages import Page

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, 30, 0, 125, tzinfo=UTC)
TEXT = r"""Norvège & co. gave [\$XX million](figure:contributed?by=giver&in=million&say=over), all
[XX dollars](figure:contributed), and [we have reached](claim:target-reached?year=2023)
[USD 2 million](figure:target?year=2023&in=million); [XX missing](figure:target?year=2024)."""
NOT_ON_RECORD = (
    "is not on record here. Until the secretariat enters it, no delivered edition is shown."
)
ADDRESS = "/statements/read-out/delivered/"


@pytest.fixture(autouse=True)
def clock(time_machine):
    """Stand on one day, whatever the day."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def edition():
    donor = DonorFactory(name="Giver", slug="giver", in_unece=True)
    entry = EntryFactory(pledge__donor=donor, amount=Decimal("2500000.00"))
    DepositFactory(pledge=entry.pledge, amount=Decimal("2000000.50"))
    TargetFactory(amount_usd=Decimal(2000000))
    return EditionFactory(statement__slug="read-out", title="Ensemble", markdown=TEXT)


def delivered(edition, day=None):
    return deliver(edition, freeze(edition, latest().on(day or NOW.date())))


def correct(row, **changes):
    """Publish a correction of a public row."""
    draft = draft_correction(row)
    for name, value in changes.items():
        setattr(draft, name, value)
    publish(draft, timezone.now())


def text(client):
    """Return the HTML of the delivered text."""
    html = client.get(ADDRESS).content.decode()
    return re.search(r'<div class="statement-text">(.*?)</div>', html, re.DOTALL)[1]


def differences(client, query=""):
    """Return the last cell of each row of the comparison."""
    html = client.get(ADDRESS + query).content.decode()
    rows = re.findall(r'<tr id="note-\d+">.*?</tr>', html, re.DOTALL)
    last = ["<td" + row.rsplit("<td", 1)[1] for row in rows]
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in last]


# The record


def test_the_record_holds_the_text_and_every_live_link_in_order(edition):
    content = json.loads(delivered(edition).record)

    assert {name: content[name] for name in content if name not in ("links", "markdown")} == {
        "statement": "read-out",
        "statement_title": "A statement",
        "occasion": "An occasion",
        "place": "Geneva",
        "statement_date": "2024-03-11",
        "signatories": [],
        "language": "en",
        "title": "Ensemble",
        "delivered_on": "2026-11-24",
        "counted_at": "2026-11-24T09:30:00.000125+00:00",
        "demonstration": False,
    }
    assert content["markdown"] == TEXT
    assert [link["address"] for link in content["links"]] == [
        "figure:contributed?by=giver&in=million&say=over",
        "figure:contributed",
        "claim:target-reached?year=2023",
        "figure:target?year=2023&in=million",
        "figure:target?year=2024",
    ]
    assert content["links"][0] == {
        "address": "figure:contributed?by=giver&in=million&say=over",
        "reference": "contributed?by=giver&stage=deposited",
        "kind": "figure",
        "title": "Contributed: deposits of Giver, since the Fund's inception",
        "printed": "$2 million",
        "slot": [1, 2],
        "as_of": "2026-11-24",
        "value": "2000000.50",
        "unit": "USD",
        "basis": "deposits",
        "verdict": None,
        "answer": None,
    }
    assert [content["links"][2][name] for name in ("printed", "verdict", "answer", "value")] == [
        "we have reached", "holds", "reached on 10 January 2023", None,
    ]  # fmt: skip


def test_what_was_not_on_record_is_null_and_stays_as_typed(edition):
    link = json.loads(delivered(edition).record)["links"][4]

    assert (link["printed"], link["value"], link["slot"]) == ("XX missing", None, None)


def test_the_record_is_canonical_json_and_holds_no_float(edition):
    text = delivered(edition).record

    content = json.loads(text, parse_float=pytest.fail)
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert text == canonical
    assert "Norvège & co." in text
    assert Record.from_json(text).to_json() == text


def test_numbers_are_printed_in_the_language_of_the_edition(edition):
    french = EditionFactory(
        statement=edition.statement, language="fr", kind="translation", markdown=TEXT
    )

    assert (
        Record.from_json(delivered(french).record).links[1].printed
        == "2\u202f000\u202f000,50 dollars"
    )


def test_a_count_is_a_whole_number(edition):
    edition.markdown = "[XX donors](figure:donors)"

    assert freeze(edition, latest()).links[0].value == "1"


def test_another_day_is_frozen_with_the_figures_of_that_day(edition):
    record = Record.from_json(delivered(edition, date(2023, 2, 1)).record)

    assert (record.delivered_on, record.is_late) == (date(2023, 2, 1), True)
    assert record.links[1].value is None
    assert {link.as_of for link in record.links} == {date(2023, 2, 1)}


def test_a_text_with_a_link_that_counts_nothing_is_not_frozen(edition):
    Donor.objects.update(slug="renamed")

    with pytest.raises(ValidationError, match=r"Line 1, column 20: .*giver"):
        freeze(edition, latest())


# Written once


def test_it_is_written_once_for_a_statement_and_language(edition):
    delivered(edition)

    with pytest.raises(ValidationError, match="delivered in this language already"):
        delivered(edition)

    assert Delivery.objects.count() == 1


def test_a_corrected_edition_of_a_delivered_statement_is_not_delivered(edition):
    delivered(edition)
    correct(edition, markdown="Corrected.")

    with pytest.raises(ValidationError, match="delivered in this language already"):
        delivered(Edition.objects.get(markdown="Corrected."))


def test_each_language_is_delivered_for_itself(edition):
    delivered(edition)

    delivered(EditionFactory(statement=edition.statement, language="fr", kind="translation"))

    assert Delivery.objects.count() == 2


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_only_a_public_edition_is_delivered(edition, state):
    record = freeze(edition, latest())
    if state == "draft":
        edition = EditionFactory(statement=edition.statement, language="fr", public_from=None)
    else:
        withdraw(Edition.objects.get(), "A mistake", NOW)

    with pytest.raises(ValidationError, match="Only a public edition is delivered"):
        deliver(edition, record)


def test_the_database_refuses_to_write_a_delivery_a_second_time(edition):
    delivery = delivered(edition)
    delivery.record = "{}"

    with pytest.raises(IntegrityError), transaction.atomic():
        delivery.save()


def test_a_checksum_of_other_bytes_is_refused():
    with pytest.raises(ValidationError, match="not the SHA-256 of the record"):
        DeliveryFactory.build(edition=EditionFactory(), record="[]", sha256="0" * 64).full_clean()


def test_a_delivery_is_of_its_editions_statement():
    row = DeliveryFactory.build(edition=EditionFactory(), statement=StatementFactory())

    with pytest.raises(ValidationError, match="of its edition's statement and language"):
        row.full_clean()


# The bytes


def test_the_checksum_verifies_from_the_bytes_that_are_served(client, edition):
    delivered(edition)

    served = client.get(f"{ADDRESS}record.json")

    assert served["Content-Type"] == "application/json"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert not served.cookies
    assert served.content == Delivery.objects.get().record.encode()
    assert hashlib.sha256(served.content).hexdigest() in client.get(ADDRESS).content.decode()


def change_everything(edition, monkeypatch):
    """Change all that the delivery was made of."""
    giver = Donor.objects.get(slug="giver")
    DepositFactory(pledge=giver.pledges.get(), amount=Decimal("1000000.00"))
    correct(giver.pledges.get().entries.get(), amount=Decimal("100.00"))
    correct(FundingTarget.objects.get(), amount_usd=Decimal(9000000))
    correct(edition, markdown="Corrected.", title="Corrected")
    giver.name, giver.slug = "Renamed", "renamed"
    giver.save()
    edition.statement.title = edition.statement.occasion = "Renamed"
    edition.statement.signatories.add(giver)
    edition.statement.save()
    monkeypatch.delitem(figures.register._register, "target")  # noqa: SLF001 (a figure that is gone)


def test_it_survives_every_later_change_byte_for_byte(client, edition, monkeypatch, clock):
    delivered(edition)
    record, html = client.get(f"{ADDRESS}record.json").content, text(client)
    row = Delivery.objects.values().get()
    clock.move_to(NOW + timedelta(days=3))

    change_everything(edition, monkeypatch)

    page = Page(client.get(ADDRESS).content.decode())
    assert client.get(f"{ADDRESS}record.json").content == record
    assert Delivery.objects.values().get() == row
    assert text(client) == html
    assert page.headings == ["Ensemble"]
    assert "Renamed" not in page.text


def test_it_outlives_the_withdrawal_of_its_statement(client, edition):
    delivered(edition)
    html = text(client)

    withdraw(Edition.objects.get(), "A mistake", NOW)

    page = client.get(ADDRESS).content.decode()
    assert client.get("/statements/read-out/").status_code == 404
    assert text(client) == html
    assert "The text was withdrawn on 24 November 2026." in page
    assert 'href="/statements/read-out/"' not in page


# The page


def test_every_number_of_the_text_is_exact_data_in_a_link_to_the_day_of_delivery(client, edition):
    delivered(edition, date(2026, 11, 20))

    html = text(client)

    assert (
        'href="/figures/contributed/?by=giver&amp;stage=deposited&amp;as_of=2026-11-20">'
        '$<data value="2000000.50">2</data> million</a>'
    ) in html
    assert 'class="claim holds" id="figure-3"' in html
    assert html.count("as_of=2026-11-20") == 5
    assert "XX missing</a>" in html


def test_another_day_is_compared_and_the_delivered_links_keep_their_own(client, edition):
    delivered(edition)

    page = client.get(f"{ADDRESS}?as_of=2023-02-09").content.decode()

    assert "As of 9 February 2023</th>" in page
    assert differences(client, "?as_of=2023-02-09") == [
        "no longer counted", "no longer counted", "unchanged", "unchanged", "unchanged",
    ]  # fmt: skip
    delivered_links = re.findall(r"/figures/[^\"]*as_of=2026-11-24", page)
    assert len(delivered_links) == 2 * 5
    assert 'href="/statements/read-out/?as_of=2023-02-09"' in page
    assert f'href="{ADDRESS}record.json?as_of=2023-02-09"' in page


def test_an_unchanged_ledger_says_unchanged(client, edition):
    delivered(edition)

    assert differences(client) == ["unchanged"] * 5
    assert "Nothing differs from what was delivered." in client.get(ADDRESS).content.decode()


def test_each_changed_figure_is_named_and_the_rest_is_unchanged(client, edition):
    delivered(edition)
    DepositFactory(pledge__donor=DonorFactory(), amount=Decimal("1000000.00"))

    assert differences(client) == [
        "USD\u00a01,000,000.00 more", "unchanged", "unchanged", "unchanged", "unchanged",
    ]  # fmt: skip
    assert "1 of 5 differs from what was delivered." in client.get(ADDRESS).content.decode()


def test_every_kind_of_difference_has_its_words(client, edition, monkeypatch):
    delivered(edition)
    giver = Donor.objects.get(slug="giver")
    DepositFactory(pledge=giver.pledges.get(), amount=Decimal("-0.50"))
    correct(giver.pledges.get().entries.get(), amount=Decimal("1000000.00"))
    correct(FundingTarget.objects.get(), amount_usd=Decimal("1000000.00"), basis="deposited")
    TargetFactory(year=2024)

    assert differences(client) == [
        "USD\u00a00.50 less",
        "USD\u00a00.50 less",
        "another answer",
        "USD\u00a01,000,000.00 less",
        "counted since",
    ]


def test_what_nothing_counts_any_more_is_said_so(client, edition, monkeypatch):
    delivered(edition)
    Donor.objects.update(slug="renamed")
    monkeypatch.delitem(figures.register._register, "target-reached")  # noqa: SLF001

    assert differences(client) == [
        "no longer counted", "no longer counted", "unchanged", "unchanged", "unchanged",
    ]  # fmt: skip


def test_a_claim_is_compared_in_the_language_of_its_delivery(client, edition):
    french = EditionFactory(
        statement=edition.statement, language="fr", kind="original", markdown=TEXT
    )
    delivered(french)

    assert differences(client) == ["unchanged"] * 5


def test_more_or_fewer_of_a_count(client, edition):
    edition = EditionFactory(statement__slug="count", markdown="[XX donors](figure:donors)")
    DepositFactory()
    record = Record.from_json(delivered(edition).record)

    refunded = Donor.objects.get(slug="giver").pledges.get()
    DepositFactory(pledge=refunded, amount=Decimal("-2000000.50"))
    fewer = compare(record, latest())[0].difference
    for _number in range(3):
        DepositFactory()

    assert (fewer, compare(record, latest())[0].difference) == ("1 fewer", "2 more")


def test_a_correction_of_the_text_since_is_told(client, edition, clock):
    delivered(edition)
    assert "The text was" not in client.get(ADDRESS).content.decode()
    clock.move_to(NOW + timedelta(days=3))

    correct(edition, markdown="Corrected.")

    page = client.get(ADDRESS).content.decode()
    assert "The text was corrected on 27 November 2026. Here it stands as it was read out." in page
    assert 'href="/statements/read-out/"' in page


def test_a_record_made_later_than_its_day_says_so(client, edition):
    delivered(edition, date(2024, 3, 11))

    page = client.get(ADDRESS).content.decode()

    assert "As delivered on <strong>11 March 2024</strong>" in page
    assert (
        "Put on record on 24 November 2026, 09:30 UTC, with what the ledger then said of "
        "11 March 2024."
    ) in page


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (date(2024, 3, 11), f"What was read out on 11 March 2024 {NOT_ON_RECORD}"),
        (date(2026, 11, 23), f"What was read out on 23 November 2026 {NOT_ON_RECORD}"),
        (NOW.date(), "This statement, dated 24 November 2026, has not been delivered yet."),
        (date(2027, 1, 1), "This statement, dated 1 January 2027, has not been delivered yet."),
    ],
)
def test_without_a_delivery_the_page_says_why(client, day, sentence):
    EditionFactory(statement__slug="read-out", statement__date=day)

    answer = client.get(ADDRESS)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert client.get(f"{ADDRESS}record.json").status_code == 404


def test_a_statement_that_readers_do_not_know_has_no_delivered_page(client):
    EditionFactory(statement__slug="read-out", public_from=None)

    assert client.get(ADDRESS).status_code == 404
    assert client.get(f"{ADDRESS}record.json").status_code == 404
    assert client.get("/statements/nothing/delivered/").status_code == 404


def test_the_statements_page_links_to_what_was_delivered(client, edition):
    before = client.get("/statements/read-out/").content.decode()

    delivered(edition, date(2026, 11, 20))

    after = client.get("/statements/read-out/").content.decode()
    assert f'<a href="{ADDRESS}">As delivered</a>' in before
    assert f'<a href="{ADDRESS}">As delivered on 20 November 2026</a>' in after
