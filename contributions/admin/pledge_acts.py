"""Money that goes back or never comes: a refund and a cancellation, each an act of its own."""

from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.admin.forms import CENTS, day_input
from contributions.models import Deposit, Pledge, PledgeEntry
from contributions.models.deposits import refuse_above_deposits
from contributions.models.pledges import DOLLAR
from mptf_portal import review
from mptf_portal.dates import today
from mptf_portal.editing import Act
from mptf_portal.live import lock_revision
from mptf_portal.publishing import REASON_LENGTH


class EvidenceForm(forms.Form):
    """Why, and where it is written: what every act on a pledge's money asks for."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("It stays in the row's history."),
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=500,
        help_text=gettext_lazy("A document's name or address."),
    )


class RefundForm(EvidenceForm):
    """What the Administrative Agent paid back, typed as on its paper: above zero."""

    field_order = ("received_on", "amount", "amount_usd", "agent_reference")

    received_on = forms.DateField(label=gettext_lazy("Paid back on"), widget=day_input())
    amount = forms.DecimalField(
        help_text=gettext_lazy("As on the Administrative Agent's paper, without a minus sign."),
        **CENTS,
    )
    amount_usd = forms.DecimalField(
        label=gettext_lazy("US dollars debited"),
        help_text=gettext_lazy("As the Administrative Agent debited it; never recomputed."),
        **CENTS,
    )
    agent_reference = forms.CharField(
        label=gettext_lazy("Administrative Agent's reference"), max_length=100
    )

    def __init__(self, pledge: Pledge, data: Any = None) -> None:
        """Ask in the pledge's currency, and once where that is the dollar."""
        super().__init__(data)
        label = _("Amount paid back, in %(currency)s") % {"currency": pledge.currency}
        self.fields["amount"].label = label
        if pledge.currency == DOLLAR:
            del self.fields["amount_usd"]

    def clean_received_on(self) -> Any:
        """Refuse a day that is still to come."""
        return _not_to_come(self.cleaned_data["received_on"])


class CancelForm(EvidenceForm):
    """Since when nothing more of the pledge is expected."""

    field_order = ("dated",)

    dated = forms.DateField(
        label=gettext_lazy("Cancelled on"),
        widget=day_input(),
        help_text=gettext_lazy("What was deposited stays, and is all that the pledge then counts."),
    )

    def clean_dated(self) -> Any:
        """Refuse a day that is still to come."""
        return _not_to_come(self.cleaned_data["dated"])


def _not_to_come(day: Any) -> Any:
    if day > today():
        raise forms.ValidationError(_("That day is still to come."))
    return day


def offered(user: Any, pledge: Pledge) -> list[tuple[str, str]]:
    """Return the acts that the user may take on this pledge: name in addresses, label."""
    acts = []
    if review.may(user, "add", Deposit) and pledge.deposits.on_record().exists():
        acts.append(("refund", _("Refund")))
    cancelled = pledge.entries.filter(kind=PledgeEntry.Kind.CANCELLED, public_until=None)
    if review.may(user, "add", PledgeEntry) and pledge.entries.exists() and not cancelled.exists():
        acts.append(("cancel", _("Cancel the pledge")))
    return acts


def refund(pledge: Pledge) -> Act:
    """Return the act that keeps a refund as a draft: a deposit below zero."""

    def enter(form: RefundForm) -> str:
        lock_revision()
        typed = form.cleaned_data
        refuse_above_deposits(pledge, typed["amount"])
        row = Deposit(
            pledge=pledge,
            received_on=typed["received_on"],
            amount=-typed["amount"],
            amount_usd=-typed.get("amount_usd", typed["amount"]),
            agent_reference=typed["agent_reference"],
            evidence=typed["evidence"],
        )
        _keep(row, typed["reason"])
        return _("The refund is a draft. It lowers every total once it is approved.")

    rows = list(pledge.deposits.on_record())
    return Act(_("Refund"), rows, enter, partial(RefundForm, pledge))


def cancel(pledge: Pledge) -> Act:
    """Return the act that keeps a cancellation as a draft."""

    def enter(form: CancelForm) -> str:
        lock_revision()
        typed = form.cleaned_data
        row = PledgeEntry(
            pledge=pledge,
            kind=PledgeEntry.Kind.CANCELLED,
            dated=typed["dated"],
            reason=typed["reason"],
            evidence=typed["evidence"],
        )
        _keep(row, typed["reason"])
        return _("The cancellation is a draft. The pledge counts as before until it is approved.")

    rows = list(pledge.entries.filter(public_until=None))
    return Act(_("Cancel the pledge"), rows, enter, CancelForm)


def _keep(row: Deposit | PledgeEntry, reason: str) -> None:
    row._change_reason = reason  # noqa: SLF001 (simple-history's attribute)
    row.full_clean()
    row.save()
