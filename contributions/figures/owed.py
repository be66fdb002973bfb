"""What donors have signed and not yet paid: outstanding."""

from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.figures.rows import deposits, entries
from contributions.figures.words import COMMITTED, reference, stage_name, titled
from contributions.models import PledgeEntry
from contributions.models.donors import ALL
from contributions.scope import scope, scope_name
from mptf_portal.figures import Figure, Line, Unit, funding_year, register_figure
from mptf_portal.money import ZERO, cents, usd_at
from mptf_portal.snapshot import Snapshot


@register_figure(
    "outstanding", gettext_lazy("Outstanding"), by=scope, statement=str, year=funding_year
)
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
        reference=reference("outstanding", by=by, statement=statement, year=year),
        title=titled(
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
