"""What a past state of a row changed of the one before, in words."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import ndiff
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from simple_history.models import HistoricalChanges

from mptf_portal.money import format_amount, format_day, format_moment, format_names, format_number
from mptf_portal.publishing import LIFE, PublicRow

# What the act says, not a field of its own: where the row stands, and what it corrects.
SILENT = {"id", "demonstration", "replaces_id", *LIFE}
LONG = 200  # of a longer text, only the lines that changed are told
Sets = dict[int, dict[str, list[str]]]  # by past state and field: the names of what is chosen


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in words before and after; empty where it held nothing."""

    field: str
    before: str
    after: str


def related(model: type[models.Model]) -> list[models.ForeignKey]:
    """Return the foreign keys that a row's fields are told by."""
    row = getattr(model, "instance_type", model)
    return [
        one for one in row._meta.concrete_fields if one.many_to_one and one.attname not in SILENT
    ]


def chosen_of_several(model: type[HistoricalChanges]) -> list[models.ManyToManyField]:
    """Return the fields of several choices that the history keeps."""
    return list(model._history_m2m_fields)  # noqa: SLF001 (simple-history's name)


def act(state: HistoricalChanges, before: HistoricalChanges | None, compared: Any) -> str:
    """Return what was done: a step in the row's life, or that it was entered or changed."""
    if state.history_type == "-":
        return _("Taken out")
    if before is None:
        if compared is not None:
            return _("Entered as the correction of a public row")
        return _published(state) if getattr(state, "public_from", None) else _("Entered")
    return _step(state, before) if issubclass(state.instance_type, PublicRow) else _("Changed")


def _step(state: Any, before: Any) -> str:
    if state.public_until != before.public_until:
        return _ended(state)
    if state.public_from != before.public_from:
        return _published(state) if state.public_from else _("Embargo taken back")
    if state.submitted_at and not before.submitted_at:
        return _("Submitted for approval")
    if state.returned_because != before.returned_because:
        return _("Sent back")
    return _("Taken back from review") if before.submitted_at else _("Changed")


def _ended(state: Any) -> str:
    if state.public_until is None:
        return _("Stays public: its correction was taken back")
    if state.withdrawn_reason:
        return _("Withdrawn")
    return _("Replaced by its correction from %(moment)s") % _moment(state.public_until)


def _published(state: Any) -> str:
    if state.public_from > state.history_date:
        return _("Approved: public from %(moment)s") % _moment(state.public_from)
    return _("Published")


def _moment(moment: datetime) -> dict[str, str]:
    return {"moment": format_moment(moment)}


def differences(
    state: HistoricalChanges, compared: models.Model | None, whole: models.Model
) -> Iterator[Difference]:
    """Yield each field that differs from the compared state or row, in the order of the model.

    That a row was entered for the row whose page it is, is not told.
    """
    for one in state.instance_type._meta.concrete_fields:
        if _is_silent(one) or (compared is None and one.related_model is type(whole)):
            continue
        was, now = (getattr(row, one.attname, None) for row in (compared, state))
        if was == now or (was in (None, "") and now in (None, "", False)):
            continue
        before, after = (_words(one, row) if row else "" for row in (compared, state))
        if before != after:
            yield _difference(one, before, after)


def _is_silent(one: models.Field) -> bool:
    untold = getattr(one.model, "untold", ())  # what a model keeps for the portal alone
    return one.attname in SILENT or one.name in untold


def differences_of_sets(
    state: HistoricalChanges, before: HistoricalChanges | None, sets: Sets
) -> Iterator[Difference]:
    """Yield each field of several choices that differs from the state before."""
    for one in chosen_of_several(type(state)):
        now = sets[state.history_id].get(one.name, [])
        was = sets[before.history_id].get(one.name, []) if before else []
        if was != now:
            yield _difference(one, format_names(was), format_names(now))


def _difference(one: Any, before: str, after: str) -> Difference:
    if max(len(before), len(after)) > LONG and before and after:
        lines = list(ndiff(before.splitlines(), after.splitlines()))
        before, after = (
            "\n".join(line[2:] for line in lines if line.startswith(mark)) for mark in "-+"
        )
    return Difference(capfirst(one.verbose_name), before, after)


def sets(model: type[HistoricalChanges], states: list[int]) -> Sets:
    """Return what these states chose of several, in the names' order: two queries a field."""
    found: Sets = defaultdict(dict)
    for one in chosen_of_several(model):
        pairs = getattr(model, one.name).model.objects.filter(history__in=states)
        chosen = list(pairs.values_list("history_id", f"{one.m2m_reverse_field_name()}_id"))
        names = one.related_model.objects.in_bulk({key for _state, key in chosen})
        for state, key in chosen:
            found[state].setdefault(one.name, []).append(str(names.get(key, key)))
    return defaultdict(dict, {state: _sorted(fields) for state, fields in found.items()})


def _sorted(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: sorted(names) for name, names in fields.items()}


def _words(one: models.Field, row: Any) -> str:
    value = getattr(row, one.attname)
    if value in (None, ""):
        return ""
    if one.many_to_one:
        return str(
            getattr(row, one.name)
            or _("%(model)s %(key)s, no longer on record")
            % {"model": one.related_model._meta.verbose_name, "key": value}
        )
    if one.flatchoices:
        return str(dict(one.flatchoices).get(value, value))
    return _formatted(one.name, value, row)


def _formatted(name: str, value: Any, row: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        currency = "USD" if name.endswith("_usd") else _currency(row)
        is_money = name.endswith("_usd") or name == "amount"
        return format_amount(value, currency) if is_money else format_number(value)
    if isinstance(value, datetime):
        return format_moment(value)
    return format_day(value) if isinstance(value, date) else str(value)


def _currency(row: Any) -> str:
    """Return the currency of the row, or of what it belongs to."""
    owners = [row, *(getattr(row, one.name) for one in related(type(row)))]
    return next((one.currency for one in owners if getattr(one, "currency", "")), "")
