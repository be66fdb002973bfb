"""What the lists of the ledger are filtered by, and what their rows come to."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.models import Deposit, Instalment, PledgeEntry
from contributions.models.sums import total
from mptf_portal.dates import today
from mptf_portal.editing.lists import Totals, YesFilter
from mptf_portal.money import format_usd
from mptf_portal.snapshot import latest

Kind = PledgeEntry.Kind


class UnvaluedFilter(YesFilter):
    """Whether an entry that stands has an amount and no rate."""

    title = gettext_lazy("waiting for a rate")
    parameter_name = "unvalued"

    def keep(self, rows: Any) -> models.QuerySet:
        """Return the entries that wait for a rate."""
        return rows.unvalued_by_rate()


class OverdueFilter(YesFilter):
    """Whether less of a signed pledge was deposited than was due by now."""

    title = gettext_lazy("payment overdue")
    parameter_name = "overdue"

    def keep(self, rows: Any) -> models.QuerySet:
        """Return the pledges of which a payment is overdue."""
        return overdue(rows, today())


def overdue(pledges: models.QuerySet, day: date) -> models.QuerySet:
    """Return signed pledges of which less was deposited than was due before the day.

    Annotates `due`, all instalments until then, and `paid`, in the pledge's currency. Drafts of
    deposits received by then count: what is entered is not missing.
    """
    ledger = PledgeEntry.objects.filter(pledge=OuterRef("pk"), public_until=None)
    parts = Instalment.objects.filter(pledge=OuterRef("pk"), due_on__lt=day).order_by()
    due = parts.values("pledge").annotate(due=Sum("amount")).values("due")
    paid = Deposit.objects.on_record().received_by(day).filter(pledge=OuterRef("pk"))
    signed, cancelled = (Exists(ledger.filter(kind=kind)) for kind in (Kind.SIGNED, Kind.CANCELLED))
    return pledges.annotate(due=models.Subquery(due), paid=paid.as_sum("amount")).filter(
        signed, ~cancelled, due__gt=F("paid")
    )


def of_pledges(pledges: models.QuerySet) -> Totals:
    """Return what readers know of these pledges, by the rules of the figures."""
    snapshot = latest()
    now, day = snapshot.now, snapshot.as_of
    mine = Q(pledge__in=pledges.values("pk"))
    standing = PledgeEntry.objects.standing(now, day).filter(mine)
    pledged, unvalued = standing.total_and_unvalued()
    committed, _unvalued = standing.committed(now, day).total_and_unvalued()
    deposited = Deposit.objects.public(now).received_by(day).filter(mine).total()
    told = [
        (_("Pledged, as readers see it"), _usd(pledged)),
        (_("Of it committed"), _usd(committed)),
        (_("Deposited"), _usd(deposited)),
    ]
    return [*told, (_("Pledges not yet valued"), str(unvalued))] if unvalued else told


def of_entries(entries: Any) -> Totals:
    """Return how many entries wait for a rate; the stages of a pledge are never added."""
    waiting = entries.unvalued_by_rate().count()
    return [(_("Waiting for a rate"), str(waiting))] if waiting else []


def of_deposits(deposits: Any) -> Totals:
    """Return what was credited, drafts included, each deposit once."""
    return [
        (
            _("Credited, drafts included, withdrawn and replaced rows left out"),
            _usd(deposits.on_record().total()),
        )
    ]


def of_targets(targets: Any) -> Totals:
    """Return what the annual targets ask for together."""
    annual = targets.filter(kind="annual", public_until=None)
    return [(_("Annual targets together"), _usd(total(annual, "amount_usd")))]


def _usd(amount: Any) -> str:
    return _("not yet recorded") if amount is None else format_usd(amount)
