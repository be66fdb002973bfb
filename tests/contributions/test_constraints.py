"""Each constraint of the ledger refuses the row that breaks it, and tells an editor why."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q
from django.db.models.deletion import PROTECT, ProtectedError

from contributions.models import FileImport, Instalment, Pledge, PledgeFootnote
from mptf_portal.models import Demonstration, PublicEffect, PublicEffectRow, Revision
from tests.factories import (
    CountryFactory,
    DeliveryFactory,
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ExchangeRateFactory,
    PledgeFactory,
    ReportedContributionFactory,
    StatementFactory,
    TargetFactory,
)
from tests.programmes import broken_rows

pytestmark = pytest.mark.django_db

EARLY, LATE = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
DAY = date(2023, 1, 10)


def ledger_models() -> list[type[models.Model]]:
    """Return the portal's own models, without the history that simple-history keeps of them."""
    own = [apps.get_app_config(name) for name in ("mptf_portal", "programmes", "contributions")]
    return [
        model
        for app in own
        for model in app.get_models()
        if not model.__name__.startswith("Historical")
    ]


CONSTRAINTS = {
    constraint.name: (model, constraint)
    for model in ledger_models()
    for constraint in model._meta.constraints
}


# The cases: each returns an unsaved row that breaks one constraint and no other


def second_effect() -> models.Model:
    effect = PublicEffect.objects.create(at=EARLY, moment=EARLY, changes=[])
    row = {"effect": effect, "model": "contributions.Deposit", "state": 1}
    PublicEffectRow.objects.create(**row)
    return PublicEffectRow(**row)


def entry(**values: object) -> models.Model:
    return EntryFactory.build(**{"pledge": PledgeFactory(), **values})


def deposit(**values: object) -> models.Model:
    return DepositFactory.build(**{"pledge": PledgeFactory(), **values})


def edition(**values: object) -> models.Model:
    return EditionFactory.build(**{"statement": StatementFactory(), **values})


def donor(**values: object) -> models.Model:
    return DonorFactory.build(**{"country": CountryFactory(), **values})


def pledge(**values: object) -> models.Model:
    return PledgeFactory.build(donor=DonorFactory(), **values)


def footnote(**values: object) -> models.Model:
    return PledgeFootnote(**{"pledge": PledgeFactory(), **values})


def file_import(**values: object) -> models.Model:
    officer = get_user_model().objects.create(username="olga")
    return FileImport(**{"kind": "deposits", "by": officer, "at": EARLY, **values})


def instalment(**values: object) -> models.Model:
    return Instalment(**{"pledge": PledgeFactory(), "due_on": DAY, "amount": Decimal(5), **values})


def second_correction(make: Callable[..., models.Model]) -> models.Model:
    old = make()
    old.save()
    make(replaces=old, public_from=None).save()
    return make(replaces=old, public_from=None)


def second_footnote() -> models.Model:
    first = footnote(kind="rate")
    first.save()
    return footnote(pledge=first.pledge, kind="rate")


def second_instalment() -> models.Model:
    first = instalment()
    first.save()
    return instalment(pledge=first.pledge)


def second_public_entry_of_a_day() -> models.Model:
    return entry(pledge=EntryFactory(dated=DAY).pledge, dated=DAY)


def correction_with_another_public_reference() -> models.Model:
    other, old = DepositFactory(agent_reference="R-1"), DepositFactory()
    return deposit(pledge=old.pledge, replaces=old, agent_reference=other.agent_reference)


def delivery(**values: object) -> models.Model:
    return DeliveryFactory.build(**{"edition": EditionFactory(), **values})


def second_delivery_of_a_language() -> models.Model:
    first = DeliveryFactory()
    return delivery(edition=EditionFactory(statement=first.statement, public_from=None))


def second_rate_of_a_day() -> models.Model:
    rate = ExchangeRateFactory()
    return ExchangeRateFactory.build(currency=rate.currency, effective_on=rate.effective_on)


def reported(**values: object) -> models.Model:
    return ReportedContributionFactory.build(**{"donor": DonorFactory(), **values})


