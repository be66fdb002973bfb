"""The editor of a text: a preview of what is typed, findings with their place, nothing saved."""

import re

import pytest
from django.test import Client

from contributions.models import Edition
from tests.contributions import desk
from tests.factories import DepositFactory, EditionFactory, ResultFactory, StatementFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either,
    pytest.mark.usefixtures("nothing_foretold"),
]

LIVE = r"We gave [\$XX](figure:contributed?by=all&stage=deposited) together."
TYPED = desk.page("edition", "preview-typed")


@pytest.fixture
def officer():
    return desk.officer()


@pytest.fixture
def draft():
    return EditionFactory(markdown=LIVE, public_from=None, title="As saved")


def typed(client, edition, markdown, **others):
    """Return the preview of a text that stands in an edition's form."""
    address = desk.page("edition", "change", edition.pk)
    return client.post(TYPED, desk.shown(client, address) | {"markdown": markdown} | others)


def said(answer):
    """Return what a page says, its mark-up left out."""
    text = re.sub(r"<[^>]+>", "", answer.content.decode())
    return re.sub(r"\s+", " ", text)


# The preview


def test_the_preview_shows_what_is_typed_in_the_readers_form_and_saves_nothing(officer, draft):
    DepositFactory()

    html = typed(officer, draft, f"Excellencies, {LIVE}", title="As typed").content.decode()

    assert '<h1 itemprop="headline">As typed</h1>' in html
    assert 'Excellencies, We gave <a target="_blank" class="figure"' in html
    assert '<data value="100.00">100</data>' in html
    assert "nothing of it is saved" in html
    assert Edition.objects.values_list("title", "markdown").get() == ("As saved", LIVE)


def test_the_preview_has_the_markup_of_the_public_page(officer):
    edition = EditionFactory(markdown=LIVE)
    DepositFactory()
    public = Client().get(edition.statement.get_absolute_url()).content.decode()

    shown = officer.get(TYPED, {"edition": edition.pk}).content.decode()

    article = re.compile(r"<article.*</article>", re.DOTALL)
    assert article.search(shown)[0].replace(' target="_blank"', "") == article.search(public)[0]


def test_a_link_of_the_preview_opens_beside_the_frame_and_a_note_stays_in_it(officer, draft):
    DepositFactory()

    html = typed(officer, draft, LIVE).content.decode()

    links = re.findall(r"<a [^>]*href=\"([^\"]*)\"[^>]*>", html)
    outward = re.findall(r"<a target=\"_blank\" [^>]*href=\"([^\"]*)\"[^>]*>", html)
    assert outward == [link for link in links if not link.startswith("#")]
    assert "#note-1" in links


def test_the_preview_of_an_edition_shows_the_saved_text(officer, draft):
    html = officer.get(TYPED, {"edition": draft.pk}).content.decode()

    assert "Preview of the saved text." in html
    assert "As saved</h1>" in html


@pytest.mark.parametrize("statement", ["", "0", "nonsense"])
def test_a_text_without_a_statement_shows_its_findings_and_what_is_missing(
    officer, draft, statement
):
    answer = typed(officer, draft, "We gave XX.", statement=statement)

    assert "Choose the statement" in said(answer)
    assert "XX stands outside a live link" in said(answer)


def test_the_preview_before_anything_is_typed_says_what_to_do(officer):
    assert "Choose the statement" in said(officer.get(TYPED))


def test_the_preview_names_a_draft_that_readers_do_not_know(officer, draft):
    result = ResultFactory(public_from=None, programme__public_from=None)
    link = f"[XX people](figure:result?programme={result.programme.slug}&key={result.key})"

    assert "Every number is live." in said(typed(officer, draft, link))


def test_raw_html_in_a_text_stays_text(officer, draft):
    html = typed(officer, draft, "<script>alert(1)</script>").content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


# The preview is staff's alone


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_preview_asks_to_sign_in(method):
    answer = getattr(Client(), method)(TYPED)

    assert (answer.status_code, answer["Location"][:21]) == (302, "/admin/account/login/")


