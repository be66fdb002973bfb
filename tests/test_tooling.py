"""What surrounds the portal: its log, its settings, its commands and the test run itself."""

import json
import logging
import os
import re
import shutil
import stat
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from urllib.error import URLError

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from mptf_portal.middleware import JsonFormatter, RequestLogMiddleware
from tests import postgres, vnu

pytestmark = pytest.mark.either

ROOT = Path(__file__).parent.parent
PRODUCTION = {
    "ENV_FILE": "",
    "PORTAL_LOCAL": "0",
    "DEBUG": "0",
    "ALLOWED_HOSTS": "portal.example.org",
    "DJANGO_SETTINGS_MODULE": "mptf_portal.settings",
}


def run(*command, **variables):
    """Run a command in the repository and return how it ended."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        command, cwd=ROOT, env=kept | variables, capture_output=True, text=True, check=False
    )


def manage(*arguments, **variables):
    return run(sys.executable, "manage.py", *arguments, **PRODUCTION | variables)


# The log


def log_line(caplog, **headers):
    """Answer one request through the middleware and return its response and its line."""
    request = RequestFactory().get(
        "/figures/", {"q": "Jane Doe"}, REMOTE_ADDR="192.0.2.7", headers=headers
    )
    with caplog.at_level(logging.INFO, logger="mptf_portal.request"):
        response = RequestLogMiddleware(lambda _request: HttpResponse(status=204))(request)
    (record,) = caplog.records
    return response, JsonFormatter().format(record)


def test_a_request_is_logged_as_one_json_object(caplog):
    response, line = log_line(caplog)

    fields = json.loads(line)
    assert "\n" not in line
    assert fields["time"].endswith("+00:00")
    assert fields["milliseconds"] >= 0
    assert fields["request_id"] == response["X-Request-ID"]
    assert {name: fields[name] for name in ("level", "event", "method", "path", "status")} == {
        "level": "info",
        "event": "request",
        "method": "GET",
        "path": "/figures/",
        "status": 204,
    }


def test_the_log_holds_nothing_about_the_visitor(caplog):
    _, line = log_line(caplog, user_agent="Browser of Jane", cookie="sessionid=secret")

    for personal in ("192.0.2.7", "Jane", "secret"):
        assert personal not in line


def test_the_request_id_of_a_proxy_is_kept(caplog):
    response, line = log_line(caplog, x_request_id="edge-0123456789")

    assert response["X-Request-ID"] == "edge-0123456789"
    assert json.loads(line)["request_id"] == "edge-0123456789"


@pytest.mark.parametrize("forged", ["short", "a" * 65, "12345678\n{}", "<script>alert</script>"])
def test_a_request_id_that_is_none_is_replaced(caplog, forged):
    response, _ = log_line(caplog, x_request_id=forged)

    assert re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"])


def test_an_exception_stays_on_one_line():
    error = ValueError("first line\nsecond line")
    record = logging.LogRecord(
        "mptf_portal", logging.ERROR, __file__, 1, "Côte d'Ivoire", None, (ValueError, error, None)
    )
    line = JsonFormatter().format(record)

    assert "\n" not in line
    assert "Côte d'Ivoire" in line
    assert "ValueError: first line\nsecond line" in json.loads(line)["exception"]


# Settings


def test_a_missing_secret_key_is_refused():
    done = manage("check")

    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr


def test_a_deployment_with_a_guessable_secret_key_fails_the_check():
    deployed = {"SECRET_KEY": "guess", "EMAIL_URL": "smtp+tls://mail.example.org:587"}
    done = manage("check", "--deploy", "--fail-level", "WARNING", **deployed)

    assert done.returncode != 0
    assert "security.W009" in done.stderr
    assert "identified 1 issue" in done.stderr


def test_the_example_file_names_every_variable_that_settings_read():
    source = Path(settings.BASE_DIR, "mptf_portal/settings.py").read_text()
    read = re.findall(r'\benv(?:\.\w+)?\(\s*"(\w+)"', source)
    example = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert sorted(example) == sorted(set(read))


# The commands of the Makefile


@pytest.fixture
def fresh_clone(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


def test_make_writes_a_secret_key_that_others_cannot_read_and_keeps_it(fresh_clone):
    run("make", "-C", fresh_clone, ".env")
    written = (fresh_clone / ".env").read_text()
    run("make", "-C", fresh_clone, ".env")

    assert re.fullmatch(r"SECRET_KEY=\w{60}\n", written)
    assert (fresh_clone / ".env").read_text() == written
    assert stat.S_IMODE((fresh_clone / ".env").stat().st_mode) == 0o600


def test_make_says_which_python_is_needed(fresh_clone):
    done = run("make", "-C", fresh_clone, "dev", "PYTHON=false")

    assert done.returncode != 0
    assert done.stderr.startswith("Python 3.11 or newer with pip is missing")


@pytest.mark.parametrize(
    ("variables", "database"),
    [
        ({}, "sqlite:///demonstration.sqlite3"),
        ({"LEDGER": "published"}, ""),
        ({"DATABASE_URL": "postgres://db/own"}, "postgres://db/own"),
    ],
)
def test_the_demonstration_and_the_published_ledger_are_two_files(fresh_clone, variables, database):
    (fresh_clone / "manage.py").write_text("import os; print(os.environ.get('DATABASE_URL', ''))")
    (fresh_clone / ".venv/bin").mkdir(parents=True)
    (fresh_clone / ".venv/bin/python").symlink_to(sys.executable)
    for name in (fresh_clone / "requirements.txt", fresh_clone / ".venv/requirements.txt"):
        name.touch()
    done = run("make", "-C", fresh_clone, "--silent", "admin", **variables)

    assert done.stdout.splitlines()[-1] == database


# The test run


def test_a_skipped_test_fails_the_run(tmp_path):
    (tmp_path / "test_one.py").write_text("import pytest\n\ndef test_one(): pytest.skip('no time')")
    done = run(
        sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider",
        "-c", "pyproject.toml", "--rootdir", tmp_path, tmp_path,
    )  # fmt: skip

    assert done.returncode == 1
    assert "was skipped: no time" in done.stdout


def test_a_named_postgresql_is_used_as_it_is():
    program = "import os, sys; print(os.environ['DATABASE_URL']); sys.exit(7)"
    done = run(
        sys.executable, "-m", "tests.postgres", sys.executable, "-c", program,
        TEST_DATABASE_URL="postgres://db/mine",
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (7, "postgres://db/mine\n")


def test_a_missing_postgresql_is_one_line(tmp_path):
    done = run(sys.executable, "-m", "tests.postgres", "true", PG_BIN=str(tmp_path))

    assert (done.returncode, done.stderr) == (1, postgres.MISSING + "\n")


def test_a_postgresql_of_its_own_goes_with_the_command():
    program = (
        "import os, psycopg2\n"
        "cursor = psycopg2.connect(os.environ['DATABASE_URL']).cursor()\n"
        "cursor.execute('SHOW server_encoding'); print(*cursor.fetchone())\n"
        "cursor.execute('SHOW data_directory'); print(*cursor.fetchone())\n"
    )
    done = run(sys.executable, "-m", "tests.postgres", sys.executable, "-c", program)

    encoding, folder = done.stdout.split()
    assert encoding == "UTF8"
    assert not Path(folder).exists()


# The checker of the pages' HTML


def test_a_missing_java_is_one_line(monkeypatch):
    monkeypatch.setenv("JAVA", "no-such-java")

    with pytest.raises(pytest.fail.Exception) as failed:
        vnu.program()

    assert str(failed.value) == vnu.MISSING


def test_a_checker_that_is_not_what_was_pinned_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(vnu, "JAR", tmp_path / "vnu.jar")
    monkeypatch.setattr("urllib.request.urlopen", lambda *_asked, **_options: BytesIO(b"other"))

    with pytest.raises(SystemExit, match="its SHA-512 is another"):
        vnu.fetch()

    assert list(tmp_path.iterdir()) == []


def test_a_checker_that_cannot_be_fetched_is_one_line(monkeypatch, tmp_path):
    def fail(*_asked, **_options):
        raise URLError("no route to host")

    monkeypatch.setattr(vnu, "JAR", tmp_path / "vnu.jar")
    monkeypatch.setattr("urllib.request.urlopen", fail)

    with pytest.raises(SystemExit, match=f"^{re.escape(vnu.ADDRESS)} cannot be fetched: .*$"):
        vnu.fetch()


def test_the_checker_finds_what_is_wrong(tmp_path):
    (tmp_path / "0.html").write_text("<!DOCTYPE html><html lang=en><title>x</title><p></div>")

    (said,) = vnu.complaints(tmp_path)

    assert said.startswith("0.html:1: Stray end tag “div”")
