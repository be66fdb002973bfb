"""Live links in Markdown: what is printed, what is refused and where, what stays inert."""

import re
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from contributions import markup
from contributions.markup import Level
from mptf_portal.snapshot import latest
from tests.factories import DepositFactory, DonorFactory, TargetFactory

pytestmark = pytest.mark.django_db

OVER = "figure:contributed?by=unece&stage=deposited&in=million&say=over"


def shown(markdown):
    """Return the page's text without tags and without reference marks."""
    html = str(markup.render(markdown, latest()).html)
    without_marks = re.sub(r'<a class="reference".*?</a>', "", html)
    return re.sub(r"<[^>]+>", "", without_marks).strip()


def errors(markdown):
    return [str(f) for f in markup.check(markdown, latest()) if f.level is Level.ERROR]


def deposit(amount, **values):
    return DepositFactory(
        amount=Decimal(amount), pledge__donor=DonorFactory(in_unece=True), **values
    )


def test_the_value_replaces_the_placeholder():
    deposit("52300000.00")

    html = str(markup.render(rf"over **[\$XX million USD]({OVER})** since", latest()).html)

    assert '<data value="52300000.00">52</data> million USD</a>' in html
    assert 'href="/figures/contributed/?by=unece&amp;stage=deposited"' in html
    assert html.startswith("<p>over <strong><a class=")


@pytest.mark.parametrize(
    ("amount", "printed"),
    [
        ("51999999.99", "$51 million"),
        ("52000000.00", "$51 million"),
        ("52000000.01", "$52 million"),
        ("1000000.00", "$XX million"),
        ("999999.99", "$XX million"),
        ("999960000.00", "$999 million"),
    ],
)
def test_over_prints_only_what_the_value_is_over(amount, printed):
    deposit(amount)

    assert shown(rf"[\$XX million]({OVER})") == printed


def test_without_a_value_the_text_stays_exactly_as_typed():
    assert shown(rf"over **[\$XX million USD]({OVER})** since") == "over $XX million USD since"


def test_a_number_is_replaced_where_there_is_no_placeholder():
    TargetFactory(amount_usd=Decimal(22500000))

    assert shown("[USD 20 million](figure:target?year=2023&in=million)") == "USD 22.5 million"


def test_without_in_the_number_is_grouped_and_exact():
    TargetFactory(amount_usd=Decimal("1234567.80"))

    assert shown("[USD 9](figure:target?year=2023)") == "USD 1,234,567.80"


@pytest.mark.parametrize(
    ("language", "typed", "printed"),
    [
        ("fr", "20\u202f000 USD", "22\u202f500\u202f000 USD"),
        ("es", "20.000 USD", "22.500.000 USD"),
        ("ru", "20\u00a0000 USD", "22\u00a0500\u00a0000 USD"),
        ("zh-hans", "20,000美元", "22,500,000美元"),
        ("ar", "٢٠٬٠٠٠ دولار", "22,500,000 دولار"),
    ],
)
def test_the_value_follows_the_readers_language(language, typed, printed):
    TargetFactory(amount_usd=Decimal(22500000))

    with translation.override(language):
        assert shown(f"[{typed}](figure:target?year=2023)") == printed


def test_a_claim_keeps_its_words_and_links_to_its_evidence():
    html = str(markup.render("[we have reached](claim:target-reached?year=2023)", latest()).html)

    assert (
        '<a class="claim cannot-be-told" id="figure-1" href="/figures/target-reached/?year=2023">'
        in html
    )
    assert shown("[we have reached](claim:target-reached?year=2023)") == "we have reached"


