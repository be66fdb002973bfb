"""Who publishes at the desk what they have seen, and how what is public is corrected."""

import pytest

from mptf_portal.snapshot import latest
from programmes.models import JointProgramme
from tests.contributions import desk
from tests.factories import (
    CountryFactory,
    MarkerFactory,
    ObjectiveFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
    ResultFactory,
    StatedFigureFactory,
)
from tests.programmes.register import correct, counted, desk_page

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either,
    pytest.mark.usefixtures("nothing_foretold"),
]


@pytest.fixture
def officer():
    return desk.officer()


@pytest.fixture
def approver():
    return desk.approver()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("model", "make"),
    [
        ("jointprogramme", ProgrammeFactory),
        ("result", ResultFactory),
        ("statedfigure", StatedFigureFactory),
    ],
)
def test_an_officer_may_not_publish(officer, model, make, method):
    row = make(public_from=None)

    answer = getattr(officer, method)(desk_page(model, "publish", row.pk), desk.NOW)

    row.refresh_from_db()
    assert (answer.status_code, row.public_from) == (403, None)


def test_an_organization_added_since_the_approver_looked_is_not_published_unseen(officer, approver):
    row = desk.submitted(ProgrammeFactory(public_from=None))
    act, form = (
        desk_page("jointprogramme", "publish", row.pk),
        desk_page("jointprogramme", "change", row.pk),
    )
    seen = approver.get(act).context["seen"]
    added = {"organization": OrganizationFactory(acronym="ITC").pk, "role": "partner"}
    desk.done(desk.act(officer, desk_page("jointprogramme", "take-back", row.pk), {}))
    desk.save(officer, form, desk.with_row(desk.shown(officer, form), "participations", **added))
    desk.submit(officer, "jointprogramme", row.pk, app="programmes")

    answer = approver.post(act, desk.NOW | {"seen": seen})

    row.refresh_from_db()
    assert "A row was added or changed" in answer.content.decode()
    assert row.public_from is None
    looked = approver.get(act)
    assert "ITC (Partner)" in looked.content.decode()
    desk.publish(approver, "jointprogramme", row.pk, app="programmes")
    assert counted("programmes").value == 1


def test_a_country_added_since_the_approver_looked_is_not_published_unseen(approver):
    row = desk.submitted(ProgrammeFactory(public_from=None))
    act = desk_page("jointprogramme", "publish", row.pk)
    seen = approver.get(act).context["seen"]
    row.countries.add(CountryFactory(name_en="Tajikistan"))

    answer = approver.post(act, desk.NOW | {"seen": seen})

    assert "A row was added or changed" in answer.content.decode()
    assert "Tajikistan" in answer.content.decode()


# What is public


@pytest.fixture
def public():
    """Return a public programme with one organization."""
    return ParticipationFactory(programme__slug="families").programme


def test_a_public_programme_is_read_only_with_its_inlines(officer, public):
    opened = officer.get(desk_page("jointprogramme", "change", public.pk))

    form, inlines = opened.context["adminform"].form, opened.context["inline_admin_formsets"]
    assert (opened.status_code, list(form.fields)) == (200, [])
    assert all(not inline.formset.extra for inline in inlines)
    assert not any(inline.has_add_permission for inline in inlines)
    assert not any(inline.has_change_permission for inline in inlines)


def test_a_public_programme_takes_no_crafted_row(officer, public):
    address = desk_page("jointprogramme", "change", public.pk)
    posted = desk.with_row(
        {"participations-TOTAL_FORMS": 0, "participations-INITIAL_FORMS": 0},
        "participations",
        organization=OrganizationFactory().pk,
        role="partner",
    )

    answer = officer.post(address, posted | {"title": "X", "short_title": "X", "slug": "x"})

    public.refresh_from_db()
    assert (answer.status_code, public.slug, public.participations.count()) == (403, "families", 1)


def test_correcting_keeps_the_short_name_and_everything_else(officer, approver, public):
    key = desk.correct(officer, "jointprogramme", public.pk, app="programmes")
    address = desk_page("jointprogramme", "change", key)
    changed = {"short_title": "Families", "slug": "another"}

    desk.save(officer, address, desk.shown(officer, address) | changed)
    desk.publish(approver, "jointprogramme", key, app="programmes")

    row = JointProgramme.objects.public(latest().now).get()
    assert (row.pk, row.slug, row.short_title) == (key, "families", "Families")
    assert row.participations.count() == 1


def test_a_result_is_corrected_at_the_desk_after_its_programme_was(officer, approver):
    row = ResultFactory()
    correct(row.programme)
    key = desk.correct(officer, "result", row.pk, app="programmes")
    address = desk_page("result", "change", key)

    desk.save(officer, address, desk.shown(officer, address) | {"figure": "140000", "key": "other"})
    desk.publish(approver, "result", key, app="programmes")

    reference = f"result?programme={row.programme.slug}&key={row.key}"
    assert counted(reference).value == 140_000


def test_the_short_name_of_a_marker_is_permanent(officer):
    marker = MarkerFactory(key="gender")
    address = desk_page("marker", "change", marker.pk)

    desk.save(officer, address, desk.shown(officer, address) | {"key": "sex", "name": "Gender"})

    marker.refresh_from_db()
    assert (marker.key, marker.name) == ("gender", "Gender")


def test_facts_from_a_file_are_looked_up_and_not_changed():
    objective = ObjectiveFactory()

    answer = desk.superuser().post(desk_page("objective", "change", objective.pk), {"title": "X"})

    objective.refresh_from_db()
    assert (answer.status_code, objective.title != "X") == (403, True)
