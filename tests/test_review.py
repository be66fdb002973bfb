"""From draft to public through two pairs of eyes, whichever way somebody tries."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from contributions.models import Deposit, Donor, PledgeEntry
from mptf_portal import review
from mptf_portal.editing import acts, versions
from mptf_portal.publishing import draft_correction, publish, withdraw
from programmes.models import JointProgramme
from proposals.models import ProposedChange
from tests.contributions import desk
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ExchangeRateFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
)
from tests.programmes.register import desk_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_foretold")]


@pytest.fixture
def officer():
    """Return an officer's account that entered nothing."""
    return get_user_model().objects.create_superuser("oleg")


@pytest.fixture
def boss():
    """Return an account that may do everything, and so stands for every permission."""
    return get_user_model().objects.create_superuser("root")


def as_stored(row):
    return type(row).objects.get(pk=row.pk)


def user_of(client):
    return get_user_model().objects.get(pk=client.session["_auth_user_id"])


def entered_by(client):
    """Enter a draft of a deposit through the form of its pledge, and return it."""
    pledge = EntryFactory().pledge
    address = desk.page("pledge", "change", pledge.pk)
    values = {"received_on": "2024-02-01", "amount": "5", "amount_usd": "5"}
    data = desk.with_row(desk.shown(client, address), "deposits", agent_reference="AA-9", **values)
    desk.save(client, address, data)
    return Deposit.objects.get(agent_reference="AA-9")


def test_an_act_looks_at_its_rows_once_no_other_form_is_writing_them(monkeypatch, officer):
    deposit, done = DepositFactory(public_from=None), []
    for module, name in ((acts, "lock_revision"), (versions, "fingerprint")):
        own = getattr(module, name)
        noted = partial(_noted, done, name, own)
        monkeypatch.setattr(module, name, noted)

    client = desk.signed_in(officer)
    desk.done(desk.act(client, desk.page("deposit", "submit", deposit.pk), {}))

    opened, *confirmed = done
    assert opened == "fingerprint"
    assert confirmed == ["lock_revision", "fingerprint"]


def _noted(done, name, own, *args):
    done.append(name)
    return own(*args)


# Draft to submitted and back


def test_a_submitted_row_says_who_submitted_it_and_waits(officer):
    row = DepositFactory(public_from=None)

    review.submit([row], officer)

    stored = as_stored(row)
    assert (stored.state, stored.submitted_by) == ("Submitted", officer)
    assert list(Deposit.objects.submitted()) == [row]
    assert not Deposit.objects.drafts().exists()


def test_a_submitted_row_is_not_changed_by_a_crafted_form():
    row = desk.submitted(DepositFactory(public_from=None, amount=Decimal(5)))
    client = desk.officer()
    on_the_pledge, own = (
        desk.page("pledge", "change", row.pledge_id),
        desk.page("deposit", "change", row.pk),
    )
    crafted = {"deposits-0-amount": "7", "deposits-0-amount_usd": "7"}

    client.post(on_the_pledge, desk.shown(client, on_the_pledge) | crafted)
    answer = client.post(own, {"amount": "7", "amount_usd": "7"})

    assert answer.status_code == 403
    assert as_stored(row).amount == 5


def test_what_rows_under_review_rest_on_stays(officer):
    row = DepositFactory(public_from=None)
    client, address = desk.officer(), desk.page("pledge", "change", row.pledge_id)
    data = desk.shown(client, address) | {"donor": DonorFactory().pk, "funding_year": "2026"}
    desk.submitted(row)

    client.post(address, data | {"versions": desk.shown(client, address)["versions"]})

    assert as_stored(row).pledge.donor == row.pledge.donor


def test_an_officer_takes_back_what_nobody_has_published_yet():
    row = desk.submitted(DepositFactory(public_from=None))

    desk.done(desk.act(desk.officer(), desk.page("deposit", "take-back", row.pk), {}))

    stored = as_stored(row)
    assert (stored.state, stored.submitted_by, stored.submitted_at) == ("Draft", None, None)


def test_what_is_sent_back_tells_its_officer_why_until_it_is_submitted_again():
    row = desk.submitted(DepositFactory(public_from=None))
    address, comment = desk.page("deposit", "send-back", row.pk), {"comment": "Wrong year"}

    desk.done(desk.act(desk.second_approver(), address, comment))

    officer = desk.officer()
    page = officer.get(desk.page("deposit", "change", row.pk)).content.decode()
    assert as_stored(row).state == "Sent back"
    assert "Wrong year" in page
    desk.submit(officer, "deposit", row.pk)
    assert as_stored(row).returned_because == ""


