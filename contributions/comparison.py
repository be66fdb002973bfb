"""What changed from one text to another: its paragraphs word by word, and its live links."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from contributions import markup
from contributions.delivery import Record
from contributions.markup import Note
from contributions.models import Edition
from contributions.wording import Part, Wording, wordings
from mptf_portal.figures import Figure
from mptf_portal.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Passage:
    """Paragraphs that are the same in both texts, or one that is not: empty where it is missing."""

    same: tuple[str, ...] = ()
    before: Wording = ()
    after: Wording = ()


@dataclass(frozen=True, slots=True)
class ComparedLink:
    """A figure or claim as each of two texts prints it, and what is on record of it now."""

    title: str
    reference: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    now: str

    @property
    def change(self) -> str:
        """Return in words what the second text does with it; nothing where it says the same."""
        if not self.before:
            return _("added")
        if not self.after:
            return _("taken out")
        return "" if self.before == self.after else _("printed otherwise")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two editions of a statement in one language, side by side."""

    passages: tuple[Passage, ...]
    links: tuple[ComparedLink, ...]

    @property
    def is_changed(self) -> bool:
        """Tell whether a word of the text, or of an address in it, differs."""
        return any(not passage.same for passage in self.passages)


def compare_editions(before: Edition, after: Edition, snapshot: Snapshot) -> Comparison:
    """Compare titles and texts of two editions, the live links of both counted in the snapshot."""
    links = compare_links(
        markup.render(before.markdown, snapshot).notes,
        markup.render(after.markdown, snapshot).notes,
    )
    return Comparison(
        passages=tuple(compare_texts(_whole(before), _whole(after))),
        links=tuple(sorted(links, key=lambda link: not link.change)),  # those that changed first
    )


def compare_delivered(record: Record, edition: Edition) -> Comparison:
    """Compare the text that was delivered with an edition's; of the links its record tells."""
    return Comparison(tuple(compare_texts(_whole(record), _whole(edition))), links=())


def _whole(text: Edition | Record) -> str:
    return f"{text.title}\n\n{text.markdown}"


def compare_texts(before: str, after: str) -> Iterator[Passage]:
    """Yield the passages of two sources in Markdown, in their order."""
    old, new = _paragraphs(before), _paragraphs(after)
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            yield Passage(same=tuple(old[start:end]))
            continue
        for one, other in _paired(old[start:end], new[new_start:new_end]):
            before_words, after_words = wordings(one, other)
            yield Passage(before=_marked(before_words), after=_marked(after_words))


def _paragraphs(text: str) -> list[str]:
    return re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())


def _paired(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pair each paragraph with the next one that has about the same words; empty: there is none."""
    start = 0
    for paragraph in old:
        places = range(start, len(new))
        place = next((place for place in places if _alike(paragraph, new[place])), None)
        if place is None:
            yield paragraph, ""
            continue
        yield from (("", added) for added in new[start:place])
        yield paragraph, new[place]
        start = place + 1
    yield from (("", added) for added in new[start:])


def _alike(one: str, other: str) -> bool:
    words, others = set(one.split()), set(other.split())
    return 4 * len(words & others) >= len(words) + len(others)


def _marked(words: Wording) -> Wording:
    """Return the words with the change marked: all of them where the text is too short to tell."""
    if any(part.is_changed for part in words):
        return words
    return tuple(Part(part.text, is_changed=True) for part in words)


def compare_links(before: Sequence[Note], after: Sequence[Note]) -> Iterator[ComparedLink]:
    """Yield each figure and claim of two texts once, in the order of their first mention."""
    counted = {str(note.counted.reference): note.counted for note in (*before, *after)}
    for reference, one in counted.items():
        yield ComparedLink(
            title=str(one.title),
            reference=reference,
            before=_printed(before, reference),
            after=_printed(after, reference),
            now=one.in_words if isinstance(one, Figure) else one.full_answer,
        )


def _printed(notes: Sequence[Note], reference: str) -> tuple[str, ...]:
    return tuple(note.printed.text for note in notes if str(note.counted.reference) == reference)
