"""Choosing a figure: every one of the register is found, set, counted today and linked."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contributions import markup
from mptf_portal import figures
from mptf_portal.snapshot import latest
from tests.contributions import desk
from tests.factories import (
    DepositFactory,
    DonorFactory,
    EditionFactory,
    ResultFactory,
    StatementFactory,
    TargetFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

FIGURES = desk.page("edition", "figures")
NAMES = [entry.name for entry in figures.registered()]


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 9, 30, tzinfo=UTC), tick=False)


@pytest.fixture
def officer():
    return desk.officer()


def listed(client, search=""):
    """Return the names of the figures and claims that a search finds."""
    answer = client.get(FIGURES, {"q": search})
    return [one.entry.name for one in answer.context["offered"]]


def choose(client, name, **parameters):
    """Return what the page of a figure shows, with these parameters."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in parameters.items()}
    return client.get(FIGURES, {"name": name} | named).context


def errors(context):
    return " ".join(message for found in context["form"].errors.values() for message in found)


# Search


def test_the_list_holds_every_registered_figure_and_claim(officer):
    assert listed(officer) == NAMES


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("target-gap", ["target-gap"]),
        ("consecutive", ["consecutive-year"]),
        ("M49 regions", ["all-continents"]),
        ("MISSING TO", ["target-gap"]),
        ("nothing like it", []),
    ],
)
def test_a_search_reads_names_titles_and_definitions(officer, search, found):
    TargetFactory(year=2024)

    assert listed(officer, search) == found


def test_a_search_that_finds_nothing_leads_back_to_all(officer):
    html = officer.get(FIGURES, {"q": "<b>"}).content.decode()

    assert "No figure or assertion has these words." in html
    assert "<b>" not in html


def test_the_list_says_todays_value_and_never_a_zero_for_nothing(officer):
    html = officer.get(FIGURES).content.decode()

    assert "Not yet recorded" in html
    assert not re.search(r"Today:\s*<strong>(USD\s)?0", html)


def test_a_result_is_not_offered_before_one_is_on_record(officer):
    assert "Nothing to choose from is on record yet." in officer.get(FIGURES).content.decode()

    context = choose(officer, "result")

    assert "No programme has a result on record yet." in errors(context)
    assert context["chosen"] is None


# Parameters


@pytest.mark.parametrize("name", NAMES)
def test_a_form_asks_for_every_parameter_that_is_declared(officer, name):
    ResultFactory()
    form = choose(officer, name)["form"]

    asked = set(form.fields) - {"in", "say", "words"}
    declared = set(figures.lookup(name).parsers)
    assert asked == (declared if name != "result" else {"result"})


@pytest.mark.parametrize("name", NAMES)
def test_the_link_of_every_figure_and_claim_is_one_that_the_linter_accepts(officer, name):
    ResultFactory()
    TargetFactory(year=2024)
    DepositFactory()

    link = choose(officer, name)["chosen"].markdown

    assert [
        found.level for found in markup.check(link, latest()) if found.level.value != "typed"
    ] == []
    assert len(markup.render(link, latest()).notes) == 1


def test_parameters_are_set_and_counted_today(officer):
    DepositFactory(amount=Decimal("52300000.00"), pledge__donor__country__unece=True)
    DepositFactory(amount=Decimal("1000000.00"))

    context = choose(officer, "contributed", by="unece", in_="million", say="over")

    chosen = context["chosen"]
    assert chosen.counted.value == Decimal("52300000.00")
    assert chosen.note.printed.text == "$52 million"
    assert chosen.markdown == (
        r"[\$XX million](figure:contributed?by=unece&stage=deposited&in=million&say=over)"
    )


def test_words_of_ones_own_stand_around_the_value(officer):
    TargetFactory(year=2024, amount_usd=Decimal(25_000_000))

    chosen = choose(officer, "target", year="2024", in_="million", words="USD XX million")["chosen"]

    assert chosen.note.printed.text == "USD 25 million"
    assert chosen.markdown == "[USD XX million](figure:target?year=2024&in=million)"


