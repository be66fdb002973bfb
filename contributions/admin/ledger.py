"""Pledges with their entries, instalments and deposits."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.models import Deposit, Instalment, Pledge, PledgeEntry, PledgeFootnote
from mptf_portal.editing import NeverDeleted, PublicRowAdmin, PublishingAdmin, TableInline
from mptf_portal.forms import PublicRowForm
from mptf_portal.publishing import PublicRow


class PledgeEntryForm(PublicRowForm):
    """An entry: its rate follows its date unless somebody enters one."""

    class Meta:
        model = PledgeEntry
        fields = (
            "dated",
            "kind",
            "amount",
            "rate",
            "rate_date",
            "rate_source",
            "reason",
            "evidence",
        )

    def clean(self) -> dict[str, Any]:
        """Let go of a rate of another date; ask where an entered one is from."""
        cleaned = super().clean()
        if "dated" in self.changed_data and "rate" not in self.changed_data:
            cleaned |= {"rate": None, "rate_date": None, "rate_source": ""}
        elif "rate" in self.changed_data and cleaned.get("rate") is None:
            cleaned |= {"rate_date": None, "rate_source": ""}
        elif "rate" in self.changed_data:
            for name in ("rate_date", "rate_source"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("An entered rate needs its date and its source."))
        return cleaned


class DepositForm(PublicRowForm):
    """A deposit or, negative, a refund."""

    class Meta:
        model = Deposit
        fields = ("received_on", "amount", "amount_usd", "agent_reference", "evidence")


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


class PledgeEntryInline(NeverDeleted, admin.StackedInline):
    """What was announced, revised, signed or cancelled; a public row opens on its own page."""

    model = PledgeEntry
    extra = 0
    show_change_link = True
    form = PledgeEntryForm
    fields = (
        ("dated", "kind", "amount"),
        ("rate", "rate_date", "rate_source"),
        ("reason", "evidence"),
        ("amount_usd", "state"),
    )
    readonly_fields = ("amount_usd", "state")


class DepositInline(TableInline):
    """What was received; a public row opens on its own page."""

    model = Deposit
    show_change_link = True
    form = DepositForm
    formset = DepositFormSet
    readonly_fields = ("state",)


class InstalmentInline(TableInline):
    """What is due, and when."""

    model = Instalment


class FootnoteInline(TableInline):
    """Notes under the table of pledges."""

    model = PledgeFootnote


@admin.register(Pledge)
class PledgeAdmin(PublishingAdmin):
    """A pledge in the order of its arrangement, with everything that happened to it."""

    fieldsets = (
        (None, {"fields": ("donor", "agreement_reference", "funding_year", "currency")}),
        (gettext_lazy("Terms"), {"fields": ("earmark", "conditions")}),
    )
    inlines = (PledgeEntryInline, InstalmentInline, DepositInline, FootnoteInline)
    list_display = ("donor", "funding_year", "currency", "agreement_reference", "to_publish")
    list_filter = ("funding_year", "currency", "donor__country__unece", "donor__global_south")
    list_select_related = ("donor",)
    search_fields = ("donor__name", "agreement_reference", "deposits__agent_reference")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Pledge]:
        """Annotate how many drafts wait, by two subqueries that do not multiply each other."""
        return (
            super()
            .get_queryset(request)
            .annotate(entry_drafts=_count_of(PledgeEntry), deposit_drafts=_count_of(Deposit))
        )

    @admin.display(description=gettext_lazy("to publish"))
    def to_publish(self, pledge: Any) -> int:
        """Return the number of drafts."""
        return pledge.entry_drafts + pledge.deposit_drafts

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Pledge | None = None,
    ) -> tuple[str, ...]:
        """Keep what rows rest on that are public or wait for an approver."""
        if obj is None or not (obj.is_locked or obj.is_under_review):
            return ()
        return ("donor", "funding_year", "currency")

    def publishable(self, obj: Pledge) -> Sequence[PublicRow]:
        """Return what nobody has published yet, entries before deposits."""
        return [*obj.entries.unpublished(), *obj.deposits.unpublished()]

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm,
        formsets: list[BaseInlineFormSet],
        change: bool,  # noqa: FBT001
    ) -> None:
        """Save the rows; a changed currency values the drafts anew, but for rates just entered."""
        super().save_related(request, form, formsets, change)
        if change and "currency" in form.changed_data:
            rows = [row for formset in formsets for row in formset.forms]
            entered = [row.instance.pk for row in rows if "rate" in row.changed_data]
            drafts = form.instance.entries.drafts().select_for_update()
            for entry in drafts.exclude(pk__in=entered):
                entry.rate, entry.rate_date, entry.rate_source = None, None, ""
                entry.set_value()
                entry.save()


def _count_of(model: type[PledgeEntry] | type[Deposit]) -> models.Subquery:
    drafts = model.objects.unpublished().order_by().filter(pledge=models.OuterRef("pk"))
    counted = drafts.values("pledge").annotate(number=Count("pk")).values("number")
    return models.functions.Coalesce(models.Subquery(counted), 0)


@admin.register(PledgeEntry)
class PledgeEntryAdmin(PublicRowAdmin):
    """One entry, with its acts."""

    form = PledgeEntryForm
    fields = ("pledge", *PledgeEntryForm.Meta.fields, "amount_usd", *PublicRowAdmin.readonly_fields)
    readonly_fields = ("pledge", "amount_usd", *PublicRowAdmin.readonly_fields)
    list_display = ("pledge", "dated", "kind", "amount", "amount_usd", "state")
    list_filter = ("kind", "public_from", ("amount_usd", admin.EmptyFieldListFilter))
    list_select_related = ("pledge__donor",)
    date_hierarchy = "dated"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Allow adding on the pledge's page alone."""
        return False


@admin.register(Deposit)
class DepositAdmin(PublicRowAdmin):
    """One deposit, with its acts."""

    form = DepositForm
    fields = ("pledge", *DepositForm.Meta.fields, *PublicRowAdmin.readonly_fields)
    readonly_fields = ("pledge", *PublicRowAdmin.readonly_fields)
    list_display = (
        "agent_reference",
        "pledge",
        "received_on",
        "amount",
        "amount_usd",
        "state",
    )
    list_filter = ("public_from", "pledge__currency")
    list_select_related = ("pledge__donor",)
    search_fields = ("agent_reference", "pledge__donor__name")
    date_hierarchy = "received_on"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Allow adding on the pledge's page alone."""
        return False
