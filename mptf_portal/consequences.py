"""What an act changes for readers: told before it is done, and kept once it is.

Nothing is counted a second way. Each watch asks the figures that readers see; it is asked before
and after the act, which is really done. A trial is then rolled back; an act that stays leaves its
`PublicEffect`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from mptf_portal.live import lock_revision
from mptf_portal.models import PublicEffect, PublicEffectRow
from mptf_portal.publishing import PublicRow
from mptf_portal.snapshot import Snapshot

Rows = Sequence[PublicRow]


@dataclass(frozen=True, slots=True)
class Watched:
    """A number or an assertion that readers meet: where, what it says, and what it rests on.

    `key` tells it from all others. `exact` is the number behind what is said, where that is
    rounded. `stays` is told where nothing of it changes though one might think so: why it does
    not; empty where nobody would.
    """

    key: tuple[Any, ...]
    place: str
    says: str
    exact: str = ""
    stays: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What stands at a place before and after the act; None where it stands there only once."""

    place: str
    before: str | None
    after: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Consequences:
    """All that an act changes for readers from a moment on, and what stays.

    `refusals` say why the act cannot be done as it stands; then nothing else is known.
    """

    moment: datetime
    changes: tuple[Change, ...] = ()
    unchanged: tuple[Watched, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def is_later(self) -> bool:
        """Tell whether readers find it so at a moment to come only."""
        return self.moment > timezone.now()

    @property
    def shown(self) -> str:
        """Return what differs where an approver would be told something else."""
        return repr((self.changes, self.unchanged, self.refusals))


Watch = Callable[[Snapshot, Rows], Iterable[Watched]]
_watches: list[Watch] = []


def watching(watch: Watch) -> Watch:
    """Have the decorated function asked what readers see, in the order of registration.

    It takes a snapshot, in which nothing is counted twice, and the rows of the act.
    """
    _watches.append(watch)
    return watch


def first_moment(rows: Rows, wanted: datetime) -> datetime:
    """Return from when on readers find a difference if the rows become public at that moment.

    An embargo that is moved to a later moment is missed from the earlier one on.
    """
    embargoes = [row.public_from for row in rows if row.public_from]
    return min([wanted, *(moment for moment in embargoes if moment > timezone.now())])


def ending_moment(rows: Rows, now: datetime) -> datetime:
    """Return from when on readers miss the rows if they are taken out: at once, or an embargo."""
    return max([now, *(row.public_from for row in rows if row.public_from)])


def foretell(rows: Rows, moment: datetime, act: Callable[[], None]) -> Consequences:
    """Do the act, compare what readers see at the moment before and after it, and undo it all.

    Writers wait meanwhile, readers do not. `act` must not change instances that are used later.
    """
    try:
        with transaction.atomic():
            lock_revision()
            before = _watched(moment, rows)
            act()
            after = _watched(moment, rows)
            transaction.set_rollback(True)
    except ValidationError as error:
        return Consequences(moment, refusals=tuple(error.messages))
    return _compare(moment, before, after)


@contextmanager
def recorded(rows: Rows, user: Any, moment: datetime) -> Iterator[None]:
    """Keep what the acts inside change for readers from the moment on, in their transaction."""
    before = _watched(moment, rows)
    yield
    found = _compare(moment, before, _watched(moment, rows))
    effect = PublicEffect.objects.create(
        at=timezone.now(),
        by=user,
        moment=moment,
        changes=[[one.place, one.before, one.after, one.note] for one in found.changes],
    )
    PublicEffectRow.objects.bulk_create(
        PublicEffectRow(effect=effect, model=label, state=state) for label, state in _states(rows)
    )


def _states(rows: Rows) -> Iterator[tuple[str, int]]:
    """Yield the model of each row and the key of its latest past state: one query a model."""
    keys: dict[type[PublicRow], list[int]] = {}
    for row in rows:
        keys.setdefault(type(row), []).append(row.pk)
    for model, known in keys.items():
        states = model.history.filter(id__in=known).order_by().values("id")
        latest = states.annotate(state=Max("history_id")).values_list("state", flat=True)
        yield from ((model._meta.label, state) for state in latest)


def _watched(moment: datetime, rows: Rows) -> dict[tuple[Any, ...], Watched]:
    snapshot = Snapshot("default", moment, moment.date(), remembered={})
    return {one.key: one for watch in _watches for one in watch(snapshot, rows)}


def _compare(moment: datetime, before: dict, after: dict) -> Consequences:
    changes, unchanged = [], []
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = before.get(key), after.get(key)
        known = now or was
        if was and now and (was.says, was.exact) == (now.says, now.exact):
            unchanged += [now] if now.stays else []
            continue
        changes.append(Change(known.place, was and was.says, now and now.says, _rounded(was, now)))
    return Consequences(moment, tuple(changes), tuple(unchanged))


def _rounded(was: Watched | None, now: Watched | None) -> str:
    """Return the exact numbers where what is said of them stays the same."""
    if was is None or now is None or was.says != now.says:
        return ""
    return _("exactly: %(before)s → %(after)s") % {"before": was.exact, "after": now.exact}
