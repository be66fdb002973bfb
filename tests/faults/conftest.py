"""The ledger that a test breaks; what only one database can suffer is tried in its run alone."""

import pytest
from django.db import connection

from tests.faults import ledgers
from tests.faults.load import Load, warm
from tests.postgres import running
from tests.servers import gunicorn

collect_ignore = [
    "test_postgresql.py" if connection.vendor == "sqlite" else "test_sqlite.py",
]


@pytest.fixture(scope="session")
def migrated(django_db_blocker, tmp_path_factory):
    """Return a migrated file, or a server that keeps what it acknowledged whatever happens."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            file = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
            ledgers.migrate(f"sqlite:///{file}")
            yield file
        else:
            with running(settings="") as server:
                ledgers.execute(server.url(), f"CREATE DATABASE {ledgers.EMPTY}")
                ledgers.migrate(server.url(ledgers.EMPTY))
                yield server


@pytest.fixture
def ledger(migrated, tmp_path, django_db_blocker):
    """Return a database of the kind that this run tests."""
    if connection.vendor == "sqlite":
        own = ledgers.on_sqlite(migrated, tmp_path)
    else:
        own = ledgers.on_postgresql(migrated)
    with django_db_blocker.unblock(), own as ledger:
        yield ledger


@pytest.fixture
def load(ledger, tmp_path, record_property):
    """Serve it with two workers that have made each page once, and ask and write all the time."""
    with gunicorn(tmp_path, workers=2, DATABASE_URL=ledger.url, LOG_LEVEL="INFO") as served:
        load = Load(served)
        warm(served)
        with load:
            load.go_on(0.5)
            yield load
        record_property("counted", load.counted())
