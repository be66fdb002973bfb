"""Files brought in: compared before anything is written, whole or not at all, and undone as one."""

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from contributions.admin.imports import _confirm as confirm_again
from contributions.importing import kinds, reading
from contributions.importing.comparing import Comparison, Verdict
from contributions.importing.reading import MEGABYTE, RefusedFileError
from contributions.importing.values import Dates, Numbers, Writing, amount, day
from contributions.importing.writing import undo
from contributions.models import Deposit, Donor, FileImport, FundingTarget, Pledge, PledgeEntry
from mptf_portal.models import Demonstration, Revision
from mptf_portal.publishing import draft_correction, publish
from programmes.models import Country, JointProgramme, Result
from proposals.models import ProposedChange
from tests.contributions import desk
from tests.factories import (
    CountryFactory,
    DepositFactory,
    DonorFactory,
    EntryFactory,
    ExchangeRateFactory,
    ObjectiveFactory,
    PledgeFactory,
    ProgrammeFactory,
    ResultFactory,
    TargetFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_foretold")]

DEPOSITS = ("agent_reference", "agreement_reference", "funding_year", "received_on", "amount",
            "amount_usd", "evidence")  # fmt: skip
PLEDGES = ("donor", "agreement_reference", "funding_year", "currency", "kind", "dated", "amount")
FIRST = ("AA-1", "SAA-1", "2023", "2023-05-01", "60", "60", "Receipt 1")
SECOND = ("AA-2", "SAA-1", "2023", "2023-06-01", "40", "40", "Receipt 2")


def table(headings, *rows):
    """Return the bytes of a CSV file."""
    out = io.StringIO()
    csv.writer(out).writerows([headings, *rows])
    return out.getvalue().encode()


def workbook(headings, *rows, change=None):
    """Return the bytes of an XLSX file."""
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def pledge():
    return EntryFactory(pledge=PledgeFactory(agreement_reference="SAA-1")).pledge


@pytest.fixture
def officer():
    return desk.officer()


def upload(client, content, kind="deposits", name="deposits.csv"):
    """Choose a file, as the first step does; return the answer."""
    file = SimpleUploadedFile(name, content)
    return client.post(desk.page("fileimport", "add"), {"kind": kind, "file": file})


def read(client, held, **said):
    """Say how the file is read, everything recognised left as it is."""
    address = desk.page("fileimport", "read", held.pk)
    form = client.get(address).context["form"]
    data = {field.html_name: field.value() or "" for field in form}
    return client.post(address, data | said)


def look(client, content, kind="deposits", name="deposits.csv", **said):
    """Go as far as the page that shows what the file would bring."""
    answer = upload(client, content, kind, name)
    assert answer.status_code == 302, desk.refused_file(answer)
    held = FileImport.objects.latest("pk")
    assert read(client, held, **said).status_code == 302
    return held, client.get(desk.page("fileimport", "look", held.pk))


def counted(answer):
    """Return how many lines there are of each verdict, those that are none left out."""
    return {str(label): number for label, number in answer.context["counts"] if number}


def bring_in(client, content, kind="deposits", name="deposits.csv", **said):
    """Bring a file in, step by step."""
    held, shown = look(client, content, kind, name, **said)
    seen = {"seen": shown.context["seen"]}
    answer = client.post(desk.page("fileimport", "look", held.pk), seen)
    assert answer.status_code == 302, answer.context["refused"]
    held.refresh_from_db()
    return held


def reasons(answer):
    """Return why each refused line is refused."""
    return [
        " ".join(one.reasons)
        for verdict, _label, outcomes, _more in answer.context["groups"]
        if verdict == "refused"
        for one in outcomes
    ]


# The way in


def test_nothing_is_written_before_it_is_confirmed(officer, pledge):
    _held, shown = look(officer, table(DEPOSITS, FIRST, SECOND))

    assert counted(shown) == {"New": 2}
    assert not Deposit.objects.exists()


def test_what_is_confirmed_waits_for_an_approver_under_the_officers_name(officer, pledge):
    done = bring_in(officer, table(DEPOSITS, FIRST, SECOND))

    rows = Deposit.objects.order_by("agent_reference")
    assert [row.amount for row in rows] == [60, 40]
    assert all(row.is_submitted for row in rows)
    state = rows[0].history.get()
    assert (state.history_user.username, state.history_change_reason) == (
        "olga",
        f"Import {done.pk}: deposits.csv",
    )
    assert (done.stage, done.counts, done.content) == ("done", {"new": 2}, None)


def test_an_approver_publishes_an_import_as_one_and_its_officer_does_not(officer, pledge):
    done = bring_in(officer, table(DEPOSITS, FIRST, SECOND))
    address = desk.page("fileimport", "publish", done.pk)

    assert desk.act(officer, address, desk.NOW).status_code == 403
    desk.done(desk.act(desk.second_approver(), address, desk.NOW))

    assert Deposit.objects.public(timezone.now()).count() == 2


def test_who_brought_a_file_in_does_not_approve_it_even_as_an_approver(pledge):
    client = desk.approver()
    done = bring_in(client, table(DEPOSITS, FIRST))

    answer = desk.act(client, desk.page("fileimport", "publish", done.pk), desk.NOW)

    assert "somebody else approves it" in answer.content.decode()
    assert not Deposit.objects.public(timezone.now()).exists()


def test_who_changed_anothers_draft_by_a_file_does_not_approve_it(pledge):
    DepositFactory(pledge=pledge, agent_reference="AA-1", public_from=None)
    bring_in(desk.approver(), table(DEPOSITS, FIRST))
    row, other = Deposit.objects.get(), desk.officer()
    desk.done(desk.act(other, desk.page("deposit", "take-back", row.pk), {}))
    desk.submit(other, "deposit", row.pk)

    answer = desk.act(desk.approver(), desk.page("deposit", "publish", row.pk), desk.NOW)

    assert "somebody else approves it" in answer.content.decode()
    row.refresh_from_db()
    assert row.is_submitted


@pytest.mark.either
@pytest.mark.parametrize(
    ("kind", "content", "why"),
    [
        ("donors", b"slug,name,kind\na/b c,Slash,foundation\n", "slug: "),
        ("deposits", table(DEPOSITS, ("A" * 101, *FIRST[1:])), "agent_reference: "),
        ("deposits", table(DEPOSITS, (*FIRST[:2], "2023.9", *FIRST[3:])), "“2023.9” is no year"),
    ],
)
def test_what_no_form_would_take_is_refused(officer, pledge, kind, content, why):
    _held, shown = look(officer, content, kind)

    (reason,) = reasons(shown)
    assert why in reason


def test_the_same_file_twice_changes_nothing(officer, pledge):
    content = table(DEPOSITS, FIRST, SECOND)
    bring_in(officer, content)

    _held, shown = look(officer, content)

    assert counted(shown) == {"Unchanged": 2}
    assert "holds all of this already" in shown.content.decode()
    assert "Import all of it" not in shown.content.decode()


def test_what_changed_since_it_was_shown_is_shown_again(officer, pledge):
    held, shown = look(officer, table(DEPOSITS, FIRST))
    DepositFactory(pledge=pledge, agent_reference="AA-1", amount=Decimal(60))

    answer = officer.post(desk.page("fileimport", "look", held.pk), {"seen": shown.context["seen"]})

    assert "was changed since this was shown" in answer.content.decode()
    assert Deposit.objects.count() == 1


def test_who_confirms_twice_is_led_to_what_was_imported(officer, pledge):
    held, shown = look(officer, table(DEPOSITS, FIRST))
    address, seen = desk.page("fileimport", "look", held.pk), {"seen": shown.context["seen"]}
    officer.post(address, seen)

    again = officer.post(address, seen, follow=True)

    assert again.redirect_chain == [(desk.page("fileimport", "change", held.pk), 302)]
    assert "It is imported already." in again.content.decode()
    desk.done(desk.act(officer, desk.page("fileimport", "undo", held.pk), {}))
    assert "imported, and undone" in officer.get(address, follow=True).content.decode()


@pytest.mark.parametrize("step", ["read", "look"])
def test_who_comes_back_after_a_day_is_told_to_choose_the_file_anew(officer, pledge, step):
    held, _shown = look(officer, table(DEPOSITS, FIRST))
    FileImport.objects.update(content=None)

    answer = officer.get(desk.page("fileimport", step, held.pk), follow=True)

    assert answer.redirect_chain == [(desk.page("fileimport", "add"), 302)]
    assert "this one was thrown away. Choose it anew." in answer.content.decode()


def test_a_held_file_is_its_officers_alone(officer, pledge):
    held, _shown = look(officer, table(DEPOSITS, FIRST))

    assert desk.approver().get(desk.page("fileimport", "look", held.pk)).status_code == 403


def test_a_held_file_is_thrown_away_after_a_day(officer, pledge):
    held, _shown = look(officer, table(DEPOSITS, FIRST))
    FileImport.objects.update(at=timezone.now() - timezone.timedelta(days=2))

    upload(officer, table(DEPOSITS, SECOND))

    held.refresh_from_db()
    assert held.content is None


@pytest.mark.parametrize("who", [desk.second_approver, desk.stranger])
def test_who_enters_nothing_brings_nothing_in(who):
    assert upload(who(), table(DEPOSITS, FIRST)).status_code == 403


def test_an_import_moves_nothing_that_readers_see(officer, pledge):
    before = Client().get("/contributions/").content

    look(officer, table(DEPOSITS, FIRST))
    number = Revision.objects.get().number
    look(officer, table(DEPOSITS, SECOND))

    assert Revision.objects.get().number == number
    assert Client().get("/contributions/").content == before


def test_the_first_page_tells_of_the_last_import(officer, pledge):
    bring_in(officer, table(DEPOSITS, FIRST))

    html = officer.get(reverse("admin:index")).content.decode()

    assert "Deposits: deposits.csv" in html


# Undoing


def test_an_import_is_undone_as_one_and_the_corrected_file_goes_in(officer, pledge):
    done = bring_in(officer, table(DEPOSITS, FIRST, SECOND))

    desk.done(desk.act(officer, desk.page("fileimport", "undo", done.pk), {}))
    assert {str(row.state) for row in Deposit.objects.all()} == {"Withdrawn"}

    again = bring_in(officer, table(DEPOSITS, (*FIRST[:4], "61", "61", ""), SECOND))
    assert again.counts == {"new": 2}


def test_what_an_import_changed_is_as_before_once_it_is_undone(officer, pledge):
    DepositFactory(
        pledge=pledge, agent_reference="AA-1", public_from=None, evidence="Old", amount=Decimal(5)
    )
    done = bring_in(officer, table(DEPOSITS, FIRST))
    assert Deposit.objects.get().amount == 60

    desk.done(desk.act(officer, desk.page("fileimport", "undo", done.pk), {}))

    row = Deposit.objects.get()
    assert (row.amount, row.evidence, row.is_draft) == (5, "Old", True)
    assert row.received_on == date(2023, 2, 10)


def test_an_import_of_which_a_row_is_public_is_not_undone(officer, pledge):
    done = bring_in(officer, table(DEPOSITS, FIRST, SECOND))
    one = Deposit.objects.get(agent_reference="AA-1")
    desk.done(desk.act(desk.second_approver(), desk.page("deposit", "publish", one.pk), desk.NOW))

    answer = desk.act(officer, desk.page("fileimport", "undo", done.pk), {})

    assert "published or withdrawn since" in answer.content.decode()
    assert Deposit.objects.get(agent_reference="AA-2").is_submitted


@pytest.mark.parametrize("was_there", [True, False])
def test_what_was_changed_by_hand_since_is_not_undone_over_it(officer, pledge, was_there):
    if was_there:
        DepositFactory(pledge=pledge, agent_reference="AA-1", public_from=None, evidence="Old")
    done = bring_in(officer, table(DEPOSITS, FIRST))
    row = Deposit.objects.get()
    desk.done(desk.act(officer, desk.page("deposit", "take-back", row.pk), {}))
    address = desk.page("deposit", "change", row.pk)
    desk.save(officer, address, desk.shown(officer, address) | {"evidence": "By hand"})

    answer = desk.act(officer, desk.page("fileimport", "undo", done.pk), {})

    assert "changed by hand since" in answer.content.decode()
    row.refresh_from_db()
    assert (row.evidence, row.is_draft) == ("By hand", True)


PROGRAMMES = ("slug", "title", "short_title", "countries", "objectives")


@pytest.mark.parametrize("was_there", [True, False])
def test_what_was_chosen_by_hand_since_is_not_undone_over_it(officer, was_there):
    for code in ("KEN", "NOR"):
        CountryFactory(iso3=code)
    ObjectiveFactory(number=7)
    if was_there:
        ProgrammeFactory(slug="border-work", public_from=None)
    content = table(PROGRAMMES, ("border-work", "At the border", "Border work", "KEN", "7"))
    done = bring_in(officer, content, "programmes")
    row = JointProgramme.objects.get()
    desk.done(
        desk.act(officer, desk.page("jointprogramme", "take-back", row.pk, app="programmes"), {})
    )
    row.countries.set([Country.objects.get(iso3="NOR")])

    answer = desk.act(officer, desk.page("fileimport", "undo", done.pk), {})

    assert "changed by hand since" in answer.content.decode()
    assert [one.iso3 for one in row.countries.all()] == ["NOR"]


def test_a_programme_is_taken_back_with_what_was_chosen_for_it(officer):
    norway = CountryFactory(iso3="NOR")
    CountryFactory(iso3="KEN")
    before = ProgrammeFactory(slug="border-work", public_from=None, countries=[norway])
    content = table(PROGRAMMES, ("border-work", "At the border", "Border work", "KEN", ""))
    done = bring_in(officer, content, "programmes")
    assert [one.iso3 for one in before.countries.all()] == ["KEN"]

    desk.done(desk.act(officer, desk.page("fileimport", "undo", done.pk), {}))

    assert [one.iso3 for one in before.countries.all()] == ["NOR"]


def test_an_import_that_proposed_a_donors_change_is_undone(officer):
    donor = DepositFactory(pledge__donor__name="Danmark").pledge.donor
    content = table(("name", "slug", "kind"), ("Denmark", donor.slug, donor.kind))
    done = bring_in(officer, content, "donors")
    assert ProposedChange.objects.get().is_submitted

    desk.done(desk.act(officer, desk.page("fileimport", "undo", done.pk), {}))

    assert str(ProposedChange.objects.get().state) == "Withdrawn"


def test_a_later_file_of_the_same_name_is_not_undone_with_an_earlier_one(officer, pledge):
    done = bring_in(officer, table(DEPOSITS, FIRST))
    row = Deposit.objects.get()
    desk.done(desk.act(officer, desk.page("deposit", "take-back", row.pk), {}))
    bring_in(officer, table(DEPOSITS, (*FIRST[:4], "75", "75", "Receipt 1")))

    answer = desk.act(officer, desk.page("fileimport", "undo", done.pk), {})

    assert "changed by hand since" in answer.content.decode()
    row.refresh_from_db()
    assert (row.amount, row.is_submitted) == (75, True)


def test_a_pledge_in_the_wrong_currency_goes_in_corrected_once_it_is_undone(officer):
    for currency in ("NOK", "DKK"):
        ExchangeRateFactory(currency=currency)
    donor = DonorFactory()
    line = (donor.name, "SAA-9", "2023")
    done = bring_in(officer, table(PLEDGES, (*line, "DKK", "signed", "2023-06-01", 9)), "pledges")

    desk.done(desk.act(officer, desk.page("fileimport", "undo", done.pk), {}))
    bring_in(officer, table(PLEDGES, (*line, "NOK", "signed", "2023-06-01", 9)), "pledges")

    assert Pledge.objects.get(agreement_reference="SAA-9").currency == "NOK"
    assert Pledge.objects.get(currency="DKK").agreement_reference == ""


def test_a_pledge_that_got_another_row_since_keeps_its_reference(officer):
    donor = DonorFactory()
    line = (donor.name, "SAA-9", "2023", "USD", "signed", "2023-06-01", 9)
    done = bring_in(officer, table(PLEDGES, line), "pledges")
    DepositFactory(pledge=Pledge.objects.get(), public_from=None)

    desk.done(desk.act(officer, desk.page("fileimport", "undo", done.pk), {}))

    assert Pledge.objects.get().agreement_reference == "SAA-9"


def test_undoing_asks_as_often_however_many_rows_there_are(officer, pledge):
    counts = []
    for many in (2, 12):
        rows = [(f"AA-{many}-{one}", *FIRST[1:]) for one in range(many)]
        done = bring_in(officer, table(DEPOSITS, *rows))
        with CaptureQueriesContext(connection) as asked:
            undo(done, done.by)
        counts.append(len(asked))

    assert counts[0] == counts[1]
    assert {str(row.state) for row in Deposit.objects.all()} == {"Withdrawn"}
    assert Deposit.history.latest("history_id").history_user == done.by


def test_a_donor_whom_readers_have_come_to_know_is_not_changed_by_undoing(officer):
    donor = DonorFactory(name="Danmark", slug="denmark", kind="foundation")
    content = table(("name", "slug", "kind"), ("Denmark", "denmark", "foundation"))
    done = bring_in(officer, content, "donors")
    DepositFactory(pledge__donor=donor)

    answer = desk.act(officer, desk.page("fileimport", "undo", done.pk), {})

    assert "cannot be undone as one" in answer.content.decode()
    donor.refresh_from_db()
    assert donor.name == "Denmark"


def test_a_file_that_is_confirmed_twice_at_once_is_imported_once(officer, pledge):
    held, shown = look(officer, table(DEPOSITS, FIRST))
    confirm_again(held, shown.context["seen"])  # while the other request still held the file

    with pytest.raises(RefusedFileError, match="imported already"):
        confirm_again(held, shown.context["seen"])

    assert Deposit.objects.count() == 1


# What lines do


def test_a_line_about_a_public_row_makes_a_draft_that_corrects_it(officer, pledge):
    public = DepositFactory(
        pledge=pledge, agent_reference="AA-1", amount=Decimal(50), received_on=date(2023, 5, 1)
    )
    _held, shown = look(officer, table(DEPOSITS, FIRST))
    changes = shown.context["groups"][0][2][0].changes
    assert ("Amount", "50.00", "60") in [tuple(map(str, one)) for one in changes]

    bring_in(officer, table(DEPOSITS, FIRST))

    draft = Deposit.objects.get(replaces=public)
    assert (draft.amount, draft.is_submitted) == (60, True)
    public.refresh_from_db()
    assert public.amount == 50


def test_a_line_that_says_the_same_leaves_the_rate_as_it_is(officer):
    ExchangeRateFactory(currency="DKK", rate=Decimal(7), effective_on=date(2023, 5, 1))
    row = EntryFactory(
        pledge__agreement_reference="SAA-9",
        pledge__currency="DKK",
        dated=date(2023, 6, 1),
        amount=Decimal(700),
    )
    ExchangeRateFactory(currency="DKK", rate=Decimal("6.5"), effective_on=date(2023, 6, 1))
    line = (row.pledge.donor.name, "SAA-9", row.pledge.funding_year, "DKK", row.kind, row.dated)

    _held, shown = look(officer, table(PLEDGES, (*line, 700)), "pledges")
    assert counted(shown) == {"Unchanged": 1}

    bring_in(officer, table(PLEDGES, (*line, 1400)), "pledges")
    correction = PledgeEntry.objects.get(replaces=row)
    assert (correction.rate, correction.amount_usd) == (7, 200)


def test_of_two_entries_of_a_day_a_line_changes_the_one_of_its_kind(officer):
    known = EntryFactory(pledge__agreement_reference="SAA-9", kind="announced", amount=100)
    draft = EntryFactory(pledge=known.pledge, dated=known.dated, kind="signed", public_from=None)
    line = (known.pledge.donor.name, "SAA-9", known.pledge.funding_year, known.pledge.currency)

    bring_in(officer, table(PLEDGES, (*line, "Announced", known.dated, 120)), "pledges")

    assert PledgeEntry.objects.get(replaces=known).amount == 120
    draft.refresh_from_db()
    assert (draft.kind, draft.is_draft) == ("signed", True)


def test_a_line_about_what_an_embargoed_correction_replaces_is_unchanged(officer, pledge):
    row = DepositFactory(pledge=pledge, agent_reference="AA-1", amount=50, amount_usd=50)
    later = draft_correction(row)
    later.amount = later.amount_usd = Decimal(55)
    publish(later, timezone.now() + timedelta(days=1), "Typed wrong")
    line = ("AA-1", "SAA-1", pledge.funding_year, row.received_on, 50, 50, row.evidence)

    _held, shown = look(officer, table(DEPOSITS, line))

    assert counted(shown) == {"Unchanged": 1}


def test_a_line_about_what_was_replaced_under_another_reference_says_so(officer, pledge):
    row = DepositFactory(pledge=pledge, agent_reference="AA-1")
    correction = draft_correction(row)
    correction.agent_reference = "AA-1b"
    publish(correction, timezone.now(), "Typed wrong")

    _held, shown = look(officer, table(DEPOSITS, FIRST))

    assert counted(shown) == {"Skipped": 1}
    assert "A correction replaced it on" in shown.content.decode()


@pytest.mark.either
@pytest.mark.parametrize("cell", [Decimal("1E999"), "9" * 30])
def test_a_number_that_no_column_holds_is_refused(cell):
    with pytest.raises(ValueError, match="too large a number"):
        amount(cell, Writing())


def test_what_waits_for_an_approver_is_not_changed(officer, pledge):
    bring_in(officer, table(DEPOSITS, FIRST))

    _held, shown = look(officer, table(DEPOSITS, (*FIRST[:4], "61", "61", "")))

    assert "waits for an approver" in reasons(shown)[0]


def test_one_refused_row_stops_the_whole_file(officer, pledge):
    held, shown = look(officer, table(DEPOSITS, FIRST, (*SECOND[:4], "-1", "40", "")))

    assert counted(shown) == {"Refused": 1, "New": 1}
    answer = officer.post(desk.page("fileimport", "look", held.pk), {"seen": shown.context["seen"]})
    assert "Row 3: amount: a deposit is above zero" in answer.context["refused"][0]
    assert not Deposit.objects.exists()
    assert FileImport.objects.get().stage == "held"


def test_the_gateways_headings_are_recognised(officer, pledge):
    headings = ("Contributor/Partner", "Reference", "Agreement", "Year", "Date", "Amount",
                "Deposit")  # fmt: skip
    row = (pledge.donor.name, "AA-1", "SAA-1", "2023", "1 May 2023", "60", "60")

    done = bring_in(officer, table(headings, row))

    assert done.counts == {"new": 1}
    assert Deposit.objects.get().received_on == date(2023, 5, 1)


def test_a_column_that_is_missing_is_named(officer, pledge):
    upload(officer, table(DEPOSITS[:-2], FIRST[:-2]))

    answer = read(officer, FileImport.objects.get())

    assert "No heading is amount_usd." in desk.refused_file(answer)


def test_the_page_shows_what_new_rows_would_say_and_confirms_no_other(officer, pledge):
    pledge.currency = "DKK"
    pledge.save()
    held, shown = look(officer, table(DEPOSITS, (*FIRST[:4], "700", "100", "Receipt 1")))
    assert "US dollars credited</dt><dd>100" in shown.content.decode()
    other_way = {"column-4": "amount_usd", "column-5": "amount"}  # in another tab
    read(officer, held, **other_way)

    seen = {"seen": shown.context["seen"]}
    answer = officer.post(desk.page("fileimport", "look", held.pk), seen)

    assert "The ledger was changed since this was shown" in answer.context["refused"][0]
    assert not Deposit.objects.exists()


def test_the_page_shows_the_terms_of_a_new_pledge_and_confirms_no_other(officer):
    headings = (*PLEDGES, "earmark", "conditions")
    line = (DonorFactory().name, "SAA-9", "2024", "USD", "signed", "2024-01-10", "100")
    held, shown = look(officer, table(headings, (*line, "For Kenya", "Half later")), "pledges")
    html = shown.content.decode()
    assert "Earmark</dt><dd>For Kenya" in html
    assert "Conditions</dt><dd>Half later" in html
    read(officer, held, **{"column-7": "conditions", "column-8": "earmark"})  # in another tab

    seen = {"seen": shown.context["seen"]}
    answer = officer.post(desk.page("fileimport", "look", held.pk), seen)

    assert "The ledger was changed since this was shown" in answer.context["refused"][0]


def test_a_year_is_one_whatever_a_spreadsheet_adds_to_it(officer):
    TargetFactory(year=2024, amount_usd=10, source="Note", basis="")
    content = table(("year", "amount_usd", "source"), ("2024.0", "10", "Note"))

    _held, shown = look(officer, content, "targets")
    _held, wrong = look(officer, content.replace(b"2024.0", b"2024.5"), "targets")

    assert counted(shown) == {"Unchanged": 1}
    assert reasons(wrong) == ["year: “2024.5” is no whole number."]


def test_a_heading_may_be_left_out_or_called_otherwise(officer, pledge):
    headings = (*DEPOSITS[:-1], "Remarks")

    done = bring_in(officer, table(headings, FIRST), **{"column-6": "evidence"})

    assert done.counts == {"new": 1}
    assert Deposit.objects.get().evidence == "Receipt 1"


def test_entries_of_a_new_agreement_make_its_pledges(officer):
    donor, _rate = DonorFactory(name="Danmark", slug="denmark"), ExchangeRateFactory()
    rows = [
        ("Danmark", "SAA-9", "2023", "DKK", "announced", "2023-01-10", "900"),
        ("Danmark", "SAA-9", "2023", "DKK", "signed", "2023-02-10", "1000"),
        ("denmark", "SAA-9", "2024", "DKK", "signed", "2023-02-10", "500"),
    ]

    done = bring_in(officer, table(PLEDGES, *rows), "pledges")

    assert done.counts == {"new": 3}
    assert Pledge.objects.filter(donor=donor).count() == 2
    entry = PledgeEntry.objects.get(kind="signed", pledge__funding_year=2023)
    assert (entry.amount_usd, entry.rate, entry.is_submitted) == (100, 10, True)


@pytest.mark.either
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"amount": "-900"}, "a pledge is above zero"),
        ({"amount": "0"}, "a pledge is above zero"),
        ({"currency": "XXX"}, "no UN operational rate of “XXX”"),
        ({"currency": "kroner"}, "currency:"),
        ({"donor": "Atlantis"}, "“Atlantis” is not on record"),
        ({"funding_year": "1999"}, "from 2019"),
        ({"kind": "promised"}, "not one of: announced"),
        ({"dated": "03/04/2024"}, "may be 2024-04-03 or 2024-03-04"),
        ({"dated": "yesterday"}, "is no day"),
        ({"dated": ""}, "dated: the cell is empty"),
        ({"amount": "1,5"}, "has separators"),
        ({"amount": "1,234.50"}, "has separators"),
        ({"amount": "a lot"}, "is no number"),
        ({"kind": "cancelled", "amount": "1"}, "say why"),
    ],
)
def test_a_line_that_breaks_a_rule_is_refused_with_its_cell(officer, changes, why):
    DonorFactory(name="Danmark")
    ExchangeRateFactory()
    good = dict(
        zip(PLEDGES, ("Danmark", "SAA-9", "2023", "DKK", "signed", "2023-02-10", "9"), strict=True)
    )

    _held, shown = look(officer, table(PLEDGES, list((good | changes).values())), "pledges")

    assert [why in one for one in reasons(shown)] == [True], reasons(shown)


