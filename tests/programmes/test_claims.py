"""What the register says of “all continents” and “nearly all of the objectives”."""

from datetime import date
from decimal import Decimal

import pytest

from mptf_portal import figures
from mptf_portal.figures import UnknownReferenceError, Verdict
from mptf_portal.snapshot import latest
from programmes.models.countries import REGIONS
from tests.factories import (
    CountryFactory,
    ObjectiveFactory,
    ProgrammeFactory,
    StatedFigureFactory,
)
from tests.programmes.register import before, counted

pytestmark = pytest.mark.django_db

HOLDS, NOT, UNTOLD = Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.CANNOT_BE_TOLD
FEW = "objectives-nearly-all?at-least=3"
DAY = date(2024, 1, 1)


def state(programmes, figure="programmes"):
    """State how many programmes there are."""
    return StatedFigureFactory(figure=figure, value=Decimal(programmes), stated_for=DAY)


def works_in(*regions, **values):
    """Put a programme on record that works in these regions."""
    countries = [CountryFactory(region=region) for region in regions]
    return ProgrammeFactory(countries=countries, **values)


def supports(*numbers, complete=True, **values):
    """Put a programme on record that supports these objectives."""
    objectives = [ObjectiveFactory(number=number) for number in numbers]
    return ProgrammeFactory(objectives=objectives, objectives_complete=complete, **values)


def told(claim, as_of=None):
    answered = counted(claim, as_of)
    return answered.verdict, answered.answer


# All continents


def test_all_continents_holds_on_public_rows_alone():
    for region in REGIONS:
        works_in(region)
    state(24)

    claim = counted("all-continents")

    assert (claim.verdict, claim.answer) == (HOLDS, "holds: all five regions")
    assert claim.evidence == (
        "Programmes on record work in Africa, the Americas, Asia, Europe, and Oceania."
    )


def test_all_continents_holds_though_of_one_programme_no_country_is_on_record():
    works_in(*REGIONS)
    ProgrammeFactory()

    assert told("all-continents")[0] is HOLDS


def test_a_draft_reaches_no_continent():
    works_in(*list(REGIONS)[:-1])
    works_in("Oceania", public_from=None)
    state(1)

    assert told("all-continents") == (NOT, "not yet: none in Oceania")


def test_a_complete_register_tells_which_continents_are_missing():
    works_in("Africa")
    works_in("Asia")
    state(2)

    claim = counted("all-continents")

    assert claim.verdict is NOT
    assert claim.answer == "not yet: none in the Americas, Europe, and Oceania"
    assert claim.evidence == (
        "Programmes on record work in Africa and Asia; none in the Americas, Europe, and Oceania."
    )


def test_a_register_with_more_programmes_than_stated_is_complete():
    works_in("Africa")
    works_in("Africa")
    state(1)

    assert told("all-continents")[0] is NOT


def test_a_register_with_fewer_programmes_than_stated_tells_nothing_of_what_is_missing():
    works_in("Africa")
    state(24)

    claim = counted("all-continents")

    assert claim.verdict is UNTOLD
    assert claim.answer == "cannot be told: 1 of 24 programmes are on record"
    assert claim.evidence == (
        "Programmes on record work in Africa; none in the Americas, Asia, Europe, and Oceania."
    )


@pytest.mark.parametrize("claim", ["all-continents", FEW])
def test_an_empty_register_tells_nothing(claim):
    assert told(claim) == (UNTOLD, "cannot be told: no programmes are on record")


@pytest.mark.parametrize("claim", ["all-continents", FEW])
def test_an_empty_register_says_so_though_a_source_states_how_many_there_are(claim):
    state(24)

    assert told(claim) == (UNTOLD, "cannot be told: no programmes are on record")


@pytest.mark.parametrize("claim", ["all-continents", FEW])
def test_how_many_programmes_there_are_must_be_stated(claim):
    supports(1).countries.add(CountryFactory())

    assert told(claim) == (
        UNTOLD,
        "cannot be told: how many programmes there are is not on record",
    )


@pytest.mark.parametrize("claim", ["all-continents", FEW])
def test_what_is_stated_for_a_later_day_completes_no_earlier_register(claim):
    supports(1).countries.add(CountryFactory())
    state(1)

    assert told(claim)[0] is NOT
    assert told(claim, before(DAY)) == (
        UNTOLD,
        "cannot be told: how many programmes there are is not on record",
    )


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (1, "of 1 programme no country is on record"),
        (2, "of 2 programmes no country is on record"),
    ],
)
def test_a_programme_without_a_country_could_change_the_answer(missing, reason):
    works_in("Africa")
    ProgrammeFactory.create_batch(missing)
    state(1 + missing)

    assert told("all-continents") == (UNTOLD, f"cannot be told: {reason}")


