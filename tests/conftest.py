"""What every test stands on."""

import hypothesis
import pytest
from django.db import connections

# The same examples on every machine, however slow it is.
# The same examples in every run: few by themselves, many with `--hypothesis-profile thorough`.
SAME = {
    "derandomize": True,
    "deadline": None,
    "suppress_health_check": [hypothesis.HealthCheck.too_slow],
}
hypothesis.settings.register_profile("tests", max_examples=10, **SAME)
hypothesis.settings.register_profile("thorough", max_examples=100, **SAME)
hypothesis.settings.load_profile("tests")


def pytest_collection_modifyitems(items):
    """Open both aliases to every test that uses the database."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        transactional = not {"transactional_db", "live_server"}.isdisjoint(item.fixturenames)
        if marker or transactional or "db" in item.fixturenames:
            options = {"transaction": transactional} | (marker.kwargs if marker else {})
            options["databases"] = ["default", "read"]
            item.add_marker(pytest.mark.django_db(**options), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Count a skipped test as failed: what was not tried does not work."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {call.excinfo.value}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """Count a skipped module as failed, too."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
    return report


@pytest.fixture(autouse=True)
def read_in_the_same_transaction(request):
    """Let the alias `read` see what the test wrote.

    A test's rows stay in its own transaction on `default`. A transactional test commits, and reads
    through the real alias.
    """
    marker = request.node.get_closest_marker("django_db")
    if marker is None or marker.kwargs["transaction"]:
        yield
        return
    request.getfixturevalue("db")
    own, connections["read"] = connections["read"], connections["default"]
    yield
    connections["read"] = own


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """Hang up on `read` before the test database is dropped; Django forgets mirrors."""
    yield
    connections["read"].close()


@pytest.fixture
def nothing_foretold(monkeypatch):
    """Spare acts the count of what they change for readers, which has tests of its own."""
    monkeypatch.setattr("mptf_portal.consequences._watches", [])