def test_a_reference_that_stands_twice_is_refused_with_the_first_row(officer, pledge):
    _held, shown = look(officer, table(DEPOSITS, FIRST, FIRST))

    assert reasons(shown) == ["Row 2 is about the same: AA-1 stands twice in the file."]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_a_reference_stands_twice_where_only_one_line_is_as_on_record(officer, pledge, order):
    bring_in(officer, table(DEPOSITS, FIRST))
    other = ("AA-1", *FIRST[1:-3], "70", "70", FIRST[-1])

    _held, shown = look(officer, table(DEPOSITS, *[(FIRST, other)[one] for one in order]))

    assert "Row 2 is about the same: AA-1 stands twice in the file." in reasons(shown)


def test_two_drafts_of_a_day_are_changed_by_one_file(officer):
    known = EntryFactory(
        pledge__agreement_reference="SAA-9", kind="announced", amount=100, public_from=None
    )
    EntryFactory(pledge=known.pledge, dated=known.dated, kind="signed", public_from=None)
    line = (known.pledge.donor.name, "SAA-9", known.pledge.funding_year, known.pledge.currency)
    rows = [(*line, kind, known.dated, 150) for kind in ("announced", "signed")]

    _held, twice = look(officer, table(PLEDGES, *rows, rows[1]), "pledges")
    bring_in(officer, table(PLEDGES, *rows), "pledges")

    assert [row.amount for row in PledgeEntry.objects.all()] == [150, 150]
    assert counted(twice) == {"Refused": 1, "Changed": 2}


