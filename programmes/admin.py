"""Countries, to look up, and stated figures."""

from django.contrib import admin
from django.http import HttpRequest

from mptf_portal.editing import NeverDeleted, PublicRowAdmin
from programmes.models import Country, StatedFigure


@admin.register(Country)
class CountryAdmin(NeverDeleted, admin.ModelAdmin):
    """Countries come from a file; here they are looked up."""

    list_display = ("name_en", "iso3", "region", "unece")
    list_filter = ("region", "unece")
    search_fields = ("name_en", "iso3")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Country | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


@admin.register(StatedFigure)
class StatedFigureAdmin(PublicRowAdmin):
    """What somebody stated of a figure on a day."""

    fields = (
        "figure",
        "value",
        "stated_for",
        "source",
        "source_url",
        *PublicRowAdmin.readonly_fields,
    )
    list_display = ("figure", "value", "stated_for", "source", "state")
    list_filter = ("figure",)
