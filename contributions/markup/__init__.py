r"""From an edition's Markdown to its page: live figures and claims, and what an editor must know.

A live number or assertion is an ordinary link whose address names it:

    [\$XX million USD](figure:contributed?by=unece&stage=deposited&in=million&say=over)
    [we have reached](claim:target-reached?year=2023)

A figure's text holds one slot, `XX` or else its one number, which the value replaces; without a
value the text stays as typed. One parse of the source serves the check on save, the list of typed
digits and the page. Nothing else is executed: no HTML, no template language, no other scheme.
"""

from contributions.markup.checking import Finding, Level, check, refuse_errors
from contributions.markup.rendering import Note, Printed, Rendered, render, typeset
from contributions.markup.source import parse

__all__ = [
    "Finding",
    "Level",
    "Note",
    "Printed",
    "Rendered",
    "check",
    "parse",
    "refuse_errors",
    "render",
    "typeset",
]
