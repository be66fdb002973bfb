"""What the first page costs a reader who has nothing of it yet, served as in production."""

import subprocess
import sys

import pytest
from django.core.management import call_command

from tests.servers import ROOT, environment, gunicorn

pytestmark = pytest.mark.django_db(transaction=True)

BEHIND_TLS = {"X-Forwarded-Proto": "https"}  # as a proxy says that ends TLS


@pytest.fixture
def served(tmp_path):
    """Return a gunicorn with hashed and compressed files, as a deployment has it."""
    for name in ("reference", "published", "statement"):
        call_command(f"load_{name}", verbosity=0)
    own = {
        "PORTAL_LOCAL": "0",
        "TRUST_X_FORWARDED_PROTO": "1",
        "STATIC_ROOT": str(tmp_path / "static"),
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--ignore", "admin"]
    subprocess.run(collect, cwd=ROOT, env=environment(**own), check=True, capture_output=True)
    with gunicorn(tmp_path, **own) as process:
        yield process


def test_the_statement_is_light_to_load(browser, served):
    loaded = {}
    context = browser.new_context(extra_http_headers=BEHIND_TLS)
    page = context.new_page()
    page.on("requestfinished", lambda request: loaded.update({request.url: weight(request)}))

    page.goto(f"http://127.0.0.1:{served.port}/", wait_until="networkidle")

    context.close()
    fonts = {url: size for url, size in loaded.items() if url.endswith(".woff2")}
    assert len(fonts) >= 2, loaded
    assert len(loaded) > len(fonts) + 3, loaded
    assert sum(loaded.values()) - sum(fonts.values()) < 60_000, loaded
    assert sum(loaded.values()) < 160_000, loaded


def weight(request):
    """Return the bytes that an answer took on the wire, its headers included."""
    sizes = request.sizes()
    assert request.response().status == 200, request.url
    return sizes["responseHeadersSize"] + sizes["responseBodySize"]
