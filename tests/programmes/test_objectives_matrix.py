"""Which programmes support which objectives; what is not recorded is not denied."""

from datetime import date

import pytest

from tests.elements import parse
from tests.factories import ObjectiveFactory, ProgrammeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.either]


def get(client, query=""):
    return parse(client.get(f"/programmes/objectives/{query}").content.decode())


def matrix(client, query=""):
    """Return the cells of each row by the name of its programme, the last row the counts."""
    (table,) = get(client, query).all("table", "matrix")
    rows = list(table.all("tr"))[1:]
    return {next(row.all("th")).text: [cell.text for cell in row.all("td")] for row in rows}


def test_a_dot_stands_where_the_record_names_the_objective(client):
    one, two, three = (ObjectiveFactory(number=number) for number in (1, 2, 3))
    ProgrammeFactory(short_title="A", objectives=[one, three])
    ProgrammeFactory(short_title="B", objectives=[one, two, three], objectives_complete=True)

    assert matrix(client) == {
        "A": ["● yes", "", "● yes"],
        "B all recorded": ["● yes", "● yes", "● yes"],
        "Programmes on record": ["2", "1", "2"],
    }


def test_a_programme_without_objectives_is_not_yet_recorded_in_all(client):
    one = ObjectiveFactory(number=1)
    ObjectiveFactory(number=2)
    ProgrammeFactory(short_title="A", objectives=[one])
    ProgrammeFactory(short_title="B")

    rows = matrix(client)

    assert rows["B"] == ["not yet recorded"]
    assert rows["Programmes on record"] == ["1", "– none on record"]


def test_drafts_and_later_programmes_have_no_row(client):
    one = ObjectiveFactory(number=1)
    ProgrammeFactory(short_title="A", objectives=[one])
    ProgrammeFactory(short_title="Draft", objectives=[one], public_from=None)
    ProgrammeFactory(short_title="Later", objectives=[one], launched_on=date(2023, 1, 1))

    assert matrix(client, "?as_of=2022-12-31") == {"A": ["● yes"], "Programmes on record": ["1"]}


def test_the_page_names_what_is_covered_and_what_is_not(client):
    one = ObjectiveFactory(number=1, short_title="Data")
    ObjectiveFactory(number=2, short_title="Drivers")
    ProgrammeFactory(objectives=[one])

    (known,) = get(client).all("dl", "named")

    assert [dd.text for dd in known.all("dd")] == ["1. Data", "2. Drivers"]


def test_a_long_matrix_goes_on_over_pages_and_counts_all(client):
    one = ObjectiveFactory(number=1)
    for _number in range(101):
        ProgrammeFactory(objectives=[one])

    last = matrix(client, "?page=2")

    assert len(last) == 2
    assert last["Programmes on record"] == ["101"]


def test_an_empty_register_has_no_matrix(client):
    ObjectiveFactory(number=1)

    found = get(client)

    assert list(found.all("table", "matrix")) == []
    assert "No joint programme is recorded yet." in found.text
