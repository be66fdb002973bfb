"""The Treasury's file of rates: its quirks, what refuses it, and what it brings to the ledger."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contributions.admin import rates as rates_admin
from contributions.models import ExchangeRate, PledgeEntry
from contributions.operational_rates import compare, read, write
from tests.contributions import desk
from tests.factories import LONG_AGO, EntryFactory, ExchangeRateFactory

XML = """<?xml version="1.0" encoding="{encoding}"?>
<UN_OPERATIONAL_RATES_DATASET>{rows}</UN_OPERATIONAL_RATES_DATASET>"""
ROW = """
  <UN_OPERATIONAL_RATES>
    <f_country_name>{country}</f_country_name>
    <f_curr_code>{code}</f_curr_code><eff_date>{day}</eff_date><rate>{rate}</rate>
  </UN_OPERATIONAL_RATES>"""
HEAD = "f_curr_code,eff_date,rate\n"
OCTOBER = date(2026, 10, 1)


def xml(*rows, encoding="UTF-8"):
    """Return the Treasury's XML of rows (code, day, rate)."""
    written = [
        ROW.format(country="Türkiye", code=code, day=day, rate=rate) for code, day, rate in rows
    ]
    return XML.format(encoding=encoding, rows="".join(written)).encode(encoding)


def table(*lines):
    return (HEAD + "\n".join(lines)).encode()


def told(rates):
    return [(rate.currency, rate.effective_on, rate.rate) for rate in rates]


def refused(content):
    """Return what is said of a file that must be refused."""
    with pytest.raises(ValidationError) as caught:
        read(content)
    return " ".join(caught.value.messages)


# Reading


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_the_treasurys_xml_is_read_in_its_encoding(encoding):
    rates, ignored = read(xml(("DKK", "01 Oct 2026", "6.591"), encoding=encoding))

    assert told(rates) == [("DKK", OCTOBER, Decimal("6.591"))]
    assert ignored == []


def test_tabs_behind_values_do_not_count():
    rates, _ignored = read(xml(("KZT\t", "01 Oct 2026\t\t", "\t478.5\t")))

    assert told(rates) == [("KZT", OCTOBER, Decimal("478.5"))]


def test_a_currency_named_for_each_of_its_countries_is_taken_once_and_the_rest_is_told():
    euro = ("EUR", "01 Oct 2026", "0.882")

    rates, ignored = read(xml(euro, ("DKK", "01 Oct 2026", "6.591"), euro, euro))

    assert [rate.currency for rate in rates] == ["EUR", "DKK"]
    assert [(one.line, one.why) for one in ignored] == [
        (3, "repeats line 1"),
        (4, "repeats line 1"),
    ]


def test_two_rates_of_one_day_refuse_the_file():
    said = refused(xml(("EUR", "01 Oct 2026", "0.882"), ("EUR", "01 Oct 2026", "0.883")))

    assert said == "Line 2: EUR has another rate for the same day than in line 1."


def test_a_revision_within_the_month_is_a_rate_of_its_own():
    rates, _ignored = read(xml(("TRY", "01 Oct 2026", "48.9"), ("TRY", "15 Oct 2026", "49.7")))

    assert [rate.effective_on.day for rate in rates] == [1, 15]


@pytest.mark.parametrize(
    "day", ["31 Dec 2026", "31 December 2026", "31-Dec-2026", "31 DEC 2026", "2026-12-31"]
)
def test_a_day_is_read_as_the_treasury_writes_it(day):
    rates, _ignored = read(table(f"DKK,{day},6.5"))

    assert rates[0].effective_on == date(2026, 12, 31)


@pytest.mark.parametrize(
    "day", ["03/04/2024", "31 Feb 2026", "1 Okt 2026", "", "2026", "٠١ Oct 2026"]
)
def test_a_day_that_is_not_certain_refuses_the_file_with_its_line(day):
    assert f"Line 3: “{day}” is no day" in refused(table("DKK,01 Oct 2026,6.5", f"SEK,{day},9.9"))


@pytest.mark.parametrize(
    "rate", ["6,591", '"1,355.70"', "0", "0.00", "-6.5", "1e3", "NaN", "", "1.123456789", "٦.٥"]
)
def test_a_rate_that_is_not_certain_refuses_the_file_with_its_line(rate):
    said = refused(table("SEK,01 Oct 2026,9.9", f"DKK,01 Oct 2026,{rate}"))

    assert said.startswith("Line 3")


