"""A process that writes known amounts by one path, and tells what it began and what is committed.

    python -m tests.exactness.writing PATH STEP COUNT COUNTERS PLACE

Its two numbers in the file COUNTERS: begun, before a write starts, and done, once it is
acknowledged. Whoever reads `done`, then asks for a page, then reads `begun`, knows the least and
the most that the page may show of this process.
"""

import mmap
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path

import django

PATHS = ("admin", "bulk", "update", "raw", "other program")
MOST_LOOKS = 500  # at a page whose totals others move all the time
SIZE = 16  # bytes of one process's two numbers


class Counters:
    """How many writes each process has begun, and how many are acknowledged."""

    def __init__(self, file: Path, processes: int) -> None:
        if not file.exists():
            file.write_bytes(bytes(SIZE * processes))
        self.processes = processes
        with file.open("r+b") as opened:
            self.memory = mmap.mmap(opened.fileno(), SIZE * processes)

    def _column(self, offset: int) -> tuple[int, ...]:
        return tuple(
            struct.unpack_from("q", self.memory, SIZE * place + offset)[0]
            for place in range(self.processes)
        )

    def begun(self) -> tuple[int, ...]:
        """Return the most that may be on record."""
        return self._column(0)

    def done(self) -> tuple[int, ...]:
        """Return the least that must be on record."""
        return self._column(8)

    def put(self, place: int, *, begun: int | None = None, done: int | None = None) -> None:
        """Write one of a process's two numbers."""
        offset, number = (0, begun) if done is None else (8, done)
        struct.pack_into("q", self.memory, SIZE * place + offset, number)


def by_admin(step: Decimal) -> Callable[[int], None]:
    """Publish the drafts of that amount, one by one, on the admin's page.

    Where another writer moved the totals that the page told, it is looked at again.
    """
    from django.contrib.auth import get_user_model  # noqa: PLC0415 (Django is not set up before)
    from django.test import Client  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415

    from contributions.models import Deposit  # noqa: PLC0415
    from mptf_portal import review  # noqa: PLC0415

    drafts = list(Deposit.objects.filter(amount=step, public_from=None).order_by("pk"))
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(get_user_model().objects.get(username="root"))
    review.submit(drafts, get_user_model().objects.create_superuser("clerk"))

    def write(number: int) -> None:
        page = reverse("admin:contributions_deposit_publish", args=[drafts[number].pk])
        answer = client.get(page)
        for _look in range(MOST_LOOKS):
            seen = re.search(r'name="seen" value="([^"]+)"', answer.content.decode())[1]
            answer = client.post(page, {"public_from": "", "seen": seen})
            if answer.status_code == HTTPStatus.FOUND:
                return
        raise SystemExit(answer.content.decode())

    return write


def _deposit(step: Decimal, number: int) -> dict:
    from contributions.models import Pledge  # noqa: PLC0415 (Django is not set up before)

    return {
        "pledge_id": Pledge.objects.values_list("pk", flat=True).order_by("pk")[0],
        "received_on": date(2023, 2, 10),
        "amount": step,
        "amount_usd": step,
        "agent_reference": f"{step} {number}",
        "public_from": datetime(2019, 1, 1, tzinfo=UTC),
    }


def by_bulk(step: Decimal) -> Callable[[int], None]:
    """Create deposits as an import does."""
    from contributions.models import Deposit  # noqa: PLC0415 (Django is not set up before)

    return lambda number: Deposit.objects.bulk_create([Deposit(**_deposit(step, number))])


def by_update(step: Decimal) -> Callable[[int], None]:
    """Raise the amount of one deposit by the step, each time."""
    from django.db.models import F  # noqa: PLC0415 (Django is not set up before)

    from contributions.models import Deposit  # noqa: PLC0415

    grows = Deposit.objects.filter(agent_reference="grows by update")
    return lambda _number: grows.update(
        amount=F("amount") + step, amount_usd=F("amount_usd") + step
    )


def _grow(reference: str, step: Decimal) -> str:
    return (
        f"UPDATE contributions_deposit SET amount = amount + {step}, "  # noqa: S608 (of this test)
        f"amount_usd = amount_usd + {step} WHERE agent_reference = '{reference}'"
    )


def by_raw(step: Decimal) -> Callable[[int], None]:
    """Raise the amount of another deposit in SQL."""
    from django.db import connection  # noqa: PLC0415 (Django is not set up before)

    def write(_number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_grow("grows by raw", step))

    return write


def by_other_program(step: Decimal) -> Callable[[int], None]:
    """Raise the amount of a third deposit with psql, or with another Python's SQLite."""
    sql, url = _grow("grows by other program", step), os.environ["DATABASE_URL"]
    if url.startswith("sqlite"):
        code = (
            "import sqlite3, sys; own = sqlite3.connect(sys.argv[1], timeout=20);"
            "own.execute(sys.argv[2]); own.commit()"
        )
        command = [sys.executable, "-S", "-c", code, url.removeprefix("sqlite:///"), sql]
    else:
        from tests.postgres import programs  # noqa: PLC0415 (only where there is one)

        command = [programs() / "psql", "--quiet", "--no-psqlrc", "-c", sql, url]
    return lambda _number: subprocess.run(command, check=True)


def main(path: str, step: str, count: str, file: str, place: str) -> None:
    """Write `count` times."""
    django.setup()
    ways = dict(zip(PATHS, (by_admin, by_bulk, by_update, by_raw, by_other_program), strict=True))
    write = ways[path](Decimal(step))
    counters = Counters(Path(file), len(PATHS))
    for number in range(int(count)):
        counters.put(int(place), begun=number + 1)
        write(number)
        counters.put(int(place), done=number + 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
