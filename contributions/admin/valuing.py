"""What an entry is worth: told as it is typed."""

from decimal import Decimal

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from contributions.models import Pledge, PledgeEntry
from contributions.models.pledges import DOLLAR, MONEY
from contributions.models.rates import validate_currency
from mptf_portal import review
from mptf_portal.editing import NO_DAY
from mptf_portal.money import format_day, format_number, format_usd

UNTOLD = gettext_lazy("Told once currency, amount and date are known.")


class ValueForm(forms.Form):
    """What an officer has typed so far; the rate only where it is another than the UN's."""

    currency = forms.CharField(validators=[validate_currency])
    amount = forms.DecimalField(min_value=Decimal("0.01"), **MONEY)
    dated = forms.DateField(error_messages={"invalid": NO_DAY})
    rate = forms.DecimalField(
        required=False,
        min_value=Decimal("0.00000001"),
        max_digits=18,
        decimal_places=8,
        error_messages={"min_value": gettext_lazy("A rate is above zero.")},
    )

    def entry(self) -> PledgeEntry:
        """Return an unsaved entry, valued as it will be when it is saved."""
        typed = self.cleaned_data
        entry = PledgeEntry(
            pledge=Pledge(currency=typed["currency"]),
            kind=PledgeEntry.Kind.SIGNED,
            amount=typed["amount"],
            dated=typed["dated"],
            rate=typed["rate"],
        )
        entry.set_value()
        return entry


@require_safe
def value_view(request: HttpRequest) -> JsonResponse:
    """Tell those who may enter entries what one would be worth; nothing is kept."""
    if not any(review.may(request.user, act, PledgeEntry) for act in ("add", "change")):
        raise PermissionDenied
    form = ValueForm(request.GET)
    if not form.is_valid():
        errors = [message for messages in form.errors.values() for message in messages]
        return JsonResponse({"words": errors[0]})
    entry = form.entry()
    rate = "" if entry.rate is None else f"{entry.rate.normalize():f}"
    return JsonResponse({"words": in_words(entry), "rate": rate})


def in_words(entry: PledgeEntry) -> str:
    """Return the US dollars of an entry with the rate, its source and its day; or why not."""
    if entry.kind == PledgeEntry.Kind.CANCELLED:
        return _("A cancellation has no amount: what was deposited stays.")
    if entry.amount is None or entry.dated is None:
        return str(UNTOLD)
    currency = entry.pledge.currency
    if entry.amount_usd is None:
        said = _("Not yet valued: no UN operational rate of %(currency)s is on record for %(day)s.")
        return said % {"currency": currency, "day": format_day(entry.dated)}
    usd = format_usd(entry.amount_usd)
    if currency == DOLLAR:
        return usd
    said = _("%(usd)s at %(rate)s %(currency)s per US dollar")
    values = {"usd": usd, "rate": format_number(entry.rate), "currency": currency}
    return " · ".join(filter(None, [said % values, *_origin(entry)]))


def _origin(entry: PledgeEntry) -> list[str]:
    if entry.rate_date is None:
        return [_("the rate entered here")]
    since = _("effective %(day)s") % {"day": format_day(entry.rate_date)}
    return [entry.rate_source, since, entry.rate_reason]


def output(entry: PledgeEntry) -> SafeString:
    """Return the value as a field of the page: static/js/pledge-value.js keeps it up to date."""
    has_pledge = entry.pledge_id is not None
    return format_html(
        '<output class="value" data-address="{}" data-currency="{}" data-untold="{}">{}</output>',
        reverse("admin:contributions_pledge_value"),
        entry.pledge.currency if has_pledge else "",
        UNTOLD,
        in_words(entry) if has_pledge else UNTOLD,
    )