def test_a_line_of_a_row_and_another_that_changes_its_open_correction_are_about_one(
    officer, pledge
):
    public = DepositFactory(pledge=pledge, agent_reference="AA-1")
    DepositFactory(pledge=pledge, agent_reference="AA-1", amount=70, amount_usd=70,
                   replaces=public, public_from=None)  # fmt: skip
    (heads, as_it_stands, _draft) = csv.reader(
        io.StringIO(officer.get(desk.page("deposit", "download-csv")).content.decode())
    )
    other = ["80" if name.startswith("amount") else cell
             for name, cell in zip(heads, as_it_stands, strict=True)]  # fmt: skip

    _held, shown = look(officer, table(heads, as_it_stands, other))

    assert "stands twice in the file" in reasons(shown)[0]


REFUND = ("AA-3", "SAA-1", "2023", "2023-07-01", "-100", "-100", "")


@pytest.mark.parametrize(
    ("rows", "is_refused"),
    [
        ((REFUND,), True),
        ((FIRST, REFUND), True),
        ((FIRST, SECOND, REFUND), False),
        ((FIRST, SECOND, REFUND, ("AA-4", *REFUND[1:4], "-1", "-1", "")), True),
    ],
)
def test_no_more_is_paid_back_by_a_file_than_was_deposited(officer, pledge, rows, is_refused):
    _held, shown = look(officer, table(DEPOSITS, *rows))

    assert ["not paid back" in one for one in reasons(shown)] == [True] * is_refused


