"""What the portal is measured beside: the same bytes, with nothing to count.

`view` is one Django view without middleware, `stock` the same view behind the middleware of a new
Django project, `bare` a WSGI application. The bytes are in the file BENCH_BYTES.
"""

import os
from pathlib import Path

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

BYTES = Path(os.environ["BENCH_BYTES"]).read_bytes()
STOCK = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def constant(_request: HttpRequest) -> HttpResponse:
    """Answer the bytes."""
    return HttpResponse(BYTES)


def bare(_environ: dict, start_response):
    """Answer the bytes without Django."""
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(BYTES)))]
    start_response("200 OK", headers)
    return [BYTES]


urlpatterns = [path("", constant)]
settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="measures nothing secret",
    MIDDLEWARE=STOCK if os.environ.get("BENCH_STOCK") else [],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
)
view = None
if os.environ.get("BENCH_DJANGO"):
    import django

    django.setup()
    view = WSGIHandler()
