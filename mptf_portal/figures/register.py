"""The register of all figures and claims: which there are, what they take, and counting them."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from mptf_portal.figures.counted import Claim, Figure, Reference, Text
from mptf_portal.snapshot import Snapshot, once_in_a_snapshot


class UnknownReferenceError(ValueError):
    """A name or a parameter that no figure or claim has; the message says the way out."""


Counted = Figure | Claim
Count = Callable[..., Counted]
Parser = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered function with the parser of each parameter, in canonical order.

    A parameter is `at-least` in addresses and `at_least` in the function. `label` is what a figure
    is called whatever is asked of it; a claim has its title alone.
    """

    name: str
    label: Text
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


def register_figure(name: str, label: Text, **parsers: Parser) -> Callable[[Count], Count]:
    """Register the decorated function as the one that counts `name`, once in a snapshot."""
    return _registering(name, label, Figure, parsers)


def register_claim(name: str, **parsers: Parser) -> Callable[[Count], Count]:
    """Register the decorated function as the one that answers `name`, once in a snapshot."""
    return _registering(name, "", Claim, parsers)


def _registering(
    name: str, label: Text, kind: type[Figure] | type[Claim], parsers: Mapping[str, Parser]
) -> Callable[[Count], Count]:
    def add(function: Count) -> Count:
        if name in _register:
            message = f"{name} is registered twice"
            raise ValueError(message)
        named = {key.replace("_", "-"): parser for key, parser in parsers.items()}
        counts = once_in_a_snapshot(function)
        _register[name] = Registered(name, label, kind, counts, named)
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