def test_the_dollar_and_codes_outside_iso_4217_are_ignored_and_the_file_goes_in():
    rates, ignored = read(table("USD,01 Oct 2026,1", "QQQ,01 Oct 2026,5", "DKK,01 Oct 2026,6.5"))

    assert [rate.currency for rate in rates] == ["DKK"]
    assert [(one.currency, one.why) for one in ignored] == [
        ("USD", "the US dollar is what rates are counted in"),
        ("QQQ", "no currency of ISO 4217"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + table("DKK,2026-10-01,6.591"),
        table("DKK,2026-10-01,6.591").replace(b",", b";"),
        table("DKK,2026-10-01,6.591").replace(b",", b"\t"),
        table("DKK,2026-10-01,6.591").decode().encode("utf-16"),
        b"\r\n" + table("DKK,2026-10-01,6.591", "", " , , ").replace(b"\n", b"\r\n"),
        b"Country,Currency,Effective date,Rate\nDenmark,DKK,01 Oct 2026,6.591\n",
    ],
    ids=["BOM", "semicolons", "tabs", "UTF-16", "blank lines", "other headings"],
)
def test_tables_are_read_as_spreadsheets_write_them(content):
    rates, _ignored = read(content)

    assert told(rates) == [("DKK", OCTOBER, Decimal("6.591"))]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must name one column f_curr_code"),
        (b"code,day,price\n", "it names: code, day, price"),
        (HEAD.encode(), "The file holds no rate."),
        (xml(), "The file holds no rate."),
        (b"PK\x03\x04 zipped", "This is an Excel file."),
        (HEAD.encode() + "Türkei".encode("latin-1"), "neither text in UTF-8"),
        (HEAD.encode() + b"DKK\0", "not a text file"),
        (b"<UN_OPERATIONAL_RATES_DATASET><UN", "malformed at line 1"),
        (b"<rss></rss>", "begins with <rss>"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares a document type"),
        (b'<?xml version="1.0" encoding="KOI-77"?><a/>', "unknown encoding"),
        (b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MB"),
        (table(*["DKK,2026-10-01,6.5"] * 20_001), "more than 20,000 lines"),
        (table("DKKK,2026-10-01,6.5"), "Line 2: “DKKK” is no currency code"),
        (table("DKK"), "Line 2: “” is no day"),
        (table('"DKK,2026-10-01,6.5' + "5" * 140_000), "cannot be read at line 2"),
    ],
)
def test_a_bad_file_is_refused_with_a_plain_message(content, said):
    assert said in refused(content)


def test_of_many_bad_lines_ten_are_told_and_the_others_counted():
    said = refused(table(*["DKK,soon,6.5"] * 13))

    assert said.count("is no day") == 10
    assert said.endswith("… and 3 more lines.")


# What it brings


@pytest.mark.django_db
def test_the_same_file_twice_changes_nothing():
    rates, _ignored = read(table("DKK,01 Oct 2026,6.591", "SEK,01 Oct 2026,9.993"))

    first, second = write(rates, "Treasury"), write(rates, "Treasury")

    assert [len(first.new), len(first.unchanged)] == [2, 0]
    assert second.is_empty
    assert len(second.unchanged) == 2
    assert ExchangeRate.history.count() == 2


@pytest.mark.django_db
def test_a_changed_rate_is_told_and_never_values_an_entry_anew():
    kept = ExchangeRateFactory(effective_on=OCTOBER, rate=Decimal(10))
    entry = EntryFactory(pledge__currency="DKK", dated=date(2026, 10, 5), amount=Decimal(1000))
    rates, _ignored = read(table("DKK,01 Oct 2026,5"))

    report = write(rates, "Treasury")

    kept.refresh_from_db()
    entry.refresh_from_db()
    assert [(one.was, one.rate.rate) for one in report.changed] == [(10, 5)]
    assert (kept.rate, kept.source, report.keeping) == (5, "Treasury", 1)
    assert (entry.rate, entry.amount_usd) == (10, 100)


@pytest.mark.django_db
def test_entries_that_wait_for_one_of_the_rates_are_counted():
    for currency, day in (("DKK", 5), ("DKK", 20), ("SEK", 20)):
        EntryFactory(pledge__currency=currency, dated=date(2026, 10, day), public_from=None)
    EntryFactory(pledge__currency="DKK", dated=date(2026, 10, 20))  # is corrected, not valued
    rates, _ignored = read(table("DKK,10 Oct 2026,5"))

    assert compare(rates).waiting == 1


# The pages

UPLOAD = "exchangerate", "upload"


def upload(client, content):
    file = SimpleUploadedFile("rates.csv", content)
    return client.post(desk.page(*UPLOAD), {"file": file, "source": "Treasury"})


def confirm(client, preview):
    hidden = {"carried": preview.context["carried"], "seen": preview.context["report"].words}
    return client.post(desk.page("exchangerate", "confirm"), hidden)