def test_nothing_is_sent_back_without_a_word():
    row = desk.submitted(DepositFactory(public_from=None))

    answer = desk.act(
        desk.second_approver(), desk.page("deposit", "send-back", row.pk), {"comment": " "}
    )

    assert "This field is required" in str(answer.context["form"].errors)
    assert as_stored(row).is_submitted


def test_an_embargoed_correction_sent_back_leaves_the_old_row_public(officer, boss):
    old = DepositFactory()
    draft = draft_correction(old)
    review.submit([draft], officer)
    review.approve([draft], boss, timezone.now() + timedelta(hours=1), "Too much")

    review.send_back([as_stored(draft)], boss, "Not yet")

    assert as_stored(draft).is_draft
    assert as_stored(old).public_until is None


def send_back(rows, user):
    review.send_back(rows, user, "No")


@pytest.mark.parametrize("act", [review.take_back, send_back])
def test_only_what_waits_is_handed_back(act, boss):
    row = DepositFactory(public_from=None)

    with pytest.raises(ValidationError, match="Only what waits"):
        act([row], boss)


def test_only_a_draft_is_submitted(boss):
    with pytest.raises(ValidationError, match="Only a draft"):
        review.submit([DepositFactory()], boss)


def test_a_page_with_one_bad_draft_submits_none(boss):
    good, bad = DepositFactory(public_from=None), EntryFactory(public_from=None, kind="signed")
    bad.amount = Decimal(-1)

    with pytest.raises(ValidationError, match="above zero"):
        review.submit([good, bad], boss)

    assert as_stored(good).is_draft


def test_who_may_not_change_such_rows_submits_none():
    row = DepositFactory(public_from=None)

    with pytest.raises(PermissionDenied):
        review.submit([row], user_of(desk.second_approver()))


# Nobody approves their own entry


def test_what_is_a_draft_is_not_approved(boss):
    row = DepositFactory(public_from=None)

    with pytest.raises(ValidationError, match="its officer submits it first"):
        review.approve([row], boss, timezone.now())

    assert as_stored(row).public_from is None


def test_nobody_approves_what_they_entered():
    client = desk.approver()
    row = entered_by(client)
    desk.submitted(row)

    page = client.get(desk.page("deposit", "publish", row.pk))
    answer = desk.act(client, desk.page("deposit", "publish", row.pk), desk.NOW)

    assert "You entered, changed or submitted it" in page.content.decode()
    assert '<input type="submit"' not in page.content.decode()
    assert "You entered, changed or submitted it" in str(answer.context["form"].errors)
    assert as_stored(row).public_from is None


def test_nobody_approves_what_they_changed():
    client, row = desk.approver(), DepositFactory(public_from=None)
    address = desk.page("deposit", "change", row.pk)
    desk.save(client, address, desk.shown(client, address) | {"evidence": "Receipt 17"})
    desk.submitted(row := as_stored(row))

    with pytest.raises(ValidationError, match="You entered"):
        review.approve([row], user_of(client), timezone.now())


def test_nobody_approves_what_they_submitted(boss):
    row = DepositFactory(public_from=None)
    review.submit([row], boss)

    with pytest.raises(ValidationError, match="You entered"):
        review.approve([row], boss, timezone.now())


def test_nobody_approves_a_correction_that_they_opened():
    client = desk.approver()
    key = desk.correct(client, "deposit", DepositFactory().pk)
    row = desk.submitted(Deposit.objects.get(pk=key))

    with pytest.raises(ValidationError, match="You entered"):
        review.approve([row], user_of(client), timezone.now(), "A mistake")


def test_nobody_approves_a_programme_whose_parts_they_entered():
    client, row = desk.approver(), ProgrammeFactory(public_from=None)
    address = desk_page("jointprogramme", "change", row.pk)
    added = {"organization": OrganizationFactory().pk, "role": "partner"}
    desk.save(
        client, address, desk.with_row(desk.shown(client, address), "participations", **added)
    )
    ParticipationFactory(programme=row)
    desk.submitted(row := JointProgramme.objects.get(pk=row.pk))

    with pytest.raises(ValidationError, match="You entered"):
        review.approve([row], user_of(client), timezone.now())


