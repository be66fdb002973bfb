"""Between draft and withdrawn: when a row reaches a reader, and what ends it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError

from contributions import figures
from contributions.models import Deposit
from mptf_portal.publishing import draft_correction, publish, withdraw
from mptf_portal.snapshot import latest
from tests.factories import DepositFactory, PledgeFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EVENING = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    """Stand at NOW until a test moves on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def draft():
    return DepositFactory(amount=Decimal(5), public_from=None)


@pytest.fixture
def original():
    return DepositFactory(amount=Decimal(5))


@pytest.fixture
def correction(original):
    row = draft_correction(original)
    row.amount = row.amount_usd = Decimal(8)
    row.save()
    return row


def contributed():
    return figures.contributed(latest()).value


def as_stored(row):
    return Deposit.objects.get(pk=row.pk)


def publish_anew(row, public_from):
    """Publish the row as the next request would, read afresh."""
    publish(as_stored(row), public_from)


def test_a_draft_counts_in_no_figure(draft):
    assert contributed() is None


def test_a_published_row_counts_at_once(draft):
    publish(draft, NOW)

    assert contributed() == 5


def test_an_embargoed_row_shows_nothing_a_second_before_its_minute(draft, clock):
    publish(draft, NOON)

    clock.move_to(NOON - timedelta(seconds=1))

    assert contributed() is None


def test_an_embargoed_row_shows_at_its_minute(draft, clock):
    publish(draft, NOON)

    clock.move_to(NOON)

    assert contributed() == 5


def test_an_embargo_can_be_moved_before_it_has_passed(draft, clock):
    publish(draft, NOON)
    publish_anew(draft, EVENING)

    clock.move_to(NOON)
    at_noon = contributed()
    clock.move_to(EVENING)

    assert (at_noon, contributed()) == (None, 5)


def test_an_embargo_taken_back_makes_the_row_a_draft_again(draft, clock):
    publish(draft, NOON)
    publish_anew(draft, None)

    clock.move_to(EVENING)

    assert as_stored(draft) in Deposit.objects.drafts()
    assert contributed() is None


def test_an_embargo_that_has_passed_cannot_be_moved(draft, clock):
    publish(draft, NOON)
    clock.move_to(NOON)

    with pytest.raises(ValidationError, match="public already"):
        publish_anew(draft, EVENING)

    assert as_stored(draft).public_from == NOON


def test_a_correction_moves_nothing_until_it_is_published(correction):
    assert contributed() == 5


def test_a_published_correction_ends_the_old_row_in_the_same_instant(correction, original):
    publish_anew(correction, NOON)

    old, new = as_stored(original), as_stored(correction)
    assert old.public_until == new.public_from == NOON


def test_an_embargoed_correction_takes_over_at_its_minute_without_a_gap(correction, clock):
    publish_anew(correction, NOON)

    clock.move_to(NOON - timedelta(microseconds=1))
    before = contributed()
    clock.move_to(NOON)

    assert (before, contributed()) == (5, 8)


def test_moving_a_corrections_embargo_moves_the_end_of_the_old_row(correction, original):
    publish_anew(correction, NOON)
    publish_anew(correction, EVENING)

    assert as_stored(original).public_until == EVENING


def test_taking_back_a_corrections_embargo_keeps_the_old_row_open(correction, original):
    publish_anew(correction, NOON)
    publish_anew(correction, None)

    assert as_stored(original).public_until is None


def test_a_correction_of_a_withdrawn_row_is_not_published(correction, original):
    withdraw(original, "Booked on the wrong fund", NOW)

    with pytest.raises(ValidationError, match="withdrawn or replaced before"):
        publish_anew(correction, NOW)

    assert contributed() is None


def test_a_public_row_is_locked(original):
    assert original.is_locked

    with pytest.raises(ValidationError, match="correct it by a new one"):
        publish(original, NOW)


def test_a_withdrawn_draft_is_locked(draft):
    withdraw(draft, "Entered twice", NOW)

    with pytest.raises(ValidationError, match="was withdrawn"):
        publish_anew(draft, NOW)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_row_is_not_withdrawn_without_a_reason(original, reason):
    with pytest.raises(ValidationError, match="Say why"):
        withdraw(original, reason, NOW)

    assert contributed() == 5


