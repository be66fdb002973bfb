"""What an editor must know of a text: each error with its place, and each digit that is typed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from markdown_it.token import Token

from contributions.markup.links import read
from contributions.markup.source import NUMBER, PLACEHOLDER, Link, Source, parse, slots_of
from mptf_portal import figures
from mptf_portal.figures import Figure, UnknownReferenceError
from mptf_portal.snapshot import Snapshot

# English words only: a translation is not warned of.
QUALIFIERS = {
    "over": "over",
    "more than": "over",
    "almost": "almost",
    "nearly": "almost",
    "about": "about",
    "around": "about",
    "approximately": "about",
}
SCHEME = re.compile(r"(?i)\b(figure|claim):")


class Level(Enum):
    """Whether a finding stops an edition from being saved: an error does."""

    ERROR = "error"
    WARNING = "warning"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the source that an editor must or may change; lines and columns from 1."""

    level: Level
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """Return the place and the message."""
        return f"{self.place}: {self.message}"

    @property
    def place(self) -> str:
        """Return line and column in words."""
        return _("Line %(line)s, column %(column)s") % {"line": self.line, "column": self.column}


def check(markdown: str, snapshot: Snapshot) -> list[Finding]:
    """Return every finding of the source in its order: errors, warnings, digits that are typed."""
    source = parse(markdown)
    found = [
        finding
        for block, token in source.live()
        for finding in _check_link(source, snapshot, block, token.meta["link"])
    ]
    for block in source.tokens:
        if block.type == "inline":
            found.extend(_check_block(source, block))
    return sorted(found, key=lambda finding: (finding.line, finding.column))


def refuse_errors(markdown: str, snapshot: Snapshot) -> None:
    """Raise ValidationError with every error of the source, each with its line and column."""
    errors = [str(finding) for finding in check(markdown, snapshot) if finding.level is Level.ERROR]
    if errors:
        raise ValidationError(errors)


def _check_link(source: Source, snapshot: Snapshot, block: Token, link: Link) -> Iterator[Finding]:
    line, column = source.place(block, link.start)
    try:
        counted = figures.count(read(link.address, link.kind).reference, snapshot)
    except UnknownReferenceError as error:
        yield Finding(Level.ERROR, line, column, str(error))
        return
    if not link.is_plain:
        message = _("The text of a live link is plain: put bold or italics around the whole link.")
        yield Finding(Level.ERROR, line, column, message)
    slots = len(slots_of(link.text))
    if link.kind == "figure" and slots != 1:
        message = _("A figure's text holds one slot, XX or one number; this one has %(count)s.")
        yield Finding(Level.ERROR, line, column, message % {"count": slots})
    own = counted.qualifier if isinstance(counted, Figure) else None
    said = _qualifier_before(block.content, link)
    if own is not None and said not in ("", own):
        message = _("The sentence says “%(said)s”; the source says “%(own)s”.")
        words = {"said": said, "own": own or _("exactly")}
        yield Finding(Level.WARNING, line, column, message % words)


def _qualifier_before(content: str, link: Link) -> str:
    """Return what the words before a link come to: over, almost, about, or nothing."""
    before = content[: link.start].rstrip("* \n").casefold()
    found = (name for word, name in QUALIFIERS.items() if re.search(rf"\b{word}$", before))
    return next(found, "")


def _check_block(source: Source, block: Token) -> Iterator[Finding]:
    live = [child.meta["link"] for child in block.children or () if child.type == "live"]
    text = block.content
    for link in live:
        text = _blank(text, _counted_parts(block.content, link))
    for match in SCHEME.finditer(text):
        message = _("Write a live link as [text](%(scheme)s:name?parameter=value), outside code.")
        line, column = source.place(block, match.start())
        yield Finding(Level.ERROR, line, column, message % {"scheme": match[1].lower()})
    text = _blank(text, (match.span(1) for match in _LINK_TARGET.finditer(text)))
    for match in PLACEHOLDER.finditer(text):
        message = _("XX stands outside a live link: make it one, or write the words.")
        yield Finding(Level.ERROR, *source.place(block, match.start()), message)
    for match in NUMBER.finditer(text):
        message = _("“%(number)s” is typed, not counted: %(reason)s.")
        words = {"number": match[0], "reason": _why_typed(text, match)}
        yield Finding(Level.TYPED, *source.place(block, match.start()), message % words)


def _why_typed(text: str, number: re.Match[str]) -> str:
    """Return why no figure stands behind a number, as far as its form tells."""
    if re.match(r"[-\u2010\u2011]\w", text[number.end() :]):
        return _("it is part of a word")
    if re.fullmatch(r"20\d\d", number[0]):
        return _("it is a year")
    return _("make it a live link if a figure gives it")


def _counted_parts(content: str, link: Link) -> list[tuple[int, int]]:
    """Return the spans of a link that are not typed: its address and, of a figure, its slot."""
    label_end = content.rindex("](", link.start, link.end)
    spans = [(label_end, link.end)]
    if link.kind == "figure":
        label = content[link.start + 1 : label_end]
        offset = link.start + 1
        spans += [(offset + slot.start(), offset + slot.end()) for slot in slots_of(label)[:1]]
    return spans


_LINK_TARGET = re.compile(r"\]\(([^)]*)\)")


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text
