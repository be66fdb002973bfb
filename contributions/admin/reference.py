"""Donors, targets and what is reported of them."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from contributions.admin import lists
from contributions.models import Donor, FundingTarget, ReportedContribution
from mptf_portal.editing import PublicRowAdmin
from mptf_portal.editing.lists import StateFilter, Totals
from proposals.editing import ProposingAdmin


class ReferenceAdmin(ProposingAdmin):
    """An admin of what public rows rest on: its change is proposed, its address stays for ever."""

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[str, ...]:
        """Keep a public row's address."""
        return ("slug",) if obj is not None and self.readers_see(request, obj) else ()

    def readers_see(self, request: HttpRequest, obj: models.Model) -> bool:  # noqa: ARG002
        """Tell whether readers know the row, knew it, or will once an embargo ends."""
        return obj.is_approved

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> dict[str, tuple[str, ...]]:
        """Propose a short name for new rows only."""
        return {} if obj else super().get_prepopulated_fields(request, obj)


@admin.register(Donor)
class DonorAdmin(ReferenceAdmin):
    """Who gives."""

    list_display = ("name", "kind", "country", "global_south")
    list_filter = ("kind", "global_south", "country__unece", "country__region")
    list_select_related = ("country",)
    search_fields = ("name", "slug", "country__name_en", "country__iso3")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(FundingTarget)
class FundingTargetAdmin(PublicRowAdmin):
    """Annual and capitalisation targets."""

    fieldsets = (
        (None, {"fields": ("kind", "year", "period", "amount_usd", "basis")}),
        (None, {"fields": ("announced_by", "announced_on", "source", "source_url")}),
        (None, {"fields": PublicRowAdmin.readonly_fields}),
    )
    list_display = ("__str__", "kind", "basis", "announced_by", "state")
    list_filter = (StateFilter, "kind", "basis", "year")

    def totals(self, rows: models.QuerySet) -> Totals:
        """Return what the listed annual targets ask for together."""
        return lists.of_targets(rows)


@admin.register(ReportedContribution)
class ReportedContributionAdmin(PublicRowAdmin):
    """What public sources say of a donor: shown with its source, counted nowhere."""

    fieldsets = (
        (None, {"fields": ("donor", ("dated", "year"), "stage", ("amount", "currency"), "what")}),
        (None, {"fields": ("source", "source_url", "confidence")}),
        (None, {"fields": PublicRowAdmin.readonly_fields}),
    )
    list_display = ("donor", "dated", "year", "stage", "amount", "currency", "state")
    list_filter = (StateFilter, "stage", "confidence")
    list_select_related = ("donor",)
    search_fields = ("donor__name", "what", "source")
