"""Two officers on one page: the second save is refused, shows both versions, and loses nothing."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from contributions.models import Deposit
from mptf_portal.editing import KeptAdmin
from programmes.models import Country, Objective
from tests.contributions import desk
from tests.factories import (
    CountryFactory,
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ProgrammeFactory,
)
from tests.programmes.register import desk_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_foretold")]


@pytest.fixture
def row():
    return DepositFactory(public_from=None, amount=Decimal(5), evidence="Receipt 1")


def rows_of(html):
    """Return the table of what was changed meanwhile, as text."""
    return html.partition('<div class="conflicts">')[2].partition("</table>")[0]


def test_the_second_save_is_refused_with_both_versions_side_by_side(row):
    first, second, address = desk.officer(), desk.approver(), desk.page("deposit", "change", row.pk)
    opened = desk.shown(second, address)
    desk.save(first, address, desk.shown(first, address) | {"evidence": "Receipt 2"})

    answer = second.post(address, opened | {"evidence": "Receipt 3", "received_on": "2024-03-01"})

    told = rows_of(answer.content.decode())
    assert "Somebody else saved this page" in desk.errors(answer)
    for said in ("Evidence", "Receipt 1", "Receipt 2", "olga", "Receipt 3"):
        assert said in told
    form = answer.context["adminform"].form
    assert (form["evidence"].value(), form["received_on"].value()) == ("Receipt 3", "2024-03-01")
    assert Deposit.objects.get().evidence == "Receipt 2"


def test_who_has_seen_both_versions_saves(row):
    first, second, address = desk.officer(), desk.approver(), desk.page("deposit", "change", row.pk)
    opened = desk.shown(second, address)
    desk.save(first, address, desk.shown(first, address) | {"evidence": "Receipt 2"})
    refused = second.post(address, opened | {"evidence": "Receipt 3"})

    versions = refused.context["versions"]
    desk.save(second, address, opened | {"evidence": "Receipt 3", "versions": versions})

    assert Deposit.objects.get().evidence == "Receipt 3"


def test_a_row_of_the_page_that_somebody_else_changed_refuses_the_save(row):
    client, address = desk.officer(), desk.page("pledge", "change", row.pledge_id)
    opened = desk.shown(client, address)
    row.evidence = "Receipt 2"
    row.save()

    answer = client.post(address, opened | {"deposits-0-evidence": "Receipt 3"})

    told = rows_of(answer.content.decode())
    assert "Receipt 1" in told
    assert "Receipt 2" in told
    assert "Receipt 3" in told
    assert Deposit.objects.get().evidence == "Receipt 2"


def test_a_row_that_somebody_else_added_to_the_page_refuses_the_save(row):
    client, address = desk.officer(), desk.page("pledge", "change", row.pledge_id)
    opened = desk.shown(client, address)
    EntryFactory(pledge=row.pledge, public_from=None)

    answer = client.post(address, opened | {"earmark": "Return"})

    assert "Added, saved or taken out" in rows_of(answer.content.decode())
    row.pledge.refresh_from_db()
    assert row.pledge.earmark == ""


def test_what_was_published_meanwhile_is_shown_too():
    row = DepositFactory(public_from=None)
    client, address = desk.officer(), desk.page("pledge", "change", row.pledge_id)
    opened = desk.shown(client, address)
    desk.publish(desk.officer(), "deposit", row.pk)

    answer = client.post(address, opened | {"deposits-0-evidence": "Receipt 3"})

    assert "Public from" in rows_of(answer.content.decode())
    assert Deposit.objects.get().evidence == row.evidence


def test_countries_that_somebody_else_added_refuse_the_save():
    row = ProgrammeFactory(public_from=None)
    client, address = desk.officer(), desk_page("jointprogramme", "change", row.pk)
    opened = desk.shown(client, address)
    row.countries.add(CountryFactory(name_en="Tajikistan"))

    answer = client.post(address, opened | {"budget_note": "Revised"})

    assert "Tajikistan" in rows_of(answer.content.decode())


def test_a_post_that_says_nothing_of_what_it_saw_is_refused(row):
    client, address = desk.officer(), desk.page("deposit", "change", row.pk)
    data = {**desk.shown(client, address), "evidence": "Receipt 3"}
    del data["versions"]

    for versions in ({}, {"versions": "not JSON"}, {"versions": "[1]"}):
        answer = client.post(address, data | versions)
        assert "Somebody else saved this page" in desk.errors(answer)
    assert Deposit.objects.get().evidence == "Receipt 1"


@pytest.mark.parametrize("factory", [DonorFactory, EditionFactory, ProgrammeFactory])
def test_pages_carry_what_they_showed(factory):
    options = {} if factory is DonorFactory else {"public_from": None}
    row = factory(**options)
    address = desk.page(row._meta.model_name, "change", row.pk, app=row._meta.app_label)

    html = desk.officer().get(address).content.decode()

    assert f"{row._meta.label}:{row.pk}" in html


def test_every_admin_of_the_ledger_refuses_to_save_over_somebody_else():
    registered = admin.site._registry.items()  # noqa: SLF001 (Django offers no other way)

    others = {model for model, one in registered if not isinstance(one, KeptAdmin)}

    assert others <= {get_user_model(), Group, Country, Objective}  # accounts, and lookups
