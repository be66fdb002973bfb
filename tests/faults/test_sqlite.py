"""What a file of SQLite can suffer under load."""

import resource
import sqlite3
import time
from contextlib import closing

import pytest
from django.core.management import call_command
from django.core.management.sql import emit_pre_migrate_signal
from django.db import connections

from tests.faults.desk import Officer
from tests.faults.load import PATHS, Load, assert_it_held, warm
from tests.servers import gunicorn

UNLIMITED = resource.RLIM_INFINITY
pytestmark = pytest.mark.slow


def limit_files_of(served, size):
    """Let no process of the server write a file beyond that size, its log included."""
    for process in [served.process.pid, *served.workers()]:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, UNLIMITED))


def pages_at_most(number):
    """Limit the file for the connection that writes."""
    connections["default"].cursor().execute(f"PRAGMA max_page_count = {number}")


def rebuild(table, migration):
    """Begin what Django does to change a column: another table, the rows, the old name."""
    migration.execute("BEGIN EXCLUSIVE")
    made = migration.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]
    migration.execute(made.replace(f'"{table}"', f'"new__{table}"', 1))
    migration.execute(f"INSERT INTO new__{table} SELECT * FROM {table}")  # noqa: S608
    migration.execute(f"DROP TABLE {table}")
    migration.execute(f"ALTER TABLE new__{table} RENAME TO {table}")


def test_a_writer_that_takes_five_seconds_keeps_no_reader_waiting(ledger, load):
    with closing(sqlite3.connect(ledger.file, isolation_level=None)) as slow, load.fault():
        slow.execute("BEGIN EXCLUSIVE")
        time.sleep(5)
        slow.execute("ROLLBACK")

    assert_it_held(load)
    assert load.with_line() == []


def test_a_full_disk_stops_writing_and_neither_reading_nor_the_log_nor_a_typed_form(load):
    officer = Officer(load.served)
    with load.fault():
        limit_files_of(load.served, 0)
        load.before_each_write = lambda: pages_at_most(1)
        load.go_on(3)
        page = officer.fails()
        officer.cannot_sign_in()
        limit_files_of(load.served, UNLIMITED)
        load.before_each_write = lambda: pages_at_most(4294967294)

    officer.sends_again(page)
    assert_it_held(load)
    assert load.with_line() == []
    assert load.not_written > 0


def test_a_table_rebuilt_by_a_migration_leaves_no_page_old(ledger, load):
    with load.fault():
        emit_pre_migrate_signal(0, interactive=False, db="default")
        with closing(sqlite3.connect(ledger.file, isolation_level=None, timeout=20)) as migration:
            rebuild("contributions_deposit", migration)
            load.go_on(2)
            migration.execute("COMMIT")
        load.go_on(2)  # the next migration of several takes its time
        call_command("migrate", verbosity=0)

    assert_it_held(load)
    assert load.with_line() == []


def test_a_portal_that_may_only_read_shows_what_others_write(ledger, tmp_path, record_property):
    read_only = f"sqlite:///file:{ledger.file}%3Fmode=ro"
    with gunicorn(tmp_path, workers=2, DATABASE_URL=read_only, LOG_LEVEL="INFO") as served:
        load = Load(served)
        warm(served)
        officer = Officer(served)
        with load, load.fault():
            load.go_on(1)
            officer.fails()
            officer.cannot_sign_in()

            assert_it_held(load)
        record_property("counted", load.counted())
    assert load.with_line() == []
    assert {one.path for one in load.answers} == {*PATHS}
