"""Where the ledger agrees with the Administrative Agent to the cent, and where it does not."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q

from contributions import figures
from mptf_portal.figures import Reference, UnknownReferenceError, count, parse, refer
from mptf_portal.money import cents
from mptf_portal.snapshot import Snapshot
from programmes.figures import latest_stated
from programmes.models import StatedFigure

COMPARED = 50  # of the stated totals, the latest
MONEY = ("contributed", "outstanding")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A total of money that the Administrative Agent stated for a day, beside the ledger's own.

    Amounts are US dollars; `counted` is None where the ledger has no row for it.
    """

    reference: Reference
    title: str
    address: str
    day: date
    stated: Decimal
    counted: Decimal | None
    source: str

    @property
    def difference(self) -> Decimal:
        """Return the ledger's total less the stated one."""
        return cents((self.counted or 0) - self.stated)

    @property
    def is_equal(self) -> bool:
        """Tell whether both agree to the cent."""
        return self.difference == 0


def deposits_reference() -> Reference:
    """Return the figure whose stated value is a point of reconciliation: all deposits."""
    return refer("contributed", [("by", "all"), ("stage", figures.DEPOSITED)])


def reconciliation(snapshot: Snapshot) -> Reconciliation | None:
    """Return the latest point on or before the snapshot's day; None where none was entered."""
    stated = latest_stated(snapshot, deposits_reference())
    return None if stated is None else _beside(snapshot, stated)


def reconciled_to(snapshot: Snapshot) -> date | None:
    """Return the day of the latest point where both totals agree there, else None."""
    point = reconciliation(snapshot)
    return point.day if point and point.is_equal else None


def differences(snapshot: Snapshot) -> list[Reconciliation]:
    """Return those of the latest stated totals of money from which the ledger's differ."""
    money = Q()
    for name in MONEY:
        money |= Q(figure__startswith=f"{name}?")
    stated = StatedFigure.objects.using(snapshot.using).public(snapshot.now).filter(money)
    points = [_beside(snapshot, row) for row in stated.order_by("-stated_for")[:COMPARED]]
    return [point for point in points if not point.is_equal]


def _beside(snapshot: Snapshot, row: StatedFigure) -> Reconciliation:
    reference = parse(row.figure)
    then = replace(snapshot, as_of=row.stated_for, asked=True)
    try:
        figure = count(reference, then)
    except UnknownReferenceError:  # of a donor whose rows were all withdrawn: nothing is counted
        title, counted = str(reference), None
    else:
        title, counted = str(figure.title), figure.value
    address = then.address(reference.get_absolute_url())
    return Reconciliation(reference, title, address, row.stated_for, row.value, counted, row.source)
