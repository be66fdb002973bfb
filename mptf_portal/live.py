"""Never stale and never slow: the revision of what readers may see, and the bytes kept of it.

One row, the revision, changes in the transaction of every change to a public table, whoever makes
it and by whatever path, because database triggers change it. `KeptPages` stands around the WSGI
application. It asks for the revision with each request of a public page, and answers the bytes it
keeps only while they were made of that very revision; else Django makes the page anew, once. While
the ledger cannot be read, it answers the last bytes with a line that says so.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import get_language
from simple_history.models import HistoricalChanges

from mptf_portal.kept import Answer, Application, Environ, Page, Shelf, StartResponse
from mptf_portal.models import PublicEffect, PublicEffectRow, Revision
from mptf_portal.snapshot import READ

logger = logging.getLogger("mptf_portal.live")

PORTAL = ("mptf_portal", "programmes", "contributions")  # the apps whose rows reach readers
NEVER_PUBLIC = (Revision, PublicEffect, PublicEffectRow)
OUTSIDE = ("/admin/", "/static/", "/healthz", "/readyz")  # never a public page
MADE_OF = "mptf_portal.made_of"  # where Django leaves, in the WSGI environment, what a page is of
UNREADABLE = "mptf_portal.unreadable"  # and that it could not read the ledger
PAUSE = 1.0  # seconds in which what could not be read is not asked again


class State(NamedTuple):
    """A revision: where two are equal, every public table holds the same rows."""

    number: int
    mark: str


class Published(NamedTuple):
    """What a page is made of: the revision, the last published change, and the next one known."""

    state: State | None
    last: datetime | None
    until: datetime


# The revision and its triggers


def public_tables() -> dict[str, type[Model]]:
    """Return every table whose rows may reach a public page, many-to-many ones too."""
    found = {
        model._meta.db_table: model
        for label in PORTAL
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model not in NEVER_PUBLIC
        and not getattr(model, "never_public", False)
        and not issubclass(model, HistoricalChanges)
    }
    return dict(sorted(found.items()))


def before_migrate(using: str, **_signal: Any) -> None:
    """Keep no page on SQLite while a migration runs: without a revision each is made anew.

    A table that a migration rebuilds loses its triggers there, and its writers raise nothing until
    `after_migrate` has run; the triggers of the others would bring the revision back meanwhile.
    """
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master"
            " WHERE type = 'trigger' AND sql LIKE '%mptf_portal_revision%'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        if Revision._meta.db_table in connection.introspection.table_names(cursor):
            cursor.execute("DELETE FROM mptf_portal_revision")


def after_migrate(using: str, **_signal: Any) -> None:
    """Make the triggers of every public table, and raise the revision: the schema may be new.

    A database that is migrated in part gets the triggers of the tables it has.
    """
    connection = connections[using]
    present = set(connection.introspection.table_names())
    if Revision._meta.db_table not in present:
        return
    tables = [table for table in public_tables() if table in present]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in TRIGGERS[connection.vendor](tables):
            cursor.execute(statement)


def _sqlite_triggers(tables: list[str]) -> Iterator[str]:
    """SQLite knows triggers of each row alone."""
    begin = (
        "INSERT INTO mptf_portal_revision (id, number, mark)"
        " SELECT 1, 0, '' WHERE NOT EXISTS (SELECT 1 FROM mptf_portal_revision)"
    )
    change = "UPDATE mptf_portal_revision SET number = number + 1, mark = hex(randomblob(16))"
    for table in tables:
        for act in ("insert", "update", "delete"):
            name = f"live_{table}_{act}"
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN {begin}; {change}; END"
    yield from (begin, change)


def _postgresql_triggers(tables: list[str]) -> Iterator[str]:
    """One trigger for each statement, before it, so that crossing writers wait for each other.

    AFTER, each would hold its rows when it asks for the revision, and they would deadlock; FOR EACH
    ROW, a bulk load would raise the revision for every line of it. A trigger that stands is left
    alone: making it again would lock its table, and deadlock with a form that writes two tables.
    """
    yield """
        CREATE OR REPLACE FUNCTION mptf_portal_raise_revision() RETURNS trigger
        LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
        BEGIN
            UPDATE mptf_portal_revision SET number = number + 1, mark = gen_random_uuid();
            IF NOT FOUND THEN
                INSERT INTO mptf_portal_revision VALUES (1, 1, gen_random_uuid());
            END IF;
            RETURN NULL;
        END $$"""
    for table in tables:
        # 62: the row-level bit off; BEFORE; insert, delete, update and truncate.
        yield f"""
            DO $$ BEGIN
                IF NOT EXISTS (
                    SELECT FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgname = 'live'
                    AND tgtype = 62 AND tgenabled = 'O'
                    AND tgfoid = 'mptf_portal_raise_revision'::regproc
                ) THEN
                    CREATE OR REPLACE TRIGGER live BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE
                    ON {table} FOR EACH STATEMENT EXECUTE FUNCTION mptf_portal_raise_revision();
                END IF;
            END $$"""
    # No row changes, and the trigger raises the revision all the same.
    yield f"DELETE FROM {tables[0]} WHERE false"  # noqa: S608 (a table of ours)


TRIGGERS = {"sqlite": _sqlite_triggers, "postgresql": _postgresql_triggers}


def lock_revision() -> None:
    """Make this transaction the only one that writes to public tables until it ends.

    A transaction that locks rows before it writes calls this first. A plain save takes the revision
    before its row; taken the other way round, the two would wait for each other for ever. SQLite
    has one writer at a time anyway.
    """
    Revision.objects.select_for_update().first()


def published(using: str, now: datetime) -> Published:
    """Return the revision, when the last published change was, and until when both stand.

    That is the next moment at which a row becomes or stops being public, or midnight (UTC), when
    today is another day. Ask before any other question of the same transaction: data that is newer
    than its revision is shown once too often, data that is older would be kept for ever.
    """
    connection = connections[using]
    moment = connection.ops.adapt_datetimefield_value(now)
    sql = _published_sql()
    with connection.cursor() as cursor:
        cursor.execute(sql, [moment] * sql.count("%s"))
        row = cursor.fetchone()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    if row is None:
        return Published(None, None, midnight)
    last, following = (_moment(value) for value in row[2:])
    return Published(State(*row[:2]), last, min(following or midnight, midnight))


@cache
def _published_sql() -> str:
    """Ordered and cut to one row, each part is the end of an index, however many rows there are.

    PostgreSQL takes longer to plan sixteen times two aggregates than to answer any other question.
    """
    every = " UNION ALL ".join(
        f"SELECT {column} AS at FROM {table}"  # noqa: S608 (names of our own tables)
        for table, model in public_tables().items()
        for column in ("public_from", "public_until")
        if column in {field.column for field in model._meta.concrete_fields}
    )
    last, following = (
        f"SELECT at FROM ({every}) AS {name} WHERE at {end} LIMIT 1"  # noqa: S608 (as above)
        for name, end in (("passed", "<= %s ORDER BY at DESC"), ("to_come", "> %s ORDER BY at"))
    )
    return f"SELECT number, mark, ({last}), ({following}) FROM mptf_portal_revision"  # noqa: S608


def _moment(value: datetime | str | None) -> datetime | None:
    """Return a moment of a raw query: what SQLite keeps has no time zone, and is UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


