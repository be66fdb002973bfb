"""Who hands a row on: an officer submits it, an approver sends it back or makes it public.

Everything that people make public passes `approve`: a form, a list, an import, a crafted request.
Two people stand behind every public row, so nobody approves what they entered, changed or
submitted. Loaders of published facts have no author and call `mptf_portal.publishing.publish`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from copy import copy
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mptf_portal import consequences, publishing
from mptf_portal.consequences import Consequences, ending_moment, first_moment
from mptf_portal.live import lock_revision
from mptf_portal.publishing import (
    LIFE,
    REASON_LENGTH,
    PublicRow,
    left_out,
    names_of,
    naming,
    publish,
    reason_of,
    refuse_stale,
    refuse_to_part,
)

User = Any  # whoever is signed in: `settings.AUTH_USER_MODEL`

SUBMITTED, TAKEN_BACK = gettext_lazy("Submitted"), gettext_lazy("Taken back from review")


def may(user: User, act: str, model: type[models.Model] | models.Model) -> bool:
    """Tell whether the user holds the model's permission: `add`, `change`, `view` or `publish`."""
    options = model._meta
    return user.has_perm(f"{options.app_label}.{act}_{options.model_name}")


def mark_submitted(row: PublicRow, user: User) -> None:
    """Let an unsaved draft wait for an approver once its caller saves it."""
    row.submitted_at, row.submitted_by, row.returned_because = timezone.now(), user, ""


@transaction.atomic
def submit(rows: Sequence[PublicRow], user: User) -> None:
    """Let drafts wait for an approver; from then on nobody changes them.

    Raises PermissionDenied for who may not change such rows, and ValidationError, then nothing is
    submitted, when one is no draft or breaks a rule.
    """
    lock_revision()
    _refuse_without("change", rows, user)
    for row in rows:
        with naming(row):
            refuse_stale(row)
            if not row.is_draft:
                raise ValidationError(_("Only a draft is submitted."))
            mark_submitted(row, user)
            row.full_clean()
            _save(row, SUBMITTED)


@transaction.atomic
def take_back(rows: Sequence[PublicRow], user: User) -> None:
    """Make submitted rows drafts again, for those who may change them."""
    lock_revision()
    _refuse_without("change", rows, user)
    for row in rows:
        with naming(row):
            refuse_stale(row)
            _refuse_unsubmitted(row)
            row.submitted_at, row.submitted_by = None, None
            _save(row, TAKEN_BACK)


@transaction.atomic
def send_back(rows: Sequence[PublicRow], user: User, comment: str) -> None:
    """Make submitted or embargoed rows drafts again and tell their officer why."""
    lock_revision()
    _refuse_without("publish", rows, user)
    if not comment.strip():
        raise ValidationError(_("Say what is to be changed."))
    embargoed = [row for row in rows if row.public_from]
    with ExitStack() as kept:
        if embargoed:
            moment = ending_moment(embargoed, timezone.now())
            kept.enter_context(consequences.recorded(embargoed, user, moment))
        _send_all_back(rows, comment)


def sending_back_foretold(rows: Sequence[PublicRow]) -> Consequences | None:
    """Return what readers would miss of embargoed rows that are sent back; None without any."""
    embargoed = [row for row in rows if row.public_from]
    if not embargoed:
        return None
    copies = [copy(row) for row in rows]
    return consequences.foretell(
        embargoed,
        ending_moment(embargoed, timezone.now()),
        lambda: _send_all_back(copies, _("Foretold")),
    )


def _send_all_back(rows: Sequence[PublicRow], comment: str) -> None:
    for row in rows:
        _send_back(row, rows, comment)


def _send_back(row: PublicRow, rows: Sequence[PublicRow], comment: str) -> None:
    with naming(row):
        if row.public_from is None:
            refuse_stale(row)
            _refuse_unsubmitted(row)
        else:
            refuse_to_part(row, rows)
            publish(row, None)  # an embargo ends first, with all that hangs on it
        row.submitted_at, row.submitted_by = None, None
        row.returned_because = comment
        _save(row, comment[:REASON_LENGTH])


@transaction.atomic
def approve(rows: Sequence[PublicRow], user: User, public_from: datetime, reason: str = "") -> None:
    """Publish rows from that instant on, all or none; of an embargoed row the instant is moved.

    `reason` says why what they replace is corrected; without one, each correction is made for what
    was said of it. Raises PermissionDenied for who may not
    publish such rows, and ValidationError where `hindrances` finds something or a row may not be
    published as it stands.
    """
    lock_revision()
    _refuse_without("publish", rows, user)
    if found := hindrances(rows, user):
        raise ValidationError(found)
    with consequences.recorded(rows, user, first_moment(rows, public_from)):
        _publish(rows, public_from, reason)


def approval_foretold(rows: Sequence[PublicRow], public_from: datetime) -> Consequences:
    """Return what readers would find changed if these rows were published from that instant on."""
    copies = [copy(row) for row in rows]
    return consequences.foretell(
        rows, first_moment(rows, public_from), lambda: _publish(copies, public_from, "")
    )


