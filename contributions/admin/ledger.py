"""Pledges with their entries, instalments and deposits."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Count
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.admin import agreements, lists, pledge_acts, valuing
from contributions.admin.forms import RATE, DepositForm, DepositFormSet, PledgeEntryForm
from contributions.models import Deposit, Instalment, Pledge, PledgeEntry, PledgeFootnote
from mptf_portal.editing import KeptRows, PublicRowAdmin, PublishingAdmin
from mptf_portal.editing.lists import EvidenceFilter, StateFilter, Totals
from mptf_portal.money import format_amount, format_usd
from mptf_portal.publishing import PublicRow
from proposals.editing import ProposingAdmin

MORE = "more"  # the query's name for an empty row of each kind
TERMS = "terms"  # and for what a pledge was agreed on, once readers know the pledge
WORDS = ("earmark", "conditions")
ENTRY_FIELDSETS = (
    (None, {"fields": (("kind", "amount", "dated"), "value")}),
    (
        gettext_lazy("Another rate than the UN's"),
        {"fields": (RATE[:2], RATE[2:]), "classes": ("collapse",)},
    ),
    (None, {"fields": (("reason", "evidence"), "state")}),
)


class PartInline(KeptRows, admin.StackedInline):
    """Rows of a pledge, one above the other; a public row opens on its own page."""

    extra = 0
    show_change_link = True

    def get_extra(self, request: HttpRequest, obj: Pledge | None = None, **_options: Any) -> int:
        """Offer an empty row to browsers without JavaScript that ask for it."""
        return 1 if MORE in request.GET else super().get_extra(request, obj)


class MoneyInline(PartInline):
    """Rows that are published, each with where it stands in its life."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Read with the rows what each of them names."""
        return super().get_queryset(request).select_related("pledge", "announcement")

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: PublicRow) -> str:
        """Return the row's state, and what it is announced with."""
        if row.announcement is None:
            return row.state
        announced = _("announced together: %(title)s") % {"title": row.announcement}
        return f"{row.state} · {announced}"


class PledgeEntryInline(MoneyInline):
    """What was announced, revised, signed or cancelled."""

    model = PledgeEntry
    form = PledgeEntryForm
    fieldsets = ENTRY_FIELDSETS
    readonly_fields = ("value", "state")

    def get_extra(self, request: HttpRequest, obj: Pledge | None = None, **options: Any) -> int:
        """Offer an empty entry on the page of a new pledge."""
        return 1 if obj is None else super().get_extra(request, obj, **options)

    @admin.display(description=gettext_lazy("worth"))
    def value(self, entry: PledgeEntry) -> str:
        """Return what the entry is worth in US dollars, and at which rate."""
        return valuing.output(entry)


class DepositInline(MoneyInline):
    """What was received."""

    model = Deposit
    form = DepositForm
    formset = DepositFormSet
    fields = (("received_on", "amount", "amount_usd"), ("agent_reference", "evidence"), "state")
    readonly_fields = ("state",)


class TermsInline(PartInline):
    """What stands beside the money: on a pledge that readers know, changed with its terms alone."""

    def has_add_permission(self, request: HttpRequest, obj: Pledge | None = None) -> bool:
        """Refuse where the page is not about the terms."""
        return super().has_add_permission(request, obj) and _terms_are_open(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Pledge | None = None) -> bool:
        """Refuse where the page is not about the terms."""
        return super().has_change_permission(request, obj) and _terms_are_open(request, obj)


def _terms_are_open(request: HttpRequest, pledge: Pledge | None) -> bool:
    return pledge is None or not pledge.is_approved or TERMS in request.GET


class InstalmentInline(TermsInline):
    """What is due, and when."""

    model = Instalment
    fields = (("due_on", "amount"),)


class FootnoteInline(TermsInline):
    """Notes under the table of pledges."""

    model = PledgeFootnote
    fields = (("kind", "text"),)


