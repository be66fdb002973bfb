"""The lines of one page of pledges, and the totals of all that are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max, Min, QuerySet, Sum
from django.utils.translation import gettext as _

from contributions import figures
from contributions.figures import COMMITTED, DEPOSITED, PLEDGED, UNCOMMITTED
from contributions.models import Pledge, PledgeEntry
from contributions.models.pledges import DOLLAR
from contributions.pledges_page.asking import CANCELLED, Asked
from contributions.pledges_page.choosing import condition
from contributions.pledges_page.footnotes import Footnote, Marks
from mptf_portal.figures import Reference, refer
from mptf_portal.money import ZERO, cents
from mptf_portal.snapshot import Snapshot

OF_WHAT_IS_OWED = ("pledge_id", "kind", "amount", "rate")


@dataclass(frozen=True, slots=True)
class Cell:
    """An amount in US dollars; without one, `why` in words, or nothing where none is due."""

    value: Decimal | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One pledge on the day: `amount` is in its own currency, all else in US dollars.

    Its stages are the same money and never added together.
    """

    pledge: Pledge
    standing: PledgeEntry | None
    signed_on: date | None
    received_on: date | None
    pledged: Cell
    committed: Cell
    deposited: Cell
    outstanding: Cell
    uncommitted: Cell
    footnotes: tuple[Footnote, ...]

    @property
    def is_in_dollars(self) -> bool:
        """Tell whether `amount` and what is pledged are the same number."""
        standing = self.standing
        return self.pledge.currency == DOLLAR and standing is not None and not self.is_cancelled

    @property
    def is_cancelled(self) -> bool:
        """Tell whether what was deposited is all that is left of it."""
        return self.standing is not None and self.standing.kind == CANCELLED


@dataclass(frozen=True, slots=True)
class Paid:
    """What was received on a pledge, in its own currency and in US dollars, and when last."""

    amount: Decimal
    usd: Decimal
    last: date


def lines(snapshot: Snapshot, pledges: Sequence[Pledge], marks: Marks) -> tuple[Line, ...]:
    """Return a line for each pledge in its order: three queries."""
    entries = figures.entries(snapshot, PLEDGED).filter(pledge__in=pledges)
    standing = {entry.pledge_id: entry for entry in entries}
    signed = _signed(snapshot, pledges)
    paid = _paid(snapshot, pledges)
    return tuple(
        _line(
            pledge,
            standing.get(pledge.pk),
            signed.get(pledge.pk),
            paid.get(pledge.pk),
            marks.get(pledge.pk, ()),
        )
        for pledge in pledges
    )


def _signed(snapshot: Snapshot, pledges: Sequence[Pledge]) -> dict[int, date]:
    """Return for each pledge the day from which it is committed."""
    public = PledgeEntry.objects.using(snapshot.using).public(snapshot.now)
    signed = public.filter(
        pledge__in=pledges, kind=PledgeEntry.Kind.SIGNED, dated__lte=snapshot.as_of
    )
    return dict(signed.order_by().values_list("pledge").annotate(Min("dated")))


def _paid(snapshot: Snapshot, pledges: Sequence[Pledge]) -> dict[int, Paid]:
    rows = figures.deposits(snapshot).filter(pledge__in=pledges).order_by().values_list("pledge")
    sums = rows.annotate(Sum("amount"), Sum("amount_usd"), Max("received_on"))
    return {pledge: Paid(cents(amount), cents(usd), last) for pledge, amount, usd, last in sums}


def _line(
    pledge: Pledge,
    standing: PledgeEntry | None,
    signed_on: date | None,
    paid: Paid | None,
    footnotes: tuple[Footnote, ...],
) -> Line:
    worth = _worth(standing)
    return Line(
        pledge=pledge,
        standing=standing,
        signed_on=signed_on,
        received_on=paid.last if paid else None,
        pledged=worth,
        committed=worth if signed_on or standing is None else Cell(),
        deposited=Cell(paid.usd) if paid else Cell(why=_("not yet recorded")),
        outstanding=_outstanding(standing, paid) if signed_on or standing is None else Cell(),
        uncommitted=Cell() if signed_on or standing is None else worth,
        footnotes=footnotes,
    )


def _worth(standing: PledgeEntry | None) -> Cell:
    if standing is None:
        return Cell(why=_("not yet recorded"))
    if standing.usd is None:
        return Cell(why=_("not yet valued"))
    return Cell(cents(standing.usd))


def _outstanding(standing: PledgeEntry | None, paid: Paid | None) -> Cell:
    if standing is None or standing.usd is None:
        return _worth(standing)
    standing.paid = paid.amount if paid else ZERO
    return Cell(figures.outstanding_usd(standing))


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over all pledges asked for, and the figure that counts the same where there is one."""

    value: Decimal | None
    reference: Reference | None = None
    unvalued: int = 0


def totals(snapshot: Snapshot, asked: Asked) -> tuple[Total, ...]:
    """Return what is pledged, committed, deposited, outstanding and uncommitted.

    The rows are those of the figures, narrowed to the pledges asked for.
    """
    standing = [
        _narrowed(snapshot, asked, figures.entries(snapshot, stage))
        for stage in (PLEDGED, COMMITTED)
    ]
    (pledged, no_rate), (committed, signed_no_rate) = (
        rows.total_and_unvalued() for rows in standing
    )
    deposited = _narrowed(snapshot, asked, figures.deposits(snapshot)).total()
    owed = figures.owing(snapshot, standing[1].order_by().only(*OF_WHAT_IS_OWED))
    return (
        Total(pledged, _contributed(asked, PLEDGED), no_rate),
        Total(committed, _contributed(asked, COMMITTED), signed_no_rate),
        Total(deposited, _contributed(asked, DEPOSITED)),
        Total(
            cents(sum((row.outstanding_usd for row in owed), ZERO)) if owed else None,
            _figure(asked, "outstanding"),
            signed_no_rate,
        ),
        Total(
            figures.not_signed(pledged, committed),
            _figure(asked, UNCOMMITTED),
            no_rate - signed_no_rate,
        ),
    )


def _narrowed(snapshot: Snapshot, asked: Asked, rows: QuerySet) -> QuerySet:
    if not asked.filters:
        return rows
    pledges = Pledge.objects.filter(condition(snapshot, asked))
    return rows.filter(pledge__in=pledges.values("pk"))


def _contributed(asked: Asked, stage: str) -> Reference | None:
    return _figure(asked, "contributed", stage=stage)


def _figure(asked: Asked, name: str, **parameters: str) -> Reference | None:
    if asked.scope is None:
        return None
    by, year = asked.scope
    pairs = [("by", by), *parameters.items(), *([("year", year)] if year else [])]
    return refer(name, pairs)