def test_nobody_approves_the_first_row_of_a_pledge_that_they_made():
    client, row = desk.approver(), EntryFactory(public_from=None)
    address = desk.page("pledge", "change", row.pledge_id)
    desk.save(client, address, desk.shown(client, address) | {"earmark": "Return"})
    desk.submitted(row := as_stored(row))

    with pytest.raises(ValidationError, match="You entered"):
        review.approve([row], user_of(client), timezone.now())


def test_nobody_approves_a_programme_that_shows_what_they_renamed():
    client, part = desk.approver(), ParticipationFactory(programme__public_from=None)
    desk.submitted(row := part.programme)
    address = desk_page("organization", "change", part.organization_id)
    desk.save(client, address, desk.shown(client, address) | {"acronym": "NEW"})

    with pytest.raises(ValidationError, match="You entered"):
        review.approve([row], user_of(client), timezone.now())


def test_what_was_submitted_without_a_value_is_not_published_at_a_rate_nobody_saw(boss):
    row = desk.submitted(EntryFactory(pledge__currency="DKK", public_from=None))
    assert row.amount_usd is None
    ExchangeRateFactory(currency="DKK", rate=Decimal("0.001"))

    with pytest.raises(ValidationError, match="a rate of its day is on record by now"):
        review.approve([row], boss, timezone.now())

    desk.done(desk.act(desk.officer(), desk.page("exchangerate", "value-entries"), {}))
    review.approve([as_stored(row)], boss, timezone.now())


def test_what_is_still_to_come_is_published_on_its_day_at_the_earliest(boss):
    day = timezone.now() + timedelta(days=2)
    row = desk.submitted(EntryFactory(public_from=None, dated=day.date()))

    with pytest.raises(ValidationError, match="still to come when it becomes public"):
        review.approve([row], boss, day - timedelta(days=1))

    review.approve([as_stored(row)], boss, day)
    assert as_stored(row).public_from == day


def test_an_approver_finds_the_reason_that_the_officer_gave_for_a_correction():
    officer = desk.officer()
    answer = desk.act(officer, desk.page("deposit", "correct", DepositFactory().pk), {})
    assert answer.context["form"].errors == {"reason": ["This field is required."]}
    key = desk.correct(officer, "deposit", Deposit.objects.get().pk)
    desk.submit(officer, "deposit", key)

    page = desk.second_approver().get(desk.page("deposit", "publish", key))

    assert page.context["form"]["reason"].value() == "A mistake"


def test_acts_on_a_row_make_nobody_its_author():
    client, row = desk.second_approver(), desk.submitted(DepositFactory(public_from=None))
    desk.done(desk.act(client, desk.page("deposit", "send-back", row.pk), {"comment": "Look"}))
    desk.submitted(row := as_stored(row))
    noon = timezone.now() + timedelta(hours=1)

    desk.done(desk.act(client, desk.page("deposit", "publish", row.pk), desk.at(noon)))
    desk.done(desk.act(client, desk.page("deposit", "publish", row.pk), desk.NOW))

    assert as_stored(row).is_public(timezone.now())


def test_rows_of_one_act_are_approved_all_or_none(officer, boss):
    mine, others = DepositFactory(public_from=None), DepositFactory(public_from=None)
    review.submit([mine], boss)
    review.submit([others], officer)

    with pytest.raises(ValidationError, match="You entered"):
        review.approve([others, mine], boss, timezone.now())

    assert not Deposit.objects.exclude(public_from=None).exists()


def test_what_is_announced_together_is_published_together(monkeypatch, officer, boss):
    one, other = DepositFactory(public_from=None), DepositFactory(public_from=None)
    review.submit([one, other], officer)
    monkeypatch.setattr(Deposit, "published_with", lambda row: [one, other])

    with pytest.raises(ValidationError, match="announced together with: deposit"):
        review.approve([one], boss, timezone.now())
    review.approve([one, other], boss, timezone.now())

    assert Deposit.objects.public(timezone.now()).count() == 2


def test_what_was_taken_back_meanwhile_is_not_published(officer, boss):
    row = DepositFactory(public_from=None)
    review.submit([row], officer)
    read_before = as_stored(row)
    review.take_back([row], officer)

    with pytest.raises(ValidationError, match="submitted, published or withdrawn meanwhile"):
        review.approve([read_before], boss, timezone.now())


def test_what_was_withdrawn_is_not_submitted(boss):
    row = DepositFactory(public_from=None)
    withdraw(row, "A mistake", timezone.now())

    with pytest.raises(ValidationError, match="Only a draft"):
        review.submit([row], boss)