@admin.register(Pledge)
class PledgeAdmin(ProposingAdmin, PublishingAdmin):
    """A pledge in the order of its arrangement, with everything that happened to it.

    Once readers know it, its money goes on being entered here; another page proposes other terms.
    """

    change_form_template = "admin/pledge/form.html"
    change_list_template = "admin/pledge/list.html"
    fieldsets = (
        (None, {"fields": (("donor", "agreement_reference"), ("funding_year", "currency"))}),
        (gettext_lazy("Terms"), {"fields": WORDS}),
    )
    inlines = (PledgeEntryInline, InstalmentInline, DepositInline, FootnoteInline)
    list_display = ("donor", "funding_year", "currency", "agreement_reference", "to_publish")
    list_filter = (
        lists.OverdueFilter,
        "funding_year",
        "currency",
        "donor__country__unece",
        "donor__global_south",
        "donor__country__region",
    )
    list_select_related = ("donor",)
    search_fields = ("donor__name", "agreement_reference", "deposits__agent_reference")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Pledge]:
        """Annotate how many drafts wait, by two subqueries that do not multiply each other."""
        return (
            super()
            .get_queryset(request)
            .annotate(entry_drafts=_count_of(PledgeEntry), deposit_drafts=_count_of(Deposit))
        )

    def totals(self, rows: models.QuerySet) -> Totals:
        """Return what readers know of the listed pledges."""
        return lists.of_pledges(rows)

    @admin.display(description=gettext_lazy("to publish"))
    def to_publish(self, pledge: Any) -> int:
        """Return the number of drafts."""
        return pledge.entry_drafts + pledge.deposit_drafts

    class Media:
        css = {"all": ("css/desk-entering.css",)}
        js = ("js/pledge-value.js",)

    def get_urls(self) -> list[URLPattern]:
        """Add what a pledge is worth while it is typed, and the page of multi-year agreements."""
        view = self.admin_site.admin_view
        return [
            path("value/", view(valuing.value_view), name="contributions_pledge_value"),
            path(
                "multi-year/",
                view(agreements.AgreementPage(self)),
                name="contributions_pledge_multi-year",
            ),
            *super().get_urls(),
        ]

    def acts(self, request: HttpRequest, obj: Pledge) -> list[tuple[str, str]]:
        """Add the refund of what was deposited, cancelling, and other terms."""
        acts = super().acts(request, obj) + pledge_acts.offered(request.user, obj)
        if obj.is_approved and self.has_change_permission(request, obj):
            acts.append((TERMS, _("Change its terms")))
        return acts

    def act_views(self) -> dict[str, Callable[..., HttpResponse]]:
        """Add the refund, cancelling and other terms."""
        return super().act_views() | {
            "refund": self.refund_view,
            "cancel": self.cancel_view,
            TERMS: self.terms_view,
        }

    def terms_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the page on which other terms are proposed."""
        pledge = self.object_for(request, object_id, TERMS)
        return redirect(f"{self.address_of(pledge)}?{TERMS}")

    def readers_see(self, request: HttpRequest, obj: Pledge) -> bool:
        """Tell whether the page changes the terms of a pledge that readers know."""
        return TERMS in request.GET and obj.is_approved

    def get_inlines(self, request: HttpRequest, obj: Pledge | None) -> Sequence[Any]:
        """Leave the money out of the page of the terms."""
        if obj is not None and self.readers_see(request, obj):
            return (InstalmentInline, FootnoteInline)
        return super().get_inlines(request, obj)

    def refund_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Enter what the Administrative Agent paid back."""
        pledge = self.object_for(request, object_id, "refund")
        return self.confirm(request, pledge, pledge_acts.refund(pledge))

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Enter that nothing more of the pledge is expected."""
        pledge = self.object_for(request, object_id, "cancel")
        return self.confirm(request, pledge, pledge_acts.cancel(pledge))

    def get_readonly_fields(
        self,
        request: HttpRequest,
        obj: Pledge | None = None,
    ) -> tuple[str, ...]:
        """Keep what rows rest on that are public or wait for an approver."""
        if obj is None or not (obj.is_approved or obj.is_under_review):
            return ()
        kept = ("donor", "funding_year", "currency")
        return kept if _terms_are_open(request, obj) else (*kept, "agreement_reference", *WORDS)

    def histories(self, obj: Pledge) -> Sequence[models.QuerySet]:
        """Tell of the pledge and of all that happened to it, as one story."""
        parts = (PledgeEntry, Deposit, Instalment, PledgeFootnote)
        return [obj.history.all(), *(part.history.filter(pledge=obj.pk) for part in parts)]

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
                entry.rate, entry.rate_date = None, None
                entry.rate_source = entry.rate_reason = ""
                entry.set_value()
                entry.save()


def _count_of(model: type[PledgeEntry] | type[Deposit]) -> models.Subquery:
    drafts = model.objects.unpublished().order_by().filter(pledge=models.OuterRef("pk"))
    counted = drafts.values("pledge").annotate(number=Count("pk")).values("number")
    return models.functions.Coalesce(models.Subquery(counted), 0)


class OneOfAPledge(PublicRowAdmin):
    """One row of a pledge on a page of its own, with its acts; it is added on the pledge's page."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Read the pledge and its donor with the row: every page names them."""
        return super().get_queryset(request).select_related("pledge__donor", "announcement")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Allow adding on the pledge's page alone."""
        return False

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def money(self, row: Any) -> str | None:
        """Return the amount in the pledge's currency."""
        return None if row.amount is None else format_amount(row.amount, row.pledge.currency)

    @admin.display(description=gettext_lazy("US dollars"), ordering="amount_usd")
    def usd(self, row: Any) -> str | None:
        """Return what it is worth in US dollars."""
        return None if row.amount_usd is None else format_usd(row.amount_usd)


