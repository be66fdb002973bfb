"""Figures and claims: what a number or an assertion is, and the register of all of them.

An app counts a figure in one function, `count(snapshot, **parameters)`, and registers it here
under the name that its address and its links in a statement use. Pages, the statement, exports
and the admin all ask `count()` of this module; nothing else adds anything up.
"""

from mptf_portal.figures.counted import (
    Claim,
    Figure,
    Line,
    Reference,
    Source,
    Stated,
    Text,
    Unit,
    Verdict,
    format_value,
    judge,
)
from mptf_portal.figures.register import (
    Count,
    Counted,
    Parser,
    Registered,
    UnknownReferenceError,
    choice,
    count,
    every,
    funding_year,
    lookup,
    parse,
    refer,
    register_claim,
    register_figure,
    registered,
)

__all__ = [
    "Claim",
    "Count",
    "Counted",
    "Figure",
    "Line",
    "Parser",
    "Reference",
    "Registered",
    "Source",
    "Stated",
    "Text",
    "Unit",
    "UnknownReferenceError",
    "Verdict",
    "choice",
    "count",
    "every",
    "format_value",
    "funding_year",
    "judge",
    "lookup",
    "parse",
    "refer",
    "register_claim",
    "register_figure",
    "registered",
]
