"""What the ledger counts: contributed, outstanding, donors, target, target-gap.

Each function is pure: it reads the snapshot's database at the snapshot's instant and day, and
returns a `Figure`. A value is None when no public row counts. `year` is the funding year at every
stage; the Gateway's tables use the date received.
"""

from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from contributions.models import Deposit, Donor, FundingTarget, PledgeEntry
from contributions.models.donors import ALL, GLOBAL_SOUTH, UNECE
from contributions.scope import scope, scope_name
from mptf_portal.figures import (
    Figure,
    Line,
    Reference,
    Source,
    Unit,
    choice,
    funding_year,
    refer,
    register_figure,
)
from mptf_portal.money import ZERO, cents, usd_at
from mptf_portal.snapshot import Snapshot, once_in_a_snapshot

PLEDGED, COMMITTED, DEPOSITED = FundingTarget.Basis.values
stage_choice = choice([PLEDGED, COMMITTED, DEPOSITED])


def stage_name(stage: str) -> str:
    """Return the stage as a reader's word for the money."""
    return {PLEDGED: _("pledges"), COMMITTED: _("commitments"), DEPOSITED: _("deposits")}[stage]


@register_figure("contributed", by=scope, statement=str, stage=stage_choice, year=funding_year)
def contributed(
    snapshot: Snapshot,
    by: str = ALL,
    statement: str | None = None,
    stage: str = DEPOSITED,
    year: int | None = None,
) -> Figure:
    """Count the US dollars that donors in the scope pledged, committed or deposited."""
    who = scope_name(snapshot, by, statement)
    if stage == DEPOSITED:
        rows = deposits(snapshot, by, statement, year)
        value, unvalued = rows.total(), 0
    else:
        standing = entries(snapshot, stage, by, statement, year)
        rows = standing.valued()
        value, unvalued = standing.total_and_unvalued()
    return Figure(
        reference=_reference("contributed", by=by, statement=statement, stage=stage, year=year),
        title=_titled(
            _("Contributed: %(stage)s of %(who)s") % {"stage": stage_name(stage), "who": who}, year
        ),
        definition=_who_counts(by, _definition(stage)),
        leaves_out=_leaves_out(stage),
        basis=stage_name(stage),
        value=value,
        unit=Unit.USD,
        as_of=snapshot.as_of,
        table="deposits" if stage == DEPOSITED else "entries",
        rows=rows.select_related("pledge__donor__country"),
        unvalued=unvalued,
    )


@register_figure("outstanding", by=scope, statement=str, year=funding_year)
def outstanding(
    snapshot: Snapshot, by: str = ALL, statement: str | None = None, year: int | None = None
) -> Figure:
    """Count what is committed and not yet deposited, each pledge at the rate of its entry.

    In US dollars, committed = deposited + outstanding + exchange difference; the lines say each.
    """
    who = scope_name(snapshot, by, statement)
    standing = entries(snapshot, COMMITTED, by, statement, year)
    rows = owing(snapshot, standing.select_related("pledge__donor__country"))
    lines = _outstanding_lines(rows) if rows else ()
    return Figure(
        reference=_reference("outstanding", by=by, statement=statement, year=year),
        title=_titled(
            _("Outstanding: committed and not yet deposited, %(who)s") % {"who": who}, year
        ),
        definition=_(
            "For each signed pledge, the committed amount less its deposits, in the pledge's own "
            "currency, valued at the rate of the pledge's latest entry. A pledge that was paid "
            "beyond its commitment lowers the sum."
        ),
        leaves_out=_(
            "Pledges not signed and those without a rate; a cancelled pledge owes nothing. "
            "What deposits were credited above or below that rate is the exchange difference, a "
            "line of its own."
        ),
        basis=stage_name(COMMITTED),
        value=lines[-1].value if lines else None,
        unit=Unit.USD,
        as_of=snapshot.as_of,
        table="outstanding",
        rows=rows,
        unvalued=standing.unvalued().count(),
        lines=lines,
    )


