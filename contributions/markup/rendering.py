"""The page of a text: safe HTML, its live links printed, and a note for each.

A link is printed from what is counted now (`render`) or from what was put on record (`typeset`
alone); both go through the one rule that writes its HTML.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from contributions.markup.links import Live, read, say
from contributions.markup.source import Link, Source, parse, parser, slots_of
from mptf_portal import figures
from mptf_portal.figures import Counted, Figure, Reference, UnknownReferenceError
from mptf_portal.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Printed:
    """A live link as it is printed: its text around its value, and the page of its rows.

    `value` is what stands in the slot and `exact` the number behind it; without a value the text
    is kept as typed. `css` names the classes of the link.
    """

    before: str
    value: str
    after: str
    exact: str
    css: str
    address: str

    @property
    def text(self) -> str:
        """Return the words as a reader sees them."""
        return self.before + self.value + self.after


@dataclass(frozen=True, slots=True)
class Note:
    """A live link with what was counted for it: one numbered note under the text."""

    number: int
    link: Link
    printed: Printed
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


def render(markdown: str, snapshot: Snapshot) -> Rendered:
    """Return the page's HTML and notes, every live link counted in the snapshot.

    A link that asks for nothing known, because a figure was renamed or a donor is not public,
    stays as typed and is no link.
    """
    source = parse(markdown)
    counted: dict[Reference, Counted] = {}  # one text says one thing, whatever is written meanwhile
    numbers = count(1)
    notes = [_note(link, snapshot, counted, numbers) for link in source.links()]
    html = typeset(source, [note.printed if note else None for note in notes])
    return Rendered(html, tuple(note for note in notes if note))


def typeset(source: Source, printed: Iterable[Printed | None]) -> SafeString:
    """Return the text's safe HTML, each live link printed as given; None leaves it as typed."""
    numbers = count(1)
    for (_block, token), link in zip(source.live(), printed, strict=True):
        token.meta["printed"] = link
        token.meta["number"] = link and next(numbers)
    renderer = RendererHTML()
    renderer.rules["live"] = _render_live  # type: ignore[assignment]  # typed as methods there
    html = renderer.render(source.tokens, parser().options, {})
    return mark_safe(html)  # noqa: S308 (markdown-it escapes all text)


def _note(
    link: Link, snapshot: Snapshot, counted: dict[Reference, Counted], numbers: Iterator[int]
) -> Note | None:
    try:
        live = read(link.address, link.kind)
        if live.reference not in counted:
            counted[live.reference] = figures.count(live.reference, snapshot)
    except UnknownReferenceError:
        return None
    result = counted[live.reference]
    printed = _print(link, live, result, snapshot.address(live.reference.get_absolute_url()))
    return Note(next(numbers), link, printed, result)


def _print(link: Link, live: Live, result: Counted, address: str) -> Printed:
    if not isinstance(result, Figure):
        return Printed(link.text, "", "", "", f"claim {result.verdict.value}", address)
    slots = slots_of(link.text)
    value = say(result.value, result.unit, live) if len(slots) == 1 else None
    if value is None:
        return Printed(link.text, "", "", "", "figure kept", address)
    before, after = link.text[: slots[0].start()], link.text[slots[0].end() :]
    return Printed(before, value, after, str(result.value), "figure", address)


def _render_live(tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token = tokens[index]
    printed: Printed | None = token.meta["printed"]
    if printed is None:
        return escape(token.meta["link"].text)
    number = token.meta["number"]
    value = ""
    if printed.value:
        value = f'<data value="{escape(printed.exact)}">{escape(printed.value)}</data>'
    return (
        f'<a class="{escape(printed.css)}" id="figure-{number}" href="{escape(printed.address)}">'
        f"{escape(printed.before)}{value}{escape(printed.after)}</a>"
        f'<a class="reference" href="#note-{number}"'
        f' aria-label="{escape(_("Note %(number)s") % {"number": number})}">'
        f"<sup>{number}</sup></a>"
    )