def test_a_loader_publishes_without_review():
    row = DepositFactory(public_from=None)

    publish(row, timezone.now())

    assert as_stored(row).submitted_at is None


# Rows chosen in a list


def chosen(client, action, *rows):
    """Tick rows in the list of entries, choose an action, and return where it leads."""
    data = {"action": f"{action}_chosen", "_selected_action": [row.pk for row in rows]}
    return client.post(desk.page("pledgeentry", "changelist"), data)


def test_rows_chosen_in_the_list_are_submitted_and_published_by_two_people():
    rows = [EntryFactory(public_from=None) for _number in range(3)]
    for client, action in ((desk.officer(), "submit"), (desk.second_approver(), "publish")):
        asked = chosen(client, action, *rows)
        desk.done(desk.act(client, asked["Location"], desk.NOW))

    assert PledgeEntry.objects.public(timezone.now()).count() == 3


def test_a_list_with_a_row_that_cannot_take_the_step_takes_none():
    draft, waiting = EntryFactory(public_from=None), desk.submitted(EntryFactory(public_from=None))
    client = desk.second_approver()

    answer = client.get(chosen(client, "publish", draft, waiting)["Location"], follow=True)

    assert "1 chosen row cannot take this step" in answer.content.decode()
    assert not PledgeEntry.objects.exclude(public_from=None).exists()


def test_a_crafted_choice_publishes_nothing_for_an_officer():
    row = desk.submitted(EntryFactory(public_from=None))
    address = f"{desk.page('pledgeentry', 'publish-chosen')}?rows={row.pk}"

    for answer in (desk.officer().get(address), desk.officer().post(address, desk.NOW)):
        assert answer.status_code == 403


def test_a_choice_of_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr("mptf_portal.editing.rows.MOST_ROWS", 2)
    rows = [EntryFactory(public_from=None) for _number in range(3)]
    client = desk.officer()

    chosen(client, "submit", *rows)

    page = client.get(desk.page("pledgeentry", "changelist")).content.decode()
    assert "Choose 2 rows at most" in page
    assert not PledgeEntry.objects.submitted().exists()


# What readers knew once, and what rows rest on


def test_a_donor_that_readers_knew_is_changed_by_a_proposal(boss):
    """The log of corrections goes on naming who gave what was withdrawn."""
    deposit = DepositFactory(pledge__donor__name="Denmark")
    review.withdraw(deposit, boss, "Mistake", timezone.now())
    client = desk.approver()
    address = desk.page("donor", "change", deposit.pledge.donor_id)

    client.post(address, desk.shown(client, address) | {"name": "Greenland", "why": "So"})

    assert Donor.objects.get().name == "Denmark"
    assert ProposedChange.objects.get().is_submitted


def test_an_organization_that_readers_knew_is_changed_by_a_proposal(boss):
    part = ParticipationFactory(programme=ProgrammeFactory(public_from=timezone.now()))
    review.withdraw(part.programme, boss, "Mistake", timezone.now())
    client = desk.approver()
    address = desk.page("organization", "change", part.organization_id, app="programmes")

    client.post(address, desk.shown(client, address) | {"acronym": "XX", "why": "So"})

    assert as_stored(part.organization).acronym != "XX"
    assert ProposedChange.objects.get().is_submitted


def test_who_enters_a_signatory_does_not_approve_the_text_that_names_it():
    client = desk.approver()
    address = desk.page("donor", "add")
    values = {"name": "Invented Ltd", "slug": "invented", "kind": "company"}
    desk.save(client, address, desk.shown(client, address) | values)
    edition = desk.submitted(EditionFactory(public_from=None))
    edition.statement.signatories.add(Donor.objects.get(slug="invented"))

    with pytest.raises(ValidationError, match="somebody else approves it"):
        review.approve([edition], user_of(client), timezone.now())


def test_who_renames_a_proposed_signatory_does_not_approve_the_proposal(boss):
    edition, newcomer = EditionFactory(), DonorFactory(name="Newcomer")
    proposal = ProposedChange.of_rows(edition.statement, [edition.statement], [], "They joined")
    proposal.rows[0]["fields"]["signatories"] = [newcomer.pk]
    proposal.seen = versions.of([edition.statement])
    review.mark_submitted(proposal, boss)
    proposal.save()
    client = desk.approver()
    address = desk.page("donor", "change", newcomer.pk)
    desk.save(client, address, desk.shown(client, address) | {"name": "Kingdom of X"})

    with pytest.raises(ValidationError, match="somebody else approves it"):
        review.approve([proposal], user_of(client), timezone.now())


