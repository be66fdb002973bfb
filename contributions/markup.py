r"""From an edition's Markdown to its page: live figures and claims, and what an editor must know.

A live number or assertion is an ordinary link whose address names it:

    [\$XX million USD](figure:contributed?by=unece&stage=deposited&in=million&say=over)
    [we have reached](claim:target-reached?year=2023)

A figure's text holds one slot, `XX` or else its one number, which the value replaces; without a
value the text stays as typed. One parse of the source serves the check on save, the list of typed
digits and the page. Nothing else is executed: no HTML, no template language, no other scheme.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from mptf_portal import figures
from mptf_portal.figures import Claim, Counted, Figure, Reference, UnknownReferenceError
from mptf_portal.live import Snapshot
from mptf_portal.money import Scale, format_number, strictly_over

PLACEHOLDER = re.compile(r"(?<![A-Za-z])XX(?![A-Za-z])")
SCALES = {"one": Scale.ONE, "thousand": Scale.THOUSAND, "million": Scale.MILLION}
NUMBER = re.compile(r"\d+(?:[.,'\u00a0\u202f\u066b\u066c]\d+)*")
SCHEME = re.compile(r"(?i)\b(figure|claim):")
KINDS: dict[str, type[Figure] | type[Claim]] = {"figure": Figure, "claim": Claim}


class Level(Enum):
    """Whether a finding stops an edition from being saved."""

    ERROR = "error"
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
        place = _("Line %(line)s, column %(column)s") % {"line": self.line, "column": self.column}
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Link:
    """A live link as written: `start` and `end` are offsets in its block of source.

    `is_plain` tells that its text has no mark-up of its own.
    """

    kind: str
    text: str
    address: str
    start: int
    end: int
    is_plain: bool
    number: int = 0

    def slots(self) -> list[re.Match[str]]:
        """Return the places that a value could replace: every XX, else every number."""
        return list(PLACEHOLDER.finditer(self.text)) or list(NUMBER.finditer(self.text))


@dataclass(frozen=True, slots=True)
class Live:
    """What a link asks for: the figure or claim, and how its value is said."""

    reference: Reference
    scale: Scale = Scale.ONE
    over: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A live link as printed, with what was counted: one numbered note under the text."""

    number: int
    text: str
    counted: Counted

    @property
    def is_figure(self) -> bool:
        """Tell a number from an assertion."""
        return isinstance(self.counted, Figure)


@dataclass(frozen=True, slots=True)
class Rendered:
    """An edition's page: safe HTML and its notes in the order of the text."""

    html: SafeString
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """A counted link with the text around its slot; `value` is None where it stays as typed."""

    before: str
    value: str | None
    after: str
    counted: Counted

    @property
    def text(self) -> str:
        """Return the words as a reader sees them."""
        return self.before + (self.value or "") + self.after


def read(address: str, kind: str) -> Live:
    """Return what the address of a link asks for; UnknownReferenceError says what is wrong."""
    name, _mark, query = address.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    said = {key: value for key, value in pairs if key in ("in", "say")}
    if len(said) < sum(key in ("in", "say") for key, _value in pairs):
        raise UnknownReferenceError(_("“in” or “say” is given twice."))
    reference = figures.refer(name, [pair for pair in pairs if pair[0] not in ("in", "say")])
    if figures.lookup(name).kind is not KINDS[kind]:
        other = "claim" if kind == "figure" else "figure"
        raise UnknownReferenceError(
            _("“%(name)s” is a %(other)s; write %(other)s:%(name)s.")
            % {"name": name, "other": other}
        )
    if kind == "claim" and said:
        raise UnknownReferenceError(_("An assertion takes neither “in” nor “say”."))
    if said.get("in", "one") not in SCALES:
        raise UnknownReferenceError(_("“in” is one, thousand or million."))
    if said.get("say", "over") != "over":
        raise UnknownReferenceError(_("“say” is over, or left out for the exact number."))
    return Live(reference, SCALES[said.get("in", "one")], over="say" in said)


def say(value: Decimal | int | None, live: Live) -> str | None:
    """Return the value as it is printed, or None when the text must stay as typed."""
    if value is None:
        return None
    if live.over:
        number = strictly_over(Decimal(value), live.scale)
        return None if number is None else format_number(number)
    return format_number(value, live.scale)


# Reading