def _publish(rows: Sequence[PublicRow], public_from: datetime, reason: str) -> None:
    for row in rows:
        with naming(row):
            publish(row, public_from, (reason or reason_of(row)) if row.replaces_id else "")


@transaction.atomic
def withdraw(row: PublicRow, user: User, reason: str, now: datetime) -> None:
    """Take a row out of readers' sight, or close a draft; see `mptf_portal.publishing.withdraw`."""
    lock_revision()
    if row.public_from is None:
        publishing.withdraw(row, reason, now)
        return
    with consequences.recorded([row], user, ending_moment([row], now)):
        publishing.withdraw(row, reason, now)


def withdrawal_foretold(row: PublicRow, now: datetime) -> Consequences:
    """Return what readers would find changed if the row were withdrawn now."""
    out = copy(row)
    return consequences.foretell(
        [row], ending_moment([row], now), lambda: publishing.withdraw(out, _("Foretold"), now)
    )


def hindrances(rows: Sequence[PublicRow], user: User) -> list[str]:
    """Return why this user may not approve these rows, or not them alone; empty: they may."""
    made = makers(rows)
    return [
        f"{row._meta.verbose_name} {row}: {reason}"
        for row in rows
        for reason in _hindrances(row, user, rows, made[key_of(row)])
    ]


def _hindrances(
    row: PublicRow, user: User, rows: Sequence[PublicRow], made_by: set[int]
) -> Iterator[str]:
    if row.is_draft:
        yield _("It is a draft: its officer submits it first.")
    if why := row.unsettled():
        yield why
    if user.pk in made_by:
        yield _("You entered, changed or submitted it; somebody else approves it.")
    if missing := left_out(row, rows):
        yield _("It is announced together with: %(names)s. Publish them together.") % {
            "names": names_of(missing)
        }


def key_of(row: models.Model) -> tuple[type[models.Model], int]:
    """Return what tells the row from all others."""
    return type(row), row.pk


def makers(rows: Iterable[PublicRow]) -> dict[tuple[type[models.Model], int], set[int]]:
    """Return by row the keys of the users who entered, changed or submitted what is approved.

    That is the row, its parts, and what it rests on that nobody approved yet. Rows of one model are
    asked about at once, and what several rest on once.
    """
    found: dict[Any, set[int]] = {}
    resting: dict[Any, set[int]] = {}
    for model, same in _by_model(rows):
        own = _editors(model.history.filter(id__in=[row.pk for row in same]))
        for row in same:
            made = {row.submitted_by_id} | own.get(row.pk, set())
            for states in row.part_histories():
                made |= _all_editors(states)
            for one in row.rests_on():
                if key_of(one) not in resting:
                    histories = one.unapproved_histories()
                    resting[key_of(one)] = set().union(*map(_all_editors, histories))
                made |= resting[key_of(one)]
            found[key_of(row)] = made - {None}
    return found


def _by_model(rows: Iterable[PublicRow]) -> Iterator[tuple[type[PublicRow], list[PublicRow]]]:
    found: dict[type[PublicRow], list[PublicRow]] = {}
    for row in rows:
        found.setdefault(type(row), []).append(row)
    yield from found.items()


def _all_editors(history: models.QuerySet) -> set[int | None]:
    return set().union(*_editors(history).values())


def _editors(history: models.QuerySet) -> dict[Any, set[int | None]]:
    """Return by row who wrote its past states, but for acts on it, and who ever submitted it.

    An act moves a row in its life and nothing else; a form never does, so that a saved form whose
    change is in another table counts, too. An import does both at once.
    """
    kept = history.model.instance_type
    key = kept._meta.pk.attname
    names = {one.attname for one in kept._meta.concrete_fields} - {key}
    life, said = names & set(LIFE), names - set(LIFE)
    states = history.order_by(key, "history_id").values(key, "history_user_id", *names)
    found: dict[Any, set[int | None]] = {}
    for before, after in pairwise([{key: None}, *states]):
        wrote = found.setdefault(after[key], set())
        wrote.add(after.get("submitted_by_id"))
        if (
            before[key] != after[key]
            or _differ(before, after, said)
            or not _differ(before, after, life)
        ):
            wrote.add(after["history_user_id"])
    return found


def _differ(before: dict[str, Any], after: dict[str, Any], names: Iterable[str]) -> bool:
    return any(before[name] != after[name] for name in names)


def _refuse_without(act: str, rows: Sequence[PublicRow], user: User) -> None:
    if not all(may(user, act, row) for row in rows):
        raise PermissionDenied


def _refuse_unsubmitted(row: PublicRow) -> None:
    if not row.is_submitted:
        raise ValidationError(_("Only what waits for an approver is handed back."))


def _save(row: PublicRow, reason: str) -> None:
    row._change_reason = reason  # noqa: SLF001 (simple-history's attribute)
    row.save()
