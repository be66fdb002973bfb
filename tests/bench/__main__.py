"""How fast the portal is, beside what cannot be faster: one table, one run.

    python -m tests.bench [--full]

Every server runs while all are measured, in rounds that take turns; the table holds the medians,
and the ratios to a Django view that answers the same bytes and counts nothing.
"""

import os
import platform
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psycopg2

from tests import postgres
from tests.bench.measuring import Round, Server, get, gunicorn, measure, nginx, require_programs

TOUCH = "UPDATE contributions_donor SET name = name"  # a write that changes no byte of any page


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    sizes: tuple[int, ...]
    paths: tuple[tuple[str, str], ...]
    rounds: int
    seconds: int
    pages: int


STATEMENT = ("statement", "/")
SHORT = Extent((1_000, 100_000), (STATEMENT,), 5, 1, 50)
FULL = Extent(
    (1_000, 100_000, 1_000_000),
    (STATEMENT, ("contributions", "/contributions/"), ("programme", "")),
    7,
    2,
    500,
)


@dataclass(slots=True)
class Row:
    """One line of the table, and its rounds."""

    name: str
    server: Server
    path: str
    etag: str = ""
    rounds: list[Round] = field(default_factory=list)

    def middle(self, of: str) -> float:
        """Return the median of one measure."""
        return median(getattr(one, of) for one in self.rounds)


@dataclass(slots=True)
class Ledger:
    """A database of one size, and how to write to it."""

    name: str
    url: str
    server: Server | None = None

    def execute(self, statement: str) -> None:
        """Run a statement from outside, as an officer's transaction would."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
                connection.execute(statement)
                connection.commit()
            return
        with closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)


def engine(ledger: Ledger) -> str:
    """Return the database's name."""
    return ledger.name.partition(",")[0]


def environment(url: str) -> dict[str, str]:
    """Return what a portal on that database is started with."""
    return {
        "DJANGO_SETTINGS_MODULE": "mptf_portal.settings",
        "DATABASE_URL": url,
        "SECRET_KEY": "measures nothing secret",
        "PORTAL_LOCAL": "1",
        "ENV_FILE": "",
    }


def ledgers(folder: Path, server: str, sizes: tuple[int, ...]) -> Iterator[Ledger]:
    """Fill a database of each size on SQLite and on PostgreSQL."""
    main = Ledger("", server)
    for size in sizes:
        main.execute(f"CREATE DATABASE bench_{size}")
        urls = {
            "SQLite": f"sqlite:///{folder}/{size}.sqlite3",
            "PostgreSQL": f"{server.rpartition('/')[0]}/bench_{size}",
        }
        for engine, url in urls.items():
            print(f"Filling {engine} with {size:,} deposits ...", file=sys.stderr)
            subprocess.run(
                [sys.executable, "-m", "tests.bench.ledger", str(size)],
                env=os.environ | environment(url), check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            yield Ledger(f"{engine}, {size:,} deposits", url)


def pages(ledger: Ledger, extent: Extent) -> Iterator[Row]:
    """Return the rows of the portal on one ledger: each page, and its 304."""
    for name, path in extent.paths:
        path = path or _a_programme(ledger.server)
        headers, _body = get(ledger.server.url(path))
        yield Row(f"{name}, {ledger.name}", ledger.server, path)
        yield Row(f"{name} 304, {ledger.name}", ledger.server, path, headers["ETag"])


def _a_programme(server: Server) -> str:
    _headers, body = get(server.url("/programmes/"))
    return re.search(r'href="(/programmes/(?!objectives)[^"/]+/)"', body.decode())[1]


def beside(stack: ExitStack, folder: Path, body: bytes) -> Iterator[Row]:
    """Start what the portal is measured beside, on the same bytes."""
    (folder / "bytes").write_bytes(body)
    own = {"BENCH_BYTES": str(folder / "bytes")}
    start: dict[str, Callable] = {
        "bare Django view": lambda: gunicorn("tests.bench.bare:view", **own, BENCH_DJANGO="1"),
        "the same behind stock middleware": lambda: gunicorn(
            "tests.bench.bare:view", **own, BENCH_DJANGO="1", BENCH_STOCK="1"
        ),
        "bare WSGI application": lambda: gunicorn("tests.bench.bare:bare", **own),
        "nginx, a file": lambda: nginx(folder, body),
    }
    for name, server in start.items():
        yield Row(name, stack.enter_context(server()), "/")


def after_a_write(ledger: Ledger) -> list[float]:
    """Return the milliseconds of the first request for the statement after each of nine writes."""
    taken = []
    for _time in range(9):
        ledger.execute(TOUCH)
        started = time.perf_counter()
        get(ledger.server.url("/"))
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)


