"""What every public address promises: status, headers, no cookie, a fixed number of queries."""

from decimal import Decimal

import pytest
from django.db import connections
from django.test import Client

from contributions.delivery import deliver, freeze
from contributions.models import Pledge
from mptf_portal import figures
from mptf_portal.live import latest
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db

PAGES = {  # address → queries, the two of its transaction's savepoint in tests included
    "/": 9,
    "/statements/read-out/": 9,
    "/statements/read-out/delivered/": 6,
    "/statements/read-out/delivered/record.json": 4,
    "/statements/to-come/delivered/": 5,
    "/contributions/": 22,
    "/figures/contributed/": 6,
    "/figures/contributed/?by=unece&stage=pledged&year=2023": 7,
    "/figures/donors/": 6,
    "/figures/outstanding/": 5,
    "/figures/target/?year=2023": 4,
    "/figures/target-gap/?year=2023": 8,
    "/figures/target-reached/?year=2023": 8,
    "/figures/consecutive-year/?year=2024": 9,
}


@pytest.fixture(autouse=True)
def _ledger():
    EditionFactory(statement__slug="to-come")
    edition = EditionFactory(statement__slug="read-out", markdown="[XX](figure:contributed)")
    TargetFactory()
    DepositFactory(pledge=EntryFactory(amount=Decimal(900)).pledge)
    deliver(edition, freeze(edition, latest()))


@pytest.mark.parametrize("address", PAGES)
def test_a_public_page_sets_no_cookie_and_is_the_same_for_staff(client, admin_client, address):
    for_readers = client.get(address)
    for_staff = admin_client.get(address)

    assert for_readers.status_code == 200
    assert not for_readers.cookies
    assert not for_staff.cookies
    assert "Cookie" not in for_readers.get("Vary", "")
    assert for_staff.content == for_readers.content


@pytest.mark.parametrize("address", [*PAGES, "/nothing", "/figures/nothing/", "/figures/target/"])
def test_every_answer_is_guarded_by_its_headers(client, address):
    headers = client.get(address).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["X-Request-ID"]


@pytest.mark.parametrize(("address", "number"), PAGES.items())
def test_the_number_of_queries_does_not_grow_with_rows(client, address, number):
    add_rows(1)
    few = queries(client, address)
    add_rows(30)

    assert (few, queries(client, address)) == (number, number)


def add_rows(number):
    """Add donors, each with a signed pledge and a deposit."""
    for _number in range(number):
        entry = EntryFactory(pledge__donor=DonorFactory(in_unece=True), amount=Decimal(900))
        DepositFactory(pledge=entry.pledge)
        TargetFactory(year=2025 + TargetFactory._meta.model.objects.count())


def queries(client, address):
    """Count the queries of one request."""
    connection = connections["default"]
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    client.get(address)
    return len(connection.queries_log)


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "trace"])
def test_a_public_page_is_only_read(client, method):
    assert getattr(client, method)("/contributions/").status_code == 405


def test_head_is_answered_without_a_body(client):
    response = client.head("/")

    assert (response.status_code, response.content) == (200, b"")


def test_an_unknown_address_is_answered_in_the_sites_own_form(client):
    response = client.get("/nothing")

    assert response.status_code == 404
    assert b"There is no page at this address" in response.content
    assert b'<header class="site-header">' in response.content


def test_an_unknown_figure_has_no_page(client):
    assert client.get("/figures/nothing/").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "by=nobody",
        "by=a%00b",
        "by=signatories&statement=a%00",
        "by=%3Cscript%3E",
        "stage=paid",
        "year=1",
        "x=1",
        "by=all&by=unece",
        "by=",
    ],
)
def test_a_wrong_parameter_is_answered_400_with_the_way_out(client, query):
    response = client.get(f"/figures/contributed/?{query}")

    assert response.status_code == 400
    assert b"<script" not in response.content
    assert b"The address cannot be answered as it stands" in response.content


def test_a_fault_is_answered_in_the_sites_own_form(client, monkeypatch):
    def fail(*_arguments):
        raise RuntimeError

    monkeypatch.setattr(figures, "count", fail)
    client.raise_request_exception = False

    response = client.get("/figures/donors/")

    assert response.status_code == 500
    assert b"The page could not be made" in response.content
    assert b"Traceback" not in response.content


def test_a_long_table_goes_on_over_pages_and_keeps_its_total(client):
    pledge = Pledge.objects.get()
    for _number in range(500):
        DepositFactory(pledge=pledge)

    first = client.get("/figures/contributed/").content.decode()
    second = client.get("/figures/contributed/?page=2").content.decode()

    assert "Rows 1 to 500 of 501" in first
    assert "Rows 501 to 501 of 501" in second
    assert 'href="/figures/contributed/?by=all&amp;stage=deposited&amp;page=2"' in first
    for page in (first, second):
        assert 'class="total" value="50100.00"' in page


def test_two_visitors_never_see_different_totals(client):
    client.get("/contributions/?by=unece")

    assert client.get("/contributions/").content == Client().get("/contributions/").content


def test_health_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert response.json() == {"status": "up"}


def test_readiness_needs_every_migration(client, monkeypatch):
    assert client.get("/readyz").status_code == 200
    plan = "django.db.migrations.executor.MigrationExecutor.migration_plan"
    monkeypatch.setattr(plan, lambda _self, _targets: ["a migration"])

    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (503, {"status": "migrations wait"})
