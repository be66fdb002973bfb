"""The history of a row in words: who did what, when and why, and what readers found changed.

It is made of the past states that simple-history keeps, of one or several models, the latest
first. A page of it costs the same number of queries whatever stands on it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.utils.text import capfirst
from simple_history.models import HistoricalChanges

from mptf_portal.editing import wording
from mptf_portal.editing.wording import Difference
from mptf_portal.models import PublicEffect, PublicEffectRow
from mptf_portal.publishing import PUBLISHED, TAKEN_BACK, in_every_language
from mptf_portal.review import SUBMITTED
from mptf_portal.review import TAKEN_BACK as TAKEN_FROM_REVIEW

Place = tuple[int, int]  # of a past state: the number of its model, its key


@dataclass(slots=True)
class Event:
    """One act on one row: when, who (empty: nobody was signed in), what, why, and its effect.

    `row` is empty where it is the row whose page this is. `effect` stands beside the first of the
    rows that one act took.
    """

    at: datetime
    by: str
    row: str
    act: str
    why: str = ""
    differences: list[Difference] = field(default_factory=list)
    effect: PublicEffect | None = None


class Story:
    """What happened to rows, for a paginator: it counts and cuts.

    `histories` are the past states of each model; `whole` is the row whose page it is.
    """

    def __init__(self, histories: Sequence[models.QuerySet], whole: models.Model) -> None:
        self.histories, self.whole = histories, whole

    def __len__(self) -> int:
        """Return the number of acts."""
        return sum(states.count() for states in self.histories)

    def __getitem__(self, part: slice) -> list[Event]:
        """Return the events from place to place, the latest first."""
        order = self._order(part)
        told: dict[Place, Event] = {}
        for number, states in enumerate(self.histories):
            keys = [key for place, key in order if place == number]
            told |= {(number, key): event for key, event in _events(states, keys, self.whole)}
        self._add_effects(order, told)
        return [told[place] for place in order]

    def _order(self, part: slice) -> list[Place]:
        first, *others = [
            states.order_by()
            .annotate(of_model=Value(number, models.IntegerField()))
            .values_list("history_date", "of_model", "history_id")
            for number, states in enumerate(self.histories)
        ]
        rows = first.union(*others, all=True) if others else first
        latest_first = rows.order_by("-history_date", "-of_model", "-history_id")
        return [(number, key) for _at, number, key in latest_first[part]]

    def _add_effects(self, order: list[Place], told: dict[Place, Event]) -> None:
        places = {(self._label(number), key): (number, key) for number, key in order}
        wanted = Q(pk=None)
        for number in {number for number, _key in order}:
            keys = [key for place, key in order if place == number]
            wanted |= Q(model=self._label(number), state__in=keys)
        rows = PublicEffectRow.objects.filter(wanted).select_related("effect")
        found = {places[row.model, row.state]: row.effect for row in rows}
        shown = set()
        for place in order:
            effect = found.get(place)
            if effect and effect.pk not in shown:
                told[place].effect = effect
                shown.add(effect.pk)

    def _label(self, number: int) -> str:
        return self.histories[number].model.instance_type._meta.label


def chain(row: Any) -> models.QuerySet:
    """Return the past states of a row, of what it corrects and of what corrects it."""
    keys, older, newer = {row.pk}, row.replaces, row
    while older is not None:
        keys.add(older.pk)
        older = older.replaces
    while newer := newer.replacements.exclude(pk__in=keys).first():
        keys.add(newer.pk)
    return type(row).history.filter(id__in=keys)


def _events(
    states: models.QuerySet, keys: list[int], whole: models.Model
) -> Iterator[tuple[int, Event]]:
    if not keys:
        return
    found = _with_what_they_name(states.model.objects.filter(history_id__in=keys))
    found = found.select_related("history_user")
    found = list(found.annotate(previous=Subquery(_previous(states.model))))
    befores = _with_what_they_name(states.model.objects).in_bulk(
        [state.previous for state in found if state.previous]
    )
    corrected = _corrected(state for state in found if not state.previous)
    sets = wording.sets(states.model, [*keys, *befores])
    for state in found:
        before = befores.get(state.previous)
        compared = before or corrected.get(getattr(state, "replaces_id", None))
        yield (
            state.history_id,
            Event(
                at=state.history_date,
                by=_name(state.history_user),
                row="" if _is(state, whole) else _row(state, whole),
                act=wording.act(state, before, compared),
                why=_why(state, before),
                differences=[
                    *wording.differences(state, compared, whole),
                    *wording.differences_of_sets(state, before, sets),
                ],
            ),
        )


def _previous(model: type[HistoricalChanges]) -> models.QuerySet:
    earlier = model.objects.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    return earlier.order_by("-history_id").values("history_id")[:1]


def _corrected(first: Iterable[HistoricalChanges]) -> dict[int, models.Model]:
    """Return by key the rows that were to be corrected when these states were entered."""
    states = [state for state in first if getattr(state, "replaces_id", None)]
    if not states:
        return {}
    rows = _with_what_they_name(states[0].instance_type.objects.all())
    return rows.in_bulk({state.replaces_id for state in states})


def _with_what_they_name(rows: models.QuerySet) -> models.QuerySet:
    """Read with the rows, or states, what their words name."""
    names = []
    for one in wording.related(rows.model):
        names.append(one.name)
        parents = one.related_model._meta.concrete_fields
        names += [f"{one.name}__{up.name}" for up in parents if up.many_to_one and not up.null]
    return rows.select_related(*names)


def _is(state: HistoricalChanges, whole: models.Model) -> bool:
    return state.instance_type is type(whole) and state.id == whole.pk


def _row(state: HistoricalChanges, whole: models.Model) -> str:
    """Return the name of a row, after what it belongs to where that is not plain from the page."""
    row = state.instance
    for one in wording.related(type(row)):
        setattr(row, one.name, getattr(state, one.name))
    owners = [getattr(row, one.name) for one in wording.related(type(row)) if not one.null]
    plain = isinstance(row, type(whole)) or whole in owners
    names = " · ".join(map(str, [row] if plain else [*owners, row]))
    return f"{capfirst(row._meta.verbose_name)} {names}"


def _name(user: Any) -> str:
    return user.get_full_name() or user.get_username() if user else ""


def _why(state: HistoricalChanges, before: HistoricalChanges | None) -> str:
    """Return the reason in full: a state keeps the beginning of a long one."""
    for name in ("withdrawn_reason", "returned_because"):
        told = getattr(state, name, "")
        if told and told != getattr(before, name, ""):
            return told
    reason = state.history_change_reason or ""
    by_itself = in_every_language(PUBLISHED, TAKEN_BACK, SUBMITTED, TAKEN_FROM_REVIEW)
    return "" if reason in by_itself else reason
