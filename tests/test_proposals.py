"""What readers see already, changed: proposed by one, put into effect by another."""

from datetime import timedelta
from functools import reduce

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contributions.models import Donor, Pledge, PledgeFootnote, Statement
from mptf_portal import review
from mptf_portal.models import Revision
from proposals.models import ProposedChange
from tests.contributions import desk
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    MarkerLevelFactory,
    ParticipationFactory,
    ProgrammeFactory,
    ReportedContributionFactory,
    ThematicAreaFactory,
)

WHY = {"why": "The protocol office writes it so"}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("nothing_foretold"),
    pytest.mark.either,
]


def public_donor(**values):
    """Return a donor whom readers know by a deposit."""
    return DepositFactory(pledge__donor=DonorFactory(**values)).pledge.donor


def propose(client, address, **values):
    """Save a form that must be kept as a proposal, and return that."""
    before = ProposedChange.objects.count()
    desk.save(client, address, desk.shown(client, address) | WHY | values)
    assert ProposedChange.objects.count() == before + 1
    return ProposedChange.objects.latest("pk")


def renamed(name="Kingdom of Denmark"):
    """Return a proposal to name a public donor so, and the donor."""
    donor = public_donor(name="Danmark", slug="denmark")
    return propose(desk.officer(), desk.page("donor", "change", donor.pk), name=name), donor


def approved(proposal, client=None):
    """Confirm the proposal as somebody who did not enter it."""
    address = desk.page("proposedchange", "publish", proposal.pk, app="proposals")
    return desk.act(client or desk.second_approver(), address, desk.NOW)


def test_a_public_donors_name_stays_until_somebody_else_approves_the_new_one():
    proposal, donor = renamed()

    assert "Danmark" in Client().get(donor.get_absolute_url()).content.decode()
    desk.done(approved(proposal))

    page = Client().get(donor.get_absolute_url()).content.decode()
    assert "Kingdom of Denmark" in page
    assert "Danmark" not in page


def test_an_approver_reads_what_it_was_what_it_will_be_and_why():
    proposal, _donor = renamed()
    address = desk.page("proposedchange", "publish", proposal.pk, app="proposals")

    page = desk.second_approver().get(address).content.decode()

    assert "Name: “Danmark” → “Kingdom of Denmark”" in page
    assert WHY["why"] in page


def test_what_an_embargo_will_show_is_changed_by_a_proposal_too():
    later = timezone.now() + timedelta(days=3)
    donor = DepositFactory(pledge__donor__name="Danmark", public_from=later).pledge.donor
    statement = EditionFactory(statement__occasion="Review", public_from=later).statement

    propose(desk.officer(), desk.page("donor", "change", donor.pk), name="Evil Corp")
    propose(desk.officer(), desk.page("statement", "change", statement.pk), occasion="Another")

    donor.refresh_from_db()
    statement.refresh_from_db()
    assert (donor.name, statement.occasion) == ("Danmark", "Review")


@pytest.mark.parametrize(
    ("make", "leads_to", "typed"),
    [
        (DepositFactory, "pledge__donor", {"name": "Evil Corp"}),
        (ReportedContributionFactory, "donor", {"name": "Evil Corp"}),
        (EditionFactory, "statement", {"occasion": "Another"}),
    ],
)
def test_who_changed_what_a_new_row_rests_on_does_not_approve_it(make, leads_to, typed):
    row = desk.submitted(make(public_from=None))
    model, client = row._meta.model_name, desk.approver()
    below = reduce(getattr, leads_to.split("__"), row)
    address = desk.page(below._meta.model_name, "change", below.pk)
    desk.save(client, address, desk.shown(client, address) | typed)

    answer = desk.act(client, desk.page(model, "publish", row.pk), desk.NOW)

    assert "somebody else approves it" in answer.content.decode()
    desk.done(desk.act(desk.second_approver(), desk.page(model, "publish", row.pk), desk.NOW))


def test_nobody_approves_what_they_proposed():
    donor = public_donor(name="Danmark")
    proposal = propose(desk.approver(), desk.page("donor", "change", donor.pk), name="Denmark")

    assert approved(proposal, desk.approver()).status_code == 200
    donor.refresh_from_db()
    assert donor.name == "Danmark"
    desk.done(approved(proposal))
    donor.refresh_from_db()
    assert donor.name == "Denmark"


