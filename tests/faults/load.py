"""What is asked and written while something breaks, and what is counted of it afterwards."""

import http.client
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from itertools import accumulate
from threading import Event, Thread
from typing import NamedTuple, Self

from django.db import Error, connections

from contributions.models import Deposit
from tests.factories import DepositFactory, EditionFactory, PledgeFactory
from tests.servers import Gunicorn

FIGURE = "/figures/contributed/"
PATHS = ("/", FIGURE)  # a statement that says the figure, and the figure's own page
TOTAL = re.compile(rb'<(?:a class="figure"[^>]*>[^<]*<data|data class="total") value="([^"]+)"')
LINE = b"The ledger cannot be read since"
READERS = 3
LONG = "A letter. " * 50  # rows that fill a file
REFUSED = 0  # the status where no process took the request or answered it


class Answer(NamedTuple):
    """What one request was answered."""

    path: str
    started: float
    ended: float
    status: int
    total: Decimal | None
    has_line: bool
    acknowledged: Decimal  # the sum of all deposits acknowledged before it was sent


class Load:
    """Readers of two pages, and a writer of deposits who notes each that was acknowledged."""

    def __init__(self, served: Gunicorn) -> None:
        """Publish a statement that says the figure, and a first deposit."""
        self.served = served
        self.pledge = PledgeFactory()
        self.acknowledged = [DepositFactory(pledge=self.pledge, amount=1000).amount]
        self.sum = sum(self.acknowledged, Decimal(0))
        EditionFactory(markdown="We gave [$XX](figure:contributed?by=all&stage=deposited) so far.")
        self.not_written = 0
        self.before_each_write: Callable[[], None] = lambda: None
        self.answers: list[Answer] = []
        self.ended = 0.0  # when the fault was over
        self._over = Event()
        self._threads = [Thread(target=self._ask, args=[n]) for n in range(READERS)]
        self._threads.append(Thread(target=self._write))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def end(self) -> None:
        """Ask and write no more."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads)

    def go_on(self, seconds: float) -> None:
        """Ask and write for so long."""
        time.sleep(seconds)

    @contextmanager
    def fault(self) -> Iterator[None]:
        """Note when the fault is there; it may have cut this thread's own connection, too."""
        yield
        self.ended = time.monotonic()
        connections["default"].close()

    def _ask(self, reader: int) -> None:
        while not self._over.is_set():
            path = PATHS[reader % len(PATHS)]
            reader += 1
            self.answers.append(ask(self.served, path, self.sum))
            self._over.wait(0.03)

    def _write(self) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            try:
                self.before_each_write()
                amount = Decimal(1000 + number) + Decimal(number % 100) / 100
                DepositFactory(pledge=self.pledge, amount=amount, evidence=LONG)
            except Error:
                self.not_written += 1
                connections["default"].close()
            else:
                self.acknowledged.append(amount)
                self.sum += amount
            self._over.wait(0.15)
        connections.close_all()

    # What is counted

    def counted(self) -> dict[str, float]:
        """Return the numbers of this load."""
        return {
            "requests": len(self.answers),
            "ok": sum(one.status == 200 for one in self.answers),
            "with the line": len(self.with_line()),
            "5xx": len(self.failed()),
            "refused": sum(one.status == REFUSED for one in self.answers),
            "wrong": len(self.wrong()),
            "silently old": len(self.silently_old()),
            "acknowledged": len(self.acknowledged),
            "not written": self.not_written,
            "lost": len(self.lost()),
            "slowest answer": round(max(one.ended - one.started for one in self.answers), 1),
            "seconds to recover": round(self.recovered_after(), 1),
        }

    def with_line(self) -> list[Answer]:
        """Return the answers that say that the ledger cannot be read."""
        return [one for one in self.answers if one.has_line]

    def failed(self) -> list[Answer]:
        """Return the answers that are faults of a process."""
        return [one for one in self.answers if one.status >= 500]

    def wrong(self) -> list[Answer]:
        """Return the pages whose total was never that of the ledger."""
        sums = set(accumulate(committed()))
        return [one for one in self.answers if one.status == 200 and one.total not in sums]

    def silently_old(self) -> list[Answer]:
        """Return the pages that lack an acknowledged deposit and do not say so."""
        pages = [one for one in self.answers if one.status == 200 and not one.has_line]
        return [one for one in pages if one.total is None or one.total < one.acknowledged]

    def lost(self) -> list[Decimal]:
        """Return the acknowledged deposits that are not in the database."""
        return list((Counter(self.acknowledged) - Counter(committed())).elements())

    def recovered_after(self) -> float:
        """Return the seconds from the end of the fault to the last answer that shows it."""
        late = [one.ended for one in self.answers if one.has_line or one.status != 200]
        return max(0.0, *late, self.ended) - self.ended if self.ended else 0.0


def committed() -> list[Decimal]:
    """Return the amount of each deposit in the database, in the order of their writing."""
    return list(Deposit.objects.order_by("pk").values_list("amount_usd", flat=True))


def ask(served: Gunicorn, path: str, acknowledged: Decimal) -> Answer:
    """Return what the server answers."""
    started = time.monotonic()
    try:
        status, _headers, body = served.get(path)
    except (OSError, http.client.HTTPException):
        status, body = REFUSED, b""
    found = TOTAL.search(body)
    total = Decimal(found[1].decode()) if found else None
    return Answer(path, started, time.monotonic(), status, total, LINE in body, acknowledged)


def warm(served: Gunicorn, workers: int = 2) -> None:
    """Ask for each page until every worker has made it once; each time is in the log."""
    deadline = time.monotonic() + 30
    while any(made(served, path) < workers for path in PATHS):
        assert time.monotonic() < deadline, served.log.read_text()
        with ThreadPoolExecutor(4) as crowd:
            list(crowd.map(served.get, PATHS * 4))


def made(served: Gunicorn, path: str) -> int:
    """Return how often Django made the page."""
    lines = [json.loads(line) for line in served.log.read_text().splitlines() if line[:1] == "{"]
    return sum(line.get("path") == path and line.get("status") == 200 for line in lines)


def assert_it_held(load: Load, *, refused: int = 0, within: float = 5) -> None:
    """Go on until the fault is forgotten, then expect what the portal promises."""
    load.go_on(2.5)
    load.end()
    assert load.failed() == []
    assert load.wrong() == []
    assert load.silently_old() == []
    assert load.lost() == []
    assert sum(one.status == REFUSED for one in load.answers) <= refused
    assert load.recovered_after() < within
    for path in PATHS:
        last = ask(load.served, path, load.sum)
        assert (last.status, last.has_line, last.total) == (200, False, sum(committed()))
    assert load.not_written + len(load.acknowledged) > 5
