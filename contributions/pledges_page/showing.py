"""What the page of the status of pledges shows."""

from dataclasses import dataclass
from itertools import starmap

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
from mptf_portal.narrowing import Choice, Option, Select
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
class PledgesPage:
    """Everything on the page; `page` is one page of pledges and `totals` are those of all pages.

    `everything` is the address of the table of all pledges.
    """

    asked: Asked
    selects: list[Select]
    choices: list[Choice]
    everything: str
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
    selects = _selects(snapshot, asked)
    return PledgesPage(
        asked=asked,
        selects=selects,
        choices=[
            Choice(one.label, one.in_words, _address(snapshot, asked.without(one.name)))
            for one in selects
            if one.chosen
        ],
        everything=_address(snapshot, Asked()),
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


def _address(snapshot: Snapshot, asked: Asked) -> str:
    return snapshot.address(asked.get_absolute_url())


def _selects(snapshot: Snapshot, asked: Asked) -> list[Select]:
    """Return the lists of the form in the order of the address, of what pledges have."""
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
    return [
        Select(name, label, every, list(starmap(Option, options.items())), asked.value(name))
        for name, label, every, options in fields
    ]


def _donors(snapshot: Snapshot, asked: Asked) -> dict[str, str]:
    """Return the donors that have a pledge, and the one asked for, by short name."""
    giving = tables.giving(snapshot).order_by("name").values_list("slug", "name")
    return dict(giving) | ({asked.donor.slug: asked.donor.name} if asked.donor else {})
