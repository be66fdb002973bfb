"""The one parse of an edition: markdown-it's tokens, with live links as tokens of their own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

PLACEHOLDER = re.compile(r"(?<![A-Za-z])XX(?![A-Z])")
NUMBER = re.compile(r"\d+(?:[.,'\u00a0\u202f\u066b\u066c]\d+)*")


def slots_of(text: str) -> list[re.Match[str]]:
    """Return what a value could replace in a link's text: every XX, else every number."""
    return list(PLACEHOLDER.finditer(text)) or list(NUMBER.finditer(text))


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


def parser() -> MarkdownIt:
    """Return CommonMark with live links, without HTML, images, tables and blocks of code.

    Every block then holds inline text that the linter reads, and none needs an inline style.
    """
    made = _Parser("js-default", {"html": False, "linkify": False, "typographer": False})
    made.disable(["image", "code", "fence", "table"])
    made.inline.ruler.before("link", "live", _live_rule)
    return made


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed edition: its lines, and markdown-it's tokens."""

    lines: tuple[str, ...]
    tokens: Sequence[Token]

    def live(self) -> Iterator[tuple[Token, Token]]:
        """Yield each token of a live link, whose meta holds its Link, after its block."""
        for block in self.tokens:
            for token in block.children or ():
                if token.type == "live":
                    yield block, token

    def links(self) -> Iterator[Link]:
        """Yield each live link in the order of the text."""
        for _block, token in self.live():
            yield token.meta["link"]

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
    lines = markdown.replace("\r\n", "\n").split("\n")
    return Source(tuple(lines), parser().parse(markdown))
