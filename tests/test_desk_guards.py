"""What the desk keeps from those who may not, and what it shows to those who may."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin

from contributions import demonstration
from contributions.backup.references import every_reference
from contributions.delivery import deliver, freeze
from contributions.models import Deposit
from mptf_portal.editing import versions
from mptf_portal.models import Demonstration
from mptf_portal.publishing import withdraw
from mptf_portal.snapshot import latest
from programmes.models import JointProgramme, Result
from tests.contributions import desk
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EditionFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
    ResultFactory,
    StatedFigureFactory,
)
from tests.programmes.register import correct, desk_page

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("nothing_foretold"),
    pytest.mark.either,
]


def history_page(row):
    """Return the address of the first of a row's past states."""
    options = row._meta
    route = f"admin:{options.app_label}_{options.model_name}_simple_history"
    return reverse(route, args=[row.pk, row.history.earliest().history_id])


def test_nothing_is_written_through_the_history_of_a_row():
    deposit = DepositFactory(amount=Decimal(500))
    withdraw(deposit, "A mistake", latest().now)

    answer = desk.superuser().post(history_page(deposit), {})

    assert answer.status_code == 403
    assert not Deposit.objects.public(timezone.now()).exists()


def test_every_admin_with_a_history_refuses_to_write_through_it():
    kept = [one for one in admin.site._registry.values() if isinstance(one, SimpleHistoryAdmin)]  # noqa: SLF001

    assert len(kept) > 10
    assert {one.history_form_view.__module__ for one in kept} == {"mptf_portal.editing.kept"}


def test_an_officer_changes_an_organization_that_no_reader_sees():
    row = ParticipationFactory(programme__public_from=None).organization
    address, client = desk_page("organization", "change", row.pk), desk.officer()

    desk.save(client, address, desk.shown(client, address) | {"name": "Its right name"})

    row.refresh_from_db()
    assert row.name == "Its right name"


def test_the_address_of_a_delivered_statement_stays_after_its_text_was_withdrawn():
    edition = EditionFactory()
    deliver(edition, freeze(edition, latest()))
    withdraw(edition, "Not ours", latest().now)
    address = desk.page("statement", "change", edition.statement.pk)

    form = desk.officer().get(address).context["adminform"].form

    assert "slug" not in form.fields


def test_an_approver_reads_the_number_and_the_source_of_a_result():
    row = desk.submitted(
        ResultFactory(
            public_from=None,
            figure=Decimal(987_654),
            as_of=date(2024, 5, 31),
            as_of_precision="month",
        )
    )

    html = desk.approver().get(desk_page("result", "publish", row.pk)).content.decode()

    assert "over 987,654 people: reached · May 2024 · A page of the United Nations" in html


def test_an_approver_reads_the_money_and_the_address_of_a_programme():
    row = desk.submitted(
        ProgrammeFactory(public_from=None, budget_usd=Decimal(1_234_567), slug="border")
    )

    html = desk.approver().get(desk_page("jointprogramme", "publish", row.pk)).content.decode()

    assert "<dt>Approved budget in US dollars</dt><dd>1,234,567</dd>" in html
    assert "<dt>Short name in addresses</dt><dd>border</dd>" in html


def test_who_delivers_reads_the_text_the_signatories_and_that_the_day_is_another():
    edition = EditionFactory(markdown="What nobody has read out yet.")
    edition.statement.signatories.add(DonorFactory(name="Signing Country"))

    html = desk.approver().get(desk.page("edition", "deliver", edition.pk)).content.decode()

    assert "What nobody has read out yet." in html
    assert "On behalf of Signing Country." in html
    assert "The statement is dated 11 March 2024, which is another day." in html


def test_an_assertion_is_no_stated_figure():
    row = StatedFigureFactory.build(figure="target-reached?year=2023")

    with pytest.raises(ValidationError, match="is an assertion, which has no value"):
        row.full_clean()


def test_a_backup_counts_no_result_of_a_programme_that_readers_do_not_know():
    withdraw(ResultFactory().programme, "A mistake", latest().now)

    assert not [one for one in every_reference(latest()) if one.name == "result"]


def test_a_long_number_in_an_address_is_answered(client):
    assert client.get(f"/figures/objectives-nearly-all/?at-least={'1' * 5000}").status_code == 400


def test_a_real_result_moved_to_an_invented_correction_is_given_back():
    real = ProgrammeFactory()
    result = ResultFactory(programme=real, public_from=None)
    Demonstration.objects.create(pk=1, loaded_on=date(2026, 11, 24))
    result.programme = correct(real, short_title="Invented")
    result.save()

    assert demonstration.remove()

    assert Result.objects.get().programme == real
    assert JointProgramme.objects.get() == real


def test_published_facts_are_not_loaded_into_a_demonstration_that_would_flag_them():
    Demonstration.objects.create(pk=1, loaded_on=date(2026, 11, 24))

    with pytest.raises(CommandError, match="load_demo --remove"):
        call_command("load_published")

    assert not JointProgramme.objects.exists()


@pytest.mark.parametrize("name", ["funded", "start", "end"])
def test_a_day_to_come_is_planned(name):
    day = timezone.now().date() + timedelta(40)
    row = ProgrammeFactory.build(
        public_from=None, **{f"{name}_on": day, f"{name}_precision": "day"}
    )

    with pytest.raises(ValidationError, match="tick “planned”"):
        row.full_clean()
    setattr(row, f"{name}_planned", True)
    row.full_clean()


def test_a_day_before_a_programme_is_known_tells_nothing_that_has_no_day(client):
    row = ProgrammeFactory(
        launched_on=date(2021, 5, 25), status="active", budget_usd=Decimal(1_234_567)
    )
    ResultFactory(programme=row, as_of=None)
    ParticipationFactory(programme=row, organization=OrganizationFactory())

    before = client.get(f"{row.get_absolute_url()}?as_of=2021-05-24").content.decode()
    after = client.get(f"{row.get_absolute_url()}?as_of=2021-05-25").content.decode()

    for told in ("1,234,567.00", "Active", "130,000"):
        assert told not in before
        assert told in after
    assert "No date on record shows that it was funded by this day" in before


def test_a_step_that_somebody_else_took_leads_back_to_its_row():
    row = desk.submitted(DepositFactory(public_from=None))
    address = desk.page("deposit", "submit", row.pk)

    answer = desk.officer().get(address)

    assert answer.status_code == 403
    assert "somebody was quicker" in answer.content.decode()
    assert f'href="{desk.page("deposit", "change", row.pk)}"' in answer.content.decode()


def test_an_act_on_rows_with_numbers_beyond_any_key_finds_none():
    address = desk.page("deposit", "publish-chosen")

    answer = desk.second_approver().get(f"{address}?rows={'9' * 30}", follow=True)

    assert "Choose rows." in answer.content.decode()


def test_versions_that_nobody_wrote_are_none():
    assert versions.read("[" * 100_000) == {}
