"""A row's history tells in words who did what, when and why, and what it changed for readers."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from contributions.models import Deposit, Instalment, PledgeFootnote
from mptf_portal.publishing import REASON_LENGTH, draft_correction, publish
from programmes.models import JointProgramme
from proposals.models import ProposedChange
from tests.contributions import desk
from tests.factories import (
    CountryFactory,
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ExchangeRateFactory,
    JointAnnouncementFactory,
    PledgeFactory,
    ProgrammeFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ALL_DEPOSITS = "Contributed: deposits of all donors, since the Fund's inception"


@pytest.fixture
def clock():
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


def opened(row, number=1):
    app, model = row._meta.app_label, row._meta.model_name
    answer = desk.second_approver().get(
        desk.page(model, "history", row.pk, app=app), {"p": str(number)}
    )
    assert answer.status_code == 200
    return answer


def story(row):
    """Return what the first page of the row's history tells, the latest first."""
    return list(opened(row).context["page_obj"])


def acts(row):
    return [": ".join(filter(None, [one.act, one.row])) for one in story(row)]


def fields(event):
    return {one.field: (one.before, one.after) for one in event.differences}


def in_kroner(**values):
    ExchangeRateFactory(currency="DKK", rate=Decimal("6.8917"))
    pledge = PledgeFactory(donor__name="Denmark", currency="DKK", funding_year=2023)
    values = {"kind": "signed", "dated": date(2023, 3, 1), "public_from": None} | values
    return EntryFactory(pledge=pledge, amount=Decimal(40_000_000), **values)


def approve(row, **data):
    desk.done(
        desk.act(
            desk.second_approver(),
            desk.page(row._meta.model_name, "publish", row.pk),
            desk.NOW | data,
        )
    )
    row.refresh_from_db()


def test_a_row_is_told_in_words_and_not_in_what_columns_hold():
    entry = in_kroner(evidence="Letter of 1 March")

    (entered,) = story(entry)

    assert entered.act == "Entered"
    told = fields(entered)
    assert told["Pledge"] == ("", "Denmark 2023 DKK")
    assert told["Kind"] == ("", "Signed")
    assert told["Date"] == ("", "1 March 2023")
    assert told["Amount from then on"] == ("", "DKK\u00a040,000,000.00")
    assert told["US dollars"] == ("", "USD\u00a05,804,083.17")
    assert told["Evidence"] == ("", "Letter of 1 March")
    assert not told.keys() & {"ID", "Demonstration", "Public from", "Replaces", "Submitted at"}


def test_a_change_tells_the_changed_fields_alone_before_and_after():
    entry, client = in_kroner(), desk.officer()
    address = desk.page("pledgeentry", "change", entry.pk)
    desk.save(client, address, desk.shown(client, address) | {"amount": "41000000"})

    changed, _entered = story(entry)

    assert (changed.act, changed.by) == ("Changed", "olga")
    assert fields(changed) == {
        "Amount from then on": ("DKK\u00a040,000,000.00", "DKK\u00a041,000,000.00"),
        "US dollars": ("USD\u00a05,804,083.17", "USD\u00a05,949,185.25"),
    }


def test_a_pledge_tells_what_happened_to_all_of_it_in_one_story(clock):
    entry = in_kroner()
    pledge = entry.pledge
    clock.shift(timedelta(hours=1))
    deposit = DepositFactory(pledge=pledge, agent_reference="AA-1", public_from=None)
    clock.shift(timedelta(hours=1))
    Instalment.objects.create(pledge=pledge, due_on=date(2024, 3, 1), amount=Decimal(1_000_000))
    clock.shift(timedelta(hours=1))
    PledgeFootnote.objects.create(pledge=pledge, kind="joint", text="With Norway")
    clock.shift(timedelta(hours=1))
    desk.submitted(deposit)
    EntryFactory(pledge__donor__name="Somebody else")

    assert acts(pledge) == [
        f"Submitted for approval: Deposit {deposit}",
        f"Entered: Footnote {PledgeFootnote.objects.get()}",
        f"Entered: Instalment {Instalment.objects.get()}",
        f"Entered: Deposit {deposit}",
        f"Entered: Entry {entry}",
        "Entered",
    ]
    told = story(pledge)
    assert [one.at for one in told][:2] == [NINE + timedelta(hours=4), NINE + timedelta(hours=3)]
    assert fields(told[2]) == {
        "Due on": ("", "1 March 2024"),
        "Amount": ("", "DKK\u00a01,000,000.00"),
    }


def test_the_page_shows_what_the_story_tells():
    entry = in_kroner(evidence="<b>Letter</b>")

    html = opened(entry.pledge).content.decode()

    assert "<ins>DKK\u00a040,000,000.00</ins>" in html
    assert escape("<b>Letter</b>") in html
    assert "<b>Letter</b>" not in html
    assert "A command, with nobody signed in" in html


