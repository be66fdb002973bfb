"""A copy of the ledger counts what the ledger counted, or is not restored in silence."""

import json
import secrets
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from contributions.backup import making, migrations, postgresql, references, sqlite
from contributions.backup.record import Record, RefusedError, beside, counted, differences
from contributions.backup.references import NotEnumeratedError, every_reference
from contributions.models import Deposit, Donor, PledgeEntry
from mptf_portal import figures
from mptf_portal.figures import register_figure, registered
from mptf_portal.models import Demonstration
from mptf_portal.snapshot import latest
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ExchangeRateFactory,
    PledgeFactory,
    ResultFactory,
    TargetFactory,
)
from tests.postgres import programs

pytestmark = pytest.mark.django_db(transaction=True)

SQLITE = connection.vendor == "sqlite"


@pytest.fixture(autouse=True)
def _programs(settings):
    if not SQLITE:
        settings.PG_BIN = str(programs())


@pytest.fixture
def ledger():
    """A signatory that paid in part, one in kroner, a target, drafts, a result, an officer."""
    paid = PledgeFactory(donor=DonorFactory(slug="morocco", global_south=True))
    EntryFactory(pledge=paid, amount=Decimal(300))
    DepositFactory(pledge=paid, amount=Decimal("100.10"))
    DepositFactory(pledge=paid, amount=Decimal(7), public_from=None)
    EditionFactory().statement.signatories.add(paid.donor)
    ExchangeRateFactory()
    kroner = PledgeFactory(
        donor=DonorFactory(slug="denmark", in_unece=True), funding_year=2024, currency="DKK"
    )
    EntryFactory(pledge=kroner, dated=date(2024, 1, 10), amount=Decimal(500))
    TargetFactory(amount_usd=Decimal(200))
    ResultFactory(programme__countries=[kroner.donor.country])
    User.objects.create_user("officer")


def back_up(file):
    call_command("backup", file, verbosity=0)
    return file


@pytest.fixture
def file(tmp_path):
    """Return a copy of a ledger with one deposit, which is quick to count."""
    DepositFactory(amount=Decimal("100.10"))
    return back_up(tmp_path / "ledger.backup")


@pytest.fixture
def _empty_database(tmp_path):
    """Put an empty database in the place of the portal's."""
    connection.close()
    own, empty = connection.settings_dict["NAME"], f"empty_{secrets.token_hex(4)}"
    place = str(tmp_path / empty) if SQLITE else empty
    if not SQLITE:
        with connection._nodb_cursor() as cursor:  # noqa: SLF001
            cursor.execute(f'CREATE DATABASE "{empty}"')
    connection.settings_dict["NAME"] = place
    yield
    connection.close()
    connection.settings_dict["NAME"] = own
    if not SQLITE:
        with connection._nodb_cursor() as cursor:  # noqa: SLF001
            cursor.execute(f'DROP DATABASE "{empty}"')


def everything():
    """Return every row of every table but those that `migrate` fills."""
    models = apps.get_models(include_auto_created=True)
    return {
        model: sorted(map(str, model.objects.values()))
        for model in models
        if model._meta.app_label not in ("auth", "contenttypes")
    } | {User: list(User.objects.values())}


def change_the_ledger():
    """Add, change and take out rows."""
    PledgeEntry.objects.filter(amount=300).update(amount=250, amount_usd=250)
    Deposit.objects.all().delete()
    DepositFactory(amount=Decimal(50))
    TargetFactory(year=2024)
    User.objects.all().delete()


def rewrite(file, **changes):
    """Change what the record says."""
    record = json.loads(beside(file).read_text())
    beside(file).write_text(json.dumps(record | changes))


def commit_a_deposit():
    """Commit a deposit from another connection, as an officer would meanwhile."""

    def enter():
        DepositFactory(amount=Decimal(1000))
        connections.close_all()

    with ThreadPoolExecutor(1) as officer:
        officer.submit(enter).result()