def test_a_refund_on_record_is_not_counted_against_itself(officer, pledge):
    bring_in(officer, table(DEPOSITS, FIRST, SECOND, REFUND))
    Deposit.objects.update(submitted_at=None, submitted_by=None)
    smaller, larger = (*REFUND[:4], "-90", "-90", ""), (*REFUND[:4], "-101", "-101", "")

    assert counted(look(officer, table(DEPOSITS, REFUND))[1]) == {"Unchanged": 1}
    assert counted(look(officer, table(DEPOSITS, smaller))[1]) == {"Changed": 1}
    assert counted(look(officer, table(DEPOSITS, larger))[1]) == {"Refused": 1}


def test_a_government_is_known_by_the_code_of_its_country(officer):
    denmark = DonorFactory(name="Denmark", slug="denmark", country=CountryFactory(iso3="DNK"))
    ExchangeRateFactory()
    signed = ("dnk", "SAA-9", "2023", "DKK", "signed", "2023-02-10", "9")

    bring_in(officer, table(PLEDGES, signed), "pledges")
    _held, again = look(officer, table(PLEDGES, ("DENMARK", *signed[1:])), "pledges")
    _held, renamed = look(
        officer,
        table(("name", "kind", "country"), ("Kingdom of Denmark", "government", "DNK")),
        "donors",
    )

    assert Pledge.objects.get().donor == denmark
    assert counted(again) == {"Unchanged": 1}
    assert counted(renamed) == {"Changed": 1}


