"""What a text changes: paragraph by paragraph, word by word, and in its live links."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributions.comparison import compare_texts
from contributions.models import Edition
from tests.contributions import desk
from tests.factories import DepositFactory, EditionFactory, TargetFactory

LONG = "One two three four five six seven eight nine ten."
GAVE = r"Together we have over the years given [\$XX](figure:contributed) to the Fund."


def changed(before, after):
    """Return, of each passage that differs, what is deleted and what is inserted."""
    return [
        tuple(
            " ".join(part.text for part in side if part.is_changed)
            for side in (passage.before, passage.after)
        )
        for passage in compare_texts(before, after)
        if not passage.same
    ]


def test_the_same_text_has_no_change():
    assert changed(f"{LONG}\n\nB.", f"{LONG}\r\n\r\nB.\n") == []


def test_words_are_marked_in_a_long_paragraph_alone():
    assert changed(LONG, LONG.replace("four", "4").replace("ten", "10")) == [("four ten.", "4 10.")]


def test_a_short_paragraph_is_marked_whole():
    assert changed("We gave.", "We give.") == [("We gave.", "We give.")]


def test_a_new_paragraph_stands_alone_and_leaves_its_neighbours():
    assert changed("A b c.\n\nD e f.", "A b c.\n\nNew here.\n\nD e f.") == [("", "New here.")]


def test_a_paragraph_taken_out_stands_alone():
    assert changed(f"{LONG}\n\nGone.\n\nEnd.", f"{LONG}\n\nEnd.") == [("Gone.", "")]


def test_a_changed_paragraph_meets_its_counterpart_past_a_new_one():
    after = f"Brand new words.\n\n{LONG.replace('six', '6')}"

    assert changed(LONG, after) == [("", "Brand new words."), ("six", "6")]


def test_the_address_of_a_live_link_is_a_part_of_the_text():
    after = GAVE.replace("contributed", "contributed?by=unece")

    assert changed(GAVE, after) == [
        (r"[\$XX](figure:contributed)", r"[\$XX](figure:contributed?by=unece)")
    ]


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "\n\n"]), max_size=25).map(" ".join)


@given(WORDS, WORDS)
def test_both_texts_stand_whole_in_the_comparison(before, after):
    passages = list(compare_texts(before, after))

    for text, side in ((before, "before"), (after, "after")):
        shown = [
            word
            for passage in passages
            for part in passage.same or [piece.text for piece in getattr(passage, side)]
            for word in part.split()
        ]
        assert shown == text.split()


# In the desk


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 9, 30, tzinfo=UTC), tick=False)


@pytest.fixture
def correction(db):
    """Return a draft that corrects a public text; its target is typed, and it counts others."""
    DepositFactory(amount=Decimal("1234.50"))
    TargetFactory(year=2024, amount_usd=Decimal(25_000_000))
    old = EditionFactory(markdown=f"{GAVE}\n\n[USD XX](figure:target?year=2024) is the target.")
    key = desk.correct(desk.approver(), "edition", old.pk)
    text = old.markdown.replace("contributed", "contributed?by=unece").replace("years", "decades")
    draft = Edition.objects.get(pk=key)
    draft.markdown = text
    draft.save()
    return draft


def links(comparison):
    return [
        (link.reference, link.before, link.after, link.change, link.now)
        for link in comparison.links
    ]


def test_a_corrections_page_shows_what_it_changes_before_it_is_submitted(correction):
    answer = desk.officer().get(desk.page("edition", "change", correction.pk))

    html = answer.content.decode()
    assert "What this correction changes" in html
    assert "<del>years</del>" in html
    assert "<ins>decades</ins>" in html
    assert links(answer.context["changes"]["comparison"]) == [
        (
            "contributed?by=all&stage=deposited",
            ("$1,234.50",),
            (),
            "taken out",
            "USD\u00a01,234.50",
        ),
        ("contributed?by=unece&stage=deposited", (), ("$XX",), "added", "not yet recorded"),
        (
            "target?year=2024",
            ("USD 25,000,000",),
            ("USD 25,000,000",),
            "",
            "USD\u00a025,000,000.00",
        ),
    ]


@pytest.mark.parametrize("act", ["submit", "publish", "send-back"])
def test_a_step_of_a_correction_shows_what_it_changes(correction, act):
    client = desk.officer()
    if act != "submit":
        desk.submitted(correction)
        client = desk.second_approver()

    html = client.get(desk.page("edition", act, correction.pk)).content.decode()

    assert "<del>years</del>" in html
    assert "<ins>decades</ins>" in html


def test_a_step_of_a_text_that_corrects_nothing_compares_nothing(db):
    draft = EditionFactory(public_from=None)

    html = desk.officer().get(desk.page("edition", "submit", draft.pk)).content.decode()

    assert "passages" not in html


def test_a_public_correction_no_longer_shows_changes_but_can_be_compared(correction):
    desk.publish(desk.officer(), "edition", correction.pk)
    client = desk.officer()

    page = client.get(desk.page("edition", "change", correction.pk))
    compared = client.get(desk.page("edition", "compare", correction.pk))

    assert page.context["changes"] is None
    assert compared.context["other"] == correction.replaces
    assert "Replaced, no. " in compared.content.decode()


def test_any_two_texts_of_a_statement_in_one_language_are_compared(correction):
    third = EditionFactory(statement=correction.statement, public_from=None, markdown="Else.")
    french = EditionFactory(statement=correction.statement, language="fr")
    address = desk.page("edition", "compare", correction.pk)
    client = desk.officer()

    answer = client.get(address, {"with": third.pk})

    offered = [edition for edition, _standing in answer.context["others"]]
    assert offered == [third, correction.replaces]
    assert "<del>Else.</del>" in answer.content.decode()
    assert client.get(address, {"with": french.pk}).status_code == 404
    assert client.get(address, {"with": correction.pk}).status_code == 404
    assert client.get(address, {"with": "x"}).status_code == 404


def test_a_text_without_another_has_nothing_to_compare(db):
    edition = EditionFactory()
    client = desk.officer()

    answer = client.get(desk.page("edition", "change", edition.pk))

    assert "Compare" not in [label for label, _address in answer.context["acts"]]
    assert client.get(desk.page("edition", "compare", edition.pk)).status_code == 403


def test_mark_up_in_a_text_stays_text_in_the_comparison(correction):
    correction.markdown = "<b>Bold</b>"
    correction.save()

    html = desk.officer().get(desk.page("edition", "compare", correction.pk)).content.decode()

    assert "<ins>&lt;b&gt;Bold&lt;/b&gt;</ins>" in html
