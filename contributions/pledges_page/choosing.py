"""The pledges that are asked for, chosen and put in order by the database."""

from collections.abc import Callable

from django.db.models import (
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.expressions import Combinable

from contributions import figures
from contributions.figures import COMMITTED, DEPOSITED, PLEDGED, UNCOMMITTED
from contributions.models import Pledge, PledgeEntry
from contributions.models.donors import GLOBAL_SOUTH, UNECE, by_scope
from contributions.pledges_page import asking
from contributions.pledges_page.asking import CANCELLED, NONE, REGION_OF, YES, Asked
from mptf_portal.snapshot import Snapshot

MINE = {"pledge": OuterRef("pk")}
USD = DecimalField(max_digits=20, decimal_places=2)


def known(snapshot: Snapshot) -> QuerySet[Pledge]:
    """Return the pledges of which readers know an entry or a deposit on the day."""
    entries = PledgeEntry.objects.using(snapshot.using).public(snapshot.now)
    return Pledge.objects.using(snapshot.using).filter(
        Exists(entries.filter(dated__lte=snapshot.as_of, **MINE))
        | Exists(figures.deposits(snapshot).filter(**MINE))
    )


def condition(snapshot: Snapshot, asked: Asked) -> Q:
    """Return what makes a pledge one of those asked for; nothing for all of them."""
    wanted = Q()
    for name, value in asked.filters:
        wanted &= CONDITIONS[name](snapshot, value)
    return wanted


def in_order(snapshot: Snapshot, pledges: QuerySet[Pledge], sort: str) -> QuerySet[Pledge]:
    """Return the pledges sorted, those without a value last; then by donor and the latest year."""
    value = SORTED_BY[sort.removeprefix("-")](snapshot)
    first = value.desc(nulls_last=True) if sort.startswith("-") else value.asc(nulls_last=True)
    return pledges.order_by(first, "donor__name", "-funding_year", "pk")


def _region(_snapshot: Snapshot, value: str) -> Q:
    if value == NONE:
        return Q(donor__country=None)
    return Q(donor__country__region=REGION_OF[value])


def _in_unece(_snapshot: Snapshot, value: str) -> Q:
    member = by_scope("donor__", UNECE)
    return member if value == YES else Q(donor__country=None) | Q(donor__country__unece=False)


def _at_stage(snapshot: Snapshot, stage: str) -> Q:
    """Return the condition that a pledge has come to this stage in full, and no further.

    Of one with a deposit alone on record it is not known what was pledged, nor what is owed.
    """
    standing = figures.entries(snapshot, PLEDGED).using(None)
    unsigned = figures.entries(snapshot, UNCOMMITTED).using(None).exclude(kind=CANCELLED)
    signed = figures.entries(snapshot, COMMITTED).using(None).exclude(kind=CANCELLED)
    paid = figures.deposits(snapshot).filter(pledge=OuterRef("pledge")).as_sum("amount")
    signed = signed.annotate(paid=paid)
    match stage:
        case figures.PLEDGED:
            return _among(unsigned)
        case figures.COMMITTED:
            return _among(signed.filter(paid__lt=F("amount")))
        case figures.DEPOSITED:
            return _among(signed.filter(paid__gte=F("amount")))
        case asking.NOT_RECORDED:
            return ~_among(standing)
    return _among(standing.filter(kind=CANCELLED))


def _among(entries: QuerySet[PledgeEntry]) -> Q:
    return Q(pk__in=entries.values("pledge"))


CONDITIONS: dict[str, Callable[[Snapshot, str], Q]] = {
    "donor": lambda _snapshot, value: Q(donor__slug=value),
    "year": lambda _snapshot, value: Q(funding_year=int(value)),
    "stage": _at_stage,
    "region": _region,
    UNECE: _in_unece,
    GLOBAL_SOUTH: lambda _snapshot, value: Q(donor__global_south=value == YES),
    "currency": lambda _snapshot, value: Q(currency=value),
    "earmark": lambda _snapshot, value: ~Q(earmark="") if value == YES else Q(earmark=""),
}


def _worth(snapshot: Snapshot, stage: str) -> Subquery:
    """Return what the pledge is worth in US dollars, where it has come to the stage."""
    return Subquery(figures.entries(snapshot, stage).filter(**MINE).values("usd")[:1])


def _deposited(snapshot: Snapshot) -> Combinable:
    return figures.deposits(snapshot).filter(**MINE).as_sum("amount_usd")


def _outstanding(snapshot: Snapshot) -> Subquery:
    """Return about what is outstanding: to sort by; the figure's own function tells the cents."""
    paid = figures.deposits(snapshot).filter(pledge=OuterRef("pledge")).as_sum("amount")
    owed = ExpressionWrapper(F("usd") - paid / F("rate"), output_field=USD)
    signed = figures.entries(snapshot, COMMITTED).filter(**MINE)
    return Subquery(signed.annotate(owed=owed).values("owed")[:1])


SORTED_BY: dict[str, Callable[[Snapshot], Combinable]] = {
    "donor": lambda _snapshot: F("donor__name"),
    "region": lambda _snapshot: F("donor__country__region"),
    "year": lambda _snapshot: F("funding_year"),
    "currency": lambda _snapshot: F("currency"),
    PLEDGED: lambda snapshot: _worth(snapshot, PLEDGED),
    COMMITTED: lambda snapshot: _worth(snapshot, COMMITTED),
    DEPOSITED: _deposited,
    "outstanding": _outstanding,
    UNCOMMITTED: lambda snapshot: _worth(snapshot, UNCOMMITTED),
}
