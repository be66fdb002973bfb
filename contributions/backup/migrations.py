"""Which state of the tables a database is in, and whether the code knows it."""

from collections.abc import Iterable

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def applied(using: str) -> list[str]:
    """Return the migrations applied to a database, as in contributions.0001_initial."""
    done = MigrationRecorder(connections[using]).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in done)


def unknown(names: Iterable[str]) -> list[str]:
    """Return which of these migrations the code does not have."""
    files = MigrationLoader(None).disk_migrations
    replaced = {key for migration in files.values() for key in migration.replaces}
    return sorted({*names} - {f"{app}.{name}" for app, name in files.keys() | replaced})


def beyond(using: str, names: Iterable[str]) -> list[str]:
    """Return the migrations applied to a database that lead further than these.

    One that replaces others leads no further than they do.
    """
    known = {*names}
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        replaced = {".".join(key) for key in migration.replaces}
        if replaced and replaced <= known:
            known.add(f"{app}.{name}")
    return sorted({*applied(using)} - known)


def waiting(using: str) -> list[str]:
    """Return the migrations that the code has and the database lacks."""
    executor = MigrationExecutor(connections[using])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def bring_up_to_date(using: str) -> None:
    """Apply what a copy by older code lacks."""
    if waiting(using):
        call_command("migrate", database=using, verbosity=0)