def cold_start(ledger: Ledger) -> float:
    """Return the seconds from starting gunicorn to the statement's last byte, median of three."""
    taken = []
    for _time in range(3):
        started = time.perf_counter()
        with gunicorn("mptf_portal.wsgi", **environment(ledger.url)):
            taken.append(time.perf_counter() - started)
    return median(taken)


def crawl(server: Server, limit: int) -> int:
    """Ask for pages that links lead to, each often enough that both workers have served it."""
    found, waiting, asked = {"/"}, ["/"], 0
    while waiting and asked < limit:
        asked += 1
        path = waiting.pop(0)
        for _time in range(4):
            _headers, body = get(server.url(path))
        links = {
            link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)', body.decode())
        }
        new = {link for link in links - found if not link.startswith("/static/")}
        found |= new
        waiting += sorted(new)
    return asked


def report(rows: list[Row], extent: Extent) -> None:
    """Print the table as Markdown."""
    base = rows[0].middle("rate")
    print("\n| what | requests/s | ratio | p50 ms | p99 ms | CPU ms a request |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        numbers = [row.middle(of) for of in ("rate", "p50", "p99", "cpu")]
        rate, p50, p99, cpu = numbers
        print(
            f"| {row.name} | {rate:,.0f} | {rate / base:.2f} | {p50:.1f} | {p99:.1f} | {cpu:.2f} |"
        )
    print(f"\nMedians of {extent.rounds} rounds of {extent.seconds} s, 16 connections at a time.\n")


def largest_to_smallest(rows: list[Row], known: list[Ledger]) -> Iterator[tuple[str, float]]:
    """Return for each database how the statement of its largest ledger compares with the least.

    The two stand side by side in each round, and the ratio is the median of the rounds' own.
    """
    rates = {row.name: [one.rate for one in row.rounds] for row in rows}
    for least, most in zip(known[:2], known[-2:], strict=True):
        pairs = zip(
            rates[f"statement, {most.name}"], rates[f"statement, {least.name}"], strict=True
        )
        yield f"{most.name} to {least.name}", median(many / few for many, few in pairs)


def machine() -> str:
    """Return what the numbers were measured on, in a line."""
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    parts = [
        f"{os.cpu_count()} × {processor[1] if processor else platform.machine()}",
        f"Python {platform.python_version()}",
        f"Django {version('django')}",
        f"gunicorn {version('gunicorn')}",
        f"SQLite {sqlite3.sqlite_version}",
        _first_line([postgres.programs() / "postgres", "--version"]),
        _first_line(["nginx", "-v"]),
    ]
    return ", ".join(parts)


def _first_line(command: list) -> str:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    return done.stdout.strip()


def main(extent: Extent) -> None:
    """Measure, and print what was found."""
    require_programs()
    print(machine())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
        server = stack.enter_context(postgres.server())
        known = list(ledgers(folder, server, extent.sizes))
        for ledger in known:
            served = gunicorn("mptf_portal.wsgi", **environment(ledger.url))
            ledger.server = stack.enter_context(served)
        _headers, body = get(known[0].server.url("/"))
        rows = [*beside(stack, folder, body)]
        # What is compared stands side by side in each round: the same page of every ledger.
        by_ledger = [list(pages(ledger, extent)) for ledger in sorted(known, key=engine)]
        rows += [row for same in zip(*by_ledger, strict=True) for row in same]
        for number in range(extent.rounds + 1):  # the first one warms up
            for row in rows:
                done = measure(row.server, row.path, extent.seconds, row.etag)
                row.rounds += [done] if number else []
        report(rows, extent)
        for name, ratio in largest_to_smallest(rows, known):
            print(f"- statement, {name}: {ratio:.2f}")
        for ledger in known:
            taken = after_a_write(ledger)
            print(
                f"- first statement after a write, {ledger.name}: {median(taken):.0f} ms,"
                f" the slowest of {len(taken)} {taken[-1]:.0f} ms"
            )
        crawled = crawl(known[0].server, extent.pages)
        memory = " and ".join(f"{one:.0f}" for one in known[0].server.memory())
        print(f"- memory of the two workers after {crawled} pages: {memory} MB (PSS)")
        print(f"- cold start to the last byte of the statement: {cold_start(known[0]):.2f} s")


if __name__ == "__main__":
    main(FULL if "--full" in sys.argv else SHORT)
