"""What several donors announce together reaches readers together, or not at all."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from contributions.models import Deposit, PledgeEntry
from mptf_portal.publishing import draft_correction, withdraw
from tests.contributions import desk
from tests.factories import DepositFactory, EntryFactory, JointAnnouncementFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("nothing_foretold"),
    pytest.mark.either,
]


@pytest.fixture
def announcement():
    return JointAnnouncementFactory()


def draft(announcement, name, make=EntryFactory):
    return make(announcement=announcement, public_from=None, pledge__donor__name=name)


def page(act, announcement):
    return desk.page("jointannouncement", act, announcement.pk)


def step(client, act, announcement, **data):
    return desk.act(client, page(act, announcement), data)


def states():
    """Return the state of every entry and deposit."""
    rows = [*PledgeEntry.objects.order_by("pk"), *Deposit.objects.order_by("pk")]
    return [str(row.state) for row in rows]


def submit_all(announcement):
    desk.done(step(desk.officer(), "submit", announcement))


def soon(days=1):
    return desk.at(timezone.now() + timedelta(days))


def test_the_rows_of_several_donors_are_submitted_and_published_in_one_act_each(announcement):
    draft(announcement, "Denmark")
    draft(announcement, "Norway", DepositFactory)

    submit_all(announcement)
    submitted = states()
    desk.done(step(desk.second_approver(), "publish", announcement, **desk.NOW))

    assert submitted == ["Submitted", "Submitted"]
    assert states() == ["Public", "Public"]
    moments = {row.public_from for model in (PledgeEntry, Deposit) for row in model.objects.all()}
    assert len(moments) == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_one_row_is_not_published_alone_and_the_others_are_named(announcement, method):
    entry, _other = draft(announcement, "Denmark"), draft(announcement, "Norway")
    submit_all(announcement)
    client, address = desk.second_approver(), desk.page("pledgeentry", "publish", entry.pk)

    opened = client.get(address)
    answer = opened
    if method == "post":  # the page has no button; a crafted request does not need one
        answer = client.post(address, desk.NOW | {"seen": opened.context["seen"]})

    said = answer.content.decode()
    assert "Publish them together." in said
    assert "Norway 2023 USD" in said
    assert states() == ["Submitted", "Submitted"]


def test_neither_its_pledges_page_nor_a_list_publishes_a_part(announcement):
    entry, _other = draft(announcement, "Denmark"), draft(announcement, "Norway")
    submit_all(announcement)
    client = desk.second_approver()
    chosen = f"{desk.page('pledgeentry', 'publish-chosen')}?rows={entry.pk}"

    for address in (desk.page("pledge", "publish", entry.pledge_id), chosen):
        assert desk.act(client, address, desk.NOW).status_code == 200

    assert states() == ["Submitted", "Submitted"]


def test_nothing_is_published_while_one_row_is_a_draft(announcement):
    draft(announcement, "Denmark")
    submit_all(announcement)
    draft(announcement, "Norway")

    answer = step(desk.second_approver(), "publish", announcement, **desk.NOW)

    assert "Norway 2023 USD" in answer.content.decode()
    assert states() == ["Submitted", "Draft"]


def test_nothing_is_published_where_one_row_breaks_a_rule(announcement):
    draft(announcement, "Denmark")
    clash = draft(announcement, "Norway")
    EntryFactory(pledge=clash.pledge, dated=clash.dated)
    submit_all(announcement)

    answer = step(desk.second_approver(), "publish", announcement, **desk.NOW)

    assert "has a public entry of that day already" in answer.content.decode()
    assert states() == ["Submitted", "Submitted", "Public"]


def test_who_entered_one_of_the_rows_publishes_none(announcement):
    draft(announcement, "Denmark")
    client = desk.approver()
    desk.done(step(client, "submit", announcement))

    answer = step(client, "publish", announcement, **desk.NOW)

    assert "somebody else approves it" in answer.content.decode()
    assert states() == ["Submitted"]


def test_one_embargo_holds_for_all_and_is_moved_for_all(announcement):
    entry, _other = draft(announcement, "Denmark"), draft(announcement, "Norway")
    submit_all(announcement)
    client = desk.second_approver()
    desk.done(step(client, "publish", announcement, **soon()))

    alone = desk.act(client, desk.page("pledgeentry", "publish", entry.pk), soon(2))
    desk.done(step(client, "publish", announcement, **soon(3)))

    assert alone.status_code == 200
    assert len(set(PledgeEntry.objects.values_list("public_from"))) == 1
    assert states() == ["Embargoed", "Embargoed"]


def test_no_row_leaves_an_embargo_alone(announcement):
    entry, _other = draft(announcement, "Denmark"), draft(announcement, "Norway")
    submit_all(announcement)
    client = desk.second_approver()
    desk.done(step(client, "publish", announcement, **soon()))

    answer = desk.act(client, desk.page("pledgeentry", "send-back", entry.pk), {"comment": "No"})
    entry.refresh_from_db()
    with pytest.raises(ValidationError, match="would become public without it"):
        withdraw(entry, "Wrong", timezone.now())

    assert "would become public without it" in answer.content.decode()
    assert states() == ["Embargoed", "Embargoed"]


def test_all_are_sent_back_from_the_embargo_together(announcement):
    draft(announcement, "Denmark")
    draft(announcement, "Norway")
    submit_all(announcement)
    client = desk.second_approver()
    desk.done(step(client, "publish", announcement, **soon()))

    desk.done(step(client, "send-back", announcement, comment="The minister is ill"))

    assert states() == ["Sent back", "Sent back"]


def test_a_withdrawn_draft_hinders_the_others_no_longer(announcement):
    draft(announcement, "Denmark")
    withdraw(draft(announcement, "Norway"), "Not this year", timezone.now())
    submit_all(announcement)

    desk.done(step(desk.second_approver(), "publish", announcement, **desk.NOW))

    assert states() == ["Public", "Withdrawn"]


def test_a_correction_of_an_announced_row_is_published_by_itself(announcement):
    rows = [draft(announcement, "Denmark"), draft(announcement, "Norway")]
    submit_all(announcement)
    desk.done(step(desk.second_approver(), "publish", announcement, **desk.NOW))
    first, _second = [draft_correction(type(row).objects.get(pk=row.pk)) for row in rows]

    desk.publish(desk.officer(), "pledgeentry", first.pk)

    assert states() == ["Replaced", "Public", "Public", "Draft"]


# Choosing its rows


def choose(client, announcement, *rows):
    ticked = [f"{row._meta.model_name}-{row.pk}" for row in rows]
    return step(client, "choose", announcement, rows=ticked)


def test_drafts_join_and_leave_by_being_ticked(announcement):
    stays, leaves = draft(announcement, "Denmark"), draft(announcement, "Norway")
    joins = draft(None, "Spain", DepositFactory)

    desk.done(choose(desk.officer(), announcement, stays, joins))

    assert announcement.rows() == [stays, joins]
    assert PledgeEntry.history.filter(id=leaves.pk).first().history_user.username == "olga"


def test_only_drafts_of_no_other_announcement_are_offered(announcement):
    draft(JointAnnouncementFactory(), "Norway")
    desk.submitted(draft(None, "Spain"))
    EntryFactory()
    mine = draft(announcement, "Denmark")

    form = desk.officer().get(page("choose", announcement)).context["form"]

    assert [key for key, _words in form.fields["rows"].choices] == [f"pledgeentry-{mine.pk}"]


def test_a_row_that_is_not_offered_does_not_join_by_a_crafted_post(announcement):
    public = EntryFactory()

    answer = choose(desk.officer(), announcement, public)

    assert answer.status_code == 200
    assert announcement.rows() == []


def test_no_row_joins_what_is_embargoed(announcement):
    draft(announcement, "Denmark")
    client = desk.officer()
    opened = client.get(page("choose", announcement))
    late = draft(None, "Norway")
    desk.done(step(client, "submit", announcement))
    desk.done(step(desk.second_approver(), "publish", announcement, **soon()))

    seen = {"seen": opened.context["seen"], "rows": [f"pledgeentry-{late.pk}"]}
    answer = client.post(page("choose", announcement), seen)

    assert answer.status_code == 403
    assert len(announcement.rows()) == 1


def test_not_even_a_superuser_deletes_an_announcement(announcement):
    answer = desk.superuser().post(page("delete", announcement), {"post": "yes"})

    assert answer.status_code == 403
    assert type(announcement).objects.exists()


def test_who_may_not_change_rows_chooses_none(announcement):
    assert desk.second_approver().get(page("choose", announcement)).status_code == 403


def test_the_announcements_page_names_each_row_and_leads_to_it(announcement):
    entry = draft(announcement, "Denmark")

    html = desk.officer().get(page("change", announcement)).content.decode()

    assert "Denmark 2023 USD" in html
    assert desk.page("pledgeentry", "change", entry.pk) in html


def test_readers_never_learn_of_an_announcement(announcement):
    desk.show_on_the_home_page(("all", "committed"))
    draft(announcement, "Denmark")
    before = Client().get("/").content

    submit_all(announcement)

    assert Client().get("/").content == before
    assert b"Pledging conference" not in Client().get("/contributions/").content
