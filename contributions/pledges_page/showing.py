"""What the page of the status of pledges shows."""

from dataclasses import dataclass

from django.core.paginator import Page
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contributions import tables
from contributions.models.donors import GLOBAL_SOUTH, UNECE
from contributions.pledges_page.asking import (
    AMOUNTS,
    COLUMNS,
    NO,
    NONE,
    REGION_OF,
    STAGES,
    YES,
    Asked,
    Column,
)
from contributions.pledges_page.choosing import condition, in_order, known
from contributions.pledges_page.footnotes import Footnote, footnotes
from contributions.pledges_page.lines import Line, Total, lines, totals
from mptf_portal.figures import Text
from mptf_portal.pages import numbered
from mptf_portal.snapshot import Snapshot
from programmes.models.countries import REGIONS

PLEDGES_PER_PAGE = 100
ASCENDING, DESCENDING = "ascending", "descending"


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: where it leads to sort the table, and how it is sorted by it now."""

    column: Column
    address: str
    direction: str


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a filter can have, in words."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A field of the form; `every` says what is shown where the filter is not in use."""

    name: str
    label: str
    every: str
    options: tuple[Option, ...]
    value: str

    @property
    def in_words(self) -> str:
        """Return what the filter asks for; a value that no pledge has is said as it is."""
        return next((one.label for one in self.options if one.value == self.value), self.value)


@dataclass(frozen=True, slots=True)
class InUse:
    """A filter that is in use, and the address of the table without it."""

    filter: Filter
    address: str


@dataclass(frozen=True, slots=True)
class PledgesPage:
    """Everything on the page; `page` is one page of pledges and `totals` are those of all pages."""

    asked: Asked
    filters: tuple[Filter, ...]
    in_use: tuple[InUse, ...]
    heads: tuple[Head, ...]
    page: Page
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    footnotes: tuple[Footnote, ...]

    @property
    def labelled_totals(self) -> list[tuple[Text, Total]]:
        """Return each total with the name of its column."""
        return list(zip((column.label for column in AMOUNTS), self.totals, strict=True))


def pledges_page(snapshot: Snapshot, asked: Asked, number: str | None) -> PledgesPage:
    """Count the page in a fixed number of queries, whatever the number of rows."""
    wanted = known(snapshot).filter(condition(snapshot, asked))
    rows = in_order(snapshot, wanted, asked.sort).select_related("donor__country")
    page = numbered(rows, PLEDGES_PER_PAGE, number)
    pledges = list(page.object_list)
    marks, notes = footnotes(snapshot, pledges)
    fields = _filters(snapshot, asked)
    return PledgesPage(
        asked=asked,
        filters=fields,
        in_use=tuple(
            InUse(field, asked.without(field.name).get_absolute_url())
            for field in fields
            if field.value
        ),
        heads=tuple(_head(asked, column) for column in COLUMNS),
        page=page,
        lines=lines(snapshot, pledges, marks),
        totals=totals(snapshot, asked) if pledges else (),
        footnotes=notes,
    )


def _head(asked: Asked, column: Column) -> Head:
    directions = {column.key: ASCENDING, f"-{column.key}": DESCENDING}
    address = asked.sorted_by(column).get_absolute_url()
    return Head(column, address, directions.get(asked.sort, ""))


def _filters(snapshot: Snapshot, asked: Asked) -> tuple[Filter, ...]:
    """Return the fields in the order of the address, with what pledges have to choose from."""
    pairs = set(known(snapshot).order_by().values_list("funding_year", "currency").distinct())
    years = sorted({str(year) for year, _currency in pairs}, reverse=True)
    currencies = sorted({currency for _year, currency in pairs})
    members = {YES: _("Members"), NO: _("Not members")}
    south = {YES: _("Yes"), NO: _("No")}
    earmarks = {YES: _("Earmarked"), NO: _("Not earmarked")}
    regions = {key: capfirst(str(REGIONS[region])) for key, region in REGION_OF.items()}
    fields = (
        ("donor", _("Donor"), _("All donors"), _donors(snapshot, asked)),
        ("year", _("Funding year"), _("All years"), dict(zip(years, years, strict=True))),
        ("stage", _("Stage"), _("All stages"), STAGES),
        ("region", _("Region"), _("All regions"), {**regions, NONE: _("No country")}),
        (UNECE, _("UNECE"), _("All"), members),
        (GLOBAL_SOUTH, _("Global south"), _("All"), south),
        ("currency", _("Currency"), _("All currencies"), {one: one for one in currencies}),
        ("earmark", _("Earmark"), _("All"), earmarks),
    )
    return tuple(_filter(asked, *field) for field in fields)


def _filter(asked: Asked, name: str, label: str, every: str, options: dict) -> Filter:
    made = tuple(Option(value, str(words)) for value, words in options.items())
    return Filter(name, label, every, made, asked.value(name))


def _donors(snapshot: Snapshot, asked: Asked) -> dict[str, str]:
    """Return the donors that have a pledge, and the one asked for, by short name."""
    giving = tables.giving(snapshot).order_by("name").values_list("slug", "name")
    return dict(giving) | ({asked.donor.slug: asked.donor.name} if asked.donor else {})
