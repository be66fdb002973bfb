"""What every request passes through: its id, its line in the log, and one more header."""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("mptf_portal.request")

GetResponse = Callable[[HttpRequest], HttpResponse]
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
SECRET = re.compile(r"(?<=/password/reset/key/).+")  # of a link that sets a password
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class JsonFormatter(logging.Formatter):
    """One JSON object a line; `request_id` and `fields` come from the record's `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a record about a request carries that request's id."""
        request_id = getattr(getattr(record, "request", None), "request_id", None)
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **({"request_id": request_id} if request_id else {}),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class RequestLogMiddleware:
    """Give each request an id, answer it in `X-Request-ID`, and log the request once.

    An id that a proxy sent is kept when it looks like one. The line holds method, path, status
    and duration: no address, no user agent, no query string, no user, no key of a mailed link.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and log it."""
        sent = request.headers.get("X-Request-ID", "")
        request.request_id = sent if REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request.request_id
        fields = {
            "method": request.method,
            "path": SECRET.sub("…", request.path),
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        }
        logger.info("request", extra={"request": request, "fields": fields})
        return response


class PublicWithoutCookiesMiddleware:
    """Read no cookie outside the desk, so that nothing public depends on one, or answers it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if not request.path.startswith(settings.SESSION_COOKIE_PATH):
            request.META.pop("HTTP_COOKIE", None)
        return self.get_response(request)


class PermissionsPolicyMiddleware:
    """Deny the browser features that no page of the portal uses."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the header."""
        response = self.get_response(request)
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        return response
