"""What donors gave, and what of it is only announced: contributed, uncommitted, donors."""

from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.figures.rows import deposits, entries
from contributions.figures.words import (
    COMMITTED,
    DEPOSITED,
    PLEDGED,
    UNCOMMITTED,
    definition,
    leaves_out,
    reference,
    stage_choice,
    stage_name,
    titled,
    who_counts,
)
from contributions.models import Donor
from contributions.models.donors import ALL
from contributions.scope import scope, scope_name
from mptf_portal.figures import Figure, Line, Unit, funding_year, register_figure
from mptf_portal.money import ZERO
from mptf_portal.snapshot import Snapshot


@register_figure(
    "contributed",
    gettext_lazy("Contributed"),
    by=scope,
    statement=str,
    stage=stage_choice,
    year=funding_year,
)
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
        reference=reference("contributed", by=by, statement=statement, stage=stage, year=year),
        title=titled(
            _("Contributed: %(stage)s of %(who)s") % {"stage": stage_name(stage), "who": who}, year
        ),
        definition=who_counts(by, definition(stage)),
        leaves_out=leaves_out(stage),
        basis=stage_name(stage),
        value=value,
        unit=Unit.USD,
        as_of=snapshot.as_of,
        table="deposits" if stage == DEPOSITED else "entries",
        rows=rows.select_related("pledge__donor__country"),
        unvalued=unvalued,
    )


@register_figure(
    "uncommitted", gettext_lazy("Uncommitted"), by=scope, statement=str, year=funding_year
)
def uncommitted(
    snapshot: Snapshot, by: str = ALL, statement: str | None = None, year: int | None = None
) -> Figure:
    """Count the US dollars that are pledged under no signed arrangement yet."""
    who = scope_name(snapshot, by, statement)
    pledged, committed = (
        contributed(snapshot, by=by, statement=statement, stage=stage, year=year)
        for stage in (PLEDGED, COMMITTED)
    )
    value = not_signed(pledged.value, committed.value)
    lines = (
        Line(_("Pledged"), pledged.value),
        Line(_("Of it committed"), committed.value or ZERO),
        Line(_("Uncommitted"), value),
    )
    rows = entries(snapshot, UNCOMMITTED, by, statement, year).valued()
    return Figure(
        reference=reference("uncommitted", by=by, statement=statement, year=year),
        title=titled(_("Uncommitted: pledged and not yet signed, %(who)s") % {"who": who}, year),
        definition=who_counts(
            by,
            _(
                "Each pledge without a signed arrangement, at its latest public entry, in US "
                "dollars at that entry's rate: what is pledged less what is committed."
            ),
        ),
        leaves_out=leaves_out(PLEDGED),
        basis=stage_name(PLEDGED),
        value=value,
        unit=Unit.USD,
        as_of=snapshot.as_of,
        table="entries",
        rows=rows.select_related("pledge__donor__country"),
        unvalued=pledged.unvalued - committed.unvalued,
        lines=lines if value is not None else (),
    )


def not_signed(pledged: Decimal | None, committed: Decimal | None) -> Decimal | None:
    """Return what of the pledges is not committed; None where no pledge has a value."""
    return None if pledged is None else pledged - (committed or ZERO)


@register_figure(
    "donors", gettext_lazy("Donors"), by=scope, statement=str, stage=stage_choice, year=funding_year
)
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
        reference=reference("donors", by=by, statement=statement, stage=stage, year=year),
        title=titled(
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
