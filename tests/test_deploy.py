"""The supplied nginx configuration in front of a real gunicorn."""

import gzip
import http.client
import json
import os
import signal
import time
from contextlib import contextmanager
from decimal import Decimal
from threading import Event, Thread

import brotli
import pytest
from django.core.cache import cache

from tests.factories import DepositFactory
from tests.nginx import nginx
from tests.servers import LIMITED, ROOT, attempt, gunicorn, total, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.either]

FIGURE = "/figures/contributed/"
NEVER_ASKED = "/contributions/donors/"
CONFIGURATION = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")


@contextmanager
def portal(folder, **options):
    """Serve on the socket that nginx asks."""
    with gunicorn(folder, "--bind", f"unix:{folder}/portal.sock", **options) as served:
        yield served


@pytest.fixture
def front(tmp_path):
    """Return nginx, whoever stands behind it."""
    with nginx(tmp_path) as served:
        yield served


@pytest.fixture
def behind(tmp_path, front):
    """Return a gunicorn with one worker behind nginx."""
    with portal(tmp_path) as served:
        yield served


@contextmanager
def readers(front, paths, count=4):
    """Let readers ask without a pause; give the list of what they got instead of a page."""
    over, wrong, asked = Event(), [], []

    def read(path):
        while not over.is_set():
            try:
                status, headers, _body = front.get(path)
            except http.client.IncompleteRead as error:
                status, headers = error, {}
            asked.append(headers.get("X-Last-Known"))
            if status != 200:
                wrong.append(status)

    threads = [Thread(target=read, args=[paths[n % len(paths)]]) for n in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield asked, wrong
    finally:
        over.set()
        for thread in threads:
            thread.join()


# What passes through


def test_a_page_keeps_its_headers_encodings_and_unchanged_answers(front, behind):
    DepositFactory()
    address = {"Host": f"127.0.0.1:{front.port}"}
    _status, own, page = behind.get(FIGURE, **address)

    for accepted, decode in [("", bytes), ("gzip, deflate", gzip.decompress)] * 2 + [
        ("gzip;q=1.0, deflate, br;q=0", gzip.decompress),
        ("gzip, deflate, br, zstd", brotli.decompress),
        ("br;q=0.5", brotli.decompress),
        ("zstd, vbr", bytes),
    ]:
        status, headers, body = front.get(FIGURE, Accept_Encoding=accepted)
        assert status == 200, accepted
        assert decode(body) == page, accepted
        assert headers["Vary"] == "Accept-Encoding"
        assert headers["Cache-Control"] == "public, no-cache"
        assert headers["Content-Security-Policy"] == own["Content-Security-Policy"]
        assert {"X-Accel-Expires", "X-Last-Known"}.isdisjoint(headers)

        condition = {"Accept_Encoding": accepted, "If_None_Match": headers["ETag"]}
        unchanged, _headers, nothing = front.get(FIGURE, **condition)
        assert (unchanged, nothing) == (304, b"")


@pytest.mark.slow
@pytest.mark.parametrize("stored", [False, True])
def test_head_is_answered_with_the_length_of_the_page(front, behind, stored):
    if stored:
        front.get(FIGURE)
    status, headers, body = front.get(FIGURE, method="HEAD")

    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == len(front.get(FIGURE)[2])


def test_static_files_come_from_their_folder_compressed_and_for_a_year(tmp_path, front):
    folder = tmp_path / "static/css"
    folder.mkdir(parents=True)
    (folder / "base.css").write_bytes(b"body {}")
    (folder / "base.0123456789ab.css").write_bytes(b"body {}")
    (folder / "base.0123456789ab.css.gz").write_bytes(gzip.compress(b"body {}"))

    status, hashed, body = front.get("/static/css/base.0123456789ab.css", Accept_Encoding="gzip")
    assert (status, gzip.decompress(body)) == (200, b"body {}")
    assert hashed["Content-Type"] == "text/css"
    assert hashed["Cache-Control"] == "public, max-age=31536000, immutable"
    assert front.get("/static/css/base.css")[1]["Cache-Control"] == "public, max-age=60"


def test_the_desk_passes_through_and_is_never_stored(tmp_path, front, behind):
    status, headers, body = front.get("/admin/account/login/")

    assert status == 200
    assert b"csrfmiddlewaretoken" in body
    assert "csrftoken" in headers["Set-Cookie"]
    assert (
        front.get("/admin/account/login/", method="POST")[0] == 403
    )  # Django refuses a missing token
    assert front.get("/readyz")[0] == 200
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@pytest.mark.slow
def test_attempts_to_sign_in_are_counted_by_the_address_that_nginx_sees(tmp_path, front):
    cache.clear()
    with portal(tmp_path, CLIENT_IP_HEADER="X-Real-IP"):
        pages = [
            attempt(front, f"person-{number}@example.org", X_Real_IP=f"192.0.2.{number}")
            for number in range(12)
        ]

    assert [LIMITED in page for page in pages] == [False] * 10 + [True] * 2


@pytest.mark.slow
def test_the_access_log_has_each_request_and_nothing_of_the_reader(tmp_path, front, behind):
    def written():
        return (tmp_path / "access.log").read_text()

    for times in (1, 2):  # nginx stores and logs an answer after it has sent it
        front.get(f"{FIGURE}?as_of=2023-12-31", User_Agent="Jane Doe")
        wait_for(lambda times=times: written().count(FIGURE) == times, front.process, front.log)

    log = written()
    lines = [json.loads(line) for line in log.splitlines()][-2:]
    assert [line["cache"] for line in lines] == ["MISS", "REVALIDATED"]
    assert {(line["path"], line["status"]) for line in lines} == {(FIGURE, 200)}
    assert not [word for word in ("Jane", "127.0.0.1", "as_of") if word in log]


def test_the_size_of_what_is_stored_is_bounded_and_nobody_waits_for_another_reader():
    active = [line.split("#")[0] for line in CONFIGURATION.splitlines()]

    assert "max_size=1g" in CONFIGURATION
    assert not [line for line in active if "proxy_cache_lock" in line or "updating" in line]


# Never stale


def test_the_first_request_after_each_write_shows_it(front, behind):
    for number in range(1, 21):
        DepositFactory()

        assert front.figure() == Decimal(100 * number)
        assert front.figure() == Decimal(100 * number)


# While nobody answers


@pytest.mark.slow
def test_a_page_served_before_outlives_gunicorn_and_is_true_again_with_it(tmp_path, front):
    DepositFactory()
    with portal(tmp_path) as behind:
        for _twice in range(2):  # stored, and then found to hold
            _status, _headers, page = front.get(FIGURE)
        behind.kill()

        status, headers, body = front.get(FIGURE)
        assert (status, body, headers["X-Last-Known"]) == (200, page, "nginx")
        assert front.get(FIGURE, method="HEAD")[0] == 200
        assert front.get(FIGURE, If_None_Match=headers["ETag"])[0] == 304
        for path in (NEVER_ASKED, "/admin/"):
            status, headers, body = front.get(path)
            assert (status, headers["Retry-After"]) == (502, "5")
            assert b"The portal does not answer" in body
        assert front.get("/admin/account/login/", method="POST")[0] == 502

    DepositFactory()
    with portal(tmp_path):
        status, headers, body = front.get(FIGURE)
        assert (status, total(body), headers["X-Last-Known"]) == (200, Decimal(200), None)
        assert front.get(NEVER_ASKED)[0] == 200


@pytest.mark.slow
def test_an_answer_with_the_ledger_away_is_not_stored(tmp_path, front):
    DepositFactory()
    with portal(tmp_path):
        page = front.get(FIGURE)[2]
        away = f"sqlite:///{tmp_path}/missing/ledger.sqlite3"
    with portal(tmp_path, DATABASE_REPLICA_URL=away):
        status, headers, body = front.get(FIGURE)  # gunicorn keeps no page, and answers 503
        assert (status, body, headers["X-Last-Known"]) == (200, page, "nginx")
        status, headers, body = front.get(NEVER_ASKED)
        assert status == 503
        assert b"The ledger cannot be reached" in body  # the portal's own page


# Under load


@pytest.mark.slow
def test_no_reader_notices_a_worker_that_dies_or_new_code(tmp_path, front):
    DepositFactory()
    paths = [FIGURE, "/contributions/"]
    with portal(tmp_path, workers=2) as behind:
        for path in paths:
            assert front.get(path)[0] == 200
        with readers(front, paths) as (asked, wrong):
            for act in ("kill", "reload", "kill", "reload"):
                before = set(behind.workers())
                if act == "kill":
                    os.kill(min(before), signal.SIGKILL)
                else:
                    behind.process.send_signal(signal.SIGHUP)
                deadline = time.monotonic() + 30
                while len(behind.workers()) != 2 or set(behind.workers()) == before:
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
                time.sleep(1)
        assert len(asked) > 100
        # Who had half of a page when its worker was killed has half: one for each, at most.
        assert len(wrong) <= 2, wrong
        assert not [status for status in wrong if isinstance(status, int)], wrong
        DepositFactory()
        assert front.figure() == Decimal(200)
