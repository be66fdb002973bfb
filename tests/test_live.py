"""The revision and the bytes kept of it: what is kept, how it is answered, when it is dropped."""

import gzip
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import brotli
import pytest
from django.core import signals
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import (
    OperationalError,
    close_old_connections,
    connection,
    connections,
    models,
    transaction,
)
from django.test.utils import CaptureQueriesContext

from contributions import views
from contributions.models import Deposit, Donor
from mptf_portal import live
from mptf_portal.kept import NOTICE_GOES_BEFORE, best_encoding
from mptf_portal.live import KeptPages
from mptf_portal.models import Revision
from tests.addresses import ADDRESSES, one_of_each
from tests.factories import LONG_AGO, DepositFactory, DonorFactory, EditionFactory

pytestmark = pytest.mark.django_db

FIGURE = "/figures/contributed/"


class Portal:
    """The WSGI application as a server calls it, and how often it had Django make an answer."""

    def __init__(self, **options):
        self.made = 0
        self.django = get_wsgi_application()
        self.kept = KeptPages(self.count, **options)

    def count(self, environ, start_response):
        self.made += 1
        return self.django(environ, start_response)

    def get(self, address, method="GET", **headers):
        """Return status, headers by lower-case name, and body."""
        path, _mark, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1",
            "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
        }  # fmt: skip
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        started = []
        body = self.kept(environ, lambda *arguments: started.append(arguments))
        status, sent = started[0][:2]
        names = {name.lower(): value for name, value in sent}
        assert len(names) == len(sent), "a header stands twice"
        return int(status[:3]), names, b"".join(body)