def test_the_preview_is_refused_to_staff_who_may_not_see_texts():
    stranger = desk.stranger()

    assert stranger.get(TYPED).status_code == 403
    assert stranger.post(TYPED, {"markdown": LIVE}).status_code == 403
    assert stranger.get(desk.page("edition", "figures")).status_code == 403


def test_no_edition_has_no_preview(officer):
    assert officer.get(TYPED, {"edition": "0"}).status_code == 404
    assert officer.get(TYPED, {"edition": "x"}).status_code == 404


@pytest.mark.parametrize("answer", ["typed", "saved", "full"])
def test_a_preview_is_neither_kept_nor_listed(officer, draft, answer):
    answers = {
        "typed": lambda: typed(officer, draft, LIVE),
        "saved": lambda: officer.get(TYPED, {"edition": draft.pk}),
        "full": lambda: officer.get(desk.page("edition", "preview", draft.pk)),
    }

    headers = answers[answer]().headers

    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("route", ["preview-typed", "figures"])
def test_a_page_for_a_frame_stands_in_this_sites_frames_alone(officer, route):
    headers = officer.get(desk.page("edition", route)).headers

    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert "'none' 'self'" not in headers["Content-Security-Policy"]


def test_the_editor_holds_frames_and_stands_in_none(officer, draft):
    headers = officer.get(desk.page("edition", "change", draft.pk)).headers

    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_a_public_page_still_stands_in_no_frame():
    headers = Client().get("/about/").headers

    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "frame-src" not in headers["Content-Security-Policy"]


# Findings


def test_findings_stand_apart_by_how_much_they_matter(officer, draft):
    result = ResultFactory(qualifier="almost")
    link = f"[XX](figure:result?programme={result.programme.slug}&key={result.key})"
    text = f"We gave XX.\n\nOver {link} people.\n\nSince 2019."

    found = typed(officer, draft, text).context["findings"]

    places = [[place.finding.line for place in part] for part in (found.errors, found.warnings)]
    assert places == [[1], [3]]
    assert [place.finding.line for place in found.typed] == [5]
    assert found.summary == "1 error, 1 warning, 1 typed number"


def test_a_finding_quotes_the_words_at_its_place(officer, draft):
    line = "For a long time everybody in every region has given $XX million to the Fund, and more."

    place = typed(officer, draft, f"First.\n\n{line}").context["findings"].errors[0]

    assert place.before == "…every region has given $"
    assert place.after == "XX million to the Fund, and more."


def test_the_editor_leads_from_each_finding_to_its_line(officer, draft):
    address = desk.page("edition", "change", draft.pk)
    answer = officer.post(address, desk.shown(officer, address) | {"markdown": "A.\n\nB XX."})

    html = answer.content.decode()

    assert '<a href="#id_markdown" data-line="3" data-column="3">Line 3, column 3</a>' in html
    assert "Errors: with them the text is not saved" in html
    assert "B XX.</textarea>" in html


def test_findings_of_a_submitted_text_lead_nowhere(draft):
    desk.submitted(draft)

    html = desk.officer().get(desk.page("edition", "change", draft.pk)).content.decode()

    assert "data-line" not in html
    assert "Every number is live." in html
    assert f'src="{TYPED}?edition={draft.pk}"' in html


def test_a_new_edition_is_written_beside_an_empty_preview(officer):
    StatementFactory()

    html = officer.get(desk.page("edition", "add")).content.decode()

    assert f'src="{TYPED}"' in html
    assert f'formaction="{TYPED}"' in html


def test_the_editor_asks_as_many_questions_for_ten_texts_as_for_one(
    officer, draft, django_assert_max_num_queries
):
    address = desk.page("edition", "change", draft.pk)
    with django_assert_max_num_queries(200) as asked:
        officer.get(address)
    once = len(asked)
    for language in ("fr", "es", "ru", "ar"):
        EditionFactory(statement=draft.statement, language=language)
        DepositFactory()
        StatementFactory()

    with django_assert_max_num_queries(once):
        officer.get(address)
