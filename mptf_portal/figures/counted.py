"""What a number or an assertion is that the records back, and how it is called."""

from collections.abc import Sequence
from dataclasses import dataclass
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

Text = str | Promise


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
