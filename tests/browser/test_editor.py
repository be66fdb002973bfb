"""An officer writes a text beside its preview, with figures chosen from the register."""

import re

import pytest
from django.core.management import call_command

from contributions.models import Edition
from tests.browser.test_desk import WCAG, account, sign_in
from tests.factories import DepositFactory

pytestmark = pytest.mark.django_db(transaction=True)

ERROR = "It covers XX countries."
FIGURES = "/admin/contributions/edition/figures/"


@pytest.fixture
def draft():
    """Return the address of a draft that corrects the public text, and sign up its officer."""
    for prepare in ("load_reference", "load_published", "load_statement"):
        call_command(prepare, verbosity=0)
    DepositFactory(amount=52_300_000, pledge__donor__in_unece=True)
    old = Edition.objects.get()
    account("officer", "add", "change", "view")
    new = Edition.objects.create(
        statement=old.statement,
        language=old.language,
        kind=old.kind,
        title=old.title,
        markdown=old.markdown,
        replaces=old,
    )
    return f"/admin/contributions/edition/{new.pk}/change/"


def opened(page, draft):
    """Sign in, open the draft and return its preview."""
    sign_in(page, "officer")
    page.goto(draft)
    preview = page.frame_locator("iframe.reader")
    preview.locator("h1").wait_for()
    return preview


def choose_what_was_contributed(page, chooser):
    """Find the figure, set its parameters and ask for its value, by the keyboard alone."""
    page.locator("#chooser summary").focus()
    page.keyboard.press("Enter")
    chooser.get_by_label("Search names and definitions").focus()
    page.keyboard.type("contributed deposits")
    page.keyboard.press("Enter")
    chooser.get_by_role("link", name=re.compile("^Contributed: deposits of all")).focus()
    page.keyboard.press("Enter")
    chooser.get_by_label("Whose").select_option("unece")
    chooser.get_by_label("Written").select_option("million")
    chooser.get_by_label("How exact").select_option("over")
    chooser.get_by_role("button", name="Show its value").focus()
    page.keyboard.press("Enter")


def put_the_caret_behind(page, words):
    """Put the caret behind these words of the text."""
    page.locator("#id_markdown").evaluate(
        """(text, words) => {
            text.focus();
            const end = text.value.indexOf(words) + words.length;
            text.setSelectionRange(end, end);
        }""",
        words,
    )


def test_an_officer_chooses_a_figure_sees_it_in_the_text_and_mends_an_error(
    desktop, draft, axe, picture
):
    preview = opened(desktop, draft)
    chooser = desktop.frame_locator("#chooser iframe")
    text = desktop.locator("#id_markdown")
    text.fill(f"We have given over . Thank you.\n\n{ERROR}")
    status = desktop.locator("#editor-status")
    status.get_by_text("1 error").wait_for()
    assert preview.get_by_text(ERROR).count() == 1

    choose_what_was_contributed(desktop, chooser)
    put_the_caret_behind(desktop, "given over ")
    chosen = chooser.locator(".chosen")
    assert "52,300,000.00" in chosen.inner_text()
    picture(desktop, "editor-chooser", ".editor-reader")
    axe(desktop, runOnly=WCAG)
    chooser.get_by_role("button", name="Insert at the caret").focus()
    desktop.keyboard.press("Enter")

    link = r"[\$XX million](figure:contributed?by=unece&stage=deposited&in=million&say=over)"
    assert text.input_value().startswith(f"We have given over {link}. Thank you.")
    assert text.evaluate("text => text.selectionStart") == len(f"We have given over {link}")
    preview.get_by_text("$52 million").first.wait_for()

    place = desktop.get_by_role("link", name="Line 3, column 11")
    place.focus()
    desktop.keyboard.press("Enter")
    assert text.evaluate("(text) => text.ownerDocument.activeElement === text")
    assert desktop.locator("#editor-caret").inner_text() == "Line 3, column 11"
    picture(desktop, "editor", ".editor")
    desktop.keyboard.type("many")  # in place of the words that are selected
    status.get_by_text("Every number is live.").wait_for()
    assert desktop.locator("#findings").inner_text().count("Errors") == 0

    desktop.get_by_role("button", name="Save and continue editing").click()
    assert "was changed successfully" in desktop.locator(".messagelist").inner_text()
    assert Edition.objects.latest("pk").markdown == (
        f"We have given over {link}. Thank you.\r\n\r\nIt covers many countries."
    )
    axe(desktop, runOnly=WCAG)


