"""The demonstration: a state of the whole ledger, entered where nothing stands and left whole."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from contributions import claims, demonstration, figures
from contributions.delivery import Record, deliver, freeze
from contributions.demonstration.removal import flagged_models
from contributions.models import (
    Delivery,
    Deposit,
    Donor,
    Edition,
    ExchangeRate,
    FundingTarget,
    Instalment,
    Pledge,
    PledgeEntry,
    PledgeFootnote,
    Statement,
)
from mptf_portal.figures import Verdict
from mptf_portal.models import Demonstration, Revision
from mptf_portal.money import usd_at
from mptf_portal.publishing import draft_correction, publish
from mptf_portal.snapshot import latest
from programmes.models import StatedFigure
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EntryFactory,
    ExchangeRateFactory,
    PledgeFactory,
)
from tests.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.either]

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
Kind = PledgeEntry.Kind


@pytest.fixture(autouse=True)
def clock():
    """Stand on a day after the last row of the demonstration."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def _prepared():
    call_command("load_reference", verbosity=0)
    call_command("load_statement", verbosity=0)


@pytest.fixture
def _loaded(_prepared):
    demonstration.load(NOW)


@pytest.fixture(scope="class")
def _loaded_once(django_db_setup, django_db_blocker):
    with (
        time_machine.travel(NOW, tick=False),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        for prepare in ("load_reference", "load_published", "load_statement"):
            call_command(prepare, verbosity=0)
        demonstration.load(NOW)
        yield
        transaction.set_rollback(True)


def load_demo(capsys, *options):
    """Run the command and return what it says."""
    call_command("load_demo", *options)
    return capsys.readouterr().out


def everything():
    """Return every row of every table but the revision, which a write raises that changes none."""
    models = set(apps.get_models(include_auto_created=True)) - {Revision}
    return {model: sorted(map(str, model.objects.values())) for model in models}


# Whether it may be loaded


@pytest.mark.usefixtures("_prepared")
@pytest.mark.parametrize(
    ("factory", "standing"),
    [
        (PledgeFactory, "1 pledge"),
        (DepositFactory, "1 pledge, 1 deposit"),
        (ExchangeRateFactory, "1 exchange rate"),
    ],
)
def test_it_is_refused_where_a_ledger_stands(factory, standing):
    factory()
    before = everything()

    with pytest.raises(CommandError, match=f"{standing}. Load .* database of its own"):
        call_command("load_demo")

    assert everything() == before


@pytest.mark.usefixtures("_prepared")
def test_it_is_refused_in_production(settings):
    settings.PORTAL_LOCAL = False
    before = everything()

    with pytest.raises(CommandError, match="never for production"):
        call_command("load_demo")

    assert everything() == before


def test_it_is_refused_before_the_portal_is_prepared():
    with pytest.raises(CommandError, match="donors are missing: denmark, germany"):
        call_command("load_demo")

    assert not Demonstration.is_on()


@pytest.mark.usefixtures("_prepared")
def test_loading_it_twice_changes_nothing_and_asks_one_question(capsys):
    assert "loaded: all its amounts are invented" in load_demo(capsys)
    before = everything()

    with CaptureQueriesContext(connection) as queries:
        said = load_demo(capsys)

    assert "loaded already" in said
    assert everything() == before
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(asked) == 1


# What is flagged


@pytest.mark.usefixtures("_loaded")
def test_every_money_row_is_flagged():
    flagged = {Pledge, PledgeEntry, Deposit, Instalment, PledgeFootnote, ExchangeRate, StatedFigure}

    assert flagged <= set(flagged_models())
    for model in flagged:
        assert model.objects.exists()
        assert not model.objects.filter(demonstration=False).exists(), model
        assert model.history.count() >= model.objects.count()
        assert not model.history.filter(demonstration=False).exists(), model


@pytest.mark.usefixtures("_loaded")
def test_the_signatories_the_targets_and_the_text_are_not_flagged():
    assert Donor.objects.filter(demonstration=False).count() == 7
    assert Donor.objects.filter(demonstration=True).count() == 10
    assert not FundingTarget.objects.filter(demonstration=True).exists()
    assert not Statement.objects.get(slug="unece-2024").demonstration
    assert not Edition.objects.get(statement__slug="unece-2024").demonstration


@pytest.mark.usefixtures("_loaded")
def test_what_officers_add_while_it_is_on_is_flagged():
    pledge = PledgeFactory(donor=Donor.objects.get(slug="germany"))
    deposit, entry = DepositFactory(pledge=pledge), EntryFactory(pledge=pledge)

    for row in (pledge, deposit, entry, ExchangeRateFactory(currency="ISK")):
        row.refresh_from_db()
        assert row.demonstration


def test_every_table_with_a_demonstration_column_is_known_to_the_removal():
    live = [model for model in apps.get_models() if not hasattr(model, "instance_type")]
    columns = {model: [field.name for field in model._meta.fields] for model in live}

    with_column = {model for model, names in columns.items() if "demonstration" in names}

    assert with_column == {*flagged_models(), Donor}


# How it is left


@pytest.mark.usefixtures("_prepared")
def test_removing_it_leaves_exactly_what_was_before(capsys):
    call_command("load_published", verbosity=0)  # the text names programmes
    before = everything()
    load_demo(capsys)
    pledge = PledgeFactory(donor=Donor.objects.get(slug="germany"))
    DepositFactory(pledge=pledge)
    deposit = Deposit.objects.filter(replaces=None, public_until=None).first()
    publish(draft_correction(deposit), NOW)
    statement = Statement.objects.get(slug="demonstration")
    statement.signatories.add(Donor.objects.get(slug="spain"))
    real = Edition.objects.get(statement__slug="unece-2024")
    deliver(real, freeze(real, latest()))

    said = load_demo(capsys, "--remove")

    assert "removed" in said
    assert everything() == before


@pytest.mark.usefixtures("_loaded")
def test_a_text_corrected_meanwhile_is_public_as_it_was():
    text = Edition.objects.get(statement__slug="unece-2024")
    publish(draft_correction(text), NOW)

    demonstration.remove()

    assert Edition.objects.get() == text
    assert Edition.objects.get().is_public(NOW)
    assert [row.public_until for row in text.history.all()] == [None, NOW, None]


@pytest.mark.usefixtures("_loaded")
def test_a_donor_that_an_unflagged_row_rests_on_stays_as_a_donor():
    france = Donor.objects.get(slug="france")
    DonorFactory(kind=Donor.Kind.AGENCY, country=france.country, parent=france)

    demonstration.remove()

    france.refresh_from_db()
    assert not france.demonstration


@pytest.mark.usefixtures("_prepared")
def test_removing_what_is_not_loaded_says_so(capsys):
    assert "no demonstration ledger is loaded" in load_demo(capsys, "--remove")


@pytest.mark.usefixtures("_loaded")
def test_it_loads_again_after_it_was_removed():
    before = figures.contributed(latest()).value

    demonstration.remove()

    assert demonstration.load(NOW)
    assert figures.contributed(latest()).value == before


@pytest.mark.usefixtures("_loaded_once")
class TestWhatItShows:
    """Its rows, figures and claims, loaded once for all these questions."""

    def test_it_shows_every_case_of_the_ledger(self):
        cancelled = PledgeEntry.objects.get(kind=Kind.CANCELLED)
        years = Pledge.objects.filter(footnotes__kind=PledgeFootnote.Kind.MULTI_YEAR)
        agency = Donor.objects.get(kind=Donor.Kind.AGENCY)

        assert Deposit.objects.filter(amount__lt=0, amount_usd__lt=0).exists()
        assert cancelled.reason
        assert cancelled.pledge.deposits.exists()
        assert PledgeEntry.objects.filter(kind=Kind.REVISED, pledge__entries__kind=Kind.ANNOUNCED)
        assert years.values("agreement_reference").distinct().count() == 1
        assert years.values("funding_year").distinct().count() == years.count() == 4
        assert (agency.parent.slug, agency.country.iso3) == ("denmark", "DNK")
        assert Donor.objects.filter(kind=Donor.Kind.FOUNDATION, country=None).exists()
        assert PledgeEntry.objects.drafts().exists()
        assert Deposit.objects.drafts().exists()
        assert Instalment.objects.filter(due_on__gt=NOW).exists()
        assert PledgeFootnote.objects.values("kind").distinct().count() >= 5
        assert Pledge.objects.exclude(entries__kind=Kind.SIGNED).exists()
        assert Pledge.objects.values("currency").distinct().count() >= 8

    def test_a_donor_of_the_global_south_is_outside_unece(self):
        donors = Donor.objects.filter(global_south=True)

        assert {donor.slug for donor in donors} == {"mexico"}
        assert not donors.filter(country__unece=True).exists()

    def test_its_correction_took_the_place_of_a_public_deposit(self):
        new = Deposit.objects.get(replaces__isnull=False)

        assert new.is_public(NOW)
        assert new.replaces.public_from < new.replaces.public_until == new.public_from
        assert new.amount_usd != new.replaces.amount_usd

    def test_the_one_pledge_without_a_rate_is_counted_as_not_valued(self):
        pledged = figures.contributed(latest(), stage="pledged")
        entry = PledgeEntry.objects.get(amount_usd=None, amount__isnull=False)

        assert pledged.unvalued == 1
        assert not ExchangeRate.objects.filter(currency=entry.pledge.currency).exists()

    def test_every_row_would_pass_the_officers_forms(self):
        for model in flagged_models():
            for row in model.objects.filter(demonstration=True):
                row.clean_fields()
                row.clean()

    def test_every_value_is_the_amount_at_the_rate_to_the_cent(self):
        valued = PledgeEntry.objects.exclude(amount_usd=None).select_related("pledge")

        for entry in valued:
            rate = ExchangeRate.objects.in_force(entry.pledge.currency, entry.dated)
            assert entry.rate == (rate.rate if rate else 1)
            assert entry.amount_usd == usd_at(entry.amount, entry.rate)
        assert valued.filter(rate=1).exclude(pledge__currency="USD").count() == 0

    def test_nothing_is_paid_before_it_is_signed_or_dated_in_the_future(self):
        for deposit in Deposit.objects.all():
            signed = deposit.pledge.entries.filter(kind=Kind.SIGNED).earliest("dated")
            assert signed.dated < deposit.received_on <= NOW.date()
        assert not PledgeEntry.objects.filter(dated__gt=NOW).exists()
        for model in (PledgeEntry, Deposit, StatedFigure):
            assert not model.objects.filter(public_from__gt=NOW).exists()

    def test_its_sums_are_of_the_size_that_the_statement_speaks_of(self):
        unece = figures.contributed(latest(), by="unece").value
        south = figures.contributed(latest(), by="global-south").value
        first_year = figures.contributed(latest(), stage="committed", year=2019).value

        assert Decimal(45_000_000) < unece < Decimal(55_000_000)
        assert Decimal(100_000) < unece % 1_000_000 < Decimal(900_000)
        assert Decimal(300_000) < south < Decimal(400_000)
        assert Decimal(2_000_000) < first_year < Decimal(2_200_000)

    def test_the_exchange_difference_is_a_line_that_is_not_zero(self):
        committed, paid, difference, owed = figures.outstanding(latest()).lines

        assert difference.value not in (0, None)
        assert committed.value == paid.value + difference.value + owed.value

    def test_the_2023_target_is_reached_late_in_the_year(self):
        claim = claims.target_reached(latest(), 2023)

        assert (claim.verdict, claim.answer) == (Verdict.HOLDS, "reached on 23 November 2023")
        assert "(103\u00a0%)" in claim.evidence

    def test_on_the_day_of_loading_the_2024_target_is_known_to_be_missed(self):
        claim = claims.target_reached(latest(), 2024)

        assert (claim.verdict, claim.answer) == (Verdict.DOES_NOT_HOLD, "not yet: 55\u00a0%")
        assert claims.consecutive_year(latest(), 2024).verdict is Verdict.DOES_NOT_HOLD

    def test_a_day_later_the_2024_target_cannot_be_told(self, clock):
        clock.move_to(datetime(2026, 11, 21, tzinfo=UTC))

        claim = claims.target_reached(latest(), 2024)

        assert claim.verdict is Verdict.CANNOT_BE_TOLD
        assert "reconciled to 20 November 2026 only" in claim.answer

    def test_its_statement_says_that_nobody_made_it(self, client):
        page = Page(client.get("/statements/demonstration/").content.decode())

        statement = Statement.objects.get(slug="demonstration")
        signatories = statement.signatories.values_list("slug", flat=True)
        assert statement.demonstration
        assert statement.date == NOW.date()
        assert set(signatories) == {"denmark", "germany", "norway"}
        assert page.headings == ["Demonstration statement: invented, and made by nobody"]
        assert page.paragraphs[0].startswith("Nobody has made this statement. It was invented")

    def test_no_paragraph_of_its_statement_is_one_of_the_real_statement(self, client):
        real = Page(client.get("/statements/unece-2024/").content.decode()).paragraphs
        invented = Page(client.get("/statements/demonstration/").content.decode()).paragraphs

        assert len(invented) == 4
        assert not set(invented) & set(real)

    def test_its_statement_is_delivered_on_the_day_of_loading(self, client):
        delivery = Delivery.objects.get()
        record = Record.from_json(delivery.record)

        page = client.get("/statements/demonstration/delivered/").content.decode()

        assert (delivery.delivered_on, delivery.demonstration) == (NOW.date(), True)
        assert record.demonstration
        assert [link.printed for link in record.links] == [
            "17 donors", "USD 50 million", "USD 49 million", "USD 28 million",
            "USD 20 million", "it was reached", "USD 25 million", "a second consecutive year",
        ]  # fmt: skip
        assert "Nothing differs from what was delivered." in page
        assert "Demonstration ledger: these amounts are invented." in page

    def test_the_first_page_is_the_real_statement_and_lists_the_invented_one(self, client):
        page = Page(client.get("/").content.decode())

        assert "Advancing Migration Governance" in page.headings[0]
        assert "/statements/demonstration/" in [link["href"] for link in page.links]

    def test_an_invented_statement_is_the_first_page_where_there_is_no_other(self, client):
        with transaction.atomic():
            Edition.objects.filter(demonstration=False).update(public_from=None)
            heading = Page(client.get("/").content.decode()).headings[0]
            transaction.set_rollback(True)

        assert heading.startswith("Demonstration statement")