def test_who_adds_a_footnote_does_not_approve_what_it_stands_under():
    row = desk.submitted(EntryFactory(public_from=None))
    client = desk.approver()
    address = desk.page("pledge", "change", row.pledge_id)
    data = desk.with_row(desk.shown(client, address), "footnotes", kind="conditional", text="Half")
    desk.save(client, address, data)

    with pytest.raises(ValidationError, match="somebody else approves it"):
        review.approve([row], user_of(client), timezone.now())


def test_who_ever_submitted_a_row_does_not_approve_it(officer, boss):
    row, other = EntryFactory(public_from=None), get_user_model().objects.create_superuser("other")
    for user in (boss, officer):
        review.submit([as_stored(row)], user)
        row = as_stored(row)
        if user is boss:
            review.take_back([row], other)

    with pytest.raises(ValidationError, match="somebody else approves it"):
        review.approve([as_stored(row)], boss, timezone.now())


def test_an_approver_sees_what_readers_would_see_of_a_pledge_and_what_changed_since():
    entry = EntryFactory(public_from=None, evidence="Letter 7", pledge__earmark="Sahel")
    row = desk.submitted(entry)
    address = desk.page("pledgeentry", "publish", row.pk)
    approver, officer = desk.second_approver(), desk.officer()
    page = approver.get(address)
    pledge = desk.page("pledge", "change", row.pledge_id)
    data = desk.with_row(desk.shown(officer, pledge), "footnotes", kind="conditional", text="Half")
    desk.save(officer, pledge, data)

    answer = approver.post(address, {"public_from": "", "seen": page.context["seen"]})

    assert "Sahel" in page.content.decode()
    assert "Letter 7" in page.content.decode()
    assert "Half" in answer.content.decode()
    assert as_stored(row).public_from is None


def test_an_approver_sees_each_change_of_a_correction_and_why_it_is_made():
    old = DepositFactory(evidence="Receipt 1")
    row = draft_correction(old, "Read wrong")
    row.evidence = "Receipt 2"
    row.save()

    page = desk.second_approver().get(desk.page("deposit", "publish", desk.submitted(row).pk))

    assert "<del>Receipt 1</del> → <ins>Receipt 2</ins>" in page.content.decode()
    assert "Corrected because: Read wrong" in page.content.decode()


def test_corrections_published_together_keep_each_its_reason(boss):
    deposits = [DepositFactory(agent_reference=f"AA-{number}") for number in (1, 2)]
    rows = [draft_correction(one, f"Reason {one.agent_reference}") for one in deposits]
    rows = [desk.submitted(one) for one in rows]
    client = desk.second_approver()
    address = desk.page("deposit", "publish-chosen") + f"?rows={rows[0].pk},{rows[1].pk}"

    desk.act(client, address, {"public_from": "", "reason": ""})

    said = [as_stored(one).history.latest().history_change_reason for one in rows]
    assert said == ["Reason AA-1", "Reason AA-2"]


def test_the_reason_of_an_embargoed_correction_that_is_moved_is_its_approvers(boss):
    row = desk.submitted(draft_correction(DepositFactory(), "A mistake"))
    review.approve([row], boss, timezone.now() + timedelta(days=1), "Better words")

    page = desk.second_approver().get(desk.page("deposit", "publish", row.pk))

    assert page.context["form"]["reason"].value() == "Better words"


def test_a_deposit_is_not_withdrawn_from_under_its_refund(boss):
    deposit = DepositFactory(amount=Decimal(100), amount_usd=Decimal(100))
    refund = DepositFactory(
        pledge=deposit.pledge, amount=Decimal(-40), amount_usd=Decimal(-40), agent_reference="R-1"
    )

    with pytest.raises(ValidationError, match="was paid back of it"):
        review.withdraw(as_stored(deposit), boss, "Mistake", timezone.now())

    review.withdraw(refund, boss, "Mistake", timezone.now())
    review.withdraw(as_stored(deposit), boss, "Mistake", timezone.now())
    assert not Deposit.objects.public(timezone.now()).exists()


def test_the_makers_of_many_rows_are_asked_as_often_as_of_few(boss, django_assert_max_num_queries):
    pledge = EntryFactory(public_from=None).pledge
    rows = [desk.submitted(DepositFactory(pledge=pledge, public_from=None)) for _ in range(12)]

    with django_assert_max_num_queries(12):
        assert review.hindrances(rows, boss) == []