@admin.register(PledgeEntry)
class PledgeEntryAdmin(OneOfAPledge):
    """One entry."""

    form = PledgeEntryForm
    fieldsets = (
        (None, {"fields": ("pledge",)}),
        *ENTRY_FIELDSETS[:-1],
        (None, {"fields": ("reason", "evidence", "announcement")}),
        (None, {"fields": PublicRowAdmin.readonly_fields}),
    )
    readonly_fields = ("pledge", "value", "announcement", *PublicRowAdmin.readonly_fields)
    list_display = ("pledge", "dated", "kind", "money", "usd", "state")
    list_filter = (
        StateFilter,
        "kind",
        lists.UnvaluedFilter,
        EvidenceFilter,
        "pledge__currency",
        "pledge__funding_year",
        "pledge__donor__country__unece",
    )
    search_fields = ("pledge__donor__name", "pledge__agreement_reference", "evidence")
    list_select_related = ("pledge__donor",)
    date_hierarchy = "dated"

    class Media:
        css = {"all": ("css/desk-entering.css",)}
        js = ("js/pledge-value.js",)

    def totals(self, rows: models.QuerySet) -> Totals:
        """Return how many of the listed entries wait for a rate."""
        return lists.of_entries(rows)

    @admin.display(description=gettext_lazy("worth"))
    def value(self, entry: PledgeEntry) -> str:
        """Return what the entry is worth in US dollars, and at which rate."""
        return valuing.output(entry)


@admin.register(Deposit)
class DepositAdmin(OneOfAPledge):
    """One deposit."""

    form = DepositForm
    fields = ("pledge", *DepositForm.Meta.fields, "announcement", *PublicRowAdmin.readonly_fields)
    readonly_fields = ("pledge", "announcement", *PublicRowAdmin.readonly_fields)
    list_display = ("agent_reference", "pledge", "received_on", "money", "usd", "state")
    list_filter = (
        StateFilter,
        EvidenceFilter,
        "pledge__currency",
        "pledge__funding_year",
        "pledge__donor__country__unece",
    )
    list_select_related = ("pledge__donor",)
    search_fields = ("agent_reference", "pledge__donor__name")
    date_hierarchy = "received_on"

    def totals(self, rows: models.QuerySet) -> Totals:
        """Return what the listed deposits come to."""
        return lists.of_deposits(rows)