CASES = broken_rows.CASES | {
    "demonstration_is_one_row": lambda: Demonstration(pk=2, loaded_on=DAY),
    "revision_is_one_row": lambda: Revision(pk=2, number=1, mark="x"),
    "donor_slug_is_no_scope": lambda: donor(slug="unece"),
    "donor_kind_known": lambda: donor(kind="club"),
    "donor_government_has_country": lambda: donor(kind="government", country=None),
    "donor_only_agency_has_parent": lambda: donor(kind="company", parent=DonorFactory()),
    "exchangerate_currency_three_capitals": lambda: ExchangeRateFactory.build(currency="dkk"),
    "exchangerate_one_per_currency_and_day": second_rate_of_a_day,
    "exchangerate_positive": lambda: ExchangeRateFactory.build(rate=Decimal(0)),
    "pledge_currency_three_capitals": lambda: pledge(currency="US"),
    "pledge_funding_year_in_the_funds_life": lambda: pledge(funding_year=2018),
    "pledgefootnote_once_per_kind": second_footnote,
    "pledgefootnote_kind_known": lambda: footnote(kind="rumour"),
    "pledgeentry_kind_known": lambda: entry(kind="hoped"),
    "pledgeentry_amount_positive_or_cancelled": lambda: entry(amount=Decimal(0)),
    "pledgeentry_cancellation_has_reason": lambda: entry(kind="cancelled", amount=None),
    "pledgeentry_valued_whole_or_not": lambda: entry(rate_source="A newspaper"),
    "pledgeentry_usd_is_amount_at_rate": lambda: entry(
        amount=Decimal(100),
        rate=Decimal(10),
        rate_date=DAY,
        rate_source="A bank",
        amount_usd=Decimal("10.02"),
    ),
    "pledgeentry_one_public_per_day": second_public_entry_of_a_day,
    "deposit_amounts_of_one_sign": lambda: deposit(amount=Decimal(5), amount_usd=Decimal(-5)),
    "deposit_has_agent_reference": lambda: deposit(agent_reference=""),
    "deposit_agent_reference_entered_once": lambda: deposit(
        agent_reference=DepositFactory(public_from=None).agent_reference, public_from=None
    ),
    "deposit_agent_reference_public_once": correction_with_another_public_reference,
    "instalment_positive": lambda: instalment(amount=Decimal(0)),
    "instalment_once_per_day": second_instalment,
    "edition_language_known": lambda: edition(language="de"),
    "edition_kind_known": lambda: edition(kind="summary"),
    "edition_one_public_per_language": lambda: edition(statement=EditionFactory().statement),
    "delivery_once_per_language": second_delivery_of_a_language,
    "delivery_since_the_fund_began": lambda: delivery(delivered_on=date(2018, 12, 31)),
    "delivery_sha256_is_64_hex_digits": lambda: delivery(sha256="A" * 64),
    "fundingtarget_positive": lambda: TargetFactory.build(amount_usd=Decimal(0)),
    "fundingtarget_kind_has_its_period": lambda: TargetFactory.build(period="2023 to 2026"),
    "fundingtarget_basis_known": lambda: TargetFactory.build(basis="promised"),
    "fundingtarget_one_public_per_year": lambda: TargetFactory.build(year=TargetFactory().year),
    "reportedcontribution_stage_known": lambda: reported(stage="hoped"),
    "reportedcontribution_day_or_year": lambda: reported(dated=DAY, year=2023),
    "reportedcontribution_amount_with_currency": lambda: reported(currency=""),
    "publiceffectrow_once": second_effect,
    "fileimport_kind_known": lambda: file_import(kind="rumours"),
    "fileimport_stage_known": lambda: file_import(stage="lost"),
    "fileimport_keeps_no_file_once_done": lambda: file_import(stage="done", content=b"a,b"),
}
PUBLIC_ROWS = broken_rows.PUBLIC_ROWS | {
    "contributions_pledgeentry": entry,
    "contributions_deposit": deposit,
    "contributions_edition": edition,
    "contributions_fundingtarget": TargetFactory.build,
    "contributions_reportedcontribution": reported,
}
for table, make in PUBLIC_ROWS.items():
    CASES |= {
        f"{table}_public_interval": lambda make=make: make(public_from=LATE, public_until=EARLY),
        f"{table}_withdrawn_draft_has_reason": lambda make=make: make(
            public_from=None, public_until=LATE
        ),
        f"{table}_submitted_by_somebody": lambda make=make: make(
            public_from=None, submitted_at=EARLY
        ),
        f"{table}_one_correction_at_a_time": lambda make=make: second_correction(make),
    }


