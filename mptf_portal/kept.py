"""An answer as it is kept: its bytes in each encoding, and what is answered of them."""

import gzip
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from threading import Lock
from typing import Any

import brotli
from django.template.loader import render_to_string
from django.utils import translation

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Header = tuple[str, str]

OK = "200 OK"
# What an answer has of its own: the request's id, and what is stated anew of the bytes kept.
OWN = {"x-request-id", "content-length", "cache-control", "etag", "vary", "content-encoding"}
# Revalidated at every use. For nginx: stored as out of date already, for the case that nobody
# answers (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_valid).
KEPT = [("Cache-Control", "public, no-cache"), ("X-Accel-Expires", "@1")]
LAST_KNOWN = [("Cache-Control", "no-store"), ("X-Accel-Expires", "0")]
NOTICE_GOES_BEFORE = b'<header class="site-header">'
REFUSED = re.compile(r"q=0(\.0*)?")
MAKE = {
    "": lambda body: body,
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
    "br": lambda body: brotli.compress(body, quality=5),
}


@dataclass(slots=True)
class Answer:
    """An answer of Django, and the iterable of its body, untouched."""

    status: str
    headers: list[Header]
    body: Iterable[bytes]
    exc_info: Any = None

    @classmethod
    def of(cls, application: Application, environ: Environ) -> "Answer":
        """Return what the application answers; a body that streams has not been read."""
        started: list[Any] = []
        body = application(environ, lambda *arguments: started.append(arguments))
        status, headers, *rest = started[-1]
        return cls(status, headers, body, *rest)

    def __call__(self, _environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass it on as it is."""
        start_response(self.status, self.headers, *([self.exc_info] if self.exc_info else []))
        return self.body

    @property
    def may_be_kept(self) -> bool:
        """Tell whether it is whole, and the same for every reader."""
        named = {name.lower(): value.lower() for name, value in self.headers}
        personal = "set-cookie" in named or "cookie" in named.get("vary", "")
        return self.status == OK and not personal and not getattr(self.body, "streaming", False)

    def read(self) -> bytes:
        """Return the whole body, and close it as a server does."""
        try:
            return b"".join(self.body)
        finally:
            if close := getattr(self.body, "close", None):
                close()


@dataclass(slots=True)
class Variant:
    """The bytes in one encoding, with the headers of their 200 and of their 304."""

    body: bytes
    etag: str
    whole: list[Header]
    unchanged: list[Header]


class Page:
    """The bytes of a public page, the revision they were made of, and until when they stand."""

    def __init__(self, answer: Answer, state: Any, until: float, language: str) -> None:
        """Read the answer and encode it; `until` in seconds since 1970."""
        self.state, self.until, self.language = state, until, language
        self.checked = datetime.now(UTC).timestamp()
        self.failed_since: float | None = None  # since when it could not be made anew
        self.made_again_at = 0.0  # on the monotonic clock
        headers = (header for header in answer.headers if header[0].lower() not in OWN)
        self.headers = [(name, in_one_order(name, value)) for name, value in headers]
        body = answer.read()
        self.variants = {encoding: self._variant(encoding, body) for encoding in MAKE}
        self.size = sum(len(variant.body) for variant in self.variants.values())

    def _variant(self, encoding: str, body: bytes) -> Variant:
        encoded = MAKE[encoding](body)
        # Headers count, too: who holds the old ones must not be told that nothing changed.
        made_of = repr((self.headers, encoding)).encode() + encoded
        etag = f'"{blake2b(made_of, digest_size=15).hexdigest()}"'
        unchanged = [*self.headers, *KEPT, ("Vary", "Accept-Encoding"), ("ETag", etag)]
        unchanged = [header for header in unchanged if header[0].lower() != "content-type"]
        types = [header for header in self.headers if header[0].lower() == "content-type"]
        whole = [*types, ("Content-Length", str(len(encoded))), *unchanged]
        if encoding:
            whole.append(("Content-Encoding", encoding))
        return Variant(encoded, etag, whole, unchanged)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Sequence[bytes]:
        """Answer the bytes in the best encoding the reader takes, or that they are the same."""
        variant = self.variants[best_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
        has = environ.get("HTTP_IF_NONE_MATCH")
        if has is not None and (has == variant.etag or _matches(has, variant.etag)):
            start_response("304 Not Modified", variant.unchanged.copy())
            return []
        start_response(OK, variant.whole.copy())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [variant.body]

    def failed(self, pause: float) -> None:
        """Note that it could not be made anew, and leave it alone for `pause` seconds."""
        self.failed_since = self.failed_since or time.time()
        self.made_again_at = time.monotonic() + pause

    def last_known(self, since: float) -> Callable[[Environ, StartResponse], Sequence[bytes]]:
        """Return what answers the bytes with a line that the ledger cannot be read since then."""
        moments = {"since": since, "checked": self.checked}
        context = {name: datetime.fromtimestamp(value, UTC) for name, value in moments.items()}
        with translation.override(self.language):
            notice = render_to_string("includes/unreadable.html", context).encode()
        body = self.variants[""].body.replace(NOTICE_GOES_BEFORE, notice + NOTICE_GOES_BEFORE, 1)

        def answer(environ: Environ, start_response: StartResponse) -> Sequence[bytes]:
            start_response(OK, [*self.headers, *LAST_KNOWN, ("Content-Length", str(len(body)))])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

        return answer


class Shelf:
    """The pages kept, no more than there is room for; the one not asked for longest goes first."""

    def __init__(self, room: int) -> None:
        self.room, self.taken = room, 0
        self._pages: OrderedDict[Any, Page] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any) -> Page | None:
        """Return the page, and count it as the one asked for last."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Any, page: Page) -> None:
        """Put the page in the place of an older one."""
        with self._lock:
            older = self._pages.pop(key, None)
            self._pages[key] = page
            self.taken += page.size - (older.size if older else 0)
            while self.taken > self.room:
                _key, dropped = self._pages.popitem(last=False)
                self.taken -= dropped.size


def in_one_order(name: str, value: str) -> str:
    """Return the header's value with a policy's directives sorted.

    django-csp keeps them in a set, whose order each process chooses: the same page would have
    another ETag on each server.
    """
    if not name.lower().startswith("content-security-policy"):
        return value
    return "; ".join(sorted(directive.strip() for directive in value.split(";")))


@lru_cache(maxsize=512)
def best_encoding(accepted: str) -> str:
    """Return which of our encodings the header Accept-Encoding takes, the smallest first."""
    taken = {}
    for part in accepted.lower().split(","):
        name, _semicolon, quality = part.replace(" ", "").partition(";")
        taken[name] = not REFUSED.fullmatch(quality)
    default = taken.get("*", False)
    return next((name for name in ("br", "gzip") if taken.get(name, default)), "")


def _matches(has: str, etag: str) -> bool:
    """Compare the header If-None-Match as RFC 9110 says: any in the list, weak ones too."""
    return has.strip() == "*" or etag in (one.strip().removeprefix("W/") for one in has.split(","))
