"""What a copy of the database must count: the file of figures beside it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connections, models
from django.utils import translation

from contributions.backup import migrations
from contributions.backup.references import every_reference
from mptf_portal.figures import Claim, Counted, count
from mptf_portal.models import Demonstration
from mptf_portal.snapshot import Snapshot

# Written by `migrate` and by visits; they say nothing about the ledger.
NOT_COMPARED = (ContentType, Permission, Session)


class RefusedError(Exception):
    """The copy is not made, or not restored, and nothing has changed; the message says why."""


class DifferentError(Exception):
    """What was restored counts something else; the message lists each difference."""


@dataclass(frozen=True, slots=True)
class Record:
    """What was counted, when, and in which state of the code and the database.

    `figures` holds what each reference came to, `rows` how many rows each table has, drafts and
    history with them. Money is text, so that no reader makes it a floating-point number.
    """

    as_of: str
    counted_at: str
    database: str
    demonstration: bool
    figures: dict[str, dict[str, Any]]
    migrations: list[str]
    rows: dict[str, int]
    sha256: str = ""

    def snapshot(self, using: str) -> Snapshot:
        """Return where to count again: another database, the same day and instant."""
        now, day = datetime.fromisoformat(self.counted_at), date.fromisoformat(self.as_of)
        return Snapshot(using, now, day)


def beside(file: Path) -> Path:
    """Return where the record of the copy in `file` is."""
    return file.with_name(f"{file.name}.figures.json")


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write(record: Record, file: Path) -> None:
    """Write the record as canonical JSON: keys in order, every value in one form."""
    text = json.dumps(asdict(record), ensure_ascii=False, indent=1, sort_keys=True)
    file.write_text(f"{text}\n", encoding="utf-8")


def read(file: Path) -> Record:
    """Return the record beside the copy in `file`, or raise RefusedError unless it is of it."""
    if not file.is_file():
        raise RefusedError(f"{file} does not exist.")
    if not beside(file).is_file():
        raise RefusedError(f"{beside(file)} is missing: without it nothing proves the copy.")
    try:
        record = Record(**json.loads(beside(file).read_text(encoding="utf-8")))
        record.snapshot("default")
        _refuse_emptiness(record)
    except (TypeError, ValueError) as error:
        raise RefusedError(f"{beside(file)} is not a record of figures: {error}.") from error
    if record.sha256 != digest(file):
        raise RefusedError(f"{file} is not the copy that {beside(file)} was counted in.")
    return record


def _refuse_emptiness(record: Record) -> None:
    """Raise ValueError unless there is something to compare."""
    for held in (record.figures, record.rows):
        if not (isinstance(held, dict) and held):
            raise ValueError("nothing is counted in it")


def counted(snapshot: Snapshot) -> Record:
    """Count everything that can be asked of the snapshot; the caller holds it in one transaction.

    Texts are in the code's own language, whatever language is active.
    """
    with translation.override(None):
        return Record(
            as_of=snapshot.as_of.isoformat(),
            counted_at=snapshot.now.isoformat(),
            database=connections[snapshot.using].vendor,
            demonstration=Demonstration.is_on(snapshot.using),
            figures={str(name): _said(count(name, snapshot)) for name in every_reference(snapshot)},
            migrations=migrations.applied(snapshot.using),
            rows={model._meta.label_lower: _rows(model, snapshot) for model in _tables()},
        )


def _said(answer: Counted) -> dict[str, Any]:
    if isinstance(answer, Claim):
        return {"answer": str(answer.answer), "verdict": answer.verdict.value}
    return {
        "lines": [str(line.value) for line in answer.lines],
        "unvalued": answer.unvalued,
        "value": None if answer.value is None else str(answer.value),
    }


def _tables() -> list[type[models.Model]]:
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and model not in NOT_COMPARED]


def _rows(model: type[models.Model], snapshot: Snapshot) -> int:
    return model._base_manager.using(snapshot.using).count()  # noqa: SLF001 (hides no row)


def differences(backup: Record, restored: Record) -> Iterator[str]:
    """Yield each difference in a sentence; what the code counts only since then is none."""
    if backup.demonstration != restored.demonstration:
        yield "whether it is the demonstration ledger"
    names = {_name(reference) for reference in backup.figures}
    asked = {reference for reference in restored.figures if _name(reference) in names}
    for reference in sorted(backup.figures.keys() | asked):
        then, now = backup.figures.get(reference), restored.figures.get(reference)
        if then != now:
            yield f"{reference}: {_words(then)} in the backup, {_words(now)} restored"
    for table, then in sorted(backup.rows.items()):
        if then != (now := restored.rows.get(table)):
            yield f"rows of {table}: {then} in the backup, {now} restored"


def _name(reference: str) -> str:
    return reference.partition("?")[0]


def _words(said: dict[str, Any] | None) -> str:
    if said is None:
        return "not counted"
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def refuse_differences(backup: Record, restored: Record, state: str) -> None:
    """Raise DifferentError, saying the state of the database, unless both count the same."""
    if found := list(differences(backup, restored)):
        listed = "\n".join(f"  {line}" for line in found)
        raise DifferentError(f"The copy counts something else than its record. {state}\n{listed}")
