"""The forms of a pledge's entries and deposits, wherever they stand."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.models import Deposit, PledgeEntry
from contributions.models.deposits import refuse_above_deposits
from contributions.models.pledges import MONEY
from mptf_portal.forms import PublicRowForm

CENTS = {"min_value": Decimal("0.01"), **MONEY}  # of a field that takes an amount above zero
RATE = ("rate", "rate_date", "rate_source", "rate_reason")


def day_input() -> forms.DateInput:
    """Return the browser's own calendar."""
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class PledgeEntryForm(PublicRowForm):
    """An entry: its rate follows its date unless somebody enters another one, and says why."""

    class Meta:
        model = PledgeEntry
        fields = ("kind", "amount", "dated", *RATE, "reason", "evidence")
        widgets = {"reason": forms.Textarea({"rows": 2})}

    def clean(self) -> dict[str, Any]:
        """Let go of a rate of another date; ask where an entered one is from, and why."""
        cleaned = super().clean()
        entered = cleaned.get("rate") is not None and "rate" not in self.errors
        if entered and self._rate_changed():
            self._ask_for_the_rates_origin(cleaned)
        elif "rate" in self.changed_data or ("dated" in self.changed_data and entered):
            cleaned |= {"rate": None, "rate_date": None, "rate_source": "", "rate_reason": ""}
        elif self._rate_changed() and "rate" not in self.errors:
            self.add_error("rate", _("Enter the rate itself, or none of what describes it."))
        return cleaned

    def _rate_changed(self) -> bool:
        return not {"rate", "rate_date", "rate_source"}.isdisjoint(self.changed_data)

    def _ask_for_the_rates_origin(self, cleaned: dict[str, Any]) -> None:
        for name in ("rate_date", "rate_source", "rate_reason"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("An entered rate needs its date, its source and a reason."))


class DepositForm(PublicRowForm):
    """A deposit; a refund, which is negative, comes from its own act and is only changed here."""

    class Meta:
        model = Deposit
        fields = ("received_on", "amount", "amount_usd", "agent_reference", "evidence")
        help_texts = {"amount": gettext_lazy("In the pledge's currency, as paid.")}

    def clean_amount(self) -> Any:
        """Refuse a new refund, and one of more than was deposited."""
        amount = self.cleaned_data["amount"]
        if amount is None or amount >= 0 or "amount" not in self.changed_data:
            return amount
        if not self.instance.pk:
            raise ValidationError(
                _("A refund is entered by an act of its own: save, then choose “Refund”.")
            )
        refuse_above_deposits(self.instance.pledge, -amount, self.instance)
        return amount


class DepositFormSet(BaseInlineFormSet):
    """Refuses a reference that stands twice on one page, as the database would."""

    def clean(self) -> None:
        """Compare the references of the page's open rows; a correction repeats that of its row."""
        super().clean()
        seen = set()
        for form in self.forms:
            reference = getattr(form, "cleaned_data", {}).get("agent_reference")
            if not reference or form.instance.is_locked or form.instance.replaces_id:
                continue
            if reference in seen:
                message = _("%(reference)s stands on this page twice.")
                raise ValidationError(message % {"reference": reference})
            seen.add(reference)