def test_a_reference_in_other_letters_is_no_new_agreement(officer, pledge):
    DonorFactory(name="Danmark")
    signed = ("Danmark", "saa-1", "2023", "USD", "signed", "2023-02-10", "9")

    _held, shown = look(officer, table(PLEDGES, signed), "pledges")

    assert reasons(shown) == ["agreement_reference: it is on record as “SAA-1”. Write it so."]


def test_a_country_of_two_governments_is_no_name_of_either(officer):
    country = CountryFactory(iso3="DNK")
    for name in ("Denmark", "Greenland"):
        DonorFactory(name=name, country=country)
    ExchangeRateFactory()
    signed = ("DNK", "SAA-9", "2023", "DKK", "signed", "2023-02-10", "9")

    _held, shown = look(officer, table(PLEDGES, signed), "pledges")

    assert reasons(shown) == ["donor: “DNK” is not on record. Import or enter the donor first."]


def test_a_line_that_names_nothing_is_skipped_and_said(officer, pledge):
    total = ("", "", "", "", "100", "100", "")

    held, shown = look(officer, table(DEPOSITS, FIRST, total))
    officer.post(desk.page("fileimport", "look", held.pk), {"seen": shown.context["seen"]})

    assert counted(shown) == {"New": 1, "Skipped": 1}
    assert "It names nothing" in shown.content.decode()
    assert Deposit.objects.count() == 1


def test_a_line_that_lacks_its_reference_alone_is_refused(officer, pledge):
    _held, shown = look(officer, table(DEPOSITS, FIRST, ("", *SECOND[1:])))

    assert reasons(shown) == ["agent_reference: the cell is empty."]


@pytest.mark.parametrize("name", ["中国", "Норвегия"])
def test_a_name_that_makes_no_short_name_is_refused(officer, name):
    _held, shown = look(officer, table(("name", "kind"), (name, "company")), "donors")

    assert "Give a short name in Latin letters" in reasons(shown)[0]


def test_a_second_row_of_headings_is_refused(officer, pledge):
    _held, shown = look(officer, table(DEPOSITS, DEPOSITS, FIRST))

    assert "headings again" in reasons(shown)[0]


def test_a_donor_whom_readers_know_is_changed_by_a_proposal(officer):
    known = DepositFactory(pledge__donor=DonorFactory(name="Danmark", slug="denmark")).pledge.donor
    CountryFactory(iso3="NOR")
    rows = [("Kingdom of Denmark", "denmark", "government", known.country.iso3),
            ("Norway", "", "government", "NOR")]  # fmt: skip

    bring_in(officer, table(("name", "slug", "kind", "country"), *rows), "donors")

    known.refresh_from_db()
    assert known.name == "Danmark"
    assert ProposedChange.objects.submitted().count() == 1
    assert Donor.objects.get(slug="norway").country.iso3 == "NOR"


def test_a_donor_of_whom_a_change_waits_is_not_proposed_again(officer):
    known = DepositFactory(pledge__donor=DonorFactory(name="Danmark", slug="denmark")).pledge.donor
    renamed = ("Kingdom of Denmark", "denmark", "government", known.country.iso3)
    headings = ("name", "slug", "kind", "country")
    as_it_was = officer.get(desk.page("donor", "download-csv")).content
    bring_in(officer, table(headings, renamed), "donors")

    _held, same = look(officer, table(headings, renamed), "donors")
    _held, other = look(officer, table(headings, ("Denmark", *renamed[1:])), "donors")

    assert counted(same) == {"Unchanged": 1}
    assert "proposed already" in reasons(other)[0]
    assert counted(look(officer, as_it_was, "donors")[1]) == {"Unchanged": 1}
    assert ProposedChange.objects.count() == 1


DONORS = ("name", "slug", "kind")


@pytest.mark.parametrize("slug", ["", "acme"])
def test_a_donor_is_known_by_the_name_too(officer, slug):
    DonorFactory(name="Acme", slug="acme-corporation", kind="company")

    bring_in(officer, table(DONORS, ("ACME", slug, "company")), "donors")

    assert Donor.objects.get().name == "ACME"
    assert Donor.objects.get().slug == (slug or "acme-corporation")


def test_a_short_name_that_readers_know_stays(officer):
    DepositFactory(pledge__donor=DonorFactory(name="Acme", slug="acme", kind="company"))

    _held, shown = look(officer, table(DONORS, ("Acme", "acme-2", "company")), "donors")

    assert "slug: readers know this donor as “acme”" in reasons(shown)[0]


def test_a_donor_goes_in_under_another_short_name_once_an_import_is_undone(officer):
    done = bring_in(officer, table(DONORS, ("Acme", "acmee", "company")), "donors")
    desk.done(desk.act(officer, desk.page("fileimport", "undo", done.pk), {}))

    bring_in(officer, table(DONORS, ("Acme", "acme", "company")), "donors")

    assert Donor.objects.get().slug == "acme"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ((("Acme", "b", "company"), ("ACME", "c", "company")), "“ACME” stands twice"),
        ((("Acme", "beta", "company"),), "another donor, “alpha”, has this name"),
    ],
)
def test_a_name_is_one_donors(officer, rows, why):
    if len(rows) == 1:
        DonorFactory(name="Acme", slug="alpha")
    DonorFactory(name="Beta", slug="beta", kind="company")

    _held, shown = look(officer, table(DONORS, *rows), "donors")

    assert why in reasons(shown)[0]


@pytest.mark.either
def test_the_preview_shows_what_only_writing_would_refuse(officer):
    DonorFactory(name="Acme", slug="acme", kind="company")
    rows = [(f"Donor {one}", f"donor-{one}", "company") for one in range(600)]
    rows[570] = ("Acme", "new", "company")  # renames one to the short name that the other takes
    rows[580] = ("Another", "new", "company")
    held, shown = look(officer, table(DONORS, *rows), "donors")

    assert counted(shown) == {"Refused": 1, "Changed": 1, "New": 598}
    assert reasons(shown) == ["Another donor has this short name in addresses already."]
    assert shown.context["groups"][0][2][0].number == 582
    assert Donor.objects.count() == 1
    answer = officer.post(desk.page("fileimport", "look", held.pk), {"seen": shown.context["seen"]})
    assert answer.context["refused"][0].startswith("Row 582: Another donor has this short name")


@pytest.mark.either
@pytest.mark.parametrize("was_there", [True, False])
def test_a_rule_that_the_database_keeps_is_told_in_words(officer, was_there):
    if was_there:
        DonorFactory(name="Acme", slug="acme", kind="company")

    _held, shown = look(officer, table(DONORS, ("Acme", "all", "company")), "donors")

    assert "name groups of donors; choose another short name" in reasons(shown)[0]


