"""Every page of the register's admin opens without inline code, for officer and approver."""

import pytest

from tests.contributions import desk
from tests.factories import (
    CountryFactory,
    MarkerFactory,
    MarkerLevelFactory,
    ObjectiveFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
    ReportedContributionFactory,
    ResultFactory,
    StatedFigureFactory,
    ThematicAreaFactory,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either,
    pytest.mark.usefixtures("nothing_foretold"),
]

PUBLIC_ROWS = {
    "jointprogramme": ProgrammeFactory,
    "result": ResultFactory,
    "statedfigure": StatedFigureFactory,
    "reportedcontribution": ReportedContributionFactory,
}
KEPT = {
    "organization": OrganizationFactory,
    "thematicarea": ThematicAreaFactory,
    "marker": MarkerFactory,
}
LOOKED_UP = {"country": CountryFactory, "objective": ObjectiveFactory}
STAFF = {"officer": desk.officer, "approver": desk.approver}


def page(row, act, *args):
    """Return the address of an admin page of the row's model."""
    return desk.page(row._meta.model_name, act, *args, app=row._meta.app_label)


def with_everything(row):
    """Give a programme a row in every table of its page, and return it."""
    if row._meta.model_name == "jointprogramme":
        row.countries.add(CountryFactory())
        row.objectives.add(ObjectiveFactory())
        row.marker_levels.add(MarkerLevelFactory())
        ParticipationFactory(programme=row)
        row.goal_tags.create(goal=10)
        row.links.create(kind="source", url="https://un.example.org/")
    return row


@pytest.mark.parametrize("staff", STAFF)
@pytest.mark.parametrize("model", PUBLIC_ROWS | KEPT)
def test_the_list_and_the_empty_form_open(model, staff):
    row = with_everything((PUBLIC_ROWS | KEPT)[model]())
    client = STAFF[staff]()

    for act in ("changelist", "add"):
        assert client.get(page(row, act)).status_code == 200


@pytest.mark.parametrize("staff", STAFF)
@pytest.mark.parametrize("model", KEPT)
def test_the_form_and_the_history_of_what_describes_programmes_open(model, staff):
    row = KEPT[model]()
    client = STAFF[staff]()

    for act in ("change", "history"):
        assert client.get(page(row, act, row.pk)).status_code == 200


@pytest.mark.parametrize("staff", STAFF)
@pytest.mark.parametrize("model", LOOKED_UP)
def test_facts_from_a_file_open_and_are_not_added(model, staff):
    row = LOOKED_UP[model]()
    client = STAFF[staff]()

    assert client.get(page(row, "changelist")).status_code == 200
    for act in ("change", "history"):
        assert client.get(page(row, act, row.pk)).status_code == 200
    assert client.get(page(row, "add")).status_code == 403


@pytest.mark.parametrize(
    ("staff", "answers"),
    [
        ("officer", {"change": 200, "history": 200, "withdraw": 200, "submit": 200}),
        ("approver", {"change": 200, "history": 200, "withdraw": 200, "publish": 403}),
    ],
)
@pytest.mark.parametrize("model", PUBLIC_ROWS)
def test_the_pages_of_a_draft_open_to_those_who_may(model, staff, answers):
    row = with_everything(PUBLIC_ROWS[model](public_from=None))
    client = STAFF[staff]()

    assert {act: client.get(page(row, act, row.pk)).status_code for act in answers} == answers


@pytest.mark.parametrize(
    ("staff", "answers"),
    [
        ("officer", {"change": 200, "take-back": 200, "withdraw": 403, "publish": 403}),
        ("approver", {"change": 200, "send-back": 200, "withdraw": 200, "publish": 200}),
    ],
)
@pytest.mark.parametrize("model", PUBLIC_ROWS)
def test_the_pages_of_a_submitted_row_open_to_those_who_may(model, staff, answers):
    row = desk.submitted(with_everything(PUBLIC_ROWS[model](public_from=None)))
    client = STAFF[staff]()

    assert {act: client.get(page(row, act, row.pk)).status_code for act in answers} == answers


@pytest.mark.parametrize(
    ("staff", "answers"),
    [
        ("officer", {"change": 200, "history": 200, "correct": 200, "withdraw": 403}),
        ("approver", {"change": 200, "history": 200, "correct": 200, "withdraw": 200}),
    ],
)
@pytest.mark.parametrize("model", PUBLIC_ROWS)
def test_the_pages_of_a_public_row_open_to_those_who_may(model, staff, answers):
    row = with_everything(PUBLIC_ROWS[model]())
    client = STAFF[staff]()

    assert {act: client.get(page(row, act, row.pk)).status_code for act in answers} == answers


@pytest.mark.parametrize("model", PUBLIC_ROWS | KEPT)
def test_not_even_a_superuser_deletes(model):
    row = (PUBLIC_ROWS | KEPT)[model]()

    answer = desk.superuser().post(page(row, "delete", row.pk), {"post": "yes"})

    assert answer.status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_part_entered_by_mistake_is_taken_out_of_a_draft():
    part = ParticipationFactory(programme__public_from=None)
    client, address = desk.officer(), page(part.programme, "change", part.programme_id)

    desk.save(client, address, desk.shown(client, address) | {"participations-0-DELETE": "on"})

    assert part.programme.participations.count() == 0
    assert part.history.model.objects.filter(id=part.pk).latest().history_type == "-"


def test_a_public_programme_keeps_its_parts():
    part = ParticipationFactory()
    client, address = desk.superuser(), page(part.programme, "change", part.programme_id)

    client.post(address, desk.shown(client, address) | {"participations-0-DELETE": "on"})

    assert part.programme.participations.count() == 1


def test_a_correction_of_a_programme_opens_with_its_parts():
    row = with_everything(ProgrammeFactory())
    client = desk.officer()

    key = desk.correct(client, "jointprogramme", row.pk, app="programmes")

    opened = client.get(page(row, "change", key))
    assert opened.status_code == 200
    parts = [len(inline.formset.forms) for inline in opened.context["inline_admin_formsets"]]
    assert parts == [1, 1, 2]