def test_an_officer_who_may_not_publish_cannot_approve():
    proposal, _donor = renamed()

    assert approved(proposal, desk.officer()).status_code == 403


def test_the_history_says_who_proposed_it_why_and_who_approved_it():
    proposal, donor = renamed()
    desk.done(approved(proposal))

    state = donor.history.latest()
    page = desk.officer().get(desk.page("donor", "history", donor.pk)).content.decode()

    assert (state.history_user.username, state.history_change_reason) == ("olga", WHY["why"])
    assert "petra" in page
    assert "Kingdom of Denmark" in page
    assert "contributions.Donor" not in page


def test_without_a_reason_nothing_is_proposed():
    donor = public_donor()
    client, address = desk.officer(), desk.page("donor", "change", donor.pk)

    said = desk.refused(client, address, desk.shown(client, address) | {"name": "Other"})

    assert "Say why" in said
    assert not ProposedChange.objects.exists()


def test_a_form_saved_as_it_stands_proposes_nothing():
    donor = public_donor()
    client, address = desk.officer(), desk.page("donor", "change", donor.pk)

    desk.save(client, address, desk.shown(client, address) | WHY)

    assert not ProposedChange.objects.exists()
    assert donor.history.count() == 1


def test_a_donor_whom_no_reader_knows_is_simply_changed():
    donor = DonorFactory()
    client, address = desk.officer(), desk.page("donor", "change", donor.pk)

    desk.save(client, address, desk.shown(client, address) | {"name": "Its right name"})

    donor.refresh_from_db()
    assert donor.name == "Its right name"


def test_a_proposal_is_not_put_over_what_somebody_changed_meanwhile():
    proposal, donor = renamed()
    other = propose(desk.officer(), desk.page("donor", "change", donor.pk), name="Denmark")
    desk.done(approved(other))

    answer = approved(proposal)

    assert "changed it after this was proposed" in answer.content.decode()
    donor.refresh_from_db()
    proposal.refresh_from_db()
    assert donor.name == "Denmark"
    assert proposal.is_submitted


def test_a_proposal_that_breaks_a_rule_by_now_changes_nothing():
    proposal, donor = renamed(name="Denmark")
    DonorFactory(name="Denmark")

    answer = approved(proposal)

    assert "already exists" in answer.content.decode()
    donor.refresh_from_db()
    assert donor.name == "Danmark"


def test_a_proposal_has_no_embargo():
    proposal, _donor = renamed()
    review_later = proposal.submitted_at.replace(year=proposal.submitted_at.year + 1)

    address = desk.page("proposedchange", "publish", proposal.pk, app="proposals")
    answer = desk.act(desk.second_approver(), address, desk.at(review_later))

    assert "takes effect at once" in answer.content.decode()


def test_a_proposal_is_sent_back_and_shown_on_the_page_of_what_it_changes():
    proposal, donor = renamed()

    address = desk.page("proposedchange", "send-back", proposal.pk, app="proposals")
    desk.done(desk.act(desk.second_approver(), address, {"comment": "Ask the mission"}))

    page = desk.officer().get(desk.page("donor", "change", donor.pk)).content.decode()
    assert "Sent back" in page
    assert desk.page("proposedchange", "change", proposal.pk, app="proposals") in page


def test_a_proposal_that_was_withdrawn_is_never_approved():
    proposal, _donor = renamed()

    address = desk.page("proposedchange", "withdraw", proposal.pk, app="proposals")
    desk.done(desk.act(desk.officer(), address, {"reason": "A mistake"}))

    assert approved(proposal).status_code == 403


def test_what_is_in_effect_is_neither_corrected_nor_withdrawn():
    proposal, _donor = renamed()
    desk.done(approved(proposal))

    page = desk.page("proposedchange", "change", proposal.pk, app="proposals")

    assert desk.approver().get(page).context["acts"] == []


def test_nobody_edits_what_was_submitted():
    proposal, _donor = renamed()
    address = desk.page("proposedchange", "change", proposal.pk, app="proposals")

    assert desk.officer().post(address, {"why": "Other"}).status_code == 403


