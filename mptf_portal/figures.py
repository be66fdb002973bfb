"""Figures and claims: what a number or an assertion is, and the register of all of them.

An app counts a figure in one function, `count(snapshot, **parameters)`, and registers it here
under the name that its address and its links in a statement use. Pages, the statement, exports
and the admin all ask `count()` of this module; nothing else adds anything up.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from mptf_portal.money import format_number, format_usd
from mptf_portal.snapshot import Snapshot, once_in_a_snapshot

Text = str | Promise


class UnknownReferenceError(ValueError):
    """A name or a parameter that no figure or claim has; the message says the way out."""


class Unit(StrEnum):
    """What a figure's value is a number of."""

    USD = "USD"
    COUNT = "count"


def format_value(value: Decimal | int, unit: Unit) -> str:
    """Return a value as its unit is written: to the cent, or a whole number."""
    return format_usd(Decimal(value)) if unit is Unit.USD else format_number(value)


class Verdict(Enum):
    """What the records say of an assertion."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does-not-hold"
    CANNOT_BE_TOLD = "cannot-be-told"

    @property
    def words(self) -> str:
        """Return the verdict in words, as an answer may begin with them."""
        return {
            Verdict.HOLDS: _("holds"),
            Verdict.DOES_NOT_HOLD: _("does not hold"),
            Verdict.CANNOT_BE_TOLD: _("cannot be told"),
        }[self]


@dataclass(frozen=True, slots=True)
class Reference:
    """The canonical name of one figure or claim: every parameter that has a value, in order."""

    name: str
    parameters: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return the reference as a link in a statement names it, without its scheme."""
        return f"{self.name}?{urlencode(self.parameters)}" if self.parameters else self.name

    @classmethod
    def written(cls, text: str) -> "Reference":
        """Return the reference that was once written, whether or not anything has it now."""
        name, _mark, query = text.partition("?")
        return cls(name, tuple(parse_qsl(query, keep_blank_values=True)))

    def get_absolute_url(self) -> str:
        """Return the permanent address of the page that shows the rows."""
        query = f"?{urlencode(self.parameters)}" if self.parameters else ""
        return reverse("figure", args=[self.name]) + query


@dataclass(frozen=True, slots=True)
class Source:
    """Who stated something, and where it can be read."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """That a source's count stands in for ours: who stated it, for which day, and our own count."""

    source: Source
    day: str
    on_record: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the arithmetic that leads to a figure's value, in US dollars."""

    label: Text
    value: Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the records back, as of one day.

    `value` is None when there is nothing to count: unknown is never 0. `rows` are the records
    whose sum (or number) is the value, shown by the table named `table`; `unvalued` tells how
    many rows lack a rate and so count in no US dollar total. `qualifier` is how exact a source's
    own number is: over, almost, about, or empty for exactly; None where we count ourselves.
    """

    reference: Reference
    title: Text
    definition: Text
    leaves_out: Text
    value: Decimal | int | None
    unit: Unit
    as_of: date
    table: str
    rows: "QuerySet[Any, Any] | Sequence[Any]" = ()
    basis: Text = ""
    unvalued: int = 0
    lines: tuple[Line, ...] = ()
    source: Source | None = None
    stated: Stated | None = None
    qualifier: str | None = None

    @property
    def in_words(self) -> str:
        """Return the value as its source or we give it: over 130,000, or that there is none."""
        if self.value is None:
            return _("not yet recorded")
        words = format_value(self.value, self.unit)
        return f"{_(self.qualifier)} {words}" if self.qualifier else words

    @property
    def recorded(self) -> Decimal | int:
        """Return what the rows here come to, whatever a source states; nothing is 0."""
        return self.stated.on_record if self.stated else self.value or 0


@dataclass(frozen=True, slots=True)
class Claim:
    """An assertion and what the records say of it, as of one day.

    `answer` is a few words ("reached on 30 November 2023"), `evidence` the sentence behind them,
    `figures` the numbers that the evidence rests on. `completeness` says what the records must
    hold before anybody may say that it does not hold.
    """

    reference: Reference
    title: Text
    definition: Text
    completeness: Text
    verdict: Verdict
    answer: str
    evidence: str
    as_of: date
    figures: tuple[Figure, ...] = ()

    @property
    def full_answer(self) -> str:
        """Return the answer with its verdict: “holds, reached on 30 November 2023”."""
        if self.answer.startswith(self.verdict.words):
            return self.answer
        words = {"verdict": self.verdict.words, "answer": self.answer}
        return _("%(verdict)s, %(answer)s") % words


def judge(holds: bool, incomplete: str) -> Verdict:  # noqa: FBT001 (the question itself)
    """Return what the records say; `incomplete` is why they cannot show that it does not hold."""
    if holds:
        return Verdict.HOLDS
    return Verdict.CANNOT_BE_TOLD if incomplete else Verdict.DOES_NOT_HOLD


Counted = Figure | Claim
Count = Callable[..., Counted]
Parser = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered function with the parser of each parameter, in canonical order.

    A parameter is `at-least` in addresses and `at_least` in the function.
    """

    name: str
    kind: type[Figure] | type[Claim]
    function: Count
    parsers: Mapping[str, Parser] = field(default_factory=dict)

    def defaults(self) -> dict[str, Any]:
        """Return the default of each parameter that has one."""
        known = inspect.signature(self.function).parameters
        parameters = {name: known[name.replace("-", "_")] for name in self.parsers}
        return {
            name: parameter.default
            for name, parameter in parameters.items()
            if parameter.default is not parameter.empty
        }


