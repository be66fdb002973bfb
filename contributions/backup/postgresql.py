"""Copies of a PostgreSQL database, by PostgreSQL's own programs."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.backends.postgresql.client import DatabaseClient

from contributions.backup import migrations
from contributions.backup.record import Record, RefusedError, counted, refuse_differences
from mptf_portal.snapshot import latest

RESTORED = (
    "The restore is complete: the database holds the copy as it is, and no longer what it held "
    "before. Do not serve it; restore another backup."
)


def copy(to: Path) -> Record:
    """Copy the database as one transaction sees it, and return what the same one counts."""
    pg_dump = program("pg_dump", server_version())
    with _one_state() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (state,) = cursor.fetchone()
        record = counted(latest())
        run(pg_dump, "--format=custom", f"--snapshot={state}", f"--file={to}")
    return record


def restore(file: Path, record: Record) -> None:
    """Replace every table in one transaction, which waits for those that are open, and count."""
    pg_restore = program("pg_restore", server_version())
    _refuse_newer_tables(record)
    database = connection.settings_dict["NAME"]
    connections.close_all()
    run(pg_restore, "--clean", "--if-exists", "--single-transaction", "--no-owner",
         "--no-privileges", f"--dbname={database}", str(file))  # fmt: skip
    migrations.bring_up_to_date("default")
    with _one_state():
        found = counted(record.snapshot("default"))
    refuse_differences(record, found, RESTORED)


@contextmanager
def _one_state() -> Iterator:
    """Open a transaction that sees one state of the database from its first query to its last."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield cursor


def _refuse_newer_tables(record: Record) -> None:
    """Refuse a database with tables that the copy does not know and so would not replace."""
    if newer := migrations.beyond("default", record.migrations):
        raise RefusedError(
            f"The database has migrations that the copy lacks: {', '.join(newer)}. Restore "
            "it into an empty database."
        )


def server_version() -> int:
    """Return the major version of the server."""
    connection.ensure_connection()
    return connection.pg_version // 10_000


def program(name: str, version: int) -> str:
    """Return the path of one of PostgreSQL's programs, at least of that major version.

    It is searched in the folder PG_BIN where that is set, else in PATH.
    """
    remedy = (
        f"Install the client programs of PostgreSQL {version} (Debian: postgresql-client-{version})"
        ", or set PG_BIN to the folder that holds them."
    )
    found = shutil.which(name, path=settings.PG_BIN or None)
    if found is None:
        raise RefusedError(f"{name} is missing. {remedy}")
    own = re.search(r"\d+", run(found, "--version"))
    if own is None or int(own[0]) < version:
        raise RefusedError(f"{found} is older than the server, which is {version}. {remedy}")
    return found


def run(path: str, *arguments: str) -> str:
    """Run a program on the portal's database and return what it says; no argument is secret."""
    done = subprocess.run(  # noqa: S603 (no shell, and every argument is the portal's own)
        [path, *arguments], env=os.environ | _access(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip() or f"status {done.returncode}"
        raise RefusedError(f"{Path(path).name} failed, and nothing was changed: {said}")
    return done.stdout


def _access() -> dict[str, str]:
    """Return how the programs reach the portal's database, in libpq's variables."""
    values = connection.settings_dict
    named = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGDATABASE": "NAME"}
    place = {variable: str(values[key]) for variable, key in named.items() if values[key]}
    _command, secret = DatabaseClient.settings_to_cmd_args_env(values, [])
    return place | (secret or {})