def test_signatories_of_a_public_statement_are_proposed():
    statement = EditionFactory().statement
    new = DonorFactory(name="Newcomer")
    address, client = desk.page("statement", "change", statement.pk), desk.officer()

    proposal = propose(client, address, signatories=[new.pk])

    assert [one.after for _row, one in proposal.differences] == ["Newcomer"]
    assert new not in statement.signatories.all()
    desk.done(approved(proposal))
    assert list(Statement.objects.get().signatories.all()) == [new]


def terms(pledge):
    """Return the address of the page on which a pledge's terms are changed."""
    return desk.page("pledge", "change", pledge.pk) + "?terms"


def test_the_terms_of_a_public_pledge_are_proposed_with_its_footnotes():
    pledge = EntryFactory().pledge
    client = desk.officer()
    data = desk.shown(client, terms(pledge)) | WHY | {"earmark": "Work in the Sahel"}
    data = desk.with_row(data, "footnotes", kind="conditional", text="Half once matched")

    desk.save(client, terms(pledge), data)

    pledge.refresh_from_db()
    assert (pledge.earmark, pledge.footnotes.count()) == ("", 0)
    desk.done(approved(ProposedChange.objects.get()))
    pledge.refresh_from_db()
    assert pledge.earmark == "Work in the Sahel"
    assert str(PledgeFootnote.objects.get(pledge=pledge)) == "Half once matched"


def test_the_page_of_a_public_pledge_takes_money_and_leaves_its_terms():
    pledge = EntryFactory().pledge
    client, address = desk.officer(), desk.page("pledge", "change", pledge.pk)
    data = desk.shown(client, address) | {"earmark": "Crafted", "footnotes-TOTAL_FORMS": 1}
    data |= {"footnotes-0-kind": "conditional", "footnotes-0-pledge": pledge.pk}

    client.post(address, data)

    pledge.refresh_from_db()
    assert (pledge.earmark, pledge.footnotes.count()) == ("", 0)
    assert not ProposedChange.objects.exists()


def test_the_terms_of_a_draft_pledge_are_simply_changed():
    pledge = EntryFactory(public_from=None).pledge
    client, address = desk.officer(), desk.page("pledge", "change", pledge.pk)

    desk.save(client, address, desk.shown(client, address) | {"earmark": "Work in the Sahel"})

    assert Pledge.objects.get().earmark == "Work in the Sahel"


def describing():
    """Return an organization, an area and a marker, each shown on one public programme."""
    programme = ProgrammeFactory(thematic_area=ThematicAreaFactory())
    level = MarkerLevelFactory()
    programme.marker_levels.add(level)
    part = ParticipationFactory(programme=programme)
    return [part.organization, programme.thematic_area, level.marker]


@pytest.mark.parametrize("number", range(3))
def test_what_describes_a_public_programme_is_proposed(number):
    row = describing()[number]
    address = desk.page(row._meta.model_name, "change", row.pk, app="programmes")

    proposal = propose(desk.officer(), address, name="Changed")

    row.refresh_from_db()
    assert row.name != "Changed"
    desk.done(approved(proposal))
    row.refresh_from_db()
    assert row.name == "Changed"


def test_a_reader_finds_no_byte_changed_by_a_proposal():
    donor = public_donor()
    before, revision = Client().get(donor.get_absolute_url()), Revision.objects.get()

    propose(desk.officer(), desk.page("donor", "change", donor.pk), name="Leaked")

    after = Client().get(donor.get_absolute_url())
    assert before.content == after.content
    assert Revision.objects.get().number == revision.number


def test_a_proposal_that_was_taken_back_waits_for_nobody():
    proposal, donor = renamed()
    review.take_back([proposal], proposal.submitted_by)

    address = desk.page("proposedchange", "publish", proposal.pk, app="proposals")

    assert desk.second_approver().get(address).status_code == 403
    assert Donor.objects.get(pk=donor.pk).name == "Danmark"


def test_a_page_that_is_only_read_opens_no_transaction():
    """On SQLite a transaction takes the lock of writers, whatever is done inside."""
    donor = public_donor()
    client, address = desk.officer(), desk.page("donor", "change", donor.pk)

    with CaptureQueriesContext(connection) as asked:
        client.get(address)

    assert [one["sql"] for one in asked if "SAVEPOINT" in one["sql"]] == []
