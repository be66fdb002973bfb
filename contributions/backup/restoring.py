"""Put a copy of the database back, and prove it by counting."""

from pathlib import Path

from django.conf import settings
from django.db import connection

from contributions.backup import migrations
from contributions.backup.making import ENGINES
from contributions.backup.record import Record, RefusedError, read
from contributions.models import Deposit, Pledge


def restore(file: Path, *, over_a_ledger: bool = False) -> Record:
    """Replace the database by the copy in `file` and return the record that it agrees with.

    A copy by older code is migrated before it is counted. Raises RefusedError before anything has
    changed, and DifferentError when the copy does not count what its record says: on SQLite
    before anything has changed; on PostgreSQL after, and the message says so.
    """
    record = read(file)
    _refuse_another_kind(record)
    if not over_a_ledger:
        _refuse_a_ledger()
    ENGINES[connection.vendor].restore(file, record)
    return record


def _refuse_another_kind(record: Record) -> None:
    if record.database != connection.vendor:
        raise RefusedError(
            f"The copy is of {record.database} and DATABASE_URL names {connection.vendor}."
        )
    if names := migrations.unknown(record.migrations):
        raise RefusedError(
            f"The copy has migrations that this code lacks: {', '.join(names)}. Restore it with "
            "the code that made it, or with newer code."
        )
    if record.demonstration and not settings.PORTAL_LOCAL:
        raise RefusedError(
            "The copy is of the demonstration ledger, which is for `make run` alone, never for "
            "production."
        )


def _refuse_a_ledger() -> None:
    tables = connection.introspection.table_names()
    counted = {
        model._meta: model.objects.count()
        for model in (Pledge, Deposit)
        if model._meta.db_table in tables
    }
    standing = [
        f"{count} {named.verbose_name if count == 1 else named.verbose_name_plural}"
        for named, count in counted.items()
        if count
    ]
    if standing:
        raise RefusedError(
            f"A ledger stands in this database: {', '.join(standing)}. Back it up, then replace it "
            "with --replace, or restore into an empty database."
        )