def test_a_reference_mark_is_a_sup_of_its_own_link():
    html = str(markup.render(f"[XX]({OVER})", latest()).html)

    assert '<a class="reference" href="#note-1" aria-label="Note 1"><sup>1</sup></a>' in html


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        ("a [1](figure:nothing)", "Line 1, column 3: “nothing” is not a figure or claim"),
        ("\n\n> b [1](figure:target)", "Line 3, column 5: “target” needs the parameter “year”"),
        ("[XX XX](figure:target?year=2023)", "Line 1, column 1: A figure's text holds one slot"),
        ("[4 of 5](figure:target?year=2023)", "one slot, XX or one number; this one has 2"),
        ("[none](figure:target?year=2023)", "this one has 0"),
        ("[1](figure:target?year=2023&in=billion)", "“in” is one, thousand or million"),
        ("[1](figure:target?year=2023&say=under)", "“say” is over"),
        ("[1](figure:target?year=2023&in=one&in=million)", "is given twice"),
        ("[x](claim:target-reached?year=2023&say=over)", "takes neither “in” nor “say”"),
        ("[x](claim:target?year=2023)", "“target” is a figure; write figure:target"),
        ("[1](figure:target-reached?year=2023)", "is a claim; write claim:target-reached"),
        ("[**1**](figure:target?year=2023)", "The text of a live link is plain"),
        ("[1](figure:contributed?by=nobody)", "neither a group of donors nor a donor's"),
        ("[we reached XX](claim:target-reached?year=2023)", "XX stands outside a live link"),
        ("USD XXm", "XX stands outside a live link"),
        ("    [XX](figure:nonsense)", "“nonsense” is not a figure or claim"),
        ("```\n[XX](figure:nonsense)\n```", "XX stands outside a live link"),
        ("over XX million", "Line 1, column 6: XX stands outside a live link"),
        ("- one\n- `[XX](figure:target?year=2023)`", "Line 2, column 9: Write a live link as"),
        ("[a]\n\n[a]: figure:target?year=2023", "Line 3"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_place(markdown, message):
    assert any(message in error for error in errors(markdown)), errors(markdown)
    with pytest.raises(ValidationError):
        markup.refuse_errors(markdown, latest())


def test_the_linter_lists_every_other_digit_as_typed():
    markdown = f"In 2023 we gave [XX]({OVER}),\nnot 1,500 [here](https://un.org/2024)."

    found = [(f.line, f.column, f.level) for f in markup.check(markdown, latest())]

    assert found == [(1, 4, Level.TYPED), (2, 5, Level.TYPED)]


@pytest.mark.parametrize(
    "markdown",
    ["[we reached 43 %](claim:target-reached?year=2023)", "[XX of 24 million](figure:contributed)"],
)
def test_a_digit_beside_the_slot_or_in_a_claim_is_typed(markdown):
    assert [found.level for found in markup.check(markdown, latest())] == [Level.TYPED]


@pytest.mark.parametrize(
    "markdown",
    [
        "a | b\n--:|:--\n1 | 2",
        "<script>alert(1)</script>",
        "<b onclick=x>bold</b>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,hi)",
        "![x](https://example.org/a.png)",
        "{{ request.user }} {% load x %}",
        '<https://example.org/"onmouseover=x>',
    ],
)
def test_nothing_else_is_ever_executed(markdown):
    html = str(markup.render(markdown, latest()).html)

    assert not re.search(
        r"<(?!/?(p|a|strong)\b)|javascript:[^)]*\"|<[^>]*\son\w+=", html, re.IGNORECASE
    )
    assert "{{" not in markdown or "{{ request.user }} {% load x %}" in html


def test_markup_in_a_links_text_is_escaped():
    html = str(markup.render("[<i>1</i>](figure:target?year=2023)", latest()).html)

    assert "<i>" not in html


def test_a_link_that_names_nothing_known_stays_as_typed_and_is_no_link():
    assert str(markup.render("[XX](figure:gone)", latest()).html) == "<p>XX</p>\n"


def test_one_figure_named_twice_is_counted_once(django_assert_num_queries):
    deposit("5")
    text = f"[XX]({OVER}) and [XX](figure:contributed?by=unece&stage=deposited)"

    with django_assert_num_queries(1):
        notes = markup.render(text, latest()).notes

    assert [note.number for note in notes] == [1, 2]