# The bytes kept of a revision


class KeptPages:
    """The WSGI application of the portal: public pages from kept bytes, all else from Django.

    A page is known by scheme, host, path and query, and kept only once Django answered it as a
    public page: so the host is one that Django allowed, and every parameter one that the page knows
    (`mptf_portal.pages.public_page`). The security headers are kept with the bytes.
    """

    def __init__(self, application: Application, *, room: int = 16_000_000) -> None:
        """Keep at most `room` bytes of pages in this process, those asked for last."""
        self.application = application
        self.shelf = Shelf(room)
        self.ledger = Ledger()
        self.making = [Lock() for _ in range(64)]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Any:
        """Answer one request."""
        is_read = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        if not is_read or environ["PATH_INFO"].startswith(OUTSIDE):
            return self.application(environ, start_response)
        key = _key(environ)
        answer = self._kept(key)
        if answer is None:
            # Of a crowd that asks for one page, the first has it made and the others wait.
            with self.making[hash(key) % len(self.making)]:
                answer = self._kept(key) or self._made(key, environ)
        return answer(environ, start_response)

    def _kept(self, key: tuple) -> Callable | None:
        """Return what is kept under the key if it is true this very moment."""
        state = self.ledger.state()  # asked for a new page, too: it revives a lost connection
        page = self.shelf.get(key)
        if page is None:
            return None
        if self.ledger.unreadable_since:
            return page.last_known(page.failed_since or self.ledger.unreadable_since)
        now = time.time()
        if page.state == state and now < page.until:
            page.checked, page.failed_since = now, None
            return page
        if page.failed_since and time.monotonic() < page.made_again_at:
            return page.last_known(page.failed_since)
        return None

    def _made(self, key: tuple, environ: Environ) -> Callable:
        """Have Django answer, and keep what it says is a public page."""
        answer = Answer.of(self.application, environ)
        if environ.pop(UNREADABLE, False):
            if page := self.shelf.get(key):
                answer.read()  # as a server does, so that Django ends the request
                page.failed(PAUSE)
                return page.last_known(page.failed_since)
            return answer
        made_of, language = environ.pop(MADE_OF, (None, ""))
        if made_of is None or made_of.state is None or not answer.may_be_kept:
            return answer
        page = Page(answer, made_of.state, made_of.until.timestamp(), language)
        self.shelf.put(key, page)
        return page