def test_a_correction_tells_why_and_what_it_changed_of_the_public_totals(clock):
    amount = dict.fromkeys(("amount", "amount_usd"), Decimal(52_300_000))
    deposit = DepositFactory(agent_reference="AA-1", **amount)
    clock.shift(timedelta(hours=1))
    correction = draft_correction(deposit)
    clock.shift(timedelta(hours=1))
    correction.amount = correction.amount_usd = Decimal(49_300_000)
    correction.save()
    clock.shift(timedelta(hours=1))
    approve(desk.submitted(correction), reason="The Agent booked three million twice")

    latest, *_others, entered, _original = story(correction)
    html = opened(correction).content.decode()

    assert {one.act for one in story(correction)[:2]} == {
        "Published",
        "Replaced by its correction from 20 November 2026, 12:00 UTC",
    }
    assert latest.why == "The Agent booked three million twice"
    assert latest.by == "petra"
    assert [
        ALL_DEPOSITS,
        "USD\u00a052,300,000.00",
        "USD\u00a049,300,000.00",
        "",
    ] in latest.effect.changes
    assert "USD\u00a052,300,000.00" in html.partition("Changed for readers:")[2]
    assert entered.act == "Entered as the correction of a public row"
    assert entered.differences == []


def test_a_correction_is_compared_with_what_it_corrects():
    deposit = DepositFactory(evidence="Receipt 1")
    correction = draft_correction(deposit)
    correction.evidence = "Receipt 2"
    correction.save()

    changed, *_others = story(deposit)

    assert changed.row == f"Deposit {correction}"
    assert fields(changed) == {"Evidence": ("Receipt 1", "Receipt 2")}


def test_a_withdrawal_tells_why_and_what_readers_miss():
    deposit = DepositFactory(amount=Decimal(300), amount_usd=Decimal(300))
    why = "Booked on another fund. " * 10
    desk.done(
        desk.act(desk.approver(), desk.page("deposit", "withdraw", deposit.pk), {"reason": why})
    )

    withdrawn, _entered = story(deposit)

    assert len(why) > REASON_LENGTH
    assert (withdrawn.act, withdrawn.by) == ("Withdrawn", "ana")
    assert withdrawn.why == why.strip()
    assert [ALL_DEPOSITS, "USD\u00a0300.00", "not yet recorded", ""] in withdrawn.effect.changes


def test_what_is_sent_back_and_taken_back_is_told_with_its_comment():
    deposit = DepositFactory(public_from=None)
    desk.submit(desk.approver(), "deposit", deposit.pk)
    desk.done(
        desk.act(
            desk.second_approver(),
            desk.page("deposit", "send-back", deposit.pk),
            {"comment": "Which receipt?"},
        )
    )
    desk.submit(desk.officer(), "deposit", deposit.pk)
    desk.done(desk.act(desk.officer(), desk.page("deposit", "take-back", deposit.pk), {}))

    told = story(deposit)

    assert [(one.act, one.by, one.why) for one in told[:-1]] == [
        ("Taken back from review", "olga", ""),
        ("Submitted for approval", "olga", ""),
        ("Sent back", "petra", "Which receipt?"),
        ("Submitted for approval", "ana", ""),
    ]


def test_an_embargo_is_told_when_it_is_set_moved_and_taken_back(clock):
    deposit = desk.submitted(
        DepositFactory(amount=Decimal(300), amount_usd=Decimal(300), public_from=None)
    )
    noon = NINE.replace(hour=12)
    client, address = desk.second_approver(), desk.page("deposit", "publish", deposit.pk)
    for moment in (noon, noon + timedelta(days=1)):
        clock.shift(timedelta(minutes=1))
        desk.act(client, address, desk.at(moment))
        deposit.refresh_from_db()
        if deposit.public_from != moment:  # it was asked to look at what readers find then
            seen = client.post(address, desk.at(moment)).context["seen"]
            desk.done(client.post(address, desk.at(moment) | {"seen": seen}))
    clock.shift(timedelta(minutes=1))
    publish(Deposit.objects.get(), None)

    back, moved, approved, *_others = story(deposit)

    assert back.act == "Embargo taken back"
    assert moved.act == "Approved: public from 21 November 2026, 12:00 UTC"
    assert approved.act == "Approved: public from 20 November 2026, 12:00 UTC"
    assert (approved.effect.moment, moved.effect.moment) == (noon, noon)
    assert [ALL_DEPOSITS, "not yet recorded", "USD\u00a0300.00", ""] in approved.effect.changes
    assert [ALL_DEPOSITS, "USD\u00a0300.00", "not yet recorded", ""] in moved.effect.changes