@pytest.mark.django_db
def test_nothing_is_written_before_the_preview_is_confirmed():
    client = desk.officer()

    preview = upload(client, table("DKK,01 Oct 2026,6.591"))
    before = ExchangeRate.objects.count()
    answer = confirm(client, preview)

    assert (before, ExchangeRate.objects.get().rate) == (0, Decimal("6.591"))
    assert "Written." in answer.content.decode()
    assert ExchangeRate.history.get().history_user.username == "olga"


@pytest.mark.django_db
def test_what_changed_since_the_preview_is_shown_and_not_overwritten():
    client = desk.officer()
    preview = upload(client, table("DKK,01 Oct 2026,6.591"))
    ExchangeRateFactory(effective_on=OCTOBER, rate=Decimal(7))

    answer = confirm(client, preview)

    assert "changed since this was shown" in answer.content.decode()
    assert ExchangeRate.objects.get().rate == 7


@pytest.mark.django_db
def test_rates_that_were_not_signed_by_the_preview_are_not_written():
    crafted = {"carried": "WyJES0siXQ", "seen": ""}

    answer = desk.officer().post(desk.page("exchangerate", "confirm"), crafted)

    assert answer.status_code == 302
    assert not ExchangeRate.objects.exists()


@pytest.mark.django_db
def test_a_bad_file_says_so_on_the_page():
    answer = upload(desk.officer(), table("DKK,03/04/2024,6.5"))

    assert "Line 2: “03/04/2024” is no day" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["upload", "confirm", "value-entries"])
def test_who_may_not_change_rates_uploads_none(page):
    client = desk.second_approver()

    assert client.post(desk.page("exchangerate", page), {}).status_code == 403


# Valuing entries that waited


def value(client):
    return desk.act(client, desk.page("exchangerate", "value-entries"), {})


@pytest.mark.django_db
def test_drafts_and_submitted_entries_take_the_rate_in_force_and_public_ones_stay():
    waiting = {"pledge__currency": "DKK", "amount": Decimal(1000)}
    draft, later = (EntryFactory(public_from=None, **waiting) for _row in range(2))
    desk.submitted(later)
    public, other = EntryFactory(**waiting), EntryFactory(public_from=None, pledge__currency="SEK")
    ExchangeRateFactory()
    client = desk.officer()

    page = client.get(desk.page("exchangerate", "value-entries"))
    desk.done(value(client))

    values = {entry.pk: entry.amount_usd for entry in PledgeEntry.objects.all()}
    assert values == {draft.pk: 100, later.pk: 100, public.pk: None, other.pk: None}
    assert page.context["rows"] == [draft, later]
    every = client.get(f"{desk.page('pledgeentry', 'changelist')}?unvalued=yes")
    assert set(every.context["cl"].result_list) == {public, other}
    for shown in (public, other):
        assert desk.page("pledgeentry", "change", shown.pk) in page.content.decode()


@pytest.mark.django_db
def test_an_entry_that_is_published_in_that_very_moment_stays_as_readers_know_it(monkeypatch):
    EntryFactory(public_from=None, pledge__currency="DKK")
    ExchangeRateFactory()
    publish = PledgeEntry.objects.all().update  # by another process, which held the lock
    monkeypatch.setattr(rates_admin, "lock_revision", lambda: publish(public_from=LONG_AGO))

    desk.done(value(desk.officer()))

    assert PledgeEntry.objects.get().amount_usd is None


@pytest.mark.django_db
def test_an_entry_changed_since_the_page_was_opened_is_not_valued_unseen():
    entry = EntryFactory(public_from=None, pledge__currency="DKK", amount=Decimal(1000))
    ExchangeRateFactory()
    client, address = desk.officer(), desk.page("exchangerate", "value-entries")
    seen = client.get(address).context["seen"]
    entry.amount = Decimal(3000)
    entry.save()

    answer = client.post(address, {"seen": seen})

    assert answer.status_code == 200
    assert PledgeEntry.objects.get().amount_usd is None


@pytest.mark.django_db
def test_the_page_asks_as_much_for_one_entry_as_for_fifty():
    waiting = {"public_from": None, "pledge__currency": "DKK"}
    client, address = desk.officer(), desk.page("exchangerate", "value-entries")
    entries = EntryFactory.create_batch(51, **waiting)
    ExchangeRateFactory(effective_on=entries[0].dated)
    others = PledgeEntry.objects.exclude(pk=entries[0].pk)

    others.update(dated=date(2020, 1, 1))  # no rate was in force
    one = queries(client, address)
    others.update(dated=entries[0].dated)

    assert queries(client, address) == one


def queries(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)