_register: dict[str, Registered] = {}


def register_figure(name: str, **parsers: Parser) -> Callable[[Count], Count]:
    """Register the decorated function as the one that counts `name`, once in a snapshot."""
    return _registering(name, Figure, parsers)


def register_claim(name: str, **parsers: Parser) -> Callable[[Count], Count]:
    """Register the decorated function as the one that answers `name`, once in a snapshot."""
    return _registering(name, Claim, parsers)


def _registering(
    name: str, kind: type[Figure] | type[Claim], parsers: Mapping[str, Parser]
) -> Callable[[Count], Count]:
    def add(function: Count) -> Count:
        if name in _register:
            message = f"{name} is registered twice"
            raise ValueError(message)
        named = {key.replace("_", "-"): parser for key, parser in parsers.items()}
        counts = once_in_a_snapshot(function)
        _register[name] = Registered(name, kind, counts, named)
        return counts

    return add


def registered() -> tuple[Registered, ...]:
    """Return every registered figure and claim, by name."""
    return tuple(_register[name] for name in sorted(_register))


def lookup(name: str) -> Registered:
    """Return what is registered under `name`, or raise UnknownReferenceError."""
    if name not in _register:
        message = _("“%(name)s” is not a figure or claim; known are: %(known)s.")
        raise UnknownReferenceError(message % {"name": name, "known": ", ".join(sorted(_register))})
    return _register[name]


def refer(name: str, pairs: Iterable[tuple[str, str]] = ()) -> Reference:
    """Return the canonical reference of `name` with these parameters.

    Raises UnknownReferenceError for a name, a parameter or a value that does not exist, for a
    parameter given twice, and for a required one that is missing.
    """
    entry = lookup(name)
    values = _parse(entry, pairs)
    return Reference(name, tuple((key, str(values[key])) for key in entry.parsers if key in values))


def every(known: Mapping[str, str]) -> list[Reference]:
    """Return all that can be counted without a choice: by defaults, else by what is `known`.

    `known` gives a value for parameters without a default, as in `{"year": "2024"}`.
    """
    found = []
    for entry in registered():
        needed = entry.parsers.keys() - entry.defaults().keys()
        if needed <= known.keys():
            found.append(refer(entry.name, [(key, known[key]) for key in needed]))
    return found


def parse(text: str) -> Reference:
    """Return the canonical reference written as `name?parameter=value&…`."""
    written = Reference.written(text)
    return refer(written.name, written.parameters)


def count(reference: Reference, snapshot: Snapshot) -> Counted:
    """Count a figure or answer a claim now; UnknownReferenceError as in `refer`."""
    entry = lookup(reference.name)
    values = _parse(entry, reference.parameters)
    return entry.function(
        snapshot, **{key.replace("-", "_"): value for key, value in values.items()}
    )


def _parse(entry: Registered, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    given: dict[str, str] = {}
    for key, value in pairs:
        if key in given:
            raise UnknownReferenceError(_("“%(key)s” is given twice.") % {"key": key})
        if "\0" in value:
            raise UnknownReferenceError(
                _("“%(key)s” has a character that no value has.") % {"key": key}
            )
        given[key] = value
    for key in given:
        if key not in entry.parsers:
            message = _("“%(name)s” has no parameter “%(key)s”; it takes: %(known)s.")
            known = ", ".join(entry.parsers) or _("none")
            raise UnknownReferenceError(message % {"name": entry.name, "key": key, "known": known})
    values = entry.defaults() | {key: entry.parsers[key](value) for key, value in given.items()}
    if missing := [key for key in entry.parsers if key not in values]:
        message = _("“%(name)s” needs the parameter “%(key)s”.")
        raise UnknownReferenceError(message % {"name": entry.name, "key": missing[0]})
    return {key: value for key, value in values.items() if value is not None}


def choice(choices: Iterable[str]) -> Parser:
    """Return a parser that accepts one of `choices` as written."""
    allowed = tuple(choices)

    def parse_choice(text: str) -> str:
        if text not in allowed:
            message = _("“%(text)s” is not one of: %(allowed)s.")
            raise UnknownReferenceError(message % {"text": text, "allowed": ", ".join(allowed)})
        return text

    return parse_choice


def funding_year(text: str) -> int:
    """Parse a year of the Fund in four digits; the Fund began in 2019."""
    if not (len(text) == 4 and text.isascii() and text.isdigit() and int(text) >= 2019):  # noqa: PLR2004
        message = _("“%(text)s” is not a funding year; write four digits from 2019 on, as in 2023.")
        raise UnknownReferenceError(message % {"text": text})
    return int(text)
