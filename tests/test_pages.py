"""What every public address promises: status, headers, no cookie, one answer for all."""

import pytest
from django.test import Client

from contributions.models import Pledge
from mptf_portal import figures
from tests.addresses import ADDRESSES, one_of_each
from tests.factories import DepositFactory

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture(autouse=True)
def _record():
    one_of_each()


@pytest.mark.parametrize("cookie", ["csrftoken=x", "sessionid=x", "messages=x"])
@pytest.mark.parametrize("address", ["/contributions/", "/robots.txt", "/nowhere/"])
def test_a_malformed_cookie_is_answered_by_none(client, address, cookie):
    answer = client.get(address, headers={"cookie": cookie})

    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_public_page_sets_no_cookie_and_is_the_same_for_staff(client, admin_client, subtests):
    for address in ADDRESSES:
        with subtests.test(address):
            for_readers = client.get(address)
            for_staff = admin_client.get(address)

            assert for_readers.status_code == 200
            assert not for_readers.cookies
            assert not for_staff.cookies
            assert "Cookie" not in for_readers.get("Vary", "")
            assert for_staff.content == for_readers.content


def test_every_answer_is_guarded_by_its_headers(client, subtests):
    for address in [*ADDRESSES, "/nothing", "/figures/nothing/", "/figures/target/"]:
        with subtests.test(address):
            headers = client.get(address).headers

            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
            assert "geolocation=()" in headers["Permissions-Policy"]
            assert headers["X-Request-ID"]


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "trace"])
def test_a_public_page_is_only_read(client, method):
    answers = {address: getattr(client, method)(address).status_code for address in ADDRESSES}

    assert answers == dict.fromkeys(ADDRESSES, 405)


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
    pledge = Pledge.objects.get(donor__slug="denmark")
    for _number in range(500):
        DepositFactory(pledge=pledge)

    first = client.get("/figures/contributed/").content.decode()
    second = client.get("/figures/contributed/?page=2").content.decode()

    assert "Rows 1 to 500 of 502" in first
    assert "Rows 501 to 502 of 502" in second
    assert 'href="/figures/contributed/?by=all&amp;stage=deposited&amp;page=2"' in first
    for page in (first, second):
        assert 'class="total" value="50100.00"' in page


@pytest.mark.parametrize(
    "address",
    [
        "/contributions/",
        "/contributions/pledges/",
        "/contributions/donors/",
        "/contributions/donors/denmark/",
        "/contributions/targets/2023/",
        "/corrections/",
        "/programmes/",
        "/programmes/border/",
        "/programmes/objectives/1/",
        "/statements/",
        "/figures/donors/",
    ],
)
def test_a_table_has_no_page_past_its_last_and_its_first_has_no_number(client, address):
    assert client.get(f"{address}?page=2").status_code == 404

    first = client.get(f"{address}?page=1")

    assert (first.status_code, first["Location"]) == (302, address)


def test_a_later_page_has_an_address_of_its_own(client):
    pledge = Pledge.objects.get(donor__slug="denmark")
    for _number in range(500):
        DepositFactory(pledge=pledge)

    html = client.get("/figures/contributed/?page=2").content.decode()

    own = "http://testserver/figures/contributed/?by=all&amp;stage=deposited&amp;page=2"
    assert f'<link rel="canonical" href="{own}">' in html
    assert f'<meta property="og:url" content="{own}">' in html


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