def test_without_any_country_the_evidence_says_so():
    ProgrammeFactory()
    state(1)

    assert counted("all-continents").evidence == "No country is on record for any programme."


def test_a_programme_of_later_reaches_no_continent_before():
    works_in(*REGIONS, launched_on=DAY)
    works_in("Africa", launched_on=date(2021, 1, 1))

    assert told("all-continents", before(DAY))[0] is UNTOLD
    assert told("all-continents", DAY)[0] is HOLDS


def test_countries_that_are_only_stated_are_on_no_continent():
    works_in("Africa")
    state(1)
    state(60, figure="countries-reached")

    claim = counted("all-continents")

    assert claim.verdict is NOT
    assert [figure.recorded for figure in claim.figures] == [1, 1]


# Nearly all objectives


def test_nearly_all_objectives_holds_on_public_rows_alone():
    supports(1, 2, complete=False)
    supports(2, 3, complete=False)
    state(24)

    claim = counted(FEW)

    assert (claim.verdict, claim.answer) == (HOLDS, "holds: 3 of 23 objectives")
    assert claim.evidence == "Programmes on record support 3 of the 23 objectives."
    assert "at least 3 of the 23" in claim.definition


@pytest.mark.parametrize(("supported", "verdict"), [(19, NOT), (20, HOLDS), (23, HOLDS)])
def test_nearly_all_is_twenty_of_23_unless_the_link_says_otherwise(supported, verdict):
    supports(*range(1, supported + 1))
    state(1)

    assert told("objectives-nearly-all")[0] is verdict
    assert str(figures.parse("objectives-nearly-all")) == "objectives-nearly-all?at-least=20"


def test_a_complete_register_tells_how_many_objectives_there_are():
    supports(1, 2)
    state(1)

    assert told(FEW) == (NOT, "not yet: 2 of 23 objectives")


def test_a_register_with_fewer_programmes_than_stated_tells_nothing_of_objectives():
    supports(1, 2)
    state(24)

    claim = counted(FEW)

    assert claim.verdict is UNTOLD
    assert claim.answer == "cannot be told: 1 of 24 programmes are on record"
    assert claim.evidence == "Programmes on record support 2 of the 23 objectives."


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (1, "not all objectives of 1 programme are on record"),
        (2, "not all objectives of 2 programmes are on record"),
    ],
)
def test_a_list_of_objectives_that_may_not_be_complete_could_change_the_answer(missing, reason):
    supports(1)
    for _number in range(missing):
        supports(2, complete=False)
    state(1 + missing)

    assert told(FEW) == (UNTOLD, f"cannot be told: {reason}")


def test_without_any_objective_the_evidence_says_so():
    supports()
    state(1)

    claim = counted(FEW)

    assert claim.answer == "not yet: 0 of 23 objectives"
    assert claim.evidence == "No objective is on record for any programme."


def test_objectives_that_are_only_stated_never_make_it_hold():
    supports(1, 2)
    state(1)
    state(23, figure="objectives-covered")

    claim = counted(FEW)

    assert figures.count(figures.refer("objectives-covered"), latest()).value == 23
    assert (claim.verdict, claim.answer) == (NOT, "not yet: 2 of 23 objectives")
    assert claim.evidence == "Programmes on record support 2 of the 23 objectives."


def test_countries_do_not_make_a_register_of_objectives_incomplete():
    supports(1)
    state(1)
    assert ProgrammeFactory._meta.model.objects.without_country().count() == 1

    assert told(FEW)[0] is NOT


@pytest.mark.parametrize("written", ["0", "24", "-1", "", "twenty", "²", "2.5", "１２"])
def test_at_least_is_a_number_of_objectives(written):
    with pytest.raises(UnknownReferenceError) as refusal:
        figures.parse(f"objectives-nearly-all?at-least={written}")

    assert str(refusal.value) == f"“{written}” is not a number of objectives from 1 to 23."


@pytest.mark.parametrize("written", ["1", "23", "020"])
def test_at_least_may_be_any_number_of_objectives(written):
    reference = figures.parse(f"objectives-nearly-all?at-least={written}")

    assert str(reference) == f"objectives-nearly-all?at-least={int(written)}"


@pytest.mark.parametrize("claim", ["all-continents", FEW])
def test_a_claim_names_the_figures_that_its_evidence_rests_on(claim):
    supports(1).countries.add(CountryFactory())

    answered = counted(claim)

    names = [figure.reference.name for figure in answered.figures]
    own = {"all-continents": "countries-reached", FEW: "objectives-covered"}[claim]
    assert names == [own, "programmes"]
    assert answered.completeness.startswith("That it does not hold is said only when as many")
    assert str(answered.reference) == claim