def test_a_claim_is_answered_and_has_words_of_its_own(officer):
    TargetFactory(year=2023)

    chosen = choose(officer, "target-reached", year="2023", words="we have reached")["chosen"]

    assert chosen.markdown == "[we have reached](claim:target-reached?year=2023)"
    assert chosen.counted.verdict.value == "cannot-be-told"


def test_a_figure_without_a_value_says_so_and_keeps_its_words(officer):
    answer = officer.get(FIGURES, {"name": "contributed"})

    html = answer.content.decode()
    assert "Not yet recorded" in html
    assert "so the text stays as typed" in html
    assert answer.context["chosen"].note.printed.text == "$XX"


def test_a_result_is_chosen_from_a_list_by_programme(officer):
    result = ResultFactory(figure=Decimal(130_000), qualifier="over")
    key = f"{result.programme.slug} {result.key}"

    context = choose(officer, "result", result=key)

    groups = context["form"].fields["result"].choices
    assert groups == [(result.programme.short_title, [(key, f"{result.unit}: {result.what}")])]
    link = f"[XX](figure:result?programme={result.programme.slug}&key={result.key})"
    assert context["chosen"].markdown == link
    assert context["chosen"].counted.in_words == "over 130,000"


def test_donors_statements_and_years_are_chosen_from_lists(officer):
    donor, statement = DonorFactory(name="Norway"), StatementFactory(slug="geneva")

    fields = choose(officer, "contributed")["form"].fields

    assert (donor.slug, "Norway") in fields["by"].choices[-1][1]
    assert ("geneva", statement.title) in fields["statement"].choices
    assert [year for year, _name in fields["year"].choices][:2] == ["", "2027"]


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("contributed", {"by": "signatories"}, "by=signatories goes with the statement"),
        ("contributed", {"by": "atlantis"}, "not one of the available choices"),
        ("contributed", {"stage": "promised"}, "not one of the available choices"),
        ("target", {"year": "1999"}, "not one of the available choices"),
        ("target", {"year": ""}, "required"),
        ("objectives-nearly-all", {"at_least": "24"}, "not a number of objectives from 1 to 23"),
        ("programmes", {"words": "XX of XX"}, "holds one slot"),
        ("programmes", {"words": "some"}, "holds one slot"),
        ("programmes", {"words": "**XX**"}, "is plain"),
        ("programmes", {"words": "XX](x) [1"}, "leave out square brackets"),
        ("programmes", {"words": "XX ["}, "leave out square brackets"),
        ("result", {"result": "no such"}, "not one of the available choices"),
    ],
)
def test_a_wrong_parameter_is_told_beside_the_form(officer, name, parameters, message):
    ResultFactory()

    context = choose(officer, name, **parameters)

    assert message in errors(context)
    assert context["chosen"] is None


def test_what_is_not_registered_has_no_page(officer):
    assert officer.get(FIGURES, {"name": "total"}).status_code == 404


def test_a_draft_statements_signatories_are_counted_for_the_text_to_come(officer):
    statement = EditionFactory(public_from=None).statement
    deposit = DepositFactory()
    statement.signatories.add(deposit.pledge.donor)

    chosen = choose(officer, "contributed", by="signatories", statement=statement.slug)["chosen"]

    assert chosen.counted.value == deposit.amount_usd


def test_the_link_can_be_copied_without_javascript(officer):
    html = officer.get(FIGURES, {"name": "programmes"}).content.decode()

    assert re.search(r"<textarea[^>]*readonly>\[XX\]\(figure:programmes\)</textarea>", html)


def test_the_list_asks_as_many_questions_of_many_rows_as_of_few(
    officer, django_assert_max_num_queries
):
    ResultFactory()
    with django_assert_max_num_queries(200) as asked:
        officer.get(FIGURES)
    for _number in range(5):
        ResultFactory()
        DonorFactory()
        StatementFactory()

    with django_assert_max_num_queries(len(asked)):
        officer.get(FIGURES)