def test_targets_programmes_and_results_come_in(officer):
    CountryFactory(iso3="KEN")
    ObjectiveFactory(number=7)
    targets = table(("year", "amount_usd", "basis", "source"),
                    ("2024", "25000000", "committed", "Concept note"))  # fmt: skip
    programmes = table(("slug", "title", "short_title", "countries", "objectives"),
                       ("border-work", "At the border", "Border work", "KEN", "7"))  # fmt: skip
    results = table(("programme", "key", "figure", "unit", "what", "source", "source_url"),
                    ("border-work", "reached", "1200", "people", "reached", "Report",
                     "https://example.org/r"))  # fmt: skip

    for content, kind in ((targets, "targets"), (programmes, "programmes"), (results, "results")):
        assert bring_in(officer, content, kind).counts == {"new": 1}
        assert counted(look(officer, content, kind)[1]) == {"Unchanged": 1}

    assert FundingTarget.objects.get().is_submitted
    programme = JointProgramme.objects.get()
    assert programme.title == "At the border"
    assert [one.iso3 for one in programme.countries.all()] == ["KEN"]
    assert [one.number for one in programme.objectives.all()] == [7]
    assert Result.objects.get().figure == 1200


def test_a_new_programme_comes_in_with_its_days(officer):
    to_come = timezone.now().date() + timedelta(days=400)
    content = table(
        (*PROGRAMMES[:3], "start date", "end date"), ("a", "A", "A", "2024-01-15", to_come)
    )

    bring_in(officer, content, "programmes")

    row = JointProgramme.objects.get()
    assert (row.start_precision, row.start_planned) == ("day", False)
    assert (row.end_on, row.end_precision, row.end_planned) == (to_come, "day", True)
    row.full_clean()
    assert counted(look(officer, content, "programmes")[1]) == {"Unchanged": 1}


RESULTS = ("programme", "key", "figure", "unit", "what", "source", "source_url", "as_of")


@pytest.mark.parametrize(
    ("precision", "stored"),
    [("", ("day", date(2024, 2, 3))), ("Month", ("month", date(2024, 2, 29)))],
)
def test_a_new_result_comes_in_with_its_day(officer, precision, stored):
    programme = ProgrammeFactory(slug="border-work")
    line = (programme.slug, "k", "5", "people", "x", "y", "https://example.org", "2024-02-03")
    content = table((*RESULTS, "as_of_precision"), (*line, precision))

    bring_in(officer, content, "results")

    row = Result.objects.get()
    assert (row.as_of_precision, row.as_of) == stored
    assert counted(look(officer, content, "results")[1]) == {"Unchanged": 1}
    undated = table((*RESULTS, "as_of_precision"), (*line[:1], "undated", *line[2:-1], "", ""))
    bring_in(officer, undated, "results")
    assert Result.objects.get(key="undated").as_of_precision == ""


def test_rows_of_an_import_are_flagged_while_the_demonstration_is_on(officer, pledge):
    Demonstration.objects.create(pk=1, loaded_on=date(2024, 1, 1))

    bring_in(officer, table(DEPOSITS, FIRST))

    assert Deposit.objects.get().demonstration


# Files that are not what they seem


def hide(book):
    book.create_sheet("Hidden").sheet_state = "hidden"


def merge(book):
    book.active.merge_cells("A2:B2")


def second_sheet(book):
    book.create_sheet("More")


def far_below(book):
    book.active.cell(row=20_000, column=1, value="x")