@pytest.fixture(autouse=True)
def keep_the_tests_connection():
    """Let no end of a request close the connection that holds the test's transaction."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.fixture
def portal():
    return Portal()


@pytest.fixture
def outage(monkeypatch):
    """Return a switch that makes every question about the revision fail."""

    def fail(_connection):
        raise connection.Database.OperationalError("gone")

    return lambda: monkeypatch.setattr(live, "_ask", fail)


def revision():
    return Revision.objects.values_list("number", "mark").get()


# The revision


def triggers():
    """Return the tables that have every trigger they need."""
    sql = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' "
        "AND sql LIKE '%mptf_portal_revision%' GROUP BY tbl_name HAVING count(*) = 3",
        # 62: row-level bit off, BEFORE, and insert, delete, update, truncate
        "postgresql": "SELECT tgrelid::regclass::text FROM pg_trigger "
        "WHERE tgname = 'live' AND tgtype = 62 AND tgenabled = 'O'",
    }
    with connection.cursor() as cursor:
        cursor.execute(sql[connection.vendor])
        return {row[0] for row in cursor.fetchall()}


def test_every_table_that_a_public_page_reads_has_its_triggers(client):
    one_of_each()
    read = set()
    for address in ADDRESSES:
        with CaptureQueriesContext(connections["read"]) as queries:
            client.get(address)
        for query in queries.captured_queries:
            read |= set(re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"]))

    assert "programmes_jointprogramme_countries" in read  # many-to-many tables, too
    # A row's history is written in the row's own transaction, and never changed.
    history = {table for table in read if "historical" in table}
    assert history == {"contributions_historicalfundingtarget"}
    assert read - history - triggers() == set()


def test_every_public_table_has_its_triggers_and_no_history_has_any():
    found = triggers()

    assert found == set(live.public_tables())
    assert not [table for table in found if "historical" in table]
    assert "contributions_statement_signatories" in found


@pytest.mark.parametrize(
    "write",
    [
        DepositFactory,
        lambda: Deposit.objects.update(evidence="changed"),
        lambda: Deposit.objects.all().delete(),
        lambda: Donor.objects.bulk_create([Donor(name="N", slug="n", kind="foundation")]),
        lambda: connection.cursor().execute("UPDATE contributions_donor SET name = 'raw'"),
        lambda: EditionFactory().statement.signatories.add(DonorFactory()),
    ],
)
def test_a_write_by_any_path_raises_the_revision(write):
    DepositFactory()
    number, mark = revision()

    write()

    assert revision()[0] > number
    assert revision()[1] != mark


def test_a_write_that_is_rolled_back_leaves_the_revision():
    before = revision()

    with transaction.atomic():
        DepositFactory()
        transaction.set_rollback(True)

    assert revision() == before


def test_a_revision_that_was_lost_begins_again_with_the_next_write():
    Revision.objects.all().delete()

    DepositFactory()

    assert revision()[0] >= 1


@pytest.mark.django_db(transaction=True)
def test_a_table_that_a_migration_rebuilds_has_its_triggers_again():
    if connection.vendor == "sqlite":
        field = models.CharField(max_length=301)
        field.set_attributes_from_name("name")
        with connection.schema_editor() as editor:
            editor.alter_field(Donor, Donor._meta.get_field("name"), field)
        assert "contributions_donor" not in triggers()
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER live ON contributions_donor")
    before = revision()

    call_command("migrate", verbosity=0)

    assert triggers() == set(live.public_tables())
    assert revision() != before


@pytest.mark.django_db(transaction=True)
def test_while_a_migration_runs_sqlite_keeps_no_page_and_postgresql_leaves_what_stands(portal):
    """On PostgreSQL a trigger made again would lock its table, and deadlock with a form."""
    identities = "SELECT oid, xmin::text FROM pg_trigger WHERE tgname = 'live' ORDER BY oid"

    def standing():
        if connection.vendor == "sqlite":
            return triggers()
        with connection.cursor() as cursor:
            cursor.execute(identities)
            return cursor.fetchall()

    DepositFactory()
    portal.get(FIGURE)
    before, made = standing(), portal.made

    live.before_migrate("default")

    DepositFactory()
    portal.get(FIGURE)
    portal.get(FIGURE)
    assert standing() == (set() if connection.vendor == "sqlite" else before)
    assert portal.made == made + (2 if connection.vendor == "sqlite" else 1)

    live.after_migrate("default")

    assert standing() == before
    connections["read"].close()


# What is kept


def test_every_public_page_is_made_once_and_answered_from_its_bytes(portal):
    one_of_each()
    for address in ADDRESSES:
        first = portal.get(address)
        made = portal.made
        second = portal.get(address)

        assert first == second
        assert first[0] == 200
        assert portal.made == made, address
        assert first[2].count(NOTICE_GOES_BEFORE) == 1


def test_a_page_kept_costs_one_question_about_the_revision_and_no_other(portal, monkeypatch):
    portal.get(FIGURE)
    asked = []
    ask = live._ask  # noqa: SLF001 (it goes past Django, which counts it nowhere)
    monkeypatch.setattr(live, "_ask", lambda using: asked.append(using) or ask(using))

    with CaptureQueriesContext(connections["read"]) as queries:
        portal.get(FIGURE)

    assert (len(asked), len(queries), portal.made) == (1, 0, 1)


def test_the_next_request_after_a_write_shows_it(portal):
    assert b"50.00" not in portal.get(FIGURE)[2]

    DepositFactory(amount=50)

    assert b'value="50.00"' in portal.get(FIGURE)[2]


def test_a_draft_makes_a_page_anew_and_changes_none_of_its_bytes(portal):
    DepositFactory()
    before = portal.get(FIGURE)

    DepositFactory(public_from=None)

    assert portal.get(FIGURE) == before
    assert portal.made == 2


def test_an_embargo_ends_on_its_minute_without_any_write(portal, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 11, 59, 59, tzinfo=UTC), tick=False)
    DepositFactory(amount=50, public_from=datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    assert b'value="50.00"' not in portal.get(FIGURE)[2]

    time_machine.move_to(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), tick=False)

    assert b'value="50.00"' in portal.get(FIGURE)[2]


def test_a_row_that_stops_being_public_is_gone_from_that_minute(portal, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 11, 59, 59, tzinfo=UTC), tick=False)
    DepositFactory(
        amount=50, public_from=LONG_AGO, public_until=datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    )
    assert b'value="50.00"' in portal.get(FIGURE)[2]

    time_machine.move_to(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), tick=False)

    assert b'value="50.00"' not in portal.get(FIGURE)[2]


def test_midnight_makes_every_page_anew(portal, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC), tick=False)
    assert b"As of 24 November 2026" in portal.get(FIGURE)[2]

    time_machine.move_to(datetime(2026, 11, 25, tzinfo=UTC), tick=False)

    assert b"As of 25 November 2026" in portal.get(FIGURE)[2]


def test_the_last_published_change_is_printed_and_a_draft_is_none(portal, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), tick=False)
    published = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
    DepositFactory(public_from=published, pledge__donor__name="A")
    DepositFactory(public_from=None, pledge__donor__name="B")
    DepositFactory(public_from=published + timedelta(days=9), pledge__donor__name="C")

    assert b"Last published change 20 November 2026, 09:12 UTC." in portal.get(FIGURE)[2]


def test_a_restored_state_never_passes_for_another_one_of_the_same_number(portal):
    DepositFactory(amount=50)
    assert b'value="50.00"' in portal.get(FIGURE)[2]
    number, _mark = revision()

    DepositFactory(amount=20)
    Revision.objects.update(number=number)

    assert b'value="70.00"' in portal.get(FIGURE)[2]


# How it is answered


def test_an_etag_that_still_holds_is_answered_304_without_a_body(portal):
    _status, headers, _body = portal.get(FIGURE)
    for has in (headers["etag"], f'"other", W/{headers["etag"]}', "*"):
        status, again, body = portal.get(FIGURE, if_none_match=has)

        assert (status, body) == (304, b"")
        assert again["etag"] == headers["etag"]
        assert again["content-security-policy"] == headers["content-security-policy"]
    assert portal.get(FIGURE, if_none_match='"other"')[0] == 200


def test_an_etag_of_before_a_change_is_answered_with_the_change(portal):
    etag = portal.get(FIGURE)[1]["etag"]

    DepositFactory(amount=50)

    assert portal.get(FIGURE, if_none_match=etag)[0] == 200


@pytest.mark.parametrize("open_it", [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_each_encoding_has_the_same_page_and_an_etag_of_its_own(portal, open_it):
    encoding, decompress = open_it
    _status, plain_headers, plain = portal.get(FIGURE)

    status, headers, body = portal.get(FIGURE, accept_encoding=encoding)

    assert (status, headers["content-encoding"]) == (200, encoding)
    assert decompress(body) == plain
    assert headers["etag"] != plain_headers["etag"]
    assert headers["content-length"] == str(len(body))
    assert headers["vary"] == plain_headers["vary"] == "Accept-Encoding"
    assert portal.get(FIGURE, accept_encoding=encoding, if_none_match=headers["etag"])[0] == 304
    assert portal.made == 1


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""), ("gzip, deflate, br", "br"), ("gzip", "gzip"), ("GZIP;q=0.5, br;q=0", "gzip"),
        ("identity", ""), ("*", "br"), ("br;q=0.0, gzip;q=0.000", ""), ("*;q=0", ""),
        ("br;q=0, *", "gzip"), ("zstd", ""), ("br; q=1.0", "br"),
    ],
)  # fmt: skip
def test_the_smallest_encoding_that_a_reader_takes(accepted, encoding):
    assert best_encoding(accepted) == encoding


def test_head_is_answered_as_get_without_a_body_even_first(portal):
    head = portal.get(FIGURE, method="HEAD")
    get = portal.get(FIGURE)

    assert head[2] == b""
    assert head[:2] == get[:2]
    assert portal.made == 1


def test_a_kept_page_has_the_security_headers_and_no_cookie_and_no_id_of_another_request(portal):
    portal.get(FIGURE, x_request_id="first-request")
    _status, headers, _body = portal.get(FIGURE)

    assert headers["cache-control"] == "public, no-cache"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers.keys() & {"set-cookie", "x-request-id"} == set()


def test_a_host_that_is_not_ours_is_refused_however_much_is_kept(portal):
    portal.get(FIGURE)

    assert portal.get(FIGURE, host="evil.example.org")[0] == 400


def test_plain_http_is_not_answered_with_what_was_kept_for_https(portal, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True
    portal = Portal()

    assert portal.get(FIGURE, x_forwarded_proto="https")[0] == 200
    assert portal.get(FIGURE)[0] == 301


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("/?utm_source=mail", "/"),
        ("/figures/contributed/?year=2023&by=unece", "/figures/contributed/?by=unece&year=2023"),
        ("/figures/contributed/?x=1&as_of=2023-12-31", "/figures/contributed/?as_of=2023-12-31"),
        ("/contributions/?page=2&as_of=2023-12-31", "/contributions/?as_of=2023-12-31&page=2"),
        ("/contributions/?page=2&", "/contributions/?page=2"),
        ("/contributions/?page=junk", "/contributions/"),
        ("/contributions/?page=-1", "/contributions/"),
        ("/contributions/?page=1&page=2", "/contributions/?page=2"),
        ("/about/?page=2", "/about/"),
    ],
)
def test_what_a_page_does_not_know_is_dropped_by_a_redirect_to_its_own_address(
    portal, address, own
):
    for _time in range(2):
        status, headers, _body = portal.get(address)

        assert (status, headers["location"]) == (302, own)
    assert portal.kept.shelf.taken == 0


def test_staff_pages_and_posts_pass_through_untouched(portal):
    for _time in range(2):
        status, headers, _body = portal.get("/admin/account/login/")
        assert status == 200
        assert "set-cookie" in headers
        assert "x-request-id" in headers
    assert portal.get(FIGURE, method="POST")[0] == 403
    assert portal.get("/nothing/")[0] == 404
    assert portal.kept.shelf.taken == 0


def test_memory_is_bounded_and_the_page_not_asked_for_longest_goes(portal):
    one_page = Portal()
    one_page.get(FIGURE)
    portal = Portal(room=one_page.kept.shelf.taken * 5 // 2)
    for query in ("", "?by=all"):
        portal.get(FIGURE + query)
    portal.get(FIGURE)
    portal.get(f"{FIGURE}?by=unece")
    made = portal.made

    portal.get(FIGURE)
    assert portal.made == made
    portal.get(f"{FIGURE}?by=all")
    assert portal.made == made + 1
    assert portal.kept.shelf.taken <= portal.kept.shelf.room


# While the ledger cannot be read


def test_the_last_bytes_are_answered_with_a_line_that_says_since_when(portal, outage, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), tick=False)
    DepositFactory(amount=50)
    portal.get(FIGURE)
    time_machine.move_to(datetime(2026, 11, 24, 13, 30, tzinfo=UTC), tick=False)
    outage()

    status, headers, body = portal.get(FIGURE, accept_encoding="br")

    text = " ".join(body.decode().split())
    assert status == 200
    assert "The ledger cannot be read since 24 November 2026, 13:30 UTC." in text
    assert "last compared with it on 24 November 2026, 12:00 UTC" in text
    assert 'value="50.00"' in text
    assert headers["cache-control"] == "no-store"
    assert "etag" not in headers
    assert headers["content-length"] == str(len(body))
    assert portal.get(FIGURE, method="HEAD")[2] == b""


def test_the_ledger_is_asked_again_after_a_moment_and_the_line_goes(
    portal, monkeypatch, time_machine
):
    portal.get(FIGURE)
    with monkeypatch.context() as patch:
        patch.setattr(live, "_ask", lambda _connection: 1 / 0)
        patch.setattr(live, "Error", ZeroDivisionError)
        assert b"cannot be read" in portal.get(FIGURE)[2]
    DepositFactory(amount=50)

    assert b"cannot be read" in portal.get(FIGURE)[2]  # within the pause
    monkeypatch.setattr(portal.kept.ledger, "_asked_again_at", 0)
    assert b"cannot be read" not in portal.get(FIGURE)[2]
    assert b'value="50.00"' in portal.get(FIGURE)[2]


def test_a_page_that_cannot_be_made_says_so_and_leaves_every_other_live(portal, monkeypatch):
    def fail(*_arguments):
        raise OperationalError("canceling statement due to statement timeout")

    page = "/contributions/"
    DepositFactory(amount=50)
    for address in (page, "/about/", FIGURE):
        portal.get(address)
    DepositFactory(amount=70)
    with monkeypatch.context() as patch:
        patch.setattr(views, "overview", fail)
        assert b"cannot be read" in portal.get(page)[2]
        assert b"cannot be read" not in portal.get("/about/")[2]
        assert b'value="120.00"' in portal.get(FIGURE)[2]
        made = portal.made
        assert b"cannot be read" in portal.get(page)[2]  # within the pause
        assert portal.made == made
    assert b"cannot be read" in portal.get(page)[2]

    monkeypatch.setattr(live.time, "monotonic", lambda: float("inf"))

    text = portal.get(page)[2]
    assert b"cannot be read" not in text
    assert b'value="120.00"' in text
