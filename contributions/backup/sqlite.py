"""Copies of a SQLite database."""

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection, connections, transaction

from contributions.backup import migrations
from contributions.backup.record import Record, RefusedError, counted, refuse_differences
from mptf_portal.snapshot import latest

COPY = "copy"  # the alias under which a copy is open
PATIENCE = 20  # seconds to wait for another program that writes


def copy(to: Path) -> Record:
    """Copy the database as it is at one instant, and return what is counted in the copy itself."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(to)])
    with opened(to), transaction.atomic(using=COPY):
        return counted(latest(COPY))


def restore(file: Path, record: Record) -> None:
    """Count in a copy of the file and then replace the database in one transaction.

    Who reads meanwhile sees the old ledger to the end of the page, and the new one from the next.
    """
    with tempfile.TemporaryDirectory() as folder:
        tried = Path(shutil.copy(file, folder))
        with opened(tried):
            migrations.bring_up_to_date(COPY)
            with transaction.atomic(using=COPY):
                found = counted(record.snapshot(COPY))
        refuse_differences(record, found, "Nothing was changed.")
        _replace_by(tried)


@contextmanager
def opened(file: Path) -> Iterator[None]:
    """Open the database in `file` under the alias COPY, as nothing but that one file."""
    as_one_file = {"OPTIONS": {"transaction_mode": "DEFERRED"}, "NAME": str(file)}
    connections[COPY] = type(connections["default"])(connection.settings_dict | as_one_file, COPY)
    try:
        yield
    finally:
        connections[COPY].close()
        del connections[COPY]


def _replace_by(copied: Path) -> None:
    place = connection.settings_dict["NAME"]
    connections.close_all()
    with (
        closing(sqlite3.connect(copied)) as source,
        closing(sqlite3.connect(place, timeout=PATIENCE)) as target,
    ):
        source.backup(target, progress=_patient_until(time.monotonic() + PATIENCE))


def _patient_until(moment: float) -> Callable[[int, int, int], None]:
    """Return what ends a copy that waits for another program's write beyond that moment."""

    def wait(status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > moment:
            raise RefusedError("Another program is writing to the database. Nothing was changed.")

    return wait