def test_whoever_leaves_a_text_unsaved_is_asked_first(desktop, draft):
    opened(desktop, draft)
    desktop.locator("#id_markdown").press_sequentially("More. ")
    asked = []
    desktop.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    desktop.get_by_role("link", name="Submit for approval").click()

    assert asked == ["beforeunload"]
    assert desktop.locator("#id_markdown").input_value().count("More. ") == 1


def test_a_correction_shows_what_it_changes(desktop, draft, picture):
    opened(desktop, draft)
    text = desktop.locator("#id_markdown")
    saved = text.input_value().replace("is the only pooled funding", "is the one pooled funding")
    text.fill(saved.replace("[21](figure:programmes) joint", "[21](figure:programmes) funded"))

    desktop.get_by_role("button", name="Save and continue editing").click()

    desktop.locator(".messagelist").wait_for()
    changes = desktop.locator(".changes")
    assert changes.locator("del").all_inner_texts() == ["only", "joint"]
    assert changes.locator("ins").all_inner_texts() == ["one", "funded"]
    picture(desktop, "editor-changes", ".changes .passages")


def test_the_browser_undoes_what_was_inserted(desktop, draft):
    opened(desktop, draft)
    text = desktop.locator("#id_markdown")
    before = text.input_value()
    desktop.locator("#chooser summary").click()
    chooser = desktop.frame_locator("#chooser iframe")
    chooser.get_by_role("link", name="Joint programmes funded").click()
    chooser.get_by_role("button", name="Insert at the caret").click()
    assert "[XX](figure:programmes)" in text.input_value()

    desktop.keyboard.press("Control+z")

    assert text.input_value() == before


def test_a_refused_text_is_kept_and_previewed_as_it_was_typed(desktop, draft):
    opened(desktop, draft)
    desktop.locator("#id_markdown").fill(f"Typed by hand.\n\n{ERROR}")

    desktop.get_by_role("button", name="Save and continue editing").click()

    assert "Line 3, column 11" in desktop.locator(".field-markdown .errorlist").inner_text()
    assert desktop.locator("#id_markdown").input_value() == f"Typed by hand.\n\n{ERROR}"
    desktop.frame_locator("iframe.reader").get_by_text("Typed by hand.").wait_for()


def test_a_preview_that_cannot_be_made_says_so_and_leaves_the_text(desktop, draft, problems):
    opened(desktop, draft)
    desktop.context.clear_cookies()

    desktop.locator("#id_markdown").fill("Typed after the session ended.")

    desktop.get_by_text("The preview could not be made").wait_for()
    assert desktop.locator("#id_markdown").input_value() == "Typed after the session ended."
    problems.clear()  # the browser reports the answer 403


def test_all_of_it_works_without_javascript(open_page, draft):
    page = open_page(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    preview = opened(page, draft)
    page.locator("#id_markdown").fill(ERROR)

    page.get_by_role("button", name="Preview").click()

    preview.get_by_text("Line 1, column 11").wait_for()
    assert "XX countries." in preview.locator("#findings mark").inner_text()
    assert page.locator("#id_markdown").input_value() == ERROR
    page.goto(f"{FIGURES}?name=programmes")
    assert page.get_by_label("Link for the text").input_value() == "[XX](figure:programmes)"
    assert page.get_by_role("button", name="Insert at the caret").count() == 0


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 320), pytest.param("dark", 1280, marks=pytest.mark.slow)]
)
def test_what_the_editor_shows_of_a_correction_is_accessible(open_page, draft, axe, scheme, width):
    pages = [
        draft,
        draft.replace("change", "compare"),
        draft.replace("change", "submit"),
        f"{FIGURES}?name=contributed&by=signatories",
    ]
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    sign_in(page, "officer")
    for address in pages:
        page.goto(address)
        axe(page, runOnly=WCAG)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_what_was_frozen_is_shown(desktop, draft, axe, picture):
    account("approver", "view", "publish")
    sign_in(desktop, "approver")
    edition = Edition.objects.earliest("pk")
    desktop.goto(f"/admin/contributions/edition/{edition.pk}/deliver/")
    desktop.get_by_role("button", name="Deliver").click()

    desktop.get_by_role("heading", name="What was frozen").wait_for()
    assert "Not a character was changed." in desktop.locator("#checksum").inner_text()
    picture(desktop, "editor-delivery", "section[aria-labelledby=links-title]")
    for width in (1280, 320):
        desktop.set_viewport_size({"width": width, "height": 800})
        axe(desktop, runOnly=WCAG)
        assert desktop.evaluate("document.documentElement.scrollWidth") <= width