def owing(snapshot: Snapshot, committed: QuerySet[PledgeEntry]) -> list[PledgeEntry]:
    """Return the valued ones of these entries, with what was `paid` and is `outstanding_usd`.

    Each comes with what the caller selected of it, no more: there may be many.
    """
    rows = list(committed.valued())
    pledges = committed.using(None).values("pledge")  # a part of the query names no database
    paid = deposits(snapshot).filter(pledge__in=pledges).paid_by_pledge()
    for row in rows:
        row.paid, row.paid_usd = paid.get(row.pledge_id, (ZERO, ZERO))
        row.outstanding_usd = outstanding_usd(row)
    return rows


def _outstanding_lines(rows: list[PledgeEntry]) -> tuple[Line, ...]:
    committed = sum((row.usd for row in rows), ZERO)
    paid = sum((row.paid_usd for row in rows), ZERO)
    owed = sum((row.outstanding_usd for row in rows), ZERO)
    return (
        Line(_("Committed"), cents(committed)),
        Line(_("Deposited on these pledges"), cents(paid)),
        Line(_("Exchange difference"), cents(committed - paid - owed)),
        Line(_("Outstanding"), cents(owed)),
    )


def outstanding_usd(entry: PledgeEntry) -> Decimal:
    """Return what the pledge of a standing entry still owes, in US dollars at the entry's rate.

    The entry is annotated by `standing`, and has `paid`. A cancelled pledge owes nothing.
    """
    if entry.kind == PledgeEntry.Kind.CANCELLED:
        return ZERO
    return usd_at(entry.amount - entry.paid, entry.rate)


@register_figure("donors", by=scope, statement=str, stage=stage_choice, year=funding_year)
def donors(
    snapshot: Snapshot,
    by: str = ALL,
    statement: str | None = None,
    stage: str = DEPOSITED,
    year: int | None = None,
) -> Figure:
    """Count the donors in the scope with a contribution at the stage."""
    who = scope_name(snapshot, by, statement)
    if stage == DEPOSITED:
        paid = deposits(snapshot, by, statement, year).filter(pledge__donor=OuterRef("pk"))
        net = paid.order_by().values("pledge__donor").annotate(net=Sum("amount_usd"))
        gave = Exists(net.filter(net__gt=0))
    else:
        standing = entries(snapshot, stage, by, statement, year)
        worth = standing.filter(Q(usd=None) | Q(usd__gt=0))
        gave = Exists(worth.filter(pledge__donor=OuterRef("pk")))
    rows = Donor.objects.using(snapshot.using).filter(gave)
    return Figure(
        reference=_reference("donors", by=by, statement=statement, stage=stage, year=year),
        title=_titled(
            _("Donors with %(stage)s, %(who)s") % {"stage": stage_name(stage), "who": who}, year
        ),
        definition=_(
            "Donors whose rows at this stage come to more than zero or are not yet valued. A "
            "government and its agency are two."
        ),
        leaves_out=_(
            "Donors whose pledges were all cancelled before anything was paid, and donors who were "
            "refunded all they paid."
        ),
        basis=stage_name(stage),
        value=rows.count() or None,
        unit=Unit.COUNT,
        as_of=snapshot.as_of,
        table="donors",
        rows=rows.select_related("country"),
    )


@register_figure("target", year=funding_year)
def target(snapshot: Snapshot, year: int) -> Figure:
    """Return the annual funding target of the year, in US dollars."""
    row = annual_target(snapshot, year)
    return Figure(
        reference=_reference("target", year=year),
        title=_("Funding target for %(year)s") % {"year": year},
        definition=_("The amount that the Fund set out to raise for the funding year."),
        leaves_out=_("Capitalisation targets, which are for longer periods and never compared."),
        basis=_basis(row) if row else "",
        value=row.amount_usd if row else None,
        unit=Unit.USD,
        as_of=snapshot.as_of,
        table="targets",
        rows=[row] if row else [],
        source=Source(row.source, row.source_url) if row else None,
    )