# There and back


def test_a_restored_ledger_counts_and_holds_what_was_backed_up(ledger, tmp_path, capsys):
    rows, file = everything(), back_up(tmp_path / "copy")
    before = json.loads(beside(file).read_text())["figures"]
    change_the_ledger()
    assert everything() != rows

    call_command("restore", file, replace=True)

    assert counted(latest()).figures == before
    assert everything() == rows
    assert f"{len(before)} figures and answers agree" in capsys.readouterr().out


def test_a_copy_is_restored_into_an_empty_database(file, request):
    rows = everything()
    request.getfixturevalue("_empty_database")

    call_command("restore", file, verbosity=0)

    assert everything() == rows


def test_a_restored_ledger_takes_new_rows(file):
    change_the_ledger()
    call_command("restore", file, replace=True, verbosity=0)

    DepositFactory(amount=Decimal(1))

    assert Deposit.objects.count() == 2


def test_the_record_is_of_the_copy_even_when_an_officer_commits_meanwhile(tmp_path, monkeypatch):
    def interrupted(snapshot):
        commit_a_deposit()
        return counted(snapshot)

    monkeypatch.setattr(making.ENGINES[connection.vendor], "counted", interrupted)
    file = back_up(tmp_path / "copy")
    monkeypatch.undo()
    assert Deposit.objects.count() == 1

    call_command("restore", file, replace=True, verbosity=0)

    assert Deposit.objects.count() == 0


def test_who_is_connected_reads_the_restored_ledger_on_the_next_page(file):
    change_the_ledger()
    amounts = Deposit.objects.using("read").values_list("amount", flat=True)
    assert list(amounts.all()) == [Decimal(50)]

    call_command("restore", file, replace=True, verbosity=0)

    assert list(amounts.all()) == [Decimal("100.10")]
    connections["read"].close()


def test_the_record_is_canonical_and_money_is_text(ledger, tmp_path):
    text = beside(back_up(tmp_path / "copy")).read_text(encoding="utf-8")

    record = json.loads(text)
    assert text == json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert record["figures"]["contributed?by=morocco&stage=deposited"] == {
        "lines": [],
        "unvalued": 0,
        "value": "100.10",
    }
    lines = ["350.00", "100.10", "0.00", "249.90"]
    assert record["figures"]["outstanding?by=all"]["lines"] == lines
    assert record["figures"]["target-reached?year=2023"]["verdict"] == "holds"
    assert record["rows"]["contributions.deposit"] == 2


def test_only_its_owner_reads_a_copy(file):
    assert file.stat().st_mode & 0o777 == 0o600
    assert beside(file).stat().st_mode & 0o777 == 0o600


def test_the_flag_of_the_demonstration_travels_with_the_ledger(tmp_path):
    Demonstration.objects.create(pk=1, loaded_on=date(2026, 1, 1))
    file = back_up(tmp_path / "copy")
    Demonstration.objects.all().delete()

    call_command("restore", file, replace=True, verbosity=0)

    assert Demonstration.is_on()


def test_a_copy_by_older_code_is_migrated_and_then_counted(tmp_path, monkeypatch):
    call_command("migrate", "auth", "0011", verbosity=0)
    monkeypatch.setattr(making, "_refuse_other_code", lambda: None)
    DepositFactory()
    file = back_up(tmp_path / "copy")

    call_command("restore", file, replace=True, verbosity=0)

    assert migrations.waiting("default") == []
    assert Deposit.objects.count() == 1


def test_a_copy_from_before_migrations_were_made_one_is_restored_over_the_ledger(file):
    told = migrations.applied("default")
    assert [name for name in told if "squashed" in name]
    rewrite(file, migrations=[name for name in told if "squashed" not in name])
    change_the_ledger()

    call_command("restore", file, replace=True, verbosity=0)

    assert Deposit.objects.get().amount == Decimal("100.10")


