"""How fast files come in, beside django-import-export's stock path on the same file in one run.

    python -m tests.bench.importing [ROWS]

Each way of importing is a process of its own with a fresh database, so that its peak of memory is
its own. The stock path is `ModelResource.import_data` with its row-by-row saves.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 100_000
HEADINGS = ("agent_reference", "agreement_reference", "funding_year", "received_on", "amount",
            "amount_usd", "evidence")  # fmt: skip


def main(rows: int) -> None:
    """Write the file, time every way of bringing it in, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deposits.csv"
        write(path, rows)
        short = Path(folder) / "short.csv"
        write(short, min(rows, 5_000))
        print("| what | rows | seconds | rows/s | peak MB |\n|---|---|---|---|---|")
        for way, file in (
            ("preview", short),
            ("confirm", short),
            ("publish", short),
            ("command", path),
            ("stock", path),
        ):
            database = Path(folder) / f"{way}.sqlite3"
            run(way, file, database)


def write(path: Path, rows: int) -> None:
    """Write deposits on ten pledges."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADINGS)
        for n in range(rows):
            out.writerow(
                (f"AA-{n}", f"SAA-{n % 10}", 2023, "2023-05-01", "60.25", "60.25", "Receipt")
            )


def run(way: str, file: Path, database: Path) -> None:
    """Bring the file in by one way, in a process of its own."""
    variables = os.environ | {
        "DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    subprocess.run(
        [sys.executable, "-m", "tests.bench.importing", way, str(file)], env=variables, check=True
    )


def timed(way: str, path: Path) -> None:
    """Time one way in this process, and print its line of the table."""
    import django  # noqa: PLC0415

    django.setup()
    ways = {"preview": preview, "confirm": confirm, "publish": publish, "command": confirm,
            "stock": stock}  # fmt: skip
    seconds, rows = ways[way](path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {way} | {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} | {peak:,.0f} |", flush=True)


def _officer():
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from tests.factories import DonorFactory, PledgeFactory  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    donor = DonorFactory()
    for n in range(10):
        PledgeFactory(donor=donor, agreement_reference=f"SAA-{n}")
    make = get_user_model().objects.create_superuser
    return make("olga", "olga@example.org", "x"), make("petra", "petra@example.org", "x")


def _compared(path: Path):
    from contributions.importing import kinds, reading  # noqa: PLC0415
    from contributions.importing.comparing import Comparison  # noqa: PLC0415
    from contributions.importing.values import Writing  # noqa: PLC0415

    table = reading.read(path.open("rb"), path.name)
    mapping = kinds.mapped("deposits", table.headings)
    return Comparison("deposits", mapping, Writing()), table


def preview(path: Path) -> tuple[float, int]:
    """Compare, as the page before the confirmation does."""
    _officer()
    start = time.perf_counter()
    comparison, table = _compared(path)
    rows = len(list(comparison.outcomes(table.headings, table.rows)))
    return time.perf_counter() - start, rows


def confirm(path: Path) -> tuple[float, int]:
    """Compare and write, as the confirmation and the command do."""
    from django.utils import timezone  # noqa: PLC0415

    from contributions.importing.writing import write as write_all  # noqa: PLC0415
    from contributions.models import Deposit, FileImport  # noqa: PLC0415

    olga, _petra = _officer()
    start = time.perf_counter()
    comparison, table = _compared(path)
    done = FileImport.objects.create(kind="deposits", file_name="x", by=olga, at=timezone.now())
    write_all(done, comparison, table.headings, table.rows)
    return time.perf_counter() - start, Deposit.objects.count()


def publish(path: Path) -> tuple[float, int]:
    """Approve as many rows as one act takes."""
    from django.utils import timezone  # noqa: PLC0415

    from contributions.models import Deposit, FileImport  # noqa: PLC0415
    from mptf_portal import review  # noqa: PLC0415
    from mptf_portal.editing.rows import MOST_ROWS  # noqa: PLC0415

    confirm(path)
    start = time.perf_counter()
    rows = FileImport.objects.get().open_rows()[:MOST_ROWS]
    petra = _petra()
    assert review.hindrances(rows, petra) == []
    review.approve(rows, petra, timezone.now())
    return time.perf_counter() - start, Deposit.objects.public(timezone.now()).count()


def _petra():
    from django.contrib.auth import get_user_model  # noqa: PLC0415

    return get_user_model().objects.get(username="petra")


def stock(path: Path) -> tuple[float, int]:
    """Use import-export as its documentation begins."""
    import tablib  # noqa: PLC0415
    from import_export.fields import Field  # noqa: PLC0415
    from import_export.resources import ModelResource  # noqa: PLC0415
    from import_export.widgets import ForeignKeyWidget  # noqa: PLC0415

    from contributions.models import Deposit, Pledge  # noqa: PLC0415

    class Stock(ModelResource):
        pledge = Field("pledge", "agreement_reference",
                       ForeignKeyWidget(Pledge, "agreement_reference"))  # fmt: skip

        class Meta:
            model = Deposit
            import_id_fields = ("agent_reference",)
            fields = ("agent_reference", "pledge", "received_on", "amount", "amount_usd",
                      "evidence")  # fmt: skip

    _officer()
    start = time.perf_counter()
    with path.open() as file:
        dataset = tablib.Dataset().load(file, format="csv")
    result = Stock().import_data(dataset, raise_errors=True)
    return time.perf_counter() - start, result.total_rows


if __name__ == "__main__":
    if len(sys.argv) == 3:
        timed(sys.argv[1], Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
