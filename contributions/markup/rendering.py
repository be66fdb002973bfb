"""The page of a text: safe HTML, its live links counted, and a note for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from contributions.markup.links import read, say
from contributions.markup.source import Link, parse, parser, slots_of
from mptf_portal import figures
from mptf_portal.figures import Counted, Figure, Reference, UnknownReferenceError
from mptf_portal.live import Snapshot


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
    """A counted link with the text around its slot; `value` is None where it stays as typed.

    `address` is the page of what was counted, on the snapshot's day.
    """

    before: str
    value: str | None
    after: str
    counted: Counted
    address: str

    @property
    def text(self) -> str:
        """Return the words as a reader sees them."""
        return self.before + (self.value or "") + self.after


def render(markdown: str, snapshot: Snapshot) -> Rendered:
    """Return the page's HTML and notes, every live link counted in the snapshot.

    A link that asks for nothing known, because a figure was renamed or a donor is not public,
    stays as typed and is no link.
    """
    source = parse(markdown)
    notes: list[Note] = []
    counted: dict[Reference, Counted] = {}
    for _block, token in source.live():
        printed = token.meta["printed"] = _count(token.meta["link"], snapshot, counted)
        if printed is not None:
            token.meta["note"] = Note(len(notes) + 1, printed.text, printed.counted)
            notes.append(token.meta["note"])
    renderer = RendererHTML()
    renderer.rules["live"] = _render_live  # type: ignore[assignment]  # typed as methods there
    html = renderer.render(source.tokens, parser().options, {})
    return Rendered(mark_safe(html), tuple(notes))  # noqa: S308 (markdown-it escapes all text)


def _count(link: Link, snapshot: Snapshot, counted: dict[Reference, Counted]) -> Printed | None:
    try:
        live = read(link.address, link.kind)
        if live.reference not in counted:
            counted[live.reference] = figures.count(live.reference, snapshot)
    except UnknownReferenceError:
        return None
    result = counted[live.reference]
    address = snapshot.address(live.reference.get_absolute_url())
    slots = slots_of(link.text)
    value = None
    if isinstance(result, Figure) and len(slots) == 1:
        value = say(result.value, live)
    if value is None:
        return Printed(link.text, None, "", result, address)
    before, after = link.text[: slots[0].start()], link.text[slots[0].end() :]
    return Printed(before, value, after, result, address)


def _render_live(tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token = tokens[index]
    printed: Printed | None = token.meta["printed"]
    if printed is None:
        return escape(token.meta["link"].text)
    note: Note = token.meta["note"]
    counted = printed.counted
    kind = "figure" if isinstance(counted, Figure) else f"claim {counted.verdict.value}"
    value = ""
    if printed.value is not None and isinstance(counted, Figure):
        value = f'<data value="{counted.value}">{escape(printed.value)}</data>'
    return (
        f'<a class="{kind}" id="figure-{note.number}"'
        f' href="{escape(printed.address)}">'
        f"{escape(printed.before)}{value}{escape(printed.after)}</a>"
        f'<a class="reference" href="#note-{note.number}"'
        f' aria-label="{escape(_("Note %(number)s") % {"number": note.number})}">'
        f"<sup>{note.number}</sup></a>"
    )
