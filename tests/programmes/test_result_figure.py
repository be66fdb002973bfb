"""One result of one programme, as its source gives it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mptf_portal import figures
from mptf_portal.figures import Unit, UnknownReferenceError
from mptf_portal.publishing import draft_correction, publish, withdraw
from mptf_portal.snapshot import latest
from tests.factories import ProgrammeFactory, ResultFactory
from tests.programmes.register import correct

pytestmark = pytest.mark.django_db

EMBARGO = datetime(2100, 1, 1, tzinfo=UTC)


def shown(row, as_of=None, *, preview=False):
    """Count the result as a link in a statement asks for it."""
    snapshot = latest(preview=preview)
    pairs = [("programme", row.programme.slug), ("key", row.key)]
    return figures.count(figures.refer("result", pairs), snapshot.on(as_of or snapshot.as_of))


def test_a_result_says_what_its_source_says_and_who_that_is():
    row = ResultFactory(programme__short_title="Families left behind")

    figure = shown(row)

    assert (figure.value, figure.unit, figure.qualifier) == (130_000, Unit.COUNT, "over")
    assert figure.basis == "the source says “over”"
    assert figure.title == "People: reached (Families left behind)"
    assert (figure.source.text, figure.source.url) == (
        "A page of the United Nations",
        "https://un.example.org/result",
    )
    assert list(figure.rows) == [row]
    assert str(figure.reference) == f"result?programme={row.programme.slug}&key={row.key}"


@pytest.mark.parametrize(
    ("qualifier", "basis"),
    [
        ("over", "the source says “over”"),
        ("almost", "the source says “almost”"),
        ("about", "the source says “about”"),
        ("", "the number as the source gives it"),
    ],
)
def test_the_qualifier_is_the_sources_own(qualifier, basis):
    figure = shown(ResultFactory(qualifier=qualifier))

    assert (figure.qualifier, figure.basis) == (qualifier, basis)


@pytest.mark.parametrize(
    ("stored", "value", "kind"),
    [("94", 94, int), ("2.50", Decimal("2.5"), Decimal), ("0", 0, int)],
)
def test_a_whole_number_is_an_integer_and_a_fraction_stays_one(stored, value, kind):
    row = ResultFactory(figure=Decimal(stored))

    figure = shown(row)

    assert (figure.value, type(figure.value)) == (value, kind)


def test_a_result_of_a_later_day_is_not_yet_known():
    row = ResultFactory(as_of=date(2024, 3, 11), as_of_precision="day")

    before = shown(row, date(2024, 3, 10))

    assert (before.value, list(before.rows)) == (None, [])
    assert shown(row, date(2024, 3, 11)).value == 130_000


def test_a_result_known_to_the_month_is_known_on_its_last_day():
    row = ResultFactory(as_of=date(2021, 12, 5), as_of_precision="month", public_from=None)
    publish(row, latest().now)

    assert shown(row, date(2021, 12, 30)).value is None
    assert shown(row, date(2021, 12, 31)).value == 130_000


def test_a_result_without_a_date_is_known_once_its_programme_is_funded():
    row = ResultFactory(as_of=None, programme__launched_on=date(2021, 5, 25))

    assert shown(row, date(2021, 5, 24)).value is None
    assert shown(row, date(2021, 5, 25)).value == 130_000


@pytest.mark.parametrize("hidden", [None, EMBARGO])
def test_a_draft_is_named_in_a_preview_only_and_has_no_value_there(hidden):
    row = ResultFactory(public_from=hidden)

    with pytest.raises(UnknownReferenceError, match=f"has no result “{row.key}” on record"):
        shown(row)
    figure = shown(row, preview=True)
    assert (figure.value, list(figure.rows)) == (None, [])


@pytest.mark.parametrize("hidden", [None, EMBARGO])
def test_a_result_of_a_programme_that_readers_do_not_know_is_unknown(hidden):
    row = ResultFactory(programme__public_from=hidden)

    with pytest.raises(UnknownReferenceError, match="on record"):
        shown(row)
    figure = shown(row, preview=True)
    assert (figure.value, list(figure.rows)) == (None, [])


def test_a_withdrawn_result_is_unknown_even_in_a_preview():
    row = ResultFactory()
    withdraw(row, "Another programme's", latest().now)

    with pytest.raises(UnknownReferenceError, match="on record"):
        shown(row, preview=True)


def test_the_public_row_is_shown_while_its_correction_is_a_draft():
    row = ResultFactory()
    draft = draft_correction(row)
    draft.figure = Decimal(140_000)
    draft.save()

    assert shown(row).value == shown(row, preview=True).value == 130_000
    publish(draft, latest().now)
    assert shown(row).value == 140_000


def test_the_results_of_a_corrected_programme_stay_and_name_it_as_corrected():
    row = ResultFactory(programme__short_title="Families")

    corrected = correct(row.programme, short_title="Families left behind")

    figure = shown(row)
    assert figure.value == 130_000
    assert figure.title == "People: reached (Families left behind)"
    assert figure.rows[0].programme == corrected


def test_a_result_entered_on_a_draft_correction_names_the_programme_as_readers_know_it():
    programme = ProgrammeFactory(short_title="Families")
    draft = draft_correction(programme)
    draft.short_title = "Not yet public"
    draft.save()

    row = ResultFactory(programme=draft)

    assert shown(row).title == "People: reached (Families)"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "result?programme=nothing&key=reached",
            "The programme “nothing” has no result “reached” on record.",
        ),
        ("result?programme=known&key=", "The programme “known” has no result “” on record."),
        ("result?programme=known", "“result” needs the parameter “key”."),
        ("result?key=reached", "“result” needs the parameter “programme”."),
        (
            "result?programme=known&key=reached&year=2023",
            "“result” has no parameter “year”; it takes: programme, key.",
        ),
    ],
)
def test_an_unknown_result_is_refused_with_the_way_out(asked, message):
    ResultFactory(programme__slug="known", key="other")

    with pytest.raises(UnknownReferenceError) as refusal:
        figures.count(figures.parse(asked), latest())

    assert str(refusal.value) == message
