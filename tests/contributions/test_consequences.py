"""An approver is told what an act changes for readers before it is done; it is kept once it is."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contributions.models import Deposit, PledgeEntry
from mptf_portal import review
from mptf_portal.models import PublicEffect, Revision
from mptf_portal.publishing import draft_correction, publish
from proposals.models import ProposedChange
from tests.contributions import desk
from tests.factories import (
    CountryFactory,
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    JointAnnouncementFactory,
    PledgeFactory,
    ProgrammeFactory,
    StatedFigureFactory,
    TargetFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

MILLION = Decimal(1_000_000)
SENTENCE = (
    "Statement unece-2024 · Contributed: deposits of UNECE donors, since the Fund's inception"
)
TEXT = """\
We gave over [$XX million](figure:contributed?by=unece&stage=deposited&in=million&say=over), and
[we have reached](claim:target-reached?year=2024) the target.
"""


@pytest.fixture
def member():
    """Return a donor of UNECE in a ledger that stands at 47.9 million, with a published text."""
    donor = DonorFactory(in_unece=True, name="Denmark")
    pledge = PledgeFactory(donor=donor, funding_year=2022)
    EntryFactory(pledge=pledge, amount=Decimal("47900000.50"), dated=date(2022, 3, 1))
    DepositFactory(pledge=pledge, amount=Decimal("47900000.50"), received_on=date(2022, 4, 1))
    EditionFactory(markdown=TEXT, statement__slug="unece-2024")
    TargetFactory(year=2024, amount_usd=25 * MILLION, basis="committed")
    EntryFactory(
        pledge__donor=donor,
        pledge__funding_year=2024,
        amount=Decimal("15250000.00"),
        dated=date(2024, 2, 1),
    )
    StatedFigureFactory(value=Decimal("47900000.50"), stated_for=timezone.now().date())
    return donor


def deposit_of_five_million(donor, **values):
    return DepositFactory(
        pledge=donor.pledges.get(funding_year=2024),
        amount=5 * MILLION,
        received_on=date(2024, 5, 1),
        **{"public_from": None} | values,
    )


def arrangement_of_five_million(donor):
    pledge = PledgeFactory(donor=donor, funding_year=2024)
    return EntryFactory(pledge=pledge, amount=5 * MILLION, dated=date(2024, 3, 1), public_from=None)


def told(row, act="publish"):
    """Return what the page of the act tells: changes and what stays, by place."""
    page = desk.page(row._meta.model_name, act, row.pk, app=row._meta.app_label)
    answer = desk.second_approver().get(page)
    found = answer.context["consequences"]
    assert not found.refusals
    for change in found.changes:
        assert change.place.replace("'", "&#x27;") in answer.content.decode()
    return (
        {one.place: (one.before, one.after) for one in found.changes},
        {one.place: (one.says, one.stays) for one in found.unchanged},
    )


def test_a_deposit_of_five_million_moves_the_sentence_and_not_the_target(member):
    changes, unchanged = told(desk.submitted(deposit_of_five_million(member)))

    assert changes[SENTENCE] == (
        "“over 47 million US dollars”",
        "“over 52 million US dollars”",
    )
    assert unchanged["Target for 2024"] == ("61\u00a0%", "measured on commitments")


def test_an_arrangement_of_five_million_moves_the_target_which_is_still_not_reached(member):
    changes, unchanged = told(desk.submitted(arrangement_of_five_million(member)))

    assert changes["Target for 2024"] == ("61\u00a0%", "81\u00a0%")
    assert unchanged["“The 2024 target is reached”"] == (
        "does not hold",
        "the target is USD\u00a025,000,000.00",
    )
    assert changes["Statement unece-2024, “we have reached”"] == (
        "does not hold, not yet: 61\u00a0%",
        "does not hold, not yet: 81\u00a0%",
    )
    assert unchanged[SENTENCE] == (
        "“over 47 million US dollars”",
        "nothing that it counts changes",
    )


def test_the_totals_are_told_to_the_cent(member):
    changes, _unchanged = told(desk.submitted(deposit_of_five_million(member)))

    title = "Contributed: deposits of all donors, since the Fund's inception"
    assert changes[title] == ("USD\u00a047,900,000.50", "USD\u00a052,900,000.50")
    assert "Contributed: commitments of all donors, since the Fund's inception" not in changes


def test_a_sentence_that_stays_over_what_it_was_is_told_with_the_exact_amounts(member):
    row = desk.submitted(
        DepositFactory(pledge=member.pledges.get(funding_year=2024), public_from=None)
    )

    page = desk.page("deposit", "publish", row.pk)
    found = desk.second_approver().get(page).context["consequences"]

    (said,) = [one for one in found.changes if one.place == SENTENCE]
    assert said.before == said.after == "“over 47 million US dollars”"
    assert said.note == "exactly: USD\u00a047,900,000.50 → USD\u00a047,900,100.50"


def test_a_donor_that_readers_do_not_know_yet_is_told(member):
    row = desk.submitted(DepositFactory(pledge__donor__name="Newland", public_from=None))

    changes, _unchanged = told(row)

    assert changes["Page of the donor Newland"] == (None, "public")


def test_an_entry_without_a_rate_is_told_as_one_that_counts_in_no_total(member):
    row = desk.submitted(EntryFactory(pledge__currency="DKK", public_from=None))

    changes, _unchanged = told(row)

    place = "Contributed: pledges of all donors, since the Fund's inception: not yet valued"
    assert changes[place] == (None, "1")


def test_a_programme_moves_the_number_of_programmes(member):
    row = desk.submitted(ProgrammeFactory(public_from=None, countries=[CountryFactory()]))

    changes, _unchanged = told(row)

    assert changes["Joint programmes funded"] == ("not yet recorded", "1")


def test_what_counts_nowhere_changes_nothing_and_the_page_says_so(member):
    row = desk.submitted(EditionFactory(markdown="No number.", public_from=None))

    answer = desk.second_approver().get(desk.page("edition", "publish", row.pk))

    assert "no total and no target." in answer.content.decode()


def test_withdrawing_is_foretold_and_taking_a_draft_out_is_not(member):
    changes, _unchanged = told(Deposit.objects.get(), act="withdraw")
    draft = deposit_of_five_million(member)

    page = desk.approver().get(desk.page("deposit", "withdraw", draft.pk))

    assert changes[SENTENCE] == ("“over 47 million US dollars”", "“$XX million”")
    assert page.context["consequences"] is None


def test_a_correction_is_foretold_as_the_difference_it_makes(member):
    correction = draft_correction(Deposit.objects.get())
    correction.amount = correction.amount_usd = Decimal("44900000.50")
    correction.save()

    changes, _unchanged = told(desk.submitted(correction))

    assert changes[SENTENCE] == (
        "“over 47 million US dollars”",
        "“over 44 million US dollars”",
    )


def test_rows_chosen_in_the_list_are_foretold_together(member):
    rows = [
        desk.submitted(DepositFactory(pledge__donor=member, amount=3 * MILLION, public_from=None))
        for _number in range(2)
    ]
    page = desk.page("deposit", "publish-chosen") + f"?rows={rows[0].pk},{rows[1].pk}"

    found = desk.second_approver().get(page).context["consequences"]

    (said,) = [one for one in found.changes if one.place == SENTENCE]
    assert said.after == "“over 53 million US dollars”"


def test_a_joint_announcement_is_foretold_as_all_its_rows_together(member):
    together = {"announcement": JointAnnouncementFactory(), "public_from": None}
    for name in ("Norway", "Sweden"):
        donor = DonorFactory(in_unece=True, name=name)
        desk.submitted(DepositFactory(pledge__donor=donor, amount=3 * MILLION, **together))
    announcement = together["announcement"]

    changes, _unchanged = told(announcement)

    assert changes[SENTENCE][1] == "“over 53 million US dollars”"
    assert changes["Page of the donor Norway"] == changes["Page of the donor Sweden"]
    publishing = desk.page("jointannouncement", "publish", announcement.pk)
    desk.done(desk.act(desk.second_approver(), publishing, desk.NOW))
    assert PublicEffect.objects.get().rows.count() == 2


def test_another_scope_of_a_donor_is_foretold(member):
    officer, address = desk.officer(), desk.page("donor", "change", member.pk)
    wanted = {"global_south": "on", "why": "The Group of 77 says so"}
    desk.save(officer, address, desk.shown(officer, address) | wanted)

    changes, _unchanged = told(ProposedChange.objects.get())

    place = "Contributed: deposits of donors of the global south, since the Fund's inception"
    assert changes[place] == ("not yet recorded", "USD\u00a047,900,000.50")


def test_an_embargo_that_would_be_sent_back_is_foretold_and_what_only_waits_is_not(member):
    waiting, embargoed = (deposit_of_five_million(member) for _number in range(2))
    desk.submitted(waiting)
    publish(embargoed, timezone.now() + timedelta(days=1))

    changes, _unchanged = told(embargoed, act="send-back")
    page = desk.second_approver().get(desk.page("deposit", "send-back", waiting.pk))

    assert changes[SENTENCE] == (
        "“over 52 million US dollars”",
        "“over 47 million US dollars”",
    )
    assert page.context["consequences"] is None
    embargoed.refresh_from_db()
    assert embargoed.public_from


def test_to_foretell_writes_nothing(member):
    row = desk.submitted(deposit_of_five_million(member))
    before = Revision.objects.get().mark, row.history.count(), Client().get("/").content

    told(row)

    row.refresh_from_db()
    assert row.is_submitted
    assert (Revision.objects.get().mark, row.history.count()) == before[:2]
    assert Client().get("/").content == before[2]
    assert not PublicEffect.objects.exists()


def test_what_cannot_be_published_says_so_before_it_is_tried(member):
    pledge = PledgeFactory(donor=member)
    rows = [EntryFactory(pledge=pledge, public_from=None) for _number in range(2)]

    found = review.approval_foretold(rows, timezone.now())

    assert "a public entry of that day already" in str(found.refusals)
    assert not PledgeEntry.objects.filter(pledge=pledge, public_from__isnull=False)


def test_a_deposit_that_the_agent_has_not_stated_leaves_claims_undecided(member):
    changes, _unchanged = told(desk.submitted(deposit_of_five_million(member)))

    assert changes["“The 2024 target is reached”"] == ("does not hold", "cannot be told")


def test_an_approver_who_saw_other_consequences_is_asked_to_look_again(member):
    row = desk.submitted(deposit_of_five_million(member))
    approver, page = desk.second_approver(), desk.page("deposit", "publish", row.pk)
    seen = approver.get(page).context["seen"]
    DepositFactory(pledge__donor=member, amount=MILLION)

    again = approver.post(page, desk.NOW | {"seen": seen})

    assert "Look again, then confirm." in str(again.context["form"].errors)
    assert "“over 53 million US dollars”" in again.content.decode()
    row.refresh_from_db()
    assert row.is_submitted
    desk.done(approver.post(page, desk.NOW | {"seen": again.context["seen"]}))


def test_an_embargo_is_told_as_readers_will_find_it_at_its_moment(member):
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
    other = deposit_of_five_million(member, agent_reference="AA-3")
    publish(other, noon - timedelta(days=1))
    row = desk.submitted(deposit_of_five_million(member))
    approver, page = desk.second_approver(), desk.page("deposit", "publish", row.pk)
    seen = approver.get(page).context["seen"]

    answer = approver.post(page, desk.at(noon) | {"seen": seen})

    html = answer.content.decode()
    assert "if nothing else changes until then" in html
    (said,) = [one for one in answer.context["consequences"].changes if one.place == SENTENCE]
    assert (said.before, said.after) == (
        "“over 52 million US dollars”",
        "“over 57 million US dollars”",
    )
    desk.done(approver.post(page, desk.at(noon) | {"seen": answer.context["seen"]}))
    with time_machine.travel(noon, tick=False):
        assert '<data value="57900000.50">57</data>' in Client().get("/").content.decode()


def test_moving_an_embargo_is_told_as_what_readers_miss_meanwhile(member):
    soon, later = (timezone.now() + timedelta(days=days) for days in (1, 5))
    row = deposit_of_five_million(member)
    publish(row, soon)

    found = review.approval_foretold([row], later)

    assert found.moment == soon
    (said,) = [one for one in found.changes if one.place == SENTENCE]
    assert said.after == "“over 47 million US dollars”"


def test_the_effect_of_an_act_is_kept_with_it(member):
    row = desk.submitted(deposit_of_five_million(member))
    desk.done(desk.act(desk.second_approver(), desk.page("deposit", "publish", row.pk), desk.NOW))

    effect = PublicEffect.objects.get()

    assert effect.by.username == "petra"
    assert [
        SENTENCE,
        "“over 47 million US dollars”",
        "“over 52 million US dollars”",
        "",
    ] in effect.changes
    (kept,) = effect.rows.all()
    assert (kept.model, kept.state) == ("contributions.Deposit", row.history.latest().history_id)


def test_an_embargo_that_is_sent_back_keeps_what_readers_will_miss(member):
    moment = timezone.now() + timedelta(days=1)
    row = deposit_of_five_million(member)
    publish(row, moment)
    user = desk.second_approver()

    desk.done(desk.act(user, desk.page("deposit", "send-back", row.pk), {"comment": "Too soon"}))

    effect = PublicEffect.objects.get()
    assert effect.moment == moment
    assert effect.changes[0][1:3] == [
        "“over 52 million US dollars”",
        "“over 47 million US dollars”",
    ]


def test_an_act_that_fails_leaves_no_effect(member):
    row = desk.submitted(deposit_of_five_million(member))
    publisher = desk.second_approver()

    answer = publisher.post(desk.page("deposit", "publish", row.pk), desk.NOW | {"seen": "no"})

    assert answer.status_code == 200
    assert not PublicEffect.objects.exists()


@pytest.mark.parametrize("make", [DepositFactory, EntryFactory])
def test_to_foretell_asks_as_many_questions_of_a_larger_ledger(member, make):
    def questions():
        row = desk.submitted(make(pledge__donor=member, public_from=None))
        row = type(row).objects.get(pk=row.pk)
        with CaptureQueriesContext(connection) as found:
            review.approval_foretold([row], timezone.now())
        return len(found)

    questions()
    few = questions()
    for _number in range(8):
        EntryFactory(pledge__donor=member, dated=date(2024, 1, 1))
        DepositFactory(pledge__donor=member)

    assert questions() == few
