"""A database of the test's own, which it may break: the portal's tables, and nothing in them."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from environ import Env

from mptf_portal.settings import database
from tests.postgres import Server

EMPTY = "empty"  # the database of which PostgreSQL makes the others
BROKEN = "broken"


@dataclass(frozen=True)
class Ledger:
    """Where the ledger is."""

    url: str
    server: Server | None = None  # None: a file of SQLite

    @property
    def file(self) -> Path:
        """Return SQLite's file."""
        return Path(self.url.removeprefix("sqlite:///"))

    def sql(self, *statements: str) -> None:
        """Execute each by itself, as an administrator does."""
        if self.server:
            execute(self.url, *statements)
        else:
            with closing(sqlite3.connect(self.file, timeout=20, isolation_level=None)) as own:
                for statement in statements:
                    own.execute(statement)


def execute(url: str, *statements: str) -> None:
    """Execute each by itself on PostgreSQL."""
    with closing(psycopg2.connect(url)) as own:
        own.autocommit = True
        for statement in statements:
            own.cursor().execute(statement)


@contextmanager
def used_by_the_orm(url: str) -> Iterator[None]:
    """Let both aliases, in every thread that starts now, mean the database at that address."""
    parsed = Env.db_url_config(url)
    means = {
        "default": database(parsed, read_only=False),
        "read": database(parsed, read_only=True),
    }
    meant = {alias: (connections[alias], connections.settings[alias]) for alias in means}
    connections.configure_settings(means)
    for alias, settings in means.items():
        connections.settings[alias] = settings
        del connections[alias]
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        for alias, (connection, settings) in meant.items():
            connections[alias].close()
            connections[alias] = connection
            connections.settings[alias] = settings
        ContentType.objects.clear_cache()


@contextmanager
def on_sqlite(migrated: Path, folder: Path) -> Iterator[Ledger]:
    """Copy the migrated file without its free pages, and let the ORM use the copy."""
    ledger = Ledger(f"sqlite:///{folder / 'ledger.sqlite3'}")
    shutil.copyfile(migrated, ledger.file)
    with used_by_the_orm(ledger.url):
        connections["default"].cursor().execute("VACUUM")
        yield ledger


@contextmanager
def on_postgresql(server: Server) -> Iterator[Ledger]:
    """Copy the migrated database, and let the ORM use the copy."""
    execute(server.url(), f"CREATE DATABASE {BROKEN} TEMPLATE {EMPTY}")
    try:
        with used_by_the_orm(server.url(BROKEN)):
            yield Ledger(server.url(BROKEN), server)
    finally:
        execute(server.url(), f"DROP DATABASE {BROKEN} WITH (FORCE)")


def migrate(url: str) -> None:
    """Make the tables that each test copies."""
    with used_by_the_orm(url):
        call_command("migrate", verbosity=0)