def _live_rule(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it's signature)
    """Read `[text](figure:…)` and `[text](claim:…)` as one token of their own."""
    if state.src[state.pos] != "[":
        return False
    close = state.md.helpers.parseLinkLabel(state, state.pos)
    match = _ADDRESS.match(state.src, close + 1) if close >= 0 else None
    if match is None:
        return False
    if not silent:
        label = state.src[state.pos + 1 : close]
        token = state.push("live", "", 0)
        text = _plain_label(state.md, label)
        is_plain = text == _UNESCAPE.sub(r"\1", label)
        token.meta["link"] = Link(
            match["kind"], text, match["address"], state.pos, match.end(), is_plain
        )
    state.pos = match.end()
    return True


_ADDRESS = re.compile(r"\((?P<kind>figure|claim):(?P<address>[^\s()]*)\)")
_UNESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def _plain_label(markdown: MarkdownIt, label: str) -> str:
    """Return the label's text: its escapes resolved, its mark-up as text."""
    children = markdown.parseInline(label)[0].children or []
    return "".join("\n" if child.type == "softbreak" else child.content for child in children)


class _Parser(MarkdownIt):
    """markdown-it with our schemes: what is not allowed stays text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 (markdown-it's name)
        return bool(re.match(r"(?i)(https?://|mailto:|/|#)", url))


def _parser() -> MarkdownIt:
    parser = _Parser("js-default", {"html": False, "linkify": False, "typographer": False})
    parser.disable("image")
    parser.inline.ruler.before("link", "live", _live_rule)
    return parser


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed edition: markdown-it's tokens, the live links numbered in order."""

    lines: tuple[str, ...]
    tokens: Sequence[Token]

    def links(self) -> Iterator[tuple[Token, Link]]:
        """Yield each live link with its block."""
        for block in self.tokens:
            for token in block.children or ():
                if token.type == "live":
                    yield block, token.meta["link"]

    def place(self, block: Token, offset: int) -> tuple[int, int]:
        """Return line and column, from 1, of an offset in a block's text."""
        first = (block.map or [0, 0])[0]
        before = block.content[:offset]
        down = before.count("\n")
        line = self.lines[first + down] if first + down < len(self.lines) else ""
        text = block.content.split("\n")[down]
        indent = max(line.find(text), 0)
        return first + down + 1, indent + len(before) - (before.rfind("\n") + 1) + 1


def parse(markdown: str) -> Source:
    """Parse the source once; the result serves checking and rendering."""
    tokens = _parser().parse(markdown)
    number = 0
    for block in tokens:
        for token in block.children or ():
            if token.type == "live":
                number += 1
                token.meta["link"] = replace(token.meta["link"], number=number)
    return Source(tuple(markdown.replace("\r\n", "\n").split("\n")), tokens)


# Checking


def check(markdown: str, snapshot: Snapshot) -> list[Finding]:
    """Return every finding of the source in its order: errors, and digits that are only typed."""
    source = parse(markdown)
    found = [finding for link in source.links() for finding in _check_link(source, snapshot, *link)]
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
        figures.count(read(link.address, link.kind).reference, snapshot)
    except UnknownReferenceError as error:
        yield Finding(Level.ERROR, line, column, str(error))
        return
    if not link.is_plain:
        message = _("The text of a live link is plain: put bold or italics around the whole link.")
        yield Finding(Level.ERROR, line, column, message)
    slots = len(link.slots())
    if link.kind == "figure" and slots != 1:
        message = _("A figure's text holds one slot, XX or one number; this one has %(count)s.")
        yield Finding(Level.ERROR, line, column, message % {"count": slots})


def _check_block(source: Source, block: Token) -> Iterator[Finding]:
    live = [child.meta["link"] for child in block.children or () if child.type == "live"]
    text = _blank(block.content, ((link.start, link.end) for link in live))
    for match in SCHEME.finditer(text):
        message = _("Write a live link as [text](%(scheme)s:name?parameter=value), outside code.")
        line, column = source.place(block, match.start())
        yield Finding(Level.ERROR, line, column, message % {"scheme": match[1].lower()})
    text = _blank(text, (match.span(1) for match in _LINK_TARGET.finditer(text)))
    for match in PLACEHOLDER.finditer(text):
        message = _("XX stands outside a live link: make it one, or write the words.")
        yield Finding(Level.ERROR, *source.place(block, match.start()), message)
    for match in NUMBER.finditer(text):
        message = _("“%(number)s” is typed, not counted.") % {"number": match[0]}
        yield Finding(Level.TYPED, *source.place(block, match.start()), message)


_LINK_TARGET = re.compile(r"\]\(([^)]*)\)")


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text


# Rendering


def render(markdown: str, snapshot: Snapshot) -> Rendered:
    """Return the page's HTML and notes, every live link counted in the snapshot.

    A link that asks for nothing known, because a figure was renamed or a donor is not public,
    stays as typed and is no link.
    """
    source = parse(markdown)
    notes: list[Note] = []
    counted: dict[Reference, Counted] = {}
    for block in source.tokens:
        for token in block.children or ():
            if token.type == "live":
                link = token.meta["link"]
                printed = _count(link, snapshot, counted)
                token.meta["printed"] = printed
                if printed is not None:
                    note = Note(len(notes) + 1, printed.text, printed.counted)
                    token.meta["note"] = note
                    notes.append(note)
    renderer = RendererHTML()
    renderer.rules["live"] = _render_live  # type: ignore[assignment]  # typed as methods there
    html = renderer.render(source.tokens, _parser().options, {})
    return Rendered(mark_safe(html), tuple(notes))  # noqa: S308 (markdown-it escapes all text)


def _count(link: Link, snapshot: Snapshot, counted: dict[Reference, Counted]) -> Printed | None:
    try:
        live = read(link.address, link.kind)
        if live.reference not in counted:
            counted[live.reference] = figures.count(live.reference, snapshot)
    except UnknownReferenceError:
        return None
    result = counted[live.reference]
    slots = link.slots()
    if isinstance(result, Claim) or len(slots) != 1:
        return Printed(link.text, None, "", result)
    value = say(result.value, live)
    if value is None:
        return Printed(link.text, None, "", result)
    return Printed(link.text[: slots[0].start()], value, link.text[slots[0].end() :], result)


def _render_live(tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token = tokens[index]
    printed: Printed | None = token.meta["printed"]
    if printed is None:
        return escape(token.meta["link"].text)
    note: Note = token.meta["note"]
    counted = printed.counted
    kind = "figure" if isinstance(counted, Figure) else "claim"
    value = ""
    if printed.value is not None and isinstance(counted, Figure):
        value = f'<data value="{counted.value}">{escape(printed.value)}</data>'
    return (
        f'<a class="{kind}" id="figure-{note.number}"'
        f' href="{escape(counted.reference.get_absolute_url())}">'
        f"{escape(printed.before)}{value}{escape(printed.after)}</a>"
        f'<a class="reference" href="#note-{note.number}"'
        f' aria-label="{escape(_("Note %(number)s") % {"number": note.number})}">'
        f"<sup>{note.number}</sup></a>"
    )