def damaged():
    """Return a workbook whose sheet breaks off."""
    out = io.BytesIO()
    whole = zipfile.ZipFile(io.BytesIO(workbook(("name", "kind"), ("a", "b"))))
    with whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            content = whole.read(name)
            sheet = name == "xl/worksheets/sheet1.xml"
            archive.writestr(name, content[: len(content) // 2] if sheet else content)
    return out.getvalue()


def bomb():
    """Return an archive that unpacks to a thousand times its size."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50 * MEGABYTE)
    return out.getvalue()


def changed(part, content):
    """Return a workbook of which a part is replaced."""
    out = io.BytesIO()
    whole = zipfile.ZipFile(io.BytesIO(workbook(("name", "kind"), ("a", "b"))))
    with whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            archive.writestr(name, content if name == part else whole.read(name))
    return out.getvalue()


def flipped():
    """Return a workbook of which bytes of the packed sheet are wrong."""
    whole = bytearray(workbook(("name", "kind"), *[(f"n{one}", "company") for one in range(50)]))
    part = zipfile.ZipFile(io.BytesIO(whole)).getinfo("xl/worksheets/sheet1.xml")
    start = part.header_offset + 30 + len(part.filename) + 20
    whole[start : start + 10] = bytes(byte ^ 0xFF for byte in whole[start : start + 10])
    return bytes(whole)


def marked(mark, place, value):
    """Return a workbook in whose archive each header of the mark says something else."""
    whole = bytearray(workbook(("name", "kind"), ("a", "b")))
    at = -1
    while (at := whole.find(mark, at + 1)) >= 0:
        whole[at + place] = value
    return bytes(whole)


def merged_elsewhere():
    """Return a workbook with merged cells, whose one sheet is kept under another name."""
    out = io.BytesIO()
    whole = zipfile.ZipFile(io.BytesIO(workbook(("name", "kind"), ("a", "b"), change=merge)))
    with whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            content = whole.read(name).replace(b"worksheets/sheet1.xml", b"table.xml")
            archive.writestr(name.replace("worksheets/sheet1.xml", "table.xml"), content)
    return out.getvalue()


def far_right(book):
    book.active.cell(row=2, column=300, value="x")


HALF = workbook(("name", "kind"), ("a", "b"))
HALF = HALF[: len(HALF) // 2] + HALF[-22:]  # the end of the archive as it was
STYLES = b"""<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<cellXfs count="1"><xf numFmtId="x"/></cellXfs></styleSheet>"""
DAMAGED = {
    "wrong bytes": flipped(),
    "encrypted": marked(b"PK\x01\x02", 8, 1),
    "another compression": marked(b"PK\x01\x02", 10, 99),
    "half of it": HALF,
    "no types": changed("[Content_Types].xml", b"<Types/>"),
    "a style of no number": changed("xl/styles.xml", STYLES),
}
BAD = {
    **{name: ("a.xlsx", content, "damaged. Save it anew") for name, content in DAMAGED.items()},
    "merged cells elsewhere": ("a.xlsx", merged_elsewhere(), "merged cells"),
    "a column far right": (
        "a.xlsx",
        workbook(("name", "kind"), ("a", "b"), change=far_right),
        "Row 2 has a cell right of column 200",
    ),
    "more cells of a workbook": (
        "a.xlsx",
        workbook(("name", "kind"), ("a", "b", "c")),
        "more cells than",
    ),
    "another encoding": ("a.csv", "name,kind\nTürkiye,agency\n".encode("latin-1"), "not UTF-8"),
    "UTF-16": ("a.csv", "name,kind\n".encode("utf-16"), "no CSV file"),
    "semicolons": ("a.csv", b"name;kind\nNorway;government\n", "parted by semicolons"),
    "a picture": ("a.xlsx", b"\x89PNG\r\n\x1a\n" + b"0" * 500, "no XLSX file"),
    "a picture called csv": ("a.csv", b"\x89PNG\r\n\x1a\n" + b"0" * 500, "no CSV file"),
    "another archive": ("a.xlsx", None, "no XLSX file"),
    "a zip bomb": ("a.xlsx", bomb(), "unpacks to"),
    "one row far below": (
        "a.xlsx",
        workbook(("name", "kind"), change=far_below),
        "rows are empty. Delete them",
    ),
    "a damaged sheet": ("a.xlsx", damaged(), "damaged. Save it anew"),
    "headings beyond measure": (
        "a.csv",
        ",".join(f"h{n}" for n in range(201)).encode(),
        "201 headings; at most 200",
    ),
    "hidden sheets": ("a.xlsx", workbook(("name", "kind"), change=hide), "hidden sheets: Hidden"),
    "two sheets": ("a.xlsx", workbook(("name", "kind"), change=second_sheet), "several sheets"),
    "merged cells": (
        "a.xlsx",
        workbook(("name", "kind"), ("a", "b"), change=merge),
        "merged cells",
    ),
    "a formula": ("a.xlsx", workbook(("name", "kind"), ("=1+1", "x")), "a formula"),
    "a title above": ("a.csv", b"Status of pledges,,\nname,kind,country\n", "no headings"),
    "one heading twice": ("a.csv", b"name,kind,Name\n", "stands twice"),
    "more cells": ("a.csv", b"name,kind\nNorway,government,NOR\n", "more cells than"),
    "an open quote": ("a.csv", b'name,kind\n"Norway,government\n', "is not CSV"),
    "nothing": ("a.csv", b"\n", "no headings"),
    "a text": ("a.txt", b"name,kind\n", "Choose a .csv or an .xlsx"),
    "too many rows": ("a.csv", b"name,kind\n" + b"Norway,government\n" * 5001, "import_ledger"),
}


def another_archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "Not a workbook")
    return out.getvalue()


@pytest.mark.either
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_plain_words_and_nothing_is_kept(officer, name):
    file_name, content, why = BAD[name]

    answer = upload(officer, content or another_archive(), "donors", file_name)

    assert answer.status_code == 200
    assert why in desk.refused_file(answer)
    assert not FileImport.objects.exists()


@pytest.mark.either
def test_a_workbook_of_more_text_than_memory_shall_hold_is_refused(officer, monkeypatch):
    monkeypatch.setattr(reading, "MOST_TEXTS", 1_000)
    file = io.BytesIO(workbook(("name", "kind"), ("a", "b")))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", "x" * 1_001)

    answer = upload(officer, file.getvalue(), "donors", "a.xlsx")

    assert "too much text" in desk.refused_file(answer)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(officer):
    address = desk.page("fileimport", "add")

    answer = officer.generic(
        "POST", address, b"", content_type="multipart/form-data; boundary=x",
        headers={"content-length": str(1024 * MEGABYTE)},
    )  # fmt: skip

    assert answer.status_code == 413
    assert "larger than 10 MB" in answer.content.decode()


def test_a_file_is_taken_from_the_portals_own_form_alone(pledge):
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = desk.officer().cookies

    assert upload(careful, table(DEPOSITS, FIRST)).status_code == 403


def test_a_workbook_comes_in_with_its_days_and_numbers(officer, pledge):
    row = ("AA-1", "SAA-1", 2023, datetime(2023, 5, 1), 60.25, 60.25, "Receipt")  # noqa: DTZ001

    bring_in(officer, workbook(DEPOSITS, row), name="deposits.xlsx")

    stored = Deposit.objects.get()
    assert (stored.amount, stored.received_on) == (Decimal("60.25"), date(2023, 5, 1))


@pytest.mark.either
@pytest.mark.parametrize(
    ("typed", "writing", "read_as"),
    [
        ("1234.50", Writing(), "1234.50"),
        ("1,234.50", Writing(numbers=Numbers.ENGLISH), "1234.50"),
        ("1.234,50", Writing(numbers=Numbers.CONTINENTAL), "1234.50"),
        ("1 234,50", Writing(numbers=Numbers.CONTINENTAL), "1234.50"),
        ("-5", Writing(), "-5"),
    ],
)
def test_an_amount_is_read_as_the_file_writes_it(typed, writing, read_as):
    assert amount(typed, writing) == Decimal(read_as)


@pytest.mark.either
@pytest.mark.parametrize(
    ("typed", "writing"),
    [("1,234", Writing()), ("1.234,50", Writing(numbers=Numbers.ENGLISH)),
     ("12,34.5", Writing(numbers=Numbers.ENGLISH)), ("1e9", Writing()), ("٣", Writing())],
)  # fmt: skip
def test_an_amount_that_may_be_another_is_not_read(typed, writing):
    with pytest.raises(ValueError, match="“"):
        amount(typed, writing)


@pytest.mark.either
@pytest.mark.parametrize(
    ("typed", "dates", "read_as"),
    [
        ("2024-04-03", "", date(2024, 4, 3)),
        ("3 April 2024", "", date(2024, 4, 3)),
        ("3 Apr 2024", "", date(2024, 4, 3)),
        ("25/04/2024", "", date(2024, 4, 25)),
        ("04/25/2024", "", date(2024, 4, 25)),
        ("04/04/2024", "", date(2024, 4, 4)),
        ("03/04/2024", Dates.DAY_FIRST, date(2024, 4, 3)),
        ("03/04/2024", Dates.MONTH_FIRST, date(2024, 3, 4)),
    ],
)
def test_a_day_is_read_where_it_is_one_day(typed, dates, read_as):
    assert day(typed, Writing(dates=dates)) == read_as


@pytest.mark.either
@pytest.mark.parametrize(
    ("typed", "dates"),
    [("25/04/2024", Dates.MONTH_FIRST), ("31 June 2024", ""), ("2024-13-01", ""), ("45000", "")],
)
def test_what_is_no_day_is_not_read(typed, dates):
    with pytest.raises(ValueError, match="is no day"):
        day(typed, Writing(dates=dates))


# Taken away, and brought in again

SEED = {
    "donors": lambda: DonorFactory(name="=HYPERLINK(1)", slug="sly"),
    "pledges": lambda: EntryFactory(
        pledge__agreement_reference="SAA-7", pledge__earmark="-5 %", evidence="@x"
    ),
    "deposits": lambda: DepositFactory(pledge__agreement_reference="SAA-7"),
    "texts of several lines": lambda: EntryFactory(
        reason="one\r\ntwo",
        pledge__conditions="Half now.\r\nHalf later.",
        pledge__agreement_reference="SAA-7",
    ),
    "cancellations": lambda: EntryFactory(
        kind="cancelled", amount=None, reason="No budget", pledge__agreement_reference="SAA-7"
    ),
    "entries without a reference": lambda: EntryFactory(kind="announced"),
    "deposits without a reference": DepositFactory,
    "targets": lambda: TargetFactory(year=2024),
    "programmes": lambda: ProgrammeFactory(countries=[CountryFactory()]),
    "results": lambda: ResultFactory(as_of=date(2024, 5, 1), as_of_precision="day"),
}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", SEED)
def test_what_a_list_gives_as_a_file_is_unchanged_when_it_is_brought_in(officer, kind, form):
    model = type(SEED[kind]())
    kind = next(one for one in kinds.KINDS if kinds.KINDS[one]._meta.model is model)
    address = desk.page(model._meta.model_name, f"download-{form}", app=model._meta.app_label)

    file = officer.get(address)

    assert f".{form}" in file["Content-Disposition"]
    _held, shown = look(officer, file.content, kind, f"a.{form}")
    assert counted(shown) == {"Unchanged": 1}, reasons(shown)


@pytest.mark.parametrize("also", [False, True])
def test_a_line_without_a_reference_is_about_the_only_pledge_that_has_none(officer, also):
    known = EntryFactory(kind="announced").pledge
    PledgeFactory(donor=known.donor, currency=known.currency)  # nothing of it stands
    if also:
        DepositFactory(pledge__donor=known.donor, pledge__currency=known.currency)
    year, currency = known.funding_year, known.currency
    rows = [
        (known.donor.name, "", year, currency, "signed", "2024-02-01", 9),
        (known.donor.name, "", year + 1, currency, "signed", "2024-02-01", 9),
    ]

    _held, shown = look(officer, table(PLEDGES, *rows), "pledges")

    said = reasons(shown)
    assert counted(shown) == ({"Refused": 2} if also else {"Refused": 1, "New": 1})
    assert "A new pledge needs it" in said[-1]
    assert ("several pledges of" in said[0]) is also


def test_a_cancellation_comes_in_without_an_amount(officer):
    known = EntryFactory(pledge__agreement_reference="SAA-1").pledge
    line = (known.donor.name, "SAA-1", known.funding_year, known.currency, "Cancelled")
    headings = (*PLEDGES, "reason")

    _held, shown = look(officer, table(headings, (*line, "2024-02-01", 9, "No budget")), "pledges")
    bring_in(officer, table(headings, (*line, "2024-02-01", "", "No budget")), "pledges")

    assert "amount: a cancellation has none" in reasons(shown)[0]
    assert PledgeEntry.objects.get(kind="cancelled").amount is None


def test_what_ended_is_not_brought_back_by_a_list_that_was_taken_away(officer, pledge):
    gone = {"public_until": timezone.now(), "withdrawn_reason": "Paid back"}
    DepositFactory(pledge=pledge, agent_reference="AA-1", **gone)
    old = DepositFactory(pledge=pledge, agent_reference="AA-2", public_until=timezone.now())
    DepositFactory(pledge=pledge, agent_reference="AA-2", amount=70, amount_usd=70, replaces=old)
    DepositFactory(pledge=pledge, agent_reference="AA-3", **gone | {"public_from": None})
    file = officer.get(desk.page("deposit", "download-csv"))

    _held, shown = look(officer, file.content)

    assert counted(shown) == {"Unchanged": 1, "Skipped": 3}, reasons(shown)


def test_a_list_with_a_row_and_its_open_correction_comes_in_unchanged(officer, pledge):
    public = DepositFactory(pledge=pledge, agent_reference="AA-1")
    DepositFactory(pledge=pledge, agent_reference="AA-1", amount=70, amount_usd=70,
                   replaces=public, public_from=None)  # fmt: skip
    file = officer.get(desk.page("deposit", "download-csv"))

    _held, shown = look(officer, file.content)

    assert counted(shown) == {"Unchanged": 2}, reasons(shown)


def test_what_was_withdrawn_from_readers_comes_in_by_hand_alone(officer, pledge):
    gone = {"public_until": timezone.now(), "withdrawn_reason": "Paid back."}
    DepositFactory(pledge=pledge, agent_reference="AA-1", **gone)
    DepositFactory(pledge=pledge, agent_reference="AA-2", **gone | {"public_from": None})

    _held, shown = look(officer, table(DEPOSITS, FIRST, SECOND))

    assert counted(shown) == {"New": 1, "Skipped": 1}, reasons(shown)
    assert "Paid back. Enter it by hand" in shown.content.decode()


@pytest.mark.either
def test_no_text_of_a_file_is_a_formula(officer):
    SEED["donors"]()

    content = officer.get(desk.page("donor", "download-csv")).content.decode()

    assert "'=HYPERLINK" in content
    assert ",=HYPERLINK" not in content


def test_a_file_holds_what_the_list_was_filtered_by(officer):
    DonorFactory(name="One", kind="agency")
    DonorFactory(name="Other", kind="foundation")

    content = officer.get(desk.page("donor", "download-csv") + "?kind__exact=agency").content

    assert b"One" in content
    assert b"Other" not in content


def test_a_file_of_the_demonstration_says_so(officer):
    Demonstration.objects.create(pk=1, loaded_on=date(2024, 1, 1))
    DepositFactory()

    file = officer.get(desk.page("deposit", "download-csv"))

    assert "DEMONSTRATION" in file["Content-Disposition"]
    assert file.content.decode().splitlines()[1].endswith(",yes")


# However many


def programme_with_all():
    return ProgrammeFactory(countries=[CountryFactory()], objectives=[ObjectiveFactory()])


@pytest.mark.parametrize(
    "make",
    [
        lambda: DonorFactory(kind="agency", parent=DonorFactory()),
        EntryFactory,
        DepositFactory,
        programme_with_all,
        ResultFactory,
    ],
)
def test_a_longer_list_that_is_taken_away_asks_no_more_often(officer, make):
    model = type(make())
    address = desk.page(model._meta.model_name, "download-csv", app=model._meta.app_label)
    counts = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as asked:
            officer.get(address)
        counts.append(len(asked))
        for _one in range(5):
            make()

    assert counts[0] == counts[1]


def test_a_longer_file_asks_the_ledger_no_more_often(pledge):
    def asked(number):
        rows = [(f"AA-{n}", *FIRST[1:]) for n in range(number)]
        found = reading.of_bytes(table(DEPOSITS, *rows), "a.csv")
        mapping = kinds.mapped("deposits", found.headings)
        with CaptureQueriesContext(connection) as queries:
            outcomes = list(
                Comparison("deposits", mapping, Writing()).outcomes(found.headings, found.rows)
            )
        assert {one.verdict for one in outcomes} == {Verdict.NEW}
        return len(queries)

    assert asked(2) == asked(400)


# On the server


def command(path, **options):
    out = io.StringIO()
    user = desk.account("olga", "add", "change", "view")
    user.email = "olga@example.org"
    user.save()
    options = {"kind": "deposits", "user": user.email, "stdout": out} | options
    call_command("import_ledger", str(path), **options)
    return out.getvalue()


def test_a_large_file_is_brought_in_on_the_server(pledge, tmp_path):
    path = tmp_path / "deposits.csv"
    path.write_bytes(table(DEPOSITS, *[(f"AA-{n}", *FIRST[1:]) for n in range(6000)]))

    assert "6000 new" in command(path, dry_run=True)
    assert not Deposit.objects.exists()
    assert "6000 new" in command(path)

    assert Deposit.objects.submitted().count() == 6000
    assert "6000 unchanged" in command(path)


def test_a_file_that_is_refused_on_the_server_changes_nothing(pledge, tmp_path):
    path = tmp_path / "deposits.csv"
    rows = [(f"AA-{n}", *FIRST[1:]) for n in range(600)]
    path.write_bytes(table(DEPOSITS, *rows, ("AA-600", *SECOND[1:4], "x", "40", "")))

    with pytest.raises(CommandError, match=r"Row 602: .*“x” is no number"):
        command(path)

    assert not Deposit.objects.exists()
    assert not FileImport.objects.exists()


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_workbook_is_refused_on_the_server(name, tmp_path):
    path = tmp_path / "deposits.xlsx"
    path.write_bytes(DAMAGED[name])

    with pytest.raises(CommandError, match="damaged"):
        command(path)


@pytest.mark.parametrize("user", ["nobody@example.org", "petra@example.org"])
def test_only_who_may_enter_rows_imports_on_the_server(user, pledge, tmp_path):
    path = tmp_path / "deposits.csv"
    path.write_bytes(table(DEPOSITS, FIRST))
    petra = desk.account("petra", "view", "publish")
    petra.email = "petra@example.org"
    petra.save()

    with pytest.raises(CommandError):
        command(path, user=user)


@pytest.mark.parametrize(
    ("kind", "lacks"), [("deposits", "fileimport"), ("pledges", "pledge"), ("donors", "donor")]
)
def test_who_brings_a_file_in_on_the_server_may_do_so_in_the_browser(kind, lacks, tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(table(DEPOSITS, FIRST))
    user = desk.account("rosa", "add", "change", "view")
    user.email = "rosa@example.org"
    user.save()
    user.user_permissions.remove(user.user_permissions.get(codename=f"add_{lacks}"))

    with pytest.raises(CommandError, match="may not bring in"):
        command(path, kind=kind, user=user.email)


def test_a_workbook_that_no_row_is_in_is_told(officer):
    with pytest.raises(RefusedFileError, match="is empty"):
        reading.of_bytes(workbook(()), "a.xlsx")
