"""Real processes that serve: gunicorn with the portal, and what a test asks of them."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection

from tests.postgres import free_port

LIMITED = b"Too many wrong attempts"  # what the sign-in page says past a limit
ROOT = Path(__file__).resolve().parent.parent


def database_url() -> str:
    """Return the URL of the database that this test writes to."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    account = f"{settings['USER']}:{settings['PASSWORD']}"
    return f"postgres://{account}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


def environment(**own: str) -> dict[str, str]:
    """Return the environment of a portal of its own on the test's database."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "mptf_portal.settings",
        "DATABASE_URL": database_url(),
        "SECRET_KEY": "only-for-tests",
        "PORTAL_LOCAL": "1",
        "ENV_FILE": "",
        "ALLOWED_HOSTS": "127.0.0.1,portal.example.org",
        **own,
    }


class Server:
    """A running server, reached by one port."""

    def __init__(self, process: subprocess.Popen, port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def get(self, path, *, method="GET", body=None, timeout=30, **headers):
        """Return status, headers and body; each request on a connection of its own."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            client.request(method, path, body, named)
            response = client.getresponse()
            return response.status, response.headers, response.read()
        finally:
            client.close()

    def figure(self, path: str = "/figures/contributed/") -> Decimal | None:
        """Return the figure's value as the page prints it; None where it has none."""
        status, _headers, body = self.get(path)
        assert status == 200, (status, body)
        return total(body)


class Gunicorn(Server):
    """A running gunicorn."""

    def kill(self) -> None:
        """End the master and all its workers at once, as a lack of memory or power does."""
        for pid in [self.process.pid, *self.workers()]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]


def total(body: bytes) -> Decimal | None:
    """Return the total of a figure's page."""
    found = re.search(rb'<data class="total" value="([^"]+)"', body)
    return Decimal(found[1].decode()) if found else None


def attempt(served: Server, email: str, **headers: str) -> bytes:
    """Try to sign in with a wrong password, and return the page that refuses it."""
    address = "/admin/account/login/"
    _status, opened, form = served.get(address)
    typed = {
        "login": email,
        "password": "wrong",
        "csrfmiddlewaretoken": re.search(rb'csrfmiddlewaretoken" value="(\w+)"', form)[1].decode(),
    }
    status, _headers, page = served.get(
        address,
        method="POST",
        body=urlencode(typed),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=opened["Set-Cookie"].partition(";")[0],
        **headers,
    )
    assert status == 200, (status, page)
    return page


@contextmanager
def gunicorn(tmp_path: Path, *arguments: str, workers: int = 1, **own: str) -> Iterator[Gunicorn]:
    """Serve the portal on the test's database until the block ends."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "mptf_portal.wsgi", "--no-control-socket",
        "--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--log-level", "warning",
        *arguments,
    ]  # fmt: skip
    log = tmp_path / f"gunicorn-{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(**own), stdout=file, stderr=file
        )
    served = Gunicorn(process, port, log)
    try:
        wait_for(lambda: answers(served), process, log)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(served: Server) -> bool:
    """Tell whether the process takes requests."""
    try:
        return served.get("/healthz")[0] == 200
    except OSError:
        return False


def wait_for(condition, process: subprocess.Popen, log: Path, seconds: float = 30) -> None:
    """Wait until the condition holds; fail with the log when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
