"""Which version of its rows a page showed, so that nobody saves over what they have not seen."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Any

from django.db import models
from django.utils.text import capfirst

BATCH = 5_000  # SQLite takes some ten thousand values in one question
Versions = dict[str, int | None]  # key of a row -> key of the latest of its past states


def of(rows: Iterable[models.Model]) -> Versions:
    """Return the version of each row, by one query for each kind of row, or for many of them."""
    found: Versions = {}
    for _kind, group in groupby(sorted(rows, key=_label), _label):
        same = list(group)
        for start in range(0, len(same), BATCH):
            found |= _of_one_kind(same[start : start + BATCH])
    return found


def _of_one_kind(rows: list[models.Model]) -> Versions:
    pk = rows[0]._meta.pk.attname
    states = rows[0].history.model.objects.filter(**{f"{pk}__in": [row.pk for row in rows]})
    latest = dict(states.order_by().values_list(pk).annotate(models.Max("history_id")))
    return {key(row): latest.get(row.pk) for row in rows}


def key(row: models.Model) -> str:
    """Return what names the row among all others."""
    return f"{row._meta.label}:{row.pk}"


def _label(row: models.Model) -> str:
    return row._meta.label


def fingerprint(rows: Iterable[models.Model], shown: str = "") -> str:
    """Return what changes when one of the rows, its words or what else is shown does."""
    rows = list(rows)
    words = [getattr(row, "in_words", "") for row in rows]
    parts = [shown, json.dumps(of(rows), sort_keys=True), *map(str, words)]
    return sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Conflict:
    """One field that somebody else changed while the user was typing."""

    row: str
    field: str
    opened: str
    stored: str
    typed: str
    by: str


def written(versions: Versions) -> str:
    """Return the versions as a form carries them."""
    return json.dumps(versions, sort_keys=True)


def read(posted: str | None) -> Versions:
    """Return the versions that a form carried; none where it carried nothing legible."""
    try:
        found = json.loads(posted or "")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def conflicts(
    rows: Iterable[models.Model], seen: Versions, typed: Mapping[str, Mapping[str, str]]
) -> list[Conflict]:
    """Return what became of the rows since the versions that were seen; empty: nothing.

    `typed` holds, by the row's key, what the user entered in each field.
    """
    rows = {key(row): row for row in rows}
    now = of(rows.values())
    found = [
        conflict
        for name, row in rows.items()
        if now[name] != seen.get(name)
        for conflict in _changes(row, seen.get(name), now[name], typed.get(name, {}))
    ]
    return found + [Conflict(name, "", "", "", "", "") for name in seen if name not in now]


def _changes(
    row: models.Model, seen: int | None, now: int | None, typed: Mapping[str, str]
) -> list[Conflict]:
    states = row.history.select_related("history_user")
    after = states.filter(history_id=now).first()
    before = states.filter(history_id=seen).first() if isinstance(seen, int) else None
    name, by = str(row), str((after and after.history_user) or "")
    if after is None or before is None:
        return [Conflict(name, "", "", "", "", by)]
    changes = after.diff_against(before, foreign_keys_are_objs=True).changes
    return [
        Conflict(
            row=name,
            field=capfirst(row._meta.get_field(change.field).verbose_name),
            opened=_shown(change.old),
            stored=_shown(change.new),
            typed=typed.get(change.field, ""),
            by=by,
        )
        for change in changes
    ] or [Conflict(name, "", "", "", "", by)]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, dict):  # a many-to-many row: its own key and the other side
        return ", ".join(str(one) for one in value.values())
    return "" if value is None else str(value)
