"""What the page of a donor shows: numbers, the ledger's rows, what is reported, what was signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Page
from django.db.models import CharField, F, QuerySet, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contributions import figures, tables
from contributions.charts import Bar, bars, share
from contributions.models import (
    Deposit,
    Donor,
    Pledge,
    PledgeEntry,
    ReportedContribution,
    Statement,
)
from contributions.tables import YearRow
from mptf_portal.figures import Figure, Source, refer
from mptf_portal.money import format_number, format_percent
from mptf_portal.pages import numbered
from mptf_portal.snapshot import Snapshot

LINES_PER_PAGE = 100
ENTRY, DEPOSIT = "entry", "deposit"
KEYS = ("day", "table", "key")


@dataclass(frozen=True, slots=True)
class Line:
    """One dated row of the ledger; `amount` is in the pledge's currency, `usd` in US dollars.

    A cancellation has neither, and an entry without a rate no US dollars.
    """

    day: date
    what: str
    pledge: Pledge
    amount: Decimal | None
    usd: Decimal | None
    reference: str
    source: Source


@dataclass(frozen=True, slots=True)
class DonorPage:
    """Everything on the page; `page` is one page of the ledger's lines, the latest first.

    `reported` is one page of what is reported.
    """

    donor: Donor
    parent: Donor | None
    story: str
    totals: tuple[tuple[str, Figure], ...]
    years: tuple[YearRow, ...]
    bars: tuple[Bar, ...]
    page: Page
    lines: tuple[Line, ...]
    reported: Page
    statements: Sequence[Statement]


def donor_page(snapshot: Snapshot, donor: Donor, numbers: Mapping[str, str]) -> DonorPage:
    """Count the page in a fixed number of queries, whatever the number of rows.

    `numbers` are those of the pages wanted, `page` of the ledger and `reported`.
    """
    totals = [figures.contributed(snapshot, by=donor.slug, stage=stage) for stage in tables.STAGES]
    totals.append(figures.outstanding(snapshot, by=donor.slug))
    owing = list(totals[-1].rows)
    (counted,) = tables.columns(snapshot, tables.YEAR, owing=owing, pledge__donor=donor.pk)
    years = tables.year_rows(snapshot, counted, by=donor.slug)
    page = numbered(_ledger(snapshot, donor), LINES_PER_PAGE, numbers.get("page"))
    known = Donor.objects.using(snapshot.using).public(snapshot.now)
    signed = Statement.objects.using(snapshot.using).public(snapshot.now)
    return DonorPage(
        donor=donor,
        parent=known.filter(pk=donor.parent_id).first(),
        story=_story(snapshot, totals, years),
        totals=tuple(zip(tables.stage_labels(), totals, strict=True)),
        years=years,
        bars=bars(years),
        page=page,
        lines=_lines(snapshot, donor, page.object_list),
        reported=_reported(snapshot, donor, numbers.get("reported")),
        statements=list(signed.filter(signatories=donor, date__lte=snapshot.as_of)),
    )


def _story(snapshot: Snapshot, totals: list[Figure], years: tuple[YearRow, ...]) -> str:
    """Return in words since when the donor is on record, and its part of all deposits."""
    told = []
    if years:
        sentence = ngettext(
            "On record for one funding year, %(first)s.",
            "On record for %(count)s funding years since %(first)s.",
            len(years),
        )
        told.append(sentence % {"count": format_number(len(years)), "first": years[0].year})
    paid = totals[tables.STAGES.index(figures.DEPOSITED)].value
    part = share(paid, figures.contributed(snapshot).value)
    if part:
        told.append(_("%(percent)s of all deposits.") % {"percent": format_percent(part)})
    return " ".join(told)


def _reported(snapshot: Snapshot, donor: Donor, number: str | None) -> Page:
    public = ReportedContribution.objects.using(snapshot.using).public(snapshot.now)
    rows = public.reported_by(snapshot.as_of).filter(donor=donor)
    return numbered(rows, LINES_PER_PAGE, number)


def _ledger(snapshot: Snapshot, donor: Donor) -> QuerySet:
    """Return the day, table and key of each public row of the donor, the latest first."""
    entries = _keys(_entries(snapshot, donor), "dated", ENTRY)
    deposits = _keys(figures.deposits(snapshot, by=donor.slug), "received_on", DEPOSIT)
    return entries.union(deposits, all=True).order_by("-day", "table", "-key")


def _keys(rows: QuerySet, day: str, table: str) -> QuerySet:
    named = Value(table, output_field=CharField())
    return rows.order_by().annotate(day=F(day), table=named, key=F("pk")).values_list(*KEYS)


def _entries(snapshot: Snapshot, donor: Donor) -> QuerySet[PledgeEntry]:
    public = PledgeEntry.objects.using(snapshot.using).public(snapshot.now)
    return public.filter(pledge__donor=donor, dated__lte=snapshot.as_of)


def _lines(snapshot: Snapshot, donor: Donor, keys: Sequence[Any]) -> tuple[Line, ...]:
    """Return the lines of one page in its order: two queries."""
    found: dict[tuple[str, int], Line] = {}
    for table, model, line in ((ENTRY, PledgeEntry, _entry), (DEPOSIT, Deposit, _deposit)):
        wanted = [key for _day, name, key in keys if name == table]
        rows = model.objects.using(snapshot.using).select_related("pledge").in_bulk(wanted)
        source = Source(_("the ledger"), snapshot.address(_figure_of(donor, table)))
        found |= {(table, key): line(row, source) for key, row in rows.items()}
    return tuple(found[table, key] for _day, table, key in keys)


def _figure_of(donor: Donor, table: str) -> str:
    stage = figures.DEPOSITED if table == DEPOSIT else figures.PLEDGED
    return refer("contributed", [("by", donor.slug), ("stage", stage)]).get_absolute_url()


def _entry(row: PledgeEntry, ledger: Source) -> Line:
    return Line(
        day=row.dated,
        what=row.get_kind_display(),
        pledge=row.pledge,
        amount=row.amount,
        usd=row.amount_usd,
        reference="",
        source=_evidence(row.evidence, ledger),
    )


def _deposit(row: Deposit, ledger: Source) -> Line:
    return Line(
        day=row.received_on,
        what=_("Refund") if row.is_refund else _("Deposit"),
        pledge=row.pledge,
        amount=row.amount,
        usd=row.amount_usd,
        reference=row.agent_reference,
        source=_evidence(row.evidence, ledger),
    )


def _evidence(written: str, ledger: Source) -> Source:
    """Return the document where it has an address, else its name with the ledger's address."""
    if written.startswith(("https://", "http://")):
        return Source(written, written)
    return Source(written or ledger.text, ledger.url)
