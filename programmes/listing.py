"""The list of programmes as a reader narrowed it: what is shown, and the form that asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mptf_portal.figures import Text
from mptf_portal.narrowing import Choice, Option, Select
from mptf_portal.snapshot import Snapshot
from programmes.figures import funded
from programmes.filters import FILTERS, Filter
from programmes.models.questions import JointProgrammeQuerySet
from programmes.models.search import words

SEARCH, VIEW = "q", "view"
NAMES = (SEARCH, *FILTERS, VIEW)  # in the order of the address
USUAL = dict.fromkeys(NAMES, "")
VIEWS = {"": gettext_lazy("List"), "table": gettext_lazy("Table"), "map": gettext_lazy("Map")}
LONGEST_SEARCH = 100
MOST_WORDS = 10


class UnknownChoiceError(ValueError):
    """A parameter of the address that cannot be answered; the message says the way out."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to show the list, and its address."""

    label: Text
    address: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """The programmes that the reader asked for, and all links that change what is asked.

    `address` is the list's own, `everything` that of the same view of all programmes.
    """

    programmes: JointProgrammeQuerySet
    search: str
    view: str
    selects: list[Select]
    choices: list[Choice]
    views: list[View]
    address: str
    everything: str


def listing(snapshot: Snapshot, query: QueryDict) -> Listing:
    """Narrow the list by what the query asks; UnknownChoiceError for what cannot be asked."""
    asked = _asked(query)
    search, view = asked.get(SEARCH, ""), asked.get(VIEW, "")
    rows, labels = funded(snapshot), {}
    for name, one in FILTERS.items():
        if name in asked:
            labels[name], wanted = _read(snapshot, one, asked[name])
            rows = one.narrow(rows, wanted, snapshot.as_of)
    return Listing(
        programmes=rows.matching(search) if search else rows,
        search=search,
        view=view,
        selects=[_select(snapshot, name, asked, labels) for name in FILTERS],
        choices=_choices(snapshot, asked, labels),
        views=[
            View(label, _address(snapshot, {**asked, VIEW: name}), name == view)
            for name, label in VIEWS.items()
        ],
        address=_address(snapshot, asked),
        everything=_address(snapshot, {VIEW: view}),
    )


def _asked(query: QueryDict) -> dict[str, str]:
    """Return the value of each parameter that has one."""
    asked = {name: query[name] for name in NAMES if name in query}
    for name, value in asked.items():
        if len(query.getlist(name)) > 1:
            raise UnknownChoiceError(_("“%(key)s” is given twice.") % {"key": name})
        if "\0" in value:
            raise UnknownChoiceError(
                _("“%(key)s” has a character that no value has.") % {"key": name}
            )
    if len(asked.get(SEARCH, "")) > LONGEST_SEARCH:
        message = _("“q” searches for at most %(number)s characters.")
        raise UnknownChoiceError(message % {"number": LONGEST_SEARCH})
    if len(words(asked.get(SEARCH, ""))) > MOST_WORDS:
        message = _("“q” searches for at most %(number)s words.")
        raise UnknownChoiceError(message % {"number": MOST_WORDS})
    if asked.get(VIEW, "") not in VIEWS:
        raise UnknownChoiceError(_("“view” is table or map; without it there is a list."))
    return asked


def _read(snapshot: Snapshot, one: Filter, text: str) -> tuple[str, object]:
    found = one.read(snapshot, text)
    if found is None:
        raise UnknownChoiceError(one.unknown)
    return found


def _select(
    snapshot: Snapshot, name: str, asked: Mapping[str, str], labels: Mapping[str, str]
) -> Select:
    """Return a list of the form; what was asked for stands in it even if nothing has it."""
    one, chosen = FILTERS[name], asked.get(name, "")
    options = one.options(snapshot)
    if chosen and chosen not in {option.value for option in options}:
        options = [*options, Option(chosen, labels[name])]
    return Select(name, one.label, one.everything, options, chosen)


def _choices(
    snapshot: Snapshot, asked: Mapping[str, str], labels: Mapping[str, str]
) -> list[Choice]:
    named = {name: (FILTERS[name].label, label) for name, label in labels.items()}
    if SEARCH in asked:
        named = {SEARCH: (_("Search"), asked[SEARCH]), **named}
    return [
        Choice(label, value, _address(snapshot, {**asked, name: ""}))
        for name, (label, value) in named.items()
    ]


def _address(snapshot: Snapshot, asked: Mapping[str, str]) -> str:
    """Return the one address under which the list is narrowed like that."""
    query = urlencode({name: asked[name] for name in NAMES if asked.get(name)})
    return snapshot.address(reverse("programmes") + (f"?{query}" if query else ""))
