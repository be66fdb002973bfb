"""Copy the database, with the record of what it counts."""

import tempfile
from dataclasses import replace
from pathlib import Path

from django.db import connection

from contributions.backup import migrations, postgresql, sqlite
from contributions.backup.record import Record, RefusedError, beside, digest, write

ENGINES = {"sqlite": sqlite, "postgresql": postgresql}


def backup(file: Path) -> Record:
    """Write a copy of the database to `file` and its record beside it, and return the record.

    Both appear when they are whole, or not at all. Only the account that made them can read them:
    they hold the officers' accounts and the drafts. Raises RefusedError where a file is in the way
    and where code and database are not of one version.
    """
    _refuse_what_is_there(file)
    _refuse_other_code()
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}-") as folder:
        copy = Path(folder) / file.name
        counted = ENGINES[connection.vendor].copy(copy)
        record = replace(counted, sha256=digest(copy))
        write(record, beside(copy))
        for made, place in ((beside(copy), beside(file)), (copy, file)):
            made.chmod(0o600)
            made.rename(place)
    return record


def _refuse_what_is_there(file: Path) -> None:
    if not file.parent.is_dir():
        raise RefusedError(f"The folder {file.parent} does not exist.")
    for path in (file, beside(file)):
        if path.exists():
            raise RefusedError(f"{path} exists already and is never overwritten; name another.")


def _refuse_other_code() -> None:
    if names := migrations.waiting("default"):
        raise RefusedError(
            f"The database lacks migrations of this code: {', '.join(names)}. Back it up with the "
            "code that it was served with, or run `manage.py prepare` first."
        )
    if names := migrations.unknown(migrations.applied("default")):
        raise RefusedError(
            f"The database has migrations that this code lacks: {', '.join(names)}. Back it up "
            "with the code that it is served with."
        )
