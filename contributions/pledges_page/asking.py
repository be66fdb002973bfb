"""What a reader asks of the table of pledges: which ones, and in which order."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.figures import COMMITTED, DEPOSITED, PLEDGED, UNCOMMITTED
from contributions.models import Donor, PledgeEntry
from contributions.models.donors import ALL, GLOBAL_SOUTH, UNECE
from mptf_portal.figures import Text, UnknownReferenceError, choice, funding_year
from mptf_portal.money import CURRENCIES
from mptf_portal.snapshot import Snapshot
from programmes.models.countries import REGIONS

YES, NO, NONE = "yes", "no", "none"
NOT_RECORDED = "not-recorded"
CANCELLED = PledgeEntry.Kind.CANCELLED.value
REGION_OF = {region.lower(): region for region in REGIONS}
STAGES = {  # each pledge is in one of them, at the last stage it has come to in full
    NOT_RECORDED: gettext_lazy("Not yet recorded"),
    PLEDGED: gettext_lazy("Not yet signed"),
    COMMITTED: gettext_lazy("Not yet paid in full"),
    DEPOSITED: gettext_lazy("Paid in full"),
    CANCELLED: gettext_lazy("Cancelled"),
}
SLUG = re.compile(r"[-\w]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table by which it can be sorted; numbers are first sorted from the top."""

    key: str
    label: Text
    detail: Text = ""
    is_number: bool = False


COLUMNS = (
    Column("donor", gettext_lazy("Donor")),
    Column("region", gettext_lazy("Region and group")),
    Column("year", gettext_lazy("Funding year"), is_number=True),
    Column("currency", gettext_lazy("Pledged"), gettext_lazy("original currency")),
    Column("pledged", gettext_lazy("Pledged"), gettext_lazy("rate and its date"), is_number=True),
    Column("committed", gettext_lazy("Committed"), gettext_lazy("SAA signed on"), is_number=True),
    Column(
        "deposited", gettext_lazy("Deposited"), gettext_lazy("latest value date"), is_number=True
    ),
    Column("outstanding", gettext_lazy("Outstanding"), is_number=True),
    Column(UNCOMMITTED, gettext_lazy("Uncommitted pledge"), is_number=True),
)
AMOUNTS = COLUMNS[4:]  # in US dollars: those that have a total
ORDERS = tuple(sign + column.key for column in COLUMNS for sign in ("", "-"))
LATEST_FIRST = "-year"


def _currency(text: str) -> str:
    if text not in CURRENCIES:
        message = _(
            "“%(text)s” is not an ISO 4217 currency; write three capital letters, as in DKK."
        )
        raise UnknownReferenceError(message % {"text": text})
    return text


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise UnknownReferenceError(_("“%(slug)s” is no donor's short name.") % {"slug": text})
    return text


PARSERS: dict[str, Callable[[str], object]] = {
    "donor": _slug,
    "year": funding_year,
    "stage": choice(STAGES),
    "region": choice([*REGION_OF, NONE]),
    UNECE: choice([YES, NO]),
    GLOBAL_SOUTH: choice([YES, NO]),
    "currency": _currency,
    "earmark": choice([YES, NO]),
    "sort": choice(ORDERS),
}
USUAL = {**dict.fromkeys(PARSERS, ""), "sort": LATEST_FIRST}  # what the address leaves unsaid


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters in use, each with its value as addresses write it, and the order."""

    filters: tuple[tuple[str, str], ...] = ()
    sort: str = LATEST_FIRST
    donor: Donor | None = None

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Return what the address of the table says, in its order; the usual order is not said."""
        return self.filters + ((("sort", self.sort),) if self.sort != LATEST_FIRST else ())

    def get_absolute_url(self) -> str:
        """Return the permanent address."""
        query = f"?{urlencode(self.parameters)}" if self.parameters else ""
        return reverse("pledges") + query

    def value(self, name: str) -> str:
        """Return what a filter asks for, empty where it is not in use."""
        return dict(self.filters).get(name, "")

    def without(self, name: str) -> "Asked":
        """Return the same with one filter less."""
        return replace(self, filters=tuple(pair for pair in self.filters if pair[0] != name))

    def sorted_by(self, column: Column) -> "Asked":
        """Return the same in the column's order; in the opposite one where it is sorted by it."""
        usual = f"-{column.key}" if column.is_number else column.key
        other = column.key if column.is_number else f"-{column.key}"
        return replace(self, sort=other if self.sort == usual else usual)

    @property
    def scope(self) -> tuple[str, str | None] | None:
        """Return whom and which funding year a figure of exactly these pledges counts.

        None where no figure does.
        """
        rest = dict(self.filters)
        year = rest.pop("year", None)
        if not rest:
            return ALL, year
        (name, value), *more = rest.items()
        if more or (name in (UNECE, GLOBAL_SOUTH) and value == NO):
            return None
        by = {"donor": value, UNECE: UNECE, GLOBAL_SOUTH: GLOBAL_SOUTH}.get(name)
        return None if by is None else (by, year)


def ask(snapshot: Snapshot, query: QueryDict) -> Asked:
    """Return what the query of an address asks; a filter without a value is not in use.

    Raises UnknownReferenceError for what no pledge can have.
    """
    written = dict(_written(query))
    sort = written.pop("sort", LATEST_FIRST)
    donor = _donor(snapshot, written["donor"]) if "donor" in written else None
    return Asked(tuple(written.items()), sort, donor)


def _written(query: QueryDict) -> Iterator[tuple[str, str]]:
    for name, parse in PARSERS.items():
        values = [value for value in query.getlist(name) if value]
        if len(values) > 1:
            raise UnknownReferenceError(_("“%(key)s” is given twice.") % {"key": name})
        for value in values:
            parse(value)
            yield name, value


def _donor(snapshot: Snapshot, slug: str) -> Donor:
    """Return the donor that readers know; the name of another one is told to nobody."""
    donor = Donor.objects.using(snapshot.using).public(snapshot.now).filter(slug=slug).first()
    if donor is None:
        raise UnknownReferenceError(_("“%(slug)s” is no donor's short name.") % {"slug": slug})
    return donor
