"""Processes that serve, and what one round of wrk says of them."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
WORKERS, CONNECTIONS = 2, 16
TICK = os.sysconf("SC_CLK_TCK")
NEEDED = {"wrk": "wrk", "nginx": "nginx-light"}
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Round:
    """Requests a second, milliseconds, and milliseconds of the workers' CPU for a request."""

    rate: float
    p50: float
    p99: float
    cpu: float


@dataclass(slots=True)
class Server:
    """A master process on a port."""

    port: int
    process: subprocess.Popen

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def cpu(self) -> float:
        """Return the seconds of CPU that the workers have used."""
        fields = [
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2] for pid in self.workers()
        ]
        return sum(int(field.split()[place]) for field in fields for place in (11, 12)) / TICK

    def memory(self) -> list[float]:
        """Return each worker's share of memory in megabytes (PSS)."""
        found = []
        for pid in self.workers():
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            found.append(int(re.search(r"Pss:\s+(\d+)", rollup)[1]) / 1000)
        return found


def require_programs() -> None:
    """Name what has to be installed, or return."""
    missing = [package for program, package in NEEDED.items() if not shutil.which(program)]
    if missing:
        raise SystemExit(f"The benchmark needs the Debian packages: {' '.join(missing)}")


@contextmanager
def gunicorn(application: str, **own: str) -> Iterator[Server]:
    """Serve a WSGI application with two sync workers."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", application, "--no-control-socket",
        "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"LOG_LEVEL": "ERROR"} | own, stderr=subprocess.DEVNULL
    )
    try:
        yield _ready(Server(port, process))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextmanager
def nginx(folder: Path, body: bytes) -> Iterator[Server]:
    """Serve the bytes as a file."""
    port, root = free_port(), folder / "file"
    root.mkdir()
    (root / "index.html").write_bytes(body)
    folder.chmod(0o755)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes {WORKERS}; pid {folder}/pid; error_log stderr error;"
        f"events {{}} http {{ access_log off; {temporary}"
        f"server {{ listen 127.0.0.1:{port}; root {root}; }} }}"
    )
    process = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"])
    try:
        yield _ready(Server(port, process))
    finally:
        process.terminate()
        process.wait(20)


def _ready(server: Server) -> Server:
    deadline = time.monotonic() + 60
    while True:
        try:
            get(server.url("/"))
        except OSError:
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return server


def get(url: str) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of one answer; the first in a new process may take long."""
    with urllib.request.urlopen(url, timeout=120) as answer:
        return dict(answer.headers), answer.read()


def measure(server: Server, path: str, seconds: int, etag: str = "") -> Round:
    """Ask on 16 connections at a time; with an ETag every answer must be 304.

    wrk takes far less of the machine than other clients do. It counts a 304 like any 200: that
    the ETag holds is checked before the round and after it.
    """
    headers = ["-H", f"If-None-Match: {etag}"] if etag else []
    _check(server, path, etag)
    before = server.cpu()
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *headers]
    done = subprocess.run(
        [*command, server.url(path)], capture_output=True, text=True, check=True
    ).stdout
    cpu = server.cpu() - before
    _check(server, path, etag)
    if "Non-2xx" in done or "Socket errors" in done:
        raise SystemExit(f"{path}: answers are not what was asked for\n{done}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1])
    requests = int(re.search(r"(\d+) requests in", done)[1])
    return Round(rate, _percentile(done, 50), _percentile(done, 99), cpu * 1000 / requests)


def _percentile(done: str, percent: int) -> float:
    value, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)\b", done).groups()
    return float(value) * MILLISECONDS[unit]


def _check(server: Server, path: str, etag: str) -> None:
    request = urllib.request.Request(server.url(path))
    if etag:
        request.add_header("If-None-Match", etag)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    if status != (304 if etag else 200):
        raise SystemExit(f"{path}: answered {status}")