def test_what_was_chosen_of_several_is_told_by_name():
    mali, niger = (CountryFactory(name_en=name) for name in ("Mali", "Niger"))
    programme = ProgrammeFactory(public_from=None, countries=[mali])
    programme.countries.add(niger)
    programme.save()

    latest, *_others = [one for one in story(programme) if "Countries" in fields(one)]

    assert fields(latest)["Countries"] == ("Mali", "Mali and Niger")
    assert JointProgramme.objects.get().countries.count() == 2


def test_of_a_long_text_the_changed_lines_alone_are_told():
    lines = [f"Paragraph {number}: {'word ' * 20}".strip() for number in range(5)]
    edition = EditionFactory(markdown="\n".join(lines), public_from=None)
    edition.markdown = "\n".join([*lines[:-1], "Paragraph 4: another end"])
    edition.save()

    changed, _entered = story(edition)

    assert fields(changed)["Text"] == (lines[-1], "Paragraph 4: another end")


def test_a_joint_announcement_tells_of_every_row_that_it_ever_had(clock):
    announcement = JointAnnouncementFactory(title="Geneva 2027")
    clock.shift(timedelta(hours=1))
    entry, deposit = in_kroner(), DepositFactory(pledge__donor__name="Norway", public_from=None)
    clock.shift(timedelta(hours=1))
    client, address = desk.officer(), desk.page("jointannouncement", "choose", announcement.pk)
    both = [f"pledgeentry-{entry.pk}", f"deposit-{deposit.pk}"]
    desk.done(desk.act(client, address, {"rows": both}))
    clock.shift(timedelta(hours=1))
    desk.done(desk.act(client, address, {"rows": both[1:]}))

    left, *joined = story(announcement)[:3]

    entry_named = f"Entry Denmark 2023 DKK · {entry}"
    assert (left.row, fields(left)) == (entry_named, {"Joint announcement": ("Geneva 2027", "")})
    assert {one.row for one in joined} == {entry_named, f"Deposit {deposit.pledge} · {deposit}"}
    for one in joined:
        assert fields(one) == {"Joint announcement": ("", "Geneva 2027")}


def test_one_act_on_several_rows_tells_its_effect_once():
    announcement = JointAnnouncementFactory()
    for make in (EntryFactory, DepositFactory):
        desk.submitted(make(announcement=announcement, public_from=None))
    address = desk.page("jointannouncement", "publish", announcement.pk)
    desk.done(desk.act(desk.second_approver(), address, desk.NOW))

    effects = [one.effect for one in story(announcement)]

    assert [one.act for one in story(announcement)[:2]] == ["Published", "Published"]
    assert len([one for one in effects if one]) == 1
    assert effects[0] or effects[1]


def test_a_donors_page_tells_what_an_approved_proposal_changed_for_readers():
    donor = DepositFactory(pledge__donor=DonorFactory(global_south=False)).pledge.donor
    officer, address = desk.officer(), desk.page("donor", "change", donor.pk)
    wanted = {"global_south": "on", "why": "The Group of 77 says so"}
    desk.save(officer, address, desk.shown(officer, address) | wanted)
    proposal = ProposedChange.objects.get()
    desk.done(
        desk.act(
            desk.second_approver(),
            desk.page("proposedchange", "publish", proposal.pk, app="proposals"),
            desk.NOW,
        )
    )

    effect = next(one.effect for one in story(donor) if one.effect)

    place = "Contributed: deposits of donors of the global south, since the Fund's inception"
    assert [place, "not yet recorded", "USD\u00a0100.00", ""] in effect.changes


def test_a_long_history_has_pages_the_latest_first():
    deposit = DepositFactory(public_from=None)
    for number in range(60):
        deposit.evidence = f"Receipt {number}"
        deposit.save()

    first, second = opened(deposit), opened(deposit, 2)

    assert fields(first.context["page_obj"][0]) == {"Evidence": ("Receipt 58", "Receipt 59")}
    assert (len(first.context["page_obj"]), len(second.context["page_obj"])) == (50, 11)
    assert second.context["page_obj"][-1].act == "Entered"
    assert '<a href="?p=2">2</a>' in first.content.decode()
    assert "61 acts" in first.content.decode()


@pytest.mark.slow
def test_a_page_of_history_asks_as_many_questions_whatever_stands_on_it():
    pledge, approver = in_kroner().pledge, desk.second_approver()
    address = desk.page("pledge", "history", pledge.pk)

    def one_more_of_each(number):
        draft = {"pledge": pledge, "public_from": None}
        for row in (EntryFactory(dated=date(2023, 4, number), **draft), DepositFactory(**draft)):
            approve(desk.submitted(row))
        Instalment.objects.create(pledge=pledge, due_on=date(2024, 4, number), amount=Decimal(5))

    def questions():
        with CaptureQueriesContext(connection) as found:
            assert approver.get(address).status_code == 200
        return len(found)

    one_more_of_each(1)
    questions()
    few = questions()
    for number in range(2, 5):
        one_more_of_each(number)

    assert questions() == few
