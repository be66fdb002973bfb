"""What a row said, fact by fact, and which facts a correction changed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contributions.models import Deposit, Edition, FundingTarget, PledgeEntry
from contributions.models.pledges import DOLLAR
from contributions.wording import Wording, wordings
from mptf_portal import figures
from mptf_portal.money import (
    format_amount,
    format_day,
    format_names,
    format_number,
    format_period,
    format_usd,
)
from mptf_portal.publishing import PublicRow
from programmes.models import JointProgramme, Result, StatedFigure
from programmes.models.programmes import DATES, MONEY

LIVE_LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\((?:figure|claim):[^\s()]*\)")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")

Facts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One fact: what it was and what it is since; empty where it is not recorded, or no more."""

    label: str
    was: Wording
    now: Wording = ()

    @classmethod
    def of(cls, label: str, was: str, now: str = "") -> "Change":
        """Return the change with the words that differ told apart."""
        return cls(label, *wordings(was, now))


def changes(row: PublicRow, successor: PublicRow) -> tuple[Change, ...]:
    """Return each fact that the successor tells otherwise; none where readers see no difference."""
    before, after = facts(row), facts(successor)
    changed = [label for label in before if before[label] != after[label]]
    if isinstance(row, Edition) and isinstance(successor, Edition):
        text = _text_change(row, successor)
        return (*(Change.of(label, before[label], after[label]) for label in changed), *text)
    return tuple(Change.of(label, before[label], after[label]) for label in changed)


def withdrawn(row: PublicRow) -> tuple[Change, ...]:
    """Return each fact that the row told."""
    return tuple(Change.of(label, was) for label, was in facts(row).items() if was)


def facts(row: PublicRow) -> Facts:
    """Return what readers saw of the row, by the name of each fact; empty where not recorded."""
    return {str(capfirst(label)): said for label, said in FACTS[type(row)](row).items()}


def _label(row: PublicRow, name: str) -> str:
    return str(row._meta.get_field(name).verbose_name)


def _day(day: date | None) -> str:
    return format_day(day) if day else ""


def _usd(amount: Decimal | None) -> str:
    return "" if amount is None else format_usd(amount)


def _deposit(row: Deposit) -> Facts:
    return {
        _label(row, "amount"): format_amount(row.amount, row.pledge.currency),
        _label(row, "amount_usd"): format_usd(row.amount_usd),
        _label(row, "received_on"): format_day(row.received_on),
        _label(row, "agent_reference"): row.agent_reference,
        _label(row, "evidence"): row.evidence,
    }


def _entry(row: PledgeEntry) -> Facts:
    amount = "" if row.amount is None else format_amount(row.amount, row.pledge.currency)
    is_priced = row.rate is not None and row.pledge.currency != DOLLAR
    rate = f"{format_number(row.rate)}, {_day(row.rate_date)}, {row.rate_source}"
    unvalued = _("not yet valued") if amount else ""
    return {
        _label(row, "kind"): row.get_kind_display(),
        _label(row, "dated"): format_day(row.dated),
        _label(row, "amount"): amount,
        _label(row, "rate"): rate if is_priced else "",
        _label(row, "amount_usd"): _usd(row.amount_usd) or unvalued,
        _label(row, "evidence"): row.evidence,
    }


def _target(row: FundingTarget) -> Facts:
    return {
        _label(row, "year"): str(row.year or ""),
        _label(row, "period"): row.period,
        _label(row, "amount_usd"): format_usd(row.amount_usd),
        _label(row, "basis"): row.get_basis_display(),
        _label(row, "announced_by"): row.announced_by,
        _label(row, "announced_on"): _day(row.announced_on),
        **_source(row),
    }


def _source(row: FundingTarget | Result | StatedFigure) -> Facts:
    return {
        _label(row, "source"): row.source,
        _label(row, "source_url"): row.source_url,
    }


def _stated(row: StatedFigure) -> Facts:
    is_money = row.figure.startswith(("contributed", "outstanding", "target"))
    unit = figures.Unit.USD if is_money else figures.Unit.COUNT
    return {
        _label(row, "value"): figures.format_value(row.value, unit),
        _label(row, "stated_for"): format_period(row.stated_for, row.stated_precision),
        **_source(row),
    }


def _result(row: Result) -> Facts:
    number = f"{row.get_qualifier_display()} {format_number(row.figure)} {row.unit}".strip()
    day = format_period(row.as_of, row.as_of_precision) if row.as_of else row.as_of_words
    return {
        _label(row, "figure"): number,
        _label(row, "what"): row.what,
        _label(row, "as_of"): day,
        **_source(row),
    }


def _programme(row: JointProgramme) -> Facts:
    """Return the columns, then what stands in other tables; a date carries how far it is known."""
    columns = {
        _label(row, name): _programme_fact(row, name) for name in ("short_title", *row.shown)
    }
    parts = {
        _label(row, "countries"): [country.name for country in row.countries.all()],
        _label(row, "objectives"): [str(objective) for objective in row.objectives.all()],
        _("Organizations"): [str(part) for part in row.participations.all()],
        _("Sustainable Development Goals"): [str(goal) for goal in row.goal_tags.all()],
        _("Sources and documents"): [str(link) for link in row.links.all()],
    }
    joined = {label: format_names(sorted(names)) if names else "" for label, names in parts.items()}
    return columns | joined


def _programme_fact(row: JointProgramme, name: str) -> str:
    value = getattr(row, name)
    if value in (None, ""):
        return ""
    if name in MONEY:
        return format_usd(value)
    if name.removesuffix("_on") in DATES:
        precision = getattr(row, f"{name.removesuffix('_on')}_precision")
        return format_period(value, precision)
    if isinstance(value, date):
        return format_day(value)
    return row.get_status_display() if name == "status" else str(value)


def _edition(row: Edition) -> Facts:
    return {
        _label(row, "title"): row.title,
        _label(row, "kind"): row.get_kind_display(),
    }


def _text_change(row: Edition, successor: Edition) -> tuple[Change, ...]:
    """Return the paragraphs that are gone and those that are new, as a reader sees them."""
    if row.markdown == successor.markdown:
        return ()
    before, after = _paragraphs(row), _paragraphs(successor)
    gone = [paragraph for paragraph in before if paragraph not in after]
    new = [paragraph for paragraph in after if paragraph not in before]
    return (Change.of(str(capfirst(_label(row, "markdown"))), "\n".join(gone), "\n".join(new)),)


def _paragraphs(row: Edition) -> list[str]:
    """Return the paragraphs of the text; a live link is told by its words as they were typed."""
    text = ESCAPED.sub(r"\1", LIVE_LINK.sub(r"\1", row.markdown.replace("\r\n", "\n")))
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


FACTS: Mapping[type[PublicRow], Callable[..., Facts]] = {
    Deposit: _deposit,
    Edition: _edition,
    FundingTarget: _target,
    JointProgramme: _programme,
    PledgeEntry: _entry,
    Result: _result,
    StatedFigure: _stated,
}
