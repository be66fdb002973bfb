"""Editions in the admin: errors with their place, typed digits, and a preview for staff alone."""

import pytest
from django.test import Client

from contributions.models import Edition
from tests.contributions import desk
from tests.factories import DepositFactory, EditionFactory, StatementFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either,
    pytest.mark.usefixtures("nothing_foretold"),
]

LIVE = r"We gave [\$XX](figure:contributed?by=all&stage=deposited) together."


@pytest.fixture
def officer():
    return desk.officer()


@pytest.fixture
def draft():
    return EditionFactory(markdown=LIVE, public_from=None)


def post_text(client, edition, markdown):
    """Post the edition's form with another text and return the answer."""
    address = desk.page("edition", "change", edition.pk)
    return client.post(address, desk.shown(client, address) | {"markdown": markdown})


def test_an_edition_is_entered_as_a_draft(officer):
    statement = StatementFactory()
    data = {"statement": statement.pk, "language": "en", "kind": "original", "title": "Together"}

    desk.save(officer, desk.page("edition", "add"), data | {"markdown": LIVE})

    assert Edition.objects.get().public_from is None


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("We gave [XX](figure:contribution).", 9, "is not a figure or claim"),
        ("[XX](figure:contributed?of=all)", 1, "has no parameter “of”"),
        ("Over [XX of XX](figure:contributed).", 6, "holds one slot"),
        ("We gave $XX million.", 10, "XX stands outside a live link"),
    ],
)
def test_a_text_with_an_error_is_refused_with_its_line_and_column(
    officer, draft, line, column, message
):
    answer = post_text(officer, draft, f"Excellencies,\n\n{line}")

    errors = desk.errors(answer)
    assert f"Line 3, column {column}: " in errors
    assert message in errors
    assert Edition.objects.get().markdown == LIVE


def test_a_refused_text_stays_in_the_form(officer, draft):
    typed = "Excellencies,\n\nwe gave $XX million & more."

    html = post_text(officer, draft, typed).content.decode()

    assert "we gave $XX million &amp; more.</textarea>" in html


def test_every_error_of_a_text_is_told_at_once(officer, draft):
    answer = post_text(officer, draft, "XX here.\n\nXX there.")

    errors = desk.errors(answer)
    assert "Line 1, column 1: " in errors
    assert "Line 3, column 1: " in errors


def test_the_linter_lists_digits_that_are_only_typed(officer, draft):
    post_text(officer, draft, f"{LIVE}\n\nThe Fund began in 2019.")

    html = officer.get(desk.page("edition", "change", draft.pk)).content.decode()

    assert "Line 3, column 19</a>: “2019” is typed, not counted: it is a year." in html


def test_the_linter_says_when_every_number_is_live(officer, draft):
    html = officer.get(desk.page("edition", "change", draft.pk)).content.decode()

    assert "Every number is live." in html


def test_the_preview_shows_the_draft_counted_now(officer, draft):
    DepositFactory()

    html = officer.get(desk.page("edition", "preview", draft.pk)).content.decode()

    assert "Preview: this is how the saved text reads now." in html

    assert '<data value="100.00">100</data>' in html


def test_a_draft_that_staff_previewed_stays_unknown_at_its_public_address(officer, draft):
    officer.get(desk.page("edition", "preview", draft.pk))

    public = draft.statement.get_absolute_url()
    assert [officer.get(public).status_code, Client().get(public).status_code] == [404, 404]
    assert Client().get("/").status_code == 404


def test_a_preview_asks_to_sign_in(draft):
    assert Client().get(desk.page("edition", "preview", draft.pk)).status_code == 302


def test_a_published_edition_is_the_home_page_on_the_next_request(draft):
    desk.publish(desk.approver(), "edition", draft.pk)

    assert "together" in Client().get("/").content.decode()


def test_a_public_edition_is_not_changed_by_a_crafted_post(officer):
    edition = EditionFactory(markdown=LIVE)
    address = desk.page("edition", "change", edition.pk)

    answer = officer.post(address, {"title": "Mine", "markdown": "Mine"})

    assert answer.status_code == 403
    assert Edition.objects.get().markdown == LIVE


def test_a_second_edition_of_a_language_is_not_published_beside_the_first():
    first = EditionFactory(markdown=LIVE)
    second = desk.submitted(EditionFactory(statement=first.statement, public_from=None))

    answer = desk.act(desk.approver(), desk.page("edition", "publish", second.pk), desk.NOW)

    assert "has a public edition in this language" in str(answer.context["form"].errors)
    assert Edition.objects.get(pk=second.pk).public_from is None


def test_a_corrected_text_takes_the_place_of_the_old_one_when_it_is_published():
    client, old = desk.approver(), EditionFactory(markdown="Once we wrote this.")
    key = desk.correct(client, "edition", old.pk)
    post_text(client, Edition.objects.get(pk=key), "Now we write that.")
    before = "Once we wrote this." in Client().get("/").content.decode()

    desk.publish(client, "edition", key)

    assert before
    assert "Now we write that." in Client().get("/").content.decode()


def test_history_shows_what_changed_in_the_text(officer, draft):
    post_text(officer, draft, "We gave more.")

    answer = officer.get(desk.page("edition", "history", draft.pk))

    assert "We gave more." in answer.content.decode()


def test_a_text_in_a_language_without_pages_says_that_no_reader_finds_it():
    row = desk.submitted(EditionFactory(public_from=None, language="fr"))

    page = desk.second_approver().get(desk.page("edition", "publish", row.pk)).content.decode()

    assert "The portal has no pages in français yet: readers do not find this text." in page