@register_figure("target-gap", year=funding_year)
def target_gap(snapshot: Snapshot, year: int) -> Figure:
    """Count what is missing to the year's target; 0 once it is reached."""
    row = annual_target(snapshot, year)
    counted = contributed(snapshot, stage=row.measured_on, year=year) if row else None
    value, lines = None, ()
    if row and counted and counted.value is not None:
        value = max(row.amount_usd - counted.value, cents(ZERO))
        lines = (
            Line(_("Target"), row.amount_usd),
            Line(_("Counted towards it: %(stage)s") % {"stage": counted.basis}, counted.value),
            Line(_("Missing"), value),
        )
    return Figure(
        reference=_reference("target-gap", year=year),
        title=_("Missing to the %(year)s funding target") % {"year": year},
        definition=_("The target less what all donors contributed for that funding year."),
        leaves_out=_("What exceeds a target that is reached: the gap is then zero."),
        basis=_basis(row) if row else "",
        value=value,
        unit=Unit.USD,
        as_of=snapshot.as_of,
        table=counted.table if counted else "targets",
        rows=counted.rows if counted else (),
        unvalued=counted.unvalued if counted else 0,
        lines=lines,
        source=Source(row.source, row.source_url) if row else None,
    )


def annual_target(snapshot: Snapshot, year: int) -> FundingTarget | None:
    """Return the public annual target of the year, announced by the day asked for."""
    return annual_targets(snapshot).get(year)


@once_in_a_snapshot
def annual_targets(snapshot: Snapshot) -> dict[int, FundingTarget]:
    """Return by year, in order, the public annual targets announced by the day asked for."""
    known = FundingTarget.objects.using(snapshot.using).public(snapshot.now).annual()
    rows = known.filter(Q(announced_on=None) | Q(announced_on__lte=snapshot.as_of))
    return {row.year: row for row in rows.order_by("year")}


def deposits(
    snapshot: Snapshot, by: str = ALL, statement: str | None = None, year: int | None = None
) -> QuerySet[Deposit]:
    """Return the public deposits in the scope, received by the snapshot's day."""
    public = Deposit.objects.using(snapshot.using).public(snapshot.now)
    rows = public.received_by(snapshot.as_of).by(by, statement)
    return rows if year is None else rows.in_year(year)


def entries(
    snapshot: Snapshot,
    stage: str,
    by: str = ALL,
    statement: str | None = None,
    year: int | None = None,
) -> QuerySet[PledgeEntry]:
    """Return the standing entries of the pledges in the scope, pledged or committed."""
    rows = PledgeEntry.objects.using(snapshot.using).standing(snapshot.now, snapshot.as_of)
    if stage == COMMITTED:
        rows = rows.committed(snapshot.now, snapshot.as_of)
    rows = rows.by(by, statement)
    return rows if year is None else rows.in_year(year)


def _reference(name: str, **values: object) -> Reference:
    return refer(name, [(key, str(value)) for key, value in values.items() if value is not None])


def _titled(title: str, year: int | None) -> str:
    if year is None:
        return _("%(title)s, since the Fund's inception") % {"title": title}
    return _("%(title)s, funding year %(year)s") % {"title": title, "year": year}


def _basis(row: FundingTarget) -> str:
    name = stage_name(row.measured_on)
    return name if row.basis else _("%(stage)s (the source does not say)") % {"stage": name}


def _definition(stage: str) -> str:
    return {
        PLEDGED: _(
            "Each pledge at its latest public entry, in US dollars at that entry's rate, signed "
            "or not. A revised amount replaces the earlier one."
        ),
        COMMITTED: _(
            "Each pledge whose arrangement is signed, at its latest public entry, in US dollars at "
            "that entry's rate."
        ),
        DEPOSITED: _(
            "Money received by the Administrative Agent, as credited in US dollars, net of refunds."
        ),
    }[stage]


def _who_counts(by: str, definition: str) -> str:
    """Return the definition with what makes a donor one of the group, where it is a group."""
    group = {
        UNECE: _(
            "UNECE donors are those of the member countries of the UN Economic Commission for "
            "Europe, whether or not they signed a statement."
        ),
        GLOBAL_SOUTH: _("Which donors are of the global south, the secretariat records."),
    }.get(by)
    return f"{definition} {group}" if group else definition


def _leaves_out(stage: str) -> str:
    if stage == DEPOSITED:
        return _(
            "Pledges not yet paid, drafts, and contributions that are only reported elsewhere. A "
            "year is the funding year, while the Gateway's tables use the date received."
        )
    return _(
        "Drafts, pledges without a rate, the part of a cancelled pledge that was never paid, and "
        "contributions that are only reported elsewhere."
    )