def made_of(request: HttpRequest, published: Published) -> None:
    """Note on the request that its answer is a public page, and what it is made of."""
    request.environ[MADE_OF] = published, get_language()


def could_not_read(request: HttpRequest) -> None:
    """Note on the request that the ledger could not be read for its answer."""
    request.environ[UNREADABLE] = True


def _key(environ: Environ) -> tuple:
    proxy_says = settings.SECURE_PROXY_SSL_HEADER
    return (
        environ["wsgi.url_scheme"],
        environ.get(proxy_says[0]) if proxy_says else None,
        environ.get("HTTP_HOST"),
        environ.get("SCRIPT_NAME"),
        environ["PATH_INFO"],
        environ.get("QUERY_STRING"),
    )


class Ledger:
    """Asks for the revision with each request, and knows since when there is no answer."""

    def __init__(self) -> None:
        self.unreadable_since: float | None = None
        self._asked_again_at = 0.0

    def state(self) -> State | None:
        """Return the revision, by one raw query; None while it cannot be read."""
        if self.unreadable_since and time.monotonic() < self._asked_again_at:
            return None
        connection = connections[READ]
        try:
            state = _revision(connection)
        except (Error, connection.Database.Error):
            if self.unreadable_since is None:
                logger.exception("the ledger cannot be read")
            self.failed()
            return None
        self.unreadable_since = None
        return state

    def failed(self) -> None:
        """Note that the ledger could not be read, and leave it alone for a moment."""
        if self.unreadable_since is None:
            self.unreadable_since = time.time()
        self._asked_again_at = time.monotonic() + PAUSE


def _revision(connection: BaseDatabaseWrapper) -> State | None:
    """Ask on the kept-open connection; on another one if the server has hung up on it."""
    was_open = connection.connection is not None
    try:
        return _ask(connection)
    except (Error, connection.Database.Error):
        if not was_open or connection.is_usable():
            raise
        connection.close()
        return _ask(connection)


def _ask(connection: BaseDatabaseWrapper) -> State | None:
    """Ask past Django's own cursor, which costs more than the question."""
    connection.ensure_connection()
    cursor = connection.connection.cursor()
    try:
        cursor.execute("SELECT number, mark FROM mptf_portal_revision")
        row = cursor.fetchone()
    finally:
        cursor.close()
    return State(*row) if row else None
