"""What an editor is told of a digit that is typed, and of a word that says more than the source."""

from decimal import Decimal

import pytest

from contributions import markup
from contributions.markup import Level
from mptf_portal.snapshot import latest
from tests.factories import DepositFactory, ResultFactory

pytestmark = pytest.mark.django_db

LINK = "[300](figure:result?programme=border&key=people)"


def messages(markdown, level):
    return [one.message for one in markup.check(markdown, latest()) if one.level is level]


def result(qualifier):
    return ResultFactory(
        programme__slug="border", key="people", figure=Decimal(300), qualifier=qualifier
    )


@pytest.mark.parametrize(
    ("markdown", "reason"),
    [
        ("a 360-degree vision", "it is part of a word"),
        ("a 360\u2011degree vision", "it is part of a word"),
        ("the target of 2023", "it is a year"),
        ("by 1999", "make it a live link if a figure gives it"),
        ("5 programmes", "make it a live link if a figure gives it"),
        ("1,500 people", "make it a live link if a figure gives it"),
        ("2023.5 million", "make it a live link if a figure gives it"),
        ("5 - or more", "make it a live link if a figure gives it"),
    ],
)
def test_a_typed_digit_is_told_with_its_reason(markdown, reason):
    (message,) = messages(markdown, Level.TYPED)

    assert message.endswith(f"is typed, not counted: {reason}.")


@pytest.mark.parametrize(
    ("own", "sentence", "said", "source"),
    [
        ("almost", f"over {LINK}", "over", "almost"),
        ("almost", f"More than **{LINK}**", "over", "almost"),
        ("over", f"nearly {LINK}", "almost", "over"),
        ("over", f"approximately\n{LINK}", "about", "over"),
        ("", f"over {LINK}", "over", "exactly"),
    ],
)
def test_a_sentence_and_a_source_that_differ_are_warned_of(own, sentence, said, source):
    result(own)

    assert messages(sentence, Level.WARNING) == [
        f"The sentence says “{said}”; the source says “{source}”."
    ]
    assert messages(sentence, Level.ERROR) == []


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ("over", f"over {LINK}"),
        ("over", f"more than {LINK}"),
        ("almost", f"nearly {LINK}"),
        ("about", f"Around {LINK}"),
        ("almost", f"reaching {LINK}"),
        ("almost", f"moreover {LINK}"),
        ("almost", f"over the years {LINK}"),
        ("almost", LINK),
        ("", LINK),
    ],
)
def test_a_match_and_a_sentence_without_such_a_word_are_not(own, sentence):
    result(own)

    assert messages(sentence, Level.WARNING) == []


def test_what_the_portal_counts_itself_has_no_word_of_its_own():
    DepositFactory()

    assert messages("about [XX](figure:contributed)", Level.WARNING) == []
