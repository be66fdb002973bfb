"""What readers see of donors, statements and accounts is not an officer's to change."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.utils import timezone

from contributions import figures
from contributions.admin.ledger import DepositForm
from contributions.admin.reference import DonorAdmin
from contributions.admin.statements import StatementAdmin
from contributions.models import Deposit, Donor, Edition, PledgeEntry, Statement
from mptf_portal.publishing import draft_correction, publish, withdraw
from mptf_portal.snapshot import latest
from tests.contributions import desk
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ExchangeRateFactory,
    StatementFactory,
    TargetFactory,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("nothing_foretold"),
    pytest.mark.either,
]


@pytest.mark.parametrize("field", ["name", "slug", "country", "global_south"])
def test_an_officer_changes_no_public_donor(field):
    donor = DepositFactory().pledge.donor
    other = DonorFactory(in_unece=True)
    before = figures.contributed(latest(), by="unece").value
    address = desk.page("donor", "change", donor.pk)
    posted = {
        "name": "X",
        "slug": "x",
        "kind": "government",
        "country": other.country_id,
        "global_south": "on",
    }

    desk.officer().post(address, posted)

    donor = Donor.objects.get(pk=donor.pk)
    assert getattr(donor, field) != {"country": other.country, "global_south": True}.get(field, "x")
    assert figures.contributed(latest(), by="unece").value == before


def test_an_officer_adds_no_signatory_to_a_public_statement():
    statement = EditionFactory().statement
    donor = DonorFactory()

    desk.officer().post(
        desk.page("statement", "change", statement.pk),
        {"title": "X", "slug": "x", "signatories": [donor.pk]},
    )

    statement = Statement.objects.get()
    assert (statement.slug != "x", list(statement.signatories.all())) == (True, [])


@pytest.mark.parametrize(
    ("admin_class", "model", "make"),
    [
        (StatementAdmin, Statement, lambda: EditionFactory().statement),
        (DonorAdmin, Donor, lambda: DepositFactory().pledge.donor),
    ],
)
def test_the_address_of_a_public_row_is_permanent_for_approvers_too(admin_class, model, make):
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("root")

    assert admin_class(model, None).get_readonly_fields(request, make()) == ("slug",)


def test_nobody_makes_themselves_an_approver():
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_user"))
    client = desk.Staff()
    client.force_login(user)

    client.post(f"/admin/auth/user/{user.pk}/change/", {"username": "olga", "is_superuser": "on"})

    assert not User.objects.get().is_superuser


def test_a_row_published_while_its_form_was_open_is_not_overwritten():
    deposit = DepositFactory(public_from=None)
    opened = Deposit.objects.get()
    publish(deposit, timezone.now())

    posted = {
        "received_on": "2023-02-10",
        "amount": "999",
        "amount_usd": "999",
        "agent_reference": opened.agent_reference,
    }
    form = DepositForm(posted, instance=opened)

    assert "published or withdrawn meanwhile" in str(form.errors)


def test_a_pledge_changed_since_the_approver_looked_is_not_published_unseen():
    approver = desk.approver()
    deposit = desk.submitted(DepositFactory(public_from=None))
    address = desk.page("pledge", "publish", deposit.pledge_id)
    seen = approver.get(address).context["seen"]
    deposit.pledge.funding_year = 2024
    deposit.pledge.save()

    answer = approver.post(address, desk.NOW | {"seen": seen})

    assert "A row was added or changed" in answer.content.decode()
    assert Deposit.objects.get().public_from is None


def test_a_correction_of_an_edition_stays_in_its_statement_and_language():
    draft = draft_correction(EditionFactory())
    draft.statement = StatementFactory()

    with pytest.raises(ValidationError, match="A correction keeps the row's statement"):
        publish(draft, timezone.now())
    assert Edition.objects.get(pk=draft.pk).public_from is None


@pytest.mark.parametrize("model", [EntryFactory, TargetFactory])
def test_no_second_row_stands_beside_one_that_an_embargo_will_replace(model):
    first = model()
    draft = draft_correction(first)
    if isinstance(draft, PledgeEntry):
        draft.dated += timedelta(days=2)
    else:
        draft.year = 2024
    publish(draft, timezone.now() + timedelta(days=7))
    first.refresh_from_db()
    second = draft_like(first)

    with pytest.raises(ValidationError, match="is public until an embargoed correction"):
        publish(second, timezone.now())
    withdraw(draft, "Taken back", timezone.now())

    assert type(first).objects.public(timezone.now()).get() == first


def draft_like(row):
    """Return a new draft about the same thing."""
    copy = type(row).objects.get(pk=row.pk)
    copy.pk, copy._state.adding = None, True  # noqa: SLF001
    copy.public_from = copy.public_until = copy.replaces = None
    copy.save()
    return copy


def test_an_approver_is_told_of_a_rate_that_came_and_publishes_nothing_unseen():
    entry = EntryFactory(public_from=None, pledge__currency="DKK", amount=Decimal(100))
    desk.submitted(entry)
    approver = desk.approver()
    address = desk.page("pledgeentry", "publish", entry.pk)
    assert "no rate: not yet valued" in approver.get(address).content.decode()
    seen = approver.get(address).context["seen"]
    ExchangeRateFactory(rate=Decimal(10))

    assert "a rate of its day is on record by now" in approver.get(address).content.decode()
    assert approver.post(address, desk.NOW | {"seen": seen}).status_code == 200
    assert PledgeEntry.objects.get().public_from is None