# What is refused


@pytest.mark.parametrize("name", ["copy", "copy.figures.json"])
def test_a_file_in_the_way_is_refused_and_stays(tmp_path, name):
    (tmp_path / name).write_text("mine")

    with pytest.raises(CommandError, match=f"{name} exists already"):
        call_command("backup", tmp_path / "copy")

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


def test_a_folder_that_is_missing_is_said(tmp_path):
    with pytest.raises(CommandError, match="missing does not exist"):
        call_command("backup", tmp_path / "missing/copy")


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "write", lambda *_: (tmp_path / "missing/file").write_text(""))

    with pytest.raises(FileNotFoundError):
        call_command("backup", tmp_path / "copy")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (MigrationRecorder.Migration(app="auth", name="0012_alter_user_first_name_max_length"),
         "lacks migrations of this code: auth.0012"),
        (None, "has migrations that this code lacks: contributions.9999_later"),
    ],
)  # fmt: skip
def test_a_database_of_another_version_is_not_backed_up(tmp_path, record, match):
    applied = MigrationRecorder(connection)
    with transaction.atomic():
        if record:
            applied.record_unapplied(record.app, record.name)
        else:
            applied.record_applied("contributions", "9999_later")

        with pytest.raises(CommandError, match=match):
            call_command("backup", tmp_path / "copy")

        transaction.set_rollback(True)


def corrupt(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


FIRST = ("corrupt", "unproved", "newer")  # refused in the quick tests, too
REFUSED = {
    "corrupt": (corrupt, "is not the copy that"),
    "cut": (lambda file: file.write_bytes(file.read_bytes()[:-1]), "is not the copy that"),
    "gone": (Path.unlink, "ledger.backup does not exist"),
    "unproved": (lambda file: beside(file).unlink(), "figures.json is missing"),
    "unreadable": (lambda file: beside(file).write_text("{"), "is not a record of figures"),
    "other record": (lambda file: beside(file).write_text("{}"), "is not a record of figures"),
    "no day": (lambda file: rewrite(file, as_of="today"), "is not a record of figures"),
    "no figures": (lambda file: rewrite(file, figures={}), "nothing is counted in it"),
    "no rows": (lambda file: rewrite(file, rows=[1]), "nothing is counted in it"),
    "newer": (lambda file: rewrite(file, migrations=["auth.9999_later"]), "lacks: auth.9999_later"),
    "other database": (lambda file: rewrite(file, database="oracle"), "The copy is of oracle"),
}


@pytest.mark.either
@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        pytest.param(*case, id=name, marks=[] if name in FIRST else [pytest.mark.slow])
        for name, case in REFUSED.items()
    ],
)
def test_a_copy_that_nothing_proves_is_refused_and_nothing_changes(file, spoil, match):
    change_the_ledger()
    before = everything()
    spoil(file)

    with pytest.raises(CommandError, match=match):
        call_command("restore", file, replace=True)

    assert everything() == before


def test_a_ledger_is_replaced_only_on_demand(file):
    change_the_ledger()
    before = everything()

    with pytest.raises(
        CommandError, match=r"2 pledges, 1 deposit[.] Back it up, then .* --replace"
    ):
        call_command("restore", file)

    assert everything() == before


def test_a_demonstration_is_not_restored_in_production(tmp_path, settings):
    Demonstration.objects.create(pk=1, loaded_on=date(2026, 1, 1))
    file = back_up(tmp_path / "copy")
    settings.PORTAL_LOCAL = False
    Demonstration.objects.all().delete()

    with pytest.raises(CommandError, match="never for production"):
        call_command("restore", file, replace=True)

    assert not Demonstration.is_on()


