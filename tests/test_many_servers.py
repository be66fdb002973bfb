"""Several gunicorns on one ledger, and one that reads from a replica that lags."""

import re
import time
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from mptf_portal.publishing import publish
from tests.factories import DepositFactory
from tests.postgres import standby
from tests.servers import LIMITED, attempt, database_url, gunicorn, total

# In the quick tests several processes share the database that deployments have.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    *([pytest.mark.slow] if connection.vendor == "sqlite" else []),
]

FIGURE = "/figures/contributed/"
CHANGED = re.compile(rb"Last published change ([^<]+)\.")


def publish_a_deposit():
    """Publish a draft as the desk does."""
    publish(DepositFactory(public_from=None), timezone.now())


def test_what_is_published_through_one_server_shows_on_the_next_request_to_the_other(tmp_path):
    with gunicorn(tmp_path) as one, gunicorn(tmp_path) as other:
        for number in range(1, 21):
            publish_a_deposit()

            assert one.figure() == other.figure() == Decimal(100 * number)


def test_two_servers_answer_the_same_bytes_under_the_same_etag(tmp_path):
    DepositFactory()
    with gunicorn(tmp_path) as one, gunicorn(tmp_path) as other:
        pages = [served.get(FIGURE, Host="portal.example.org") for served in (one, other)]
        assert pages[0][2] == pages[1][2]

        etag = pages[0][1]["ETag"]
        status, _headers, _body = other.get(FIGURE, Host="portal.example.org", If_None_Match=etag)
        assert status == 304


def test_attempts_to_sign_in_are_counted_by_all_servers_together(tmp_path):
    cache.clear()
    with gunicorn(tmp_path) as one, gunicorn(tmp_path) as other:
        pages = [attempt(served, "olga@example.org") for served in [one, other] * 3]

    assert [LIMITED in page for page in pages] == [False] * 5 + [True]


class Replica:
    """A standby of the test's server, whose replay stops and goes on."""

    def __init__(self, url, client):
        self.url, self.client = url, client

    def ask(self, sql, *values):
        with self.client.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()[0]

    def wait(self, sql, *values):
        deadline = time.monotonic() + 30
        while not self.ask(sql, *values):
            assert time.monotonic() < deadline, sql
            time.sleep(0.02)

    def pause(self):
        self.ask("SELECT pg_wal_replay_pause()::text")
        self.wait("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def resume(self):
        self.ask("SELECT pg_wal_replay_resume()::text")

    def catch_up(self):
        """Wait until all that the primary has written so far is replayed."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
            (written,) = cursor.fetchone()
        self.wait("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written)


@contextmanager
def replica():
    """Follow the test's server for the length of a block."""
    with standby(database_url()) as url:
        client = connection.Database.connect(url)
        client.autocommit = True
        try:
            yield Replica(url, client)
        finally:
            client.close()


if connection.vendor == "postgresql":

    @pytest.mark.slow
    def test_a_replica_that_lags_tells_its_own_truth_until_it_has_caught_up(tmp_path):
        publish_a_deposit()
        with replica() as copy, gunicorn(tmp_path, DATABASE_REPLICA_URL=copy.url) as served:
            copy.catch_up()
            assert served.get("/readyz")[0] == 200
            _status, headers, body = served.get(FIGURE)
            assert total(body) == Decimal(100)
            changed = CHANGED.search(body)[1]

            copy.pause()
            publish_a_deposit()
            for _often in range(5):
                status, later, same = served.get(FIGURE)
                assert (status, same, later["ETag"]) == (200, body, headers["ETag"])
                assert served.get(FIGURE, If_None_Match=headers["ETag"])[0] == 304
            status, _headers, page = served.get("/contributions/")  # made during the pause
            assert (status, CHANGED.search(page)[1]) == (200, changed)
            assert b"cannot be read" not in page

            copy.resume()
            copy.catch_up()
            status, _headers, body = served.get(FIGURE, If_None_Match=headers["ETag"])
            assert (status, total(body)) == (200, Decimal(200))

    @pytest.mark.slow
    def test_each_write_shows_as_soon_as_the_replica_has_it(tmp_path):
        with replica() as copy, gunicorn(tmp_path, DATABASE_REPLICA_URL=copy.url) as served:
            for number in range(1, 11):
                publish_a_deposit()
                copy.catch_up()

                assert served.figure() == Decimal(100 * number)