def test_every_constraint_has_a_case_that_breaks_it():
    assert sorted(CASES) == sorted(CONSTRAINTS)


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_a_case_breaks_one_constraint_and_no_other(name):
    row = CASES[name]()

    assert broken_by(row) == {name}


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_the_database_refuses_a_row_that_breaks_the_constraint(name):
    _model, constraint = CONSTRAINTS[name]
    row = CASES[name]()

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        row.save()

    assert named_in(refusal.value) == name_in_refusals(type(row), constraint)


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_an_editor_reads_the_constraints_own_message(name):
    _model, constraint = CONSTRAINTS[name]
    row = CASES[name]()

    with pytest.raises(ValidationError) as refusal:
        row.validate_constraints()

    default = models.BaseConstraint.default_violation_error_message
    assert constraint.violation_error_message not in ("", default)
    assert refusal.value.messages == [str(constraint.violation_error_message)]


def broken_by(row: models.Model) -> set[str]:
    """Return the names of the constraints that Django finds broken."""
    names = set()
    for constraint in row._meta.constraints:
        try:
            constraint.validate(type(row), row)
        except ValidationError:
            names.add(constraint.name)
    return names


def named_in(refusal: IntegrityError) -> str:
    """Return what the database says was broken.

    SQLite names a CHECK but of a UNIQUE only the columns. Two unique constraints over the same
    columns differ in their conditions, and `test_a_case_breaks_one_constraint_and_no_other` tells
    those apart.
    """
    if connection.vendor == "postgresql":
        return refusal.__cause__.diag.constraint_name
    return str(refusal).partition(" constraint failed: ")[2]


def name_in_refusals(model: type[models.Model], constraint: models.BaseConstraint) -> str:
    """Return how the database will name the constraint, see `named_in`."""
    if connection.vendor == "postgresql" or isinstance(constraint, models.CheckConstraint):
        return constraint.name
    columns = [model._meta.get_field(field).column for field in constraint.fields]
    return ", ".join(f"{model._meta.db_table}.{column}" for column in columns)


# What money rests on is never deleted


def foreign_keys() -> list[models.ForeignKey]:
    fields = [field for model in ledger_models() for field in model._meta.fields]
    return [field for field in fields if field.many_to_one]


@pytest.mark.parametrize("field", foreign_keys(), ids=str)
def test_a_row_that_another_one_points_to_is_protected(field):
    assert field.remote_field.on_delete is PROTECT


def test_a_pledge_with_a_deposit_cannot_be_deleted():
    deposit = DepositFactory()

    with pytest.raises(ProtectedError):
        deposit.pledge.delete()

    assert Pledge.objects.filter(pk=deposit.pledge_id).exists()


def test_a_donor_with_a_pledge_cannot_be_deleted():
    pledge = PledgeFactory()

    with pytest.raises(ProtectedError):
        pledge.donor.delete()

    assert Pledge.objects.filter(pk=pledge.pk).exists()


def lookups(condition: Q) -> Iterator[tuple[str, object]]:
    """Yield every lookup of a condition, however deep, as in ("kind__in", ["un", "other"])."""
    for child in condition.children:
        if isinstance(child, tuple):
            yield child
        else:
            yield from lookups(child)


def test_a_constraint_on_choices_knows_every_choice():
    """The class of a model's choices is out of its Meta's sight, so the constraint repeats them."""
    known = {}
    for model, constraint in CONSTRAINTS.values():
        for lookup, allowed in lookups(getattr(constraint, "condition", None) or Q()):
            name, is_choice, _end = lookup.partition("__in")
            field = model._meta.get_field(name) if is_choice else None
            if field and field.choices:
                known[constraint.name] = (set(allowed) - {""}, {key for key, _ in field.choices})

    assert len(known) == 19
    assert all(allowed == choices for allowed, choices in known.values()), known