def test_every_difference_is_listed_with_the_state_of_the_database(file):
    record = json.loads(beside(file).read_text())
    record["figures"]["contributed?by=all&stage=deposited"]["value"] = "100.11"
    record["rows"]["contributions.donor"] = 2
    rewrite(file, **record)
    copied = everything()
    change_the_ledger()
    changed = everything()

    with pytest.raises(CommandError) as refused:
        call_command("restore", file, replace=True)

    first, *listed = str(refused.value).splitlines()
    state = "Nothing was changed." if SQLITE else "the database holds the copy as it is"
    assert state in first
    assert [line.partition(":")[0].strip() for line in listed] == [
        "contributed?by=all&stage=deposited",
        "rows of contributions.donor",
    ]
    assert '"value": "100.11"} in the backup' in listed[0]
    assert '"value": "100.10"} restored' in listed[0]
    assert everything() == (changed if SQLITE else copied)


def test_a_table_of_newer_code_is_not_left_beside_the_copy(file):
    """PostgreSQL replaces table by table, SQLite the whole file."""
    applied = MigrationRecorder(connection)
    applied.record_applied("contributions", "9999_later")

    refusal = pytest.raises(CommandError, match=r"the copy lacks: contributions\.9999_later")
    with nullcontext() if SQLITE else refusal:
        call_command("restore", file, replace=True, verbosity=0)

    left = migrations.unknown(migrations.applied("default"))
    applied.record_unapplied("contributions", "9999_later")
    assert left == ([] if SQLITE else ["contributions.9999_later"])


if SQLITE:

    def test_a_reader_sees_the_old_ledger_to_the_end_of_the_page(file):
        Deposit.objects.all().delete()

        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as reader:
            reader.execute("BEGIN")
            count = "SELECT count(*) FROM contributions_deposit"
            assert reader.execute(count).fetchone() == (0,)
            call_command("restore", file, replace=True, verbosity=0)
            assert reader.execute(count).fetchone() == (0,)
            reader.rollback()
            assert reader.execute(count).fetchone() == (1,)

    def test_a_writer_in_the_way_is_said_and_nothing_changes(file, monkeypatch):
        change_the_ledger()
        before = everything()
        monkeypatch.setattr(sqlite, "PATIENCE", 0)

        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as writer:
            writer.execute("BEGIN IMMEDIATE")
            with pytest.raises(CommandError, match=r"writing to the database. Nothing was changed"):
                call_command("restore", file, replace=True)
            writer.rollback()

        assert everything() == before


# PostgreSQL's programs


@pytest.fixture
def program(tmp_path, settings):
    """Return a function that makes a program in PG_BIN."""
    settings.PG_BIN = str(tmp_path)

    def make(script, name="pg_dump"):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)

    return make


@pytest.mark.parametrize(
    ("script", "match"),
    [
        ("", r"pg_dump is older than the server, which is 18\. Install .*PG_BIN"),
        ("echo 'pg_dump (PostgreSQL) 15.18 (Debian)'", r"pg_dump is older than the server"),
        (None, r"^pg_dump is missing\. Install .*postgresql-client-18\), or set PG_BIN"),
    ],
)
def test_a_program_that_is_missing_or_too_old_is_one_line(program, script, match):
    if script is not None:
        program(script)

    with pytest.raises(RefusedError, match=match) as refused:
        postgresql.program("pg_dump", 18)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("own", ["18.6", "19beta1"])
def test_a_program_of_the_servers_version_or_newer_serves(program, tmp_path, own):
    program(f"echo 'pg_dump (PostgreSQL) {own}'")

    assert postgresql.program("pg_dump", 18) == str(tmp_path / "pg_dump")


def test_without_pg_bin_the_programs_are_found_in_path(program, tmp_path, settings, monkeypatch):
    program("echo 'pg_dump (PostgreSQL) 18.6'")
    settings.PG_BIN = ""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    assert postgresql.program("pg_dump", 18) == str(tmp_path / "pg_dump")


