"""A multi-year agreement in one act: a pledge for each of its funding years, or none at all."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contributions.admin.forms import CENTS, day_input
from contributions.models import Donor, Instalment, Pledge, PledgeEntry, PledgeFootnote
from contributions.models.rates import validate_currency
from mptf_portal import review
from mptf_portal.dates import today
from mptf_portal.live import lock_revision
from mptf_portal.money import ZERO, format_amount, in_equal_parts

MOST_YEARS = 10
MADE = (Pledge, PledgeEntry, Instalment, PledgeFootnote)  # what the act may add


class AgreementForm(forms.Form):
    """The arrangement as it is signed, and into how many funding years it is split."""

    donor = forms.ModelChoiceField(Donor.objects.all(), label=gettext_lazy("Donor"))
    agreement_reference = forms.CharField(
        label=gettext_lazy("Agreement reference"),
        max_length=100,
        help_text=gettext_lazy("Of the Standard Administrative Arrangement."),
    )
    first_year = forms.IntegerField(
        label=gettext_lazy("First funding year"), min_value=2019, max_value=2100
    )
    years = forms.IntegerField(
        label=gettext_lazy("Number of funding years"), min_value=1, max_value=MOST_YEARS
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        max_length=3,
        validators=[validate_currency],
        help_text=gettext_lazy("ISO 4217, as in DKK."),
    )
    amount = forms.DecimalField(label=gettext_lazy("Amount of the whole agreement"), **CENTS)
    dated = forms.DateField(label=gettext_lazy("Signed on"), widget=day_input())
    earmark = forms.CharField(
        label=gettext_lazy("Earmark"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Empty when the money is not earmarked."),
    )
    conditions = forms.CharField(
        label=gettext_lazy("Conditions"), required=False, widget=forms.Textarea({"rows": 3})
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("A document's name or address."),
    )

    def clean_dated(self) -> date:
        """Refuse a signature that is still to come."""
        if self.cleaned_data["dated"] > today():
            raise ValidationError(_("That day is still to come; nothing is signed yet."))
        return self.cleaned_data["dated"]

    def equal_split(self) -> list[dict[str, Any]]:
        """Return the funding years, each with the same amount; the last one takes the cents."""
        typed = self.cleaned_data
        parts = in_equal_parts(typed["amount"], typed["years"])
        first = typed["first_year"]
        return [{"funding_year": first + n, "amount": part} for n, part in enumerate(parts)]


class YearForm(forms.Form):
    """What one funding year has of the agreement."""

    funding_year = forms.IntegerField(
        label=gettext_lazy("Funding year"), min_value=2019, max_value=2100
    )
    amount = forms.DecimalField(label=gettext_lazy("Amount"), **CENTS)
    due_on = forms.DateField(
        label=gettext_lazy("Payment expected on"), required=False, widget=day_input()
    )


class BaseYears(BaseFormSet):
    """The funding years: those of the agreement, each once, and together its amount to the cent."""

    def __init__(self, *args: Any, agreement: AgreementForm, **kwargs: Any) -> None:
        """Compare with this agreement; no year is left empty."""
        super().__init__(*args, form_kwargs={"empty_permitted": False}, **kwargs)
        self.agreement = agreement

    def clean(self) -> None:
        """Refuse other years than the agreement has, one that stands twice, and another sum."""
        if any(self.errors) or not self.agreement.is_valid():
            return
        years = [form.cleaned_data["funding_year"] for form in self.forms]
        twice = sorted({year for year in years if years.count(year) > 1})
        if twice:
            raise ValidationError(_("The funding year %(year)s stands twice.") % {"year": twice[0]})
        self._refuse_other_years(years)
        self._refuse_another_sum()

    def _refuse_other_years(self, years: list[int]) -> None:
        agreed = self.agreement.cleaned_data
        if (len(years), min(years)) == (agreed["years"], agreed["first_year"]):
            return
        message = _(
            "The agreement has %(count)s funding years from %(first)s on; below stand %(years)s. "
            "Put one or the other right, or split equally again."
        )
        below = ", ".join(map(str, sorted(years)))
        said = {"count": agreed["years"], "first": agreed["first_year"], "years": below}
        raise ValidationError(message % said)

    def _refuse_another_sum(self) -> None:
        agreed = self.agreement.cleaned_data["amount"]
        currency = self.agreement.cleaned_data["currency"]
        together = sum((form.cleaned_data["amount"] for form in self.forms), ZERO)
        if together == agreed:
            return
        said = (
            _("The years add up to %(sum)s, the agreement is %(agreed)s: %(off)s too little.")
            if together < agreed
            else _("The years add up to %(sum)s, the agreement is %(agreed)s: %(off)s too much.")
        )
        amounts = {"sum": together, "agreed": agreed, "off": abs(agreed - together)}
        raise ValidationError(
            said % {name: format_amount(amount, currency) for name, amount in amounts.items()}
        )


Years = formset_factory(
    YearForm,
    BaseYears,
    extra=0,
    max_num=MOST_YEARS,
    validate_max=True,
    min_num=1,
    validate_min=True,
)


@transaction.atomic
def enter(agreement: dict[str, Any], years: list[dict[str, Any]]) -> list[Pledge]:
    """Save a pledge for each year with its signed entry, and its payment where one is expected.

    `agreement` and `years` are what the forms cleaned. Raises ValidationError, then nothing is
    saved, where a rule is broken or the agreement's year is on record already.
    """
    lock_revision()
    return [_enter_year(agreement, len(years) > 1, **year) for year in years]


def _enter_year(
    agreement: dict[str, Any],
    is_multi_year: bool,  # noqa: FBT001
    funding_year: int,
    amount: Decimal,
    due_on: date | None,
) -> Pledge:
    kept = ("donor", "agreement_reference", "currency", "earmark", "conditions")
    pledge = Pledge(funding_year=funding_year, **{name: agreement[name] for name in kept})
    _save(pledge)
    entry = {name: agreement[name] for name in ("dated", "evidence")}
    _save(PledgeEntry(pledge=pledge, kind=PledgeEntry.Kind.SIGNED, amount=amount, **entry))
    if due_on:
        _save(Instalment(pledge=pledge, due_on=due_on, amount=amount))
    if is_multi_year:
        _save(PledgeFootnote(pledge=pledge, kind=PledgeFootnote.Kind.MULTI_YEAR))
    return pledge


def _save(row: Any) -> None:
    row._change_reason = _("Entered with its agreement")  # noqa: SLF001 (simple-history's attribute)
    row.full_clean()
    row.save()


class AgreementPage:
    """The page: the agreement first, then its years, which the officer may change."""

    def __init__(self, model_admin: Any) -> None:
        """Stand beside the list of this admin."""
        self.admin = model_admin

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Offer the split that was asked for, or enter it, or say what is wrong with it."""
        if not all(review.may(request.user, "add", model) for model in MADE):
            raise PermissionDenied
        agreement = AgreementForm(request.POST or None)
        years = None
        if "enter" in request.POST:
            years = Years(request.POST, agreement=agreement)
            if agreement.is_valid() and years.is_valid():
                done = self._enter(request, agreement, years)
                if done:
                    return done
        elif agreement.is_valid():
            years = Years(initial=agreement.equal_split(), agreement=agreement)
        return self._page(request, agreement, years)

    def _enter(
        self, request: HttpRequest, agreement: AgreementForm, years: BaseYears
    ) -> HttpResponse | None:
        typed = [form.cleaned_data for form in years.forms]
        try:
            pledges = enter(agreement.cleaned_data, typed)
        except ValidationError as error:
            agreement.add_error(None, error.messages)
            return None
        reference = agreement.cleaned_data["agreement_reference"]
        said = ngettext(
            "%(count)s pledge is entered under %(reference)s, a draft still.",
            "%(count)s pledges are entered under %(reference)s, drafts still.",
            len(pledges),
        )
        messages.success(request, said % {"count": len(pledges), "reference": reference})
        return redirect(f"{self.admin.address_of(None)}?{urlencode({'q': reference})}")

    def _page(
        self, request: HttpRequest, agreement: AgreementForm, years: BaseYears | None
    ) -> HttpResponse:
        context = {
            **self.admin.admin_site.each_context(request),
            "title": _("Enter a multi-year agreement"),
            "opts": self.admin.opts,
            "agreement": agreement,
            "years": years,
            "back": self.admin.address_of(None),
        }
        return TemplateResponse(request, "admin/agreement/page.html", context)
