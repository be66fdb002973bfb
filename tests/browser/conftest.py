"""A real browser for the tests in this folder, with an eye on what it complains about.

`page` is opened at both sizes, so its test runs twice; `phone` and `desktop` are one size each;
`open_page(**options)` takes what Playwright's `new_context` takes (`java_script_enabled=False`,
`color_scheme="dark"`). Addresses are relative: `page.goto("/")`. `axe(page)` fails on any
accessibility rule that is broken. `picture(page, "pledge-form")` takes a picture of the officer's
guide: `make guide` keeps it in docs/img/desk/.
"""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import sync_playwright

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
# All that axe asks of its own accord, and how large a target is (WCAG 2.2), which it leaves out.
ASKED = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
IN_THE_DARK = ["color-contrast"]  # the rest is the same in every light
GUIDE = "GUIDE"  # the environment's name for the folder that keeps the guide's pictures
MISSING = (
    "The browser tests need Chromium: install the Debian package chromium-headless-shell, or set "
    "CHROMIUM to the path of the browser."
)


def pytest_collection_modifyitems(items):
    """Mark every test of this folder as a browser test."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")


def find_chromium():
    """Return the path of the system's Chromium; one without windows is a third faster."""
    names = [os.environ.get("CHROMIUM"), "chromium-headless-shell", "chromium",
             "chromium-browser", "google-chrome"]  # fmt: skip
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return found or pytest.exit(MISSING, returncode=1)


@pytest.fixture(scope="package")
def browser():
    """Start Chromium once; it ends with the last test of this folder."""
    arguments = ["--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox refuses root
    path = find_chromium()
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's event loop runs in this thread; Django would refuse its database here.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            yield playwright.chromium.launch(executable_path=path, args=arguments)


@pytest.fixture(autouse=True)
def _no_attempts_yet(transactional_db):
    """Forget who signed in before: limits count what is committed, from all tests of a minute."""
    cache.clear()


@pytest.fixture
def problems():
    """Collect what the browser complains about; a test that expects a complaint removes it."""
    found = []
    yield found
    assert not found, "\n".join(["The browser complained:", *found])


@pytest.fixture
def open_page(browser, live_server, problems):
    """Return a function that opens a page in a context of its own.

    A console error (a refused Content-Security-Policy or a missing file is one), an exception in a
    script and a request to another host each fail the test.
    """

    def on_console(message):
        if message.type == "error":
            problems.append(f"{message.text} ({message.location['url']})")

    def on_request(request):
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.netloc != here:
            problems.append(f"Request to another host: {request.url}")

    def open_one(**options):
        context = stack.enter_context(browser.new_context(base_url=live_server.url, **options))
        context.on("console", on_console)
        context.on("weberror", lambda web_error: problems.append(str(web_error.error)))
        context.on("request", on_request)
        return context.new_page()

    assert not live_server.thread.connections_override, "the threads would share a connection"
    here = urlsplit(live_server.url).netloc
    with ExitStack() as stack:
        yield open_one


@pytest.fixture
def phone(open_page):
    """Return a page of a telephone's size."""
    return open_page(**PHONE)


@pytest.fixture
def desktop(open_page):
    """Return a page of a desk screen's size."""
    return open_page(**DESKTOP)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(open_page, request):
    """Return a page, once at each size."""
    return open_page(**request.param)


@pytest.fixture
def axe(problems):
    """Return a function that fails the test with axe's report on the page.

    Its options are axe's own, as in `axe(page, runOnly=["wcag2a"])`.
    """

    def check(page, **options):
        before = len(problems)
        script = "0" if page.evaluate("'axe' in window") else AXE_SCRIPT
        results = Axe(script).run(page, options={**ASKED, **options})
        del problems[before:]  # axe sets inline styles of its own while it measures
        assert results.violations_count == 0, results.generate_report()

    return check


@pytest.fixture
def picture(tmp_path):
    """Return a function that pictures a page, or one part of it, under a name of the guide's.

    `make guide` names the folder that keeps them; in every other run they are taken and let go.
    """
    folder = Path(os.environ.get(GUIDE, tmp_path))
    folder.mkdir(parents=True, exist_ok=True)

    def take(page, name, part=None):
        path = folder / f"{name}.png"
        if part is None:
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=path, full_page=True)
        else:
            page.locator(part).first.screenshot(path=path)

    return take