def test_the_password_is_no_argument_that_others_see(program, tmp_path, monkeypatch):
    program('echo "$@"; echo "$PGPASSWORD@$PGHOST"')
    for name, value in {"PASSWORD": "open sesame", "HOST": "db.example.org"}.items():
        monkeypatch.setitem(connection.settings_dict, name, value)

    arguments, environment = postgresql.run(str(tmp_path / "pg_dump"), "--file=x").splitlines()

    assert arguments == "--file=x"
    assert environment == "open sesame@db.example.org"


def test_what_a_program_complains_of_is_said(program, tmp_path):
    program("echo 'no space left' >&2; exit 1")

    with pytest.raises(RefusedError, match="pg_dump failed, and nothing was changed: no space"):
        postgresql.run(str(tmp_path / "pg_dump"))


# Nothing is forgotten


@pytest.fixture
def own_register(monkeypatch):
    """Let a test register what is forgotten after it."""
    monkeypatch.setattr(figures.register, "_register", figures.register._register.copy())  # noqa: SLF001


def test_every_registered_figure_and_claim_is_counted(ledger):
    names = {reference.name for reference in every_reference(latest())}

    assert names == {entry.name for entry in registered()}


def test_every_group_stage_and_year_of_the_ledger_is_counted(ledger):
    found = {str(reference) for reference in every_reference(latest())}

    (statement,) = Donor.objects.get(slug="morocco").statements.all()
    for who in ("all", "unece", "global-south", "denmark", "morocco",
                f"signatories&statement={statement.slug}"):  # fmt: skip
        for stage in ("pledged", "committed", "deposited"):
            for year in ("", "&year=2023", "&year=2024"):
                assert f"contributed?by={who}&stage={stage}{year}" in found
    assert {"target?year=2023", "consecutive-year?year=2024"} <= found


def visits(snapshot, place, code):
    """Count what no figure of the portal counts."""


def test_a_parameter_that_nobody_enumerates_stops_the_backup(own_register, tmp_path):
    register_figure("visits", "Visits", place=str, code=str)(visits)

    with pytest.raises(NotEnumeratedError, match=r"“visits” takes code, place.*ON_RECORD"):
        call_command("backup", tmp_path / "copy")

    assert list(tmp_path.iterdir()) == []


def test_one_line_enumerates_the_parameters_of_a_new_figure(own_register, monkeypatch):
    register_figure("visits", "Visits", place=str, code=str)(visits)
    pairs = [(("place", "kenya"), ("code", code)) for code in ("b", "a")]

    monkeypatch.setitem(references.ON_RECORD, ("place", "code"), lambda _snapshot: pairs)

    found = [str(name) for name in every_reference(latest()) if name.name == "visits"]
    assert found == ["visits?place=kenya&code=a", "visits?place=kenya&code=b"]


def test_a_parameter_without_an_end_of_values_is_counted_at_its_default():
    found = [
        str(name) for name in every_reference(latest()) if name.name.startswith("objectives-n")
    ]

    assert found == ["objectives-nearly-all?at-least=20"]


def record(*, demonstration=False, **figures):
    moment = "2026-01-01T00:00:00+00:00"
    return Record("2026-01-01", moment, "sqlite", demonstration, figures, [], {})


def test_a_figure_that_only_newer_code_counts_is_no_difference():
    assert list(differences(record(old={}), record(old={}, new={}))) == []


def test_a_reference_more_or_less_of_a_known_figure_is_a_difference():
    backup = record(**{"target?year=2023": {"value": "1.00"}})
    restored = record(**{"target?year=2024": {"value": None}})

    assert list(differences(backup, restored)) == [
        'target?year=2023: {"value": "1.00"} in the backup, not counted restored',
        'target?year=2024: not counted in the backup, {"value": null} restored',
    ]


def test_the_demonstration_is_a_difference_of_its_own():
    found = differences(record(), record(demonstration=True))

    assert list(found) == ["whether it is the demonstration ledger"]
