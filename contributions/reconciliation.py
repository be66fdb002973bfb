"""Where the ledger agrees with the Administrative Agent to the cent, and where it does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from contributions import figures
from mptf_portal.figures import Reference, Unit, UnknownReferenceError, count, parse, refer
from mptf_portal.live import Snapshot
from mptf_portal.money import cents
from programmes.figures import latest_stated
from programmes.models import StatedFigure

SHOWN = 20
MONEY_OF_DONORS = ("contributed", "outstanding")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A total of money that the Administrative Agent stated for a day, beside the ledger's own.

    Amounts are US dollars; `counted` is None where the ledger has no row for it.
    """

    reference: Reference
    day: date
    stated: Decimal
    counted: Decimal | None
    source: str

    @property
    def address(self) -> str:
        """Return the page of the figure on that day."""
        return f"{self.reference.get_absolute_url()}&as_of={self.day.isoformat()}"

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


def differences(snapshot: Snapshot) -> Iterator[Reconciliation]:
    """Yield the latest points at which a stated total of money and the ledger's differ."""
    stated = StatedFigure.objects.using(snapshot.using).public(snapshot.now)
    points = (_beside(snapshot, row) for row in stated.order_by("-stated_for"))
    return islice((point for point in points if point and not point.is_equal), SHOWN)


def _beside(snapshot: Snapshot, row: StatedFigure) -> Reconciliation | None:
    """Return the point, or None where the stated figure is no money."""
    reference = parse(row.figure)
    try:
        counted = count(reference, snapshot.on(row.stated_for))
    except UnknownReferenceError:  # of a donor whose rows were all withdrawn: nothing is counted
        if reference.name not in MONEY_OF_DONORS:
            return None
        return Reconciliation(reference, row.stated_for, row.value, None, row.source)
    if counted.unit is not Unit.USD:
        return None
    return Reconciliation(reference, row.stated_for, row.value, counted.value, row.source)