def test_a_withdrawn_row_counts_no_more_and_keeps_its_reason(original):
    withdraw(original, "Booked on the wrong fund", NOW)

    assert contributed() is None
    assert as_stored(original).withdrawn_reason == "Booked on the wrong fund"


def test_a_long_reason_is_kept_whole(original):
    withdraw(original, "Booked on the wrong fund. " * 10, NOW)

    assert as_stored(original).withdrawn_reason == "Booked on the wrong fund. " * 10


def test_a_row_is_not_withdrawn_twice(original):
    withdraw(original, "Booked on the wrong fund", NOW)

    with pytest.raises(ValidationError, match="replaced or withdrawn before"):
        withdraw(as_stored(original), "Again", NOW)


def test_withdrawing_an_embargoed_correction_keeps_the_old_row_public(correction, clock):
    publish_anew(correction, NOON)
    withdraw(as_stored(correction), "The Agent confirmed the first amount", NOW)

    clock.move_to(EVENING)

    assert contributed() == 5


def test_a_correction_starts_as_a_draft_of_what_the_row_holds(original):
    copy = draft_correction(original)

    kept = ("pledge_id", "received_on", "amount", "amount_usd", "agent_reference")
    assert [getattr(copy, name) for name in kept] == [getattr(original, name) for name in kept]
    assert (copy.replaces, copy.public_from, copy.public_until) == (original, None, None)


def test_a_draft_is_changed_and_not_corrected(draft):
    with pytest.raises(ValidationError, match="Only a public row is corrected"):
        draft_correction(draft)


def test_a_withdrawn_row_is_not_corrected(original):
    withdraw(original, "Booked on the wrong fund", NOW)

    with pytest.raises(ValidationError, match="Only a public row is corrected"):
        draft_correction(original)


def test_a_row_has_one_open_correction_at_a_time(correction, original):
    with pytest.raises(ValidationError, match="Another correction of the same row is open"):
        draft_correction(original)


def test_a_correction_replaces_a_row_of_the_same_pledge_only(correction):
    correction.pledge = PledgeFactory()

    with pytest.raises(ValidationError, match="A correction keeps the row's pledge"):
        publish(correction, NOW)


def test_a_failing_publication_changes_nothing(correction, original):
    correction.agent_reference = DepositFactory(amount=Decimal(1)).agent_reference
    correction.save()

    with pytest.raises(ValidationError, match="has this reference already"):
        publish_anew(correction, NOW)

    assert as_stored(correction).public_from is None
    assert as_stored(original).public_until is None
    assert contributed() == 6


def test_history_keeps_when_a_row_was_published_and_from_when_it_is_public(draft, clock):
    clock.move_to(LATER)
    publish(draft, NOON)

    record = draft.history.latest()
    change = record.diff_against(record.prev_record).changes[0]
    assert record.history_date == LATER
    assert (change.field, change.old, change.new) == ("public_from", None, NOON)


def test_history_keeps_why_a_row_was_withdrawn(original, clock):
    clock.move_to(LATER)
    withdraw(original, "Booked on the wrong fund", LATER)

    record = original.history.latest()
    assert (record.prev_record.public_until, record.public_until) == (None, LATER)
    assert record.withdrawn_reason == "Booked on the wrong fund"


def test_history_keeps_both_rows_of_a_correction(correction, original):
    publish_anew(correction, NOW)

    assert original.history.latest().public_until == NOW
    assert correction.history.latest().public_from == NOW
    assert correction.history.earliest().replaces_id == original.pk


@pytest.mark.parametrize(
    "act", [lambda row: withdraw(row, "Mine", NOW), lambda row: publish(row, NOW)]
)
def test_nothing_is_done_to_a_row_that_was_published_since_it_was_read(draft, act):
    stale = as_stored(draft)
    publish(draft, NOON)

    with pytest.raises(ValidationError, match="published or withdrawn meanwhile"):
        act(stale)

    assert as_stored(draft).public_from == NOON
    assert as_stored(draft).public_until is None
