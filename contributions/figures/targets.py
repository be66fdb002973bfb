"""What the Fund set out to raise in a year, and what is missing: target, target-gap."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.figures.given import contributed
from contributions.figures.words import reference, stage_name
from contributions.models import FundingTarget
from mptf_portal.figures import Figure, Line, Source, Unit, funding_year, register_figure
from mptf_portal.money import ZERO, cents
from mptf_portal.snapshot import Snapshot, once_in_a_snapshot


@register_figure("target", gettext_lazy("Funding target"), year=funding_year)
def target(snapshot: Snapshot, year: int) -> Figure:
    """Return the annual funding target of the year, in US dollars."""
    row = annual_target(snapshot, year)
    return Figure(
        reference=reference("target", year=year),
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


@register_figure("target-gap", gettext_lazy("Missing to a funding target"), year=funding_year)
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
        reference=reference("target-gap", year=year),
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


def _basis(row: FundingTarget) -> str:
    name = stage_name(row.measured_on)
    return name if row.basis else _("%(stage)s (the source does not say)") % {"stage": name}
