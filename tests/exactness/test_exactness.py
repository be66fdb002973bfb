"""No response is stale or wrong while processes write by every path there is."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from threading import Event, Lock, Thread

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection
from django.utils import timezone

from contributions.models import Deposit
from mptf_portal.publishing import acts
from tests.exactness.writing import PATHS, Counters
from tests.factories import DepositFactory, PledgeFactory
from tests.servers import ROOT, environment, gunicorn

# In the quick tests several processes share the database that deployments have.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    *([pytest.mark.slow] if connection.vendor == "sqlite" else []),
]

BASE = 250  # a total written to this base tells how often each process wrote
STEPS = [Decimal(BASE) ** place for place in range(len(PATHS))]


def counted(total: Decimal | None) -> tuple[int, ...]:
    """Return how many writes of each process are in a total."""
    rest, numbers = int(total or 0), []
    for _path in PATHS:
        rest, number = divmod(rest, BASE)
        numbers.append(number)
    assert rest == 0
    # The deposits that grow stand at one step before anybody has written.
    return tuple(number - (place >= 2) for place, number in enumerate(numbers))


def prepare(count):
    """Write what the processes need: drafts to publish, and deposits of 0 that grow."""
    get_user_model().objects.create_superuser("root")
    pledge = PledgeFactory()
    drafts = [
        DepositFactory.build(
            pledge=pledge, amount=STEPS[0], public_from=None, agent_reference=f"draft {number}"
        )
        for number in range(count)
    ]
    Deposit.objects.bulk_create(drafts)
    for path, step in zip(PATHS[2:], STEPS[2:], strict=True):
        DepositFactory(pledge=pledge, amount=step, agent_reference=f"grows by {path}")


class Reader(Thread):
    """Asks for the figure again and again, and compares it with what is known before and after."""

    def __init__(self, served, counters, seen, pause):
        super().__init__(daemon=True)
        self.served, self.counters, self.seen, self.pause = served, counters, seen, pause
        self.stop, self.asked, self.fault = Event(), 0, None

    def run(self):
        try:
            while not self.stop.is_set():
                self.ask()
                time.sleep(self.pause)
        except BaseException as error:  # noqa: BLE001 (the test raises it)
            self.fault = error

    def ask(self):
        least = [max(both) for both in zip(self.counters.done(), self.seen.now(), strict=True)]
        found = counted(self.served.figure())
        most = self.counters.begun()
        shown = list(zip(least, found, most, strict=True))
        assert all(low <= number <= high for low, number, high in shown), shown
        self.seen.add(found)
        self.asked += 1


class Seen:
    """The most that any response so far has shown: no later request may be shown less."""

    def __init__(self):
        self._most, self._lock = (0,) * len(PATHS), Lock()

    def now(self):
        with self._lock:
            return self._most

    def add(self, found):
        with self._lock:
            self._most = tuple(map(max, zip(self._most, found, strict=True)))


@contextmanager
def writing(file, count) -> Iterator[list[subprocess.Popen]]:
    """Start the five processes, and see them end well."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.exactness.writing",
             path, str(step), str(count), str(file), str(place)],
            cwd=ROOT, env=environment(),
        )
        for place, (path, step) in enumerate(zip(PATHS, STEPS, strict=True))
    ]  # fmt: skip
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def watch(tmp_path, count, *arguments, workers=2):
    """Have five processes write `count` times each while two readers watch; return how often."""
    prepare(count)
    counters = Counters(tmp_path / "counters", len(PATHS))
    seen = Seen()
    with gunicorn(tmp_path, *arguments, workers=workers) as served:
        readers = [Reader(served, counters, seen, pause) for pause in (0.05, 0)]
        with writing(tmp_path / "counters", count) as processes:
            for reader in readers:
                reader.start()
            for process in processes:
                assert process.wait(900) == 0
        for reader in readers:
            reader.stop.set()
            reader.join(30)
            if reader.fault:
                raise reader.fault
        assert counters.done() == (count,) * len(PATHS)
        readers[0].ask()
    return [reader.asked for reader in readers]


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("workers", "threads"), [(2, 4), pytest.param(2, 1, marks=SLOW), pytest.param(1, 4, marks=SLOW)]
)
def test_every_response_is_a_committed_sum_and_holds_what_was_acknowledged(
    tmp_path, workers, threads
):
    watched = watch(tmp_path, 10, "--threads", str(threads), workers=workers)

    assert min(watched) > 10


@pytest.mark.slow
def test_a_thousand_writes_by_every_path_show_no_stale_response(tmp_path):
    watched = watch(tmp_path, 200)

    assert min(watched) > 30


def test_a_plain_save_crosses_a_publication_that_locks_its_row_first(monkeypatch):
    deposits = [DepositFactory(public_from=None) for _number in range(5)]
    lock_the_row = acts.as_stored

    def lock_and_linger(row):
        stored = lock_the_row(row)
        time.sleep(0.05)  # a plain save of the same row begins meanwhile
        return stored

    monkeypatch.setattr(acts, "as_stored", lock_and_linger)
    faults = []

    def run(act):
        try:
            for deposit in deposits:
                act(deposit.pk)
        except DatabaseError as error:
            faults.append(error)
        finally:
            connection.close()

    def publish(pk):
        acts.publish(Deposit.objects.get(pk=pk), timezone.now())

    def save(pk):
        time.sleep(0.02)
        Deposit.objects.filter(pk=pk).update(evidence="saved")

    threads = [Thread(target=run, args=[act], daemon=True) for act in (publish, save, save)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert faults == []
    assert not any(thread.is_alive() for thread in threads)
    assert Deposit.objects.filter(evidence="saved").exclude(public_from=None).count() == 5
