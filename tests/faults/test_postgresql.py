"""What a server of PostgreSQL can suffer under load."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connections

from tests.faults.desk import Officer
from tests.faults.load import assert_it_held

pytestmark = pytest.mark.slow
HANG_UP = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@contextmanager
def transaction(ledger, statement):
    """Keep a transaction open that has executed the statement, and commit it."""
    with closing(psycopg2.connect(ledger.url)) as own:
        own.cursor().execute(statement)
        yield
        own.commit()


def migrate():
    """Migrate as another process does."""
    call_command("migrate", verbosity=0)
    connections.close_all()


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_a_server_that_stops_and_starts_again_loses_nothing(ledger, load, mode):
    officer = Officer(load.served)
    with load.fault():
        ledger.server.stop(mode)
        load.go_on(2)
        page = officer.fails()
        officer.cannot_sign_in()
        ledger.server.start()

    officer.sends_again(page)
    assert_it_held(load)
    assert load.with_line() != []


@pytest.mark.parametrize("table", ["mptf_portal_revision", "contributions_deposit"])
def test_a_table_that_is_locked_for_five_seconds_stops_no_page(ledger, load, table):
    lock = f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"
    with load.fault(), transaction(ledger, lock):
        load.go_on(5)

    assert_it_held(load)
    assert max(one.ended - one.started for one in load.answers) < 8
    assert load.with_line() != [] or table != "mptf_portal_revision"


def test_a_form_that_waits_for_a_locked_table_comes_back_before_its_worker_is_killed(ledger, load):
    officer = Officer(load.served)
    with load.fault(), transaction(ledger, "LOCK TABLE contributions_donor IN EXCLUSIVE MODE"):
        page = officer.fails()

    officer.sends_again(page)
    assert_it_held(load)


def test_a_migration_leaves_no_page_old(ledger, load):
    change = "ALTER TABLE contributions_deposit ADD COLUMN added integer NOT NULL DEFAULT 7"
    with load.fault():
        with transaction(ledger, change):
            load.go_on(3)
        load.go_on(1)
        call_command("migrate", verbosity=0)
        ledger.sql("ALTER TABLE contributions_deposit DROP COLUMN added")

    assert_it_held(load)


def test_a_migration_does_not_deadlock_with_a_form_that_writes_two_tables(ledger):
    with ThreadPoolExecutor(1) as other, closing(psycopg2.connect(ledger.url)) as form:
        form.cursor().execute("UPDATE contributions_pledge SET currency = 'USD'")
        migration = other.submit(migrate)
        time.sleep(3)
        form.cursor().execute("UPDATE contributions_deposit SET evidence = 'A letter'")
        form.commit()
        migration.result(30)


def test_a_database_that_may_only_be_read_shows_its_pages_and_keeps_what_was_typed(ledger, load):
    officer = Officer(load.served)
    name = ledger.url.rpartition("/")[2]
    read_only = f"ALTER DATABASE {name} SET default_transaction_read_only = "
    with load.fault():
        ledger.sql(f"{read_only} on", HANG_UP)
        load.go_on(2)
        page = officer.fails()
        officer.cannot_sign_in()
        ledger.sql("SET default_transaction_read_only = off", f"{read_only} off", HANG_UP)

    officer.sends_again(page)
    assert_it_held(load)
