"""Which words of a long text were changed, so that a reader need not compare it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

WORDS = 8  # a shorter text is seen at a glance


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of words that all changed, or all stayed."""

    text: str
    is_changed: bool = False


Wording = tuple[Part, ...]


def wordings(was: str, now: str) -> tuple[Wording, Wording]:
    """Return both texts in parts; a short one, or one without its counterpart, in one part."""
    before, after = was.split(" "), now.split(" ")
    if min(len(before), len(after)) < WORDS:
        return _whole(was), _whole(now)
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    kept_before = {block.a + place for block in blocks for place in range(block.size)}
    kept_after = {block.b + place for block in blocks for place in range(block.size)}
    return tuple(_parts(before, kept_before)), tuple(_parts(after, kept_after))


def _whole(text: str) -> Wording:
    return (Part(text),) if text else ()


def _parts(words: Sequence[str], kept: set[int]) -> Iterator[Part]:
    for is_kept, places in groupby(range(len(words)), key=kept.__contains__):
        yield Part(" ".join(words[place] for place in places), not is_kept)
