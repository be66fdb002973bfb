"""Joint programmes and their results, and what describes them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mptf_portal.editing import (
    KeptRows,
    PublicRowAdmin,
    TableInline,
)
from mptf_portal.editing.lists import StateFilter, Totals
from mptf_portal.money import format_usd
from programmes.models import (
    Country,
    GoalTag,
    JointProgramme,
    Marker,
    MarkerLevel,
    Objective,
    Organization,
    Participation,
    ProgrammeLink,
    Result,
    StatedFigure,
    ThematicArea,
)
from proposals.editing import ProposingAdmin


class LookedUpAdmin(KeptRows, admin.ModelAdmin):
    """An admin of facts that come from a file; here they are looked up."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: models.Model | None = None,  # noqa: ARG002
    ) -> bool:
        """Refuse."""
        return False


@admin.register(Country)
class CountryAdmin(LookedUpAdmin):
    """Countries with their UN names."""

    list_display = ("name_en", "iso3", "region", "unece")
    list_filter = ("region", "unece")
    search_fields = ("name_en", "iso3")


@admin.register(Objective)
class ObjectiveAdmin(LookedUpAdmin):
    """The 23 objectives of the Compact."""

    list_display = ("number", "short_title", "title")
    list_display_links = ("number", "short_title")


class PartInline(TableInline):
    """What belongs to one programme: of a draft, a part entered by mistake is taken out again."""

    def has_delete_permission(
        self, request: HttpRequest, obj: JointProgramme | None = None
    ) -> bool:
        """Allow whoever may change the parts of a draft; a public programme keeps its own."""
        return (obj is None or obj.is_draft) and self.has_change_permission(request, obj)


class ParticipationInline(PartInline):
    """Who takes part."""

    model = Participation


class GoalTagInline(PartInline):
    """Which SDGs it serves."""

    model = GoalTag


class ProgrammeLinkInline(PartInline):
    """Where it is written."""

    model = ProgrammeLink


@admin.register(JointProgramme)
class JointProgrammeAdmin(PublicRowAdmin):
    """A joint programme in the order of its page."""

    fieldsets = (
        (None, {"fields": ("title", "short_title", "slug", "summary", "gateway_number")}),
        (_("Where"), {"fields": ("countries", "region")}),
        (
            _("When"),
            {
                "description": _(
                    "Known to the month or the year: any day of it will do, its last one is kept."
                ),
                "fields": (
                    ("status", "status_on", "status_note"),
                    ("funded_on", "funded_precision", "funded_planned"),
                    "launched_on",
                    ("start_on", "start_precision", "start_planned"),
                    ("end_on", "end_precision", "end_planned"),
                    "duration_months",
                ),
            },
        ),
        (
            _("Money"),
            {
                "fields": (
                    ("budget_usd", "budget_as_of", "budget_note"),
                    ("net_funded_usd", "net_funded_as_of"),
                    ("expenditure_usd", "expenditure_as_of"),
                )
            },
        ),
        (
            _("What for"),
            {
                "fields": (
                    "objectives",
                    "objectives_complete",
                    "thematic_area",
                    "marker_levels",
                )
            },
        ),
        (_("Who"), {"fields": ("organizations_complete",)}),
        (None, {"fields": PublicRowAdmin.readonly_fields}),
    )
    inlines = (ParticipationInline, GoalTagInline, ProgrammeLinkInline)
    list_display = ("short_title", "status", "budget", "net_funded", "state")
    list_filter = (StateFilter, "status", "countries__region", "objectives")
    search_fields = ("title", "short_title", "slug", "gateway_number")
    prepopulated_fields = {"slug": ("short_title",)}

    @admin.display(description=_("approved budget"), ordering="budget_usd")
    def budget(self, row: JointProgramme) -> str | None:
        """Return the approved budget in US dollars."""
        return None if row.budget_usd is None else format_usd(row.budget_usd)

    @admin.display(description=_("net funded"), ordering="net_funded_usd")
    def net_funded(self, row: JointProgramme) -> str | None:
        """Return what the programme was given in US dollars."""
        return None if row.net_funded_usd is None else format_usd(row.net_funded_usd)

    def totals(self, rows: models.QuerySet) -> Totals:
        """Return what the listed programmes come to, each counted once: no row that ended."""
        standing = rows.filter(public_until=None).exclude(public_from=None, replaces__isnull=False)
        columns = ("budget_usd", "net_funded_usd", "expenditure_usd")
        once = JointProgramme.objects.filter(pk__in=standing.values("pk")).order_by()
        sums = once.aggregate(**{name: models.Sum(name) for name in columns})
        labels = (_("Approved budgets, drafts included"), _("Net funded"), _("Spent"))
        told = zip(labels, sums.values(), strict=True)
        return [(str(label), format_usd(usd)) for label, usd in told if usd is not None]

    def histories(self, obj: JointProgramme) -> Sequence[models.QuerySet]:
        """Tell of the programme's parts, too."""
        return [*super().histories(obj), *obj.part_histories()]

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: JointProgramme | None = None
    ) -> dict[str, tuple[str, ...]]:
        """Propose a short name for new programmes only."""
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(
        self, request: HttpRequest, obj: JointProgramme | None = None
    ) -> tuple[str, ...]:
        """Keep the short name of a correction: it is the programme's address."""
        kept = tuple(super().get_readonly_fields(request, obj))
        return (*kept, "slug") if obj and obj.replaces_id else kept

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer objectives and levels as boxes to tick; the countries are too many for that."""
        if db_field.name != "countries":
            options["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **options)


@admin.register(Result)
class ResultAdmin(PublicRowAdmin):
    """What a programme achieved, as a source says it."""

    fieldsets = (
        (None, {"fields": ("programme", "key")}),
        (None, {"fields": (("qualifier", "figure"), "unit", "what")}),
        (None, {"fields": (("as_of", "as_of_precision"), "as_of_words", "source", "source_url")}),
        (None, {"fields": PublicRowAdmin.readonly_fields}),
    )
    list_display = ("programme", "key", "qualifier", "figure", "unit", "as_of", "state")
    list_filter = (StateFilter, "qualifier", "programme__status")
    list_select_related = ("programme",)
    search_fields = ("programme__short_title", "key", "what")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Result | None = None
    ) -> tuple[str, ...]:
        """Keep what a correction is about; its programme may itself have been corrected since."""
        kept = tuple(super().get_readonly_fields(request, obj))
        return (*kept, "programme", "key") if obj and obj.replaces_id else kept

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer the programmes that are open or public, not the rows that others replaced."""
        if db_field.name == "programme":
            options["queryset"] = JointProgramme.objects.filter(public_until=None)
        return super().formfield_for_foreignkey(db_field, request, **options)


class DescribingAdmin(ProposingAdmin):
    """What describes programmes: where a public one shows it, its change is proposed."""

    on_programmes = ""  # how a programme leads to the row

    def readers_see(self, request: HttpRequest, obj: models.Model) -> bool:  # noqa: ARG002
        """Tell whether a programme shows it that readers know, knew, or will."""
        return JointProgramme.objects.approved().filter(**{self.on_programmes: obj}).exists()


@admin.register(Organization)
class OrganizationAdmin(DescribingAdmin):
    """Who runs programmes, and who works with them."""

    on_programmes = "participations__organization"
    list_display = ("name", "acronym", "kind", "country")
    list_filter = ("kind",)
    list_select_related = ("country",)
    search_fields = ("name", "acronym")


@admin.register(ThematicArea)
class ThematicAreaAdmin(DescribingAdmin):
    """The areas by which the Fund groups the objectives."""

    on_programmes = "thematic_area"
    list_display = ("name", "source_url")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer the objectives as boxes to tick."""
        options["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **options)


class MarkerLevelInline(TableInline):
    """The steps of a marker's scale."""

    model = MarkerLevel


@admin.register(Marker)
class MarkerAdmin(DescribingAdmin):
    """What every programme is scored for."""

    on_programmes = "marker_levels__marker"
    list_display = ("name", "purpose")
    inlines = (MarkerLevelInline,)

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Marker | None = None,
    ) -> tuple[str, ...]:
        """Keep the short name: by it the marker is known when it is loaded again."""
        return ("key",) if obj else ()


@admin.register(StatedFigure)
class StatedFigureAdmin(PublicRowAdmin):
    """What somebody stated of a figure on a day; of all deposits, a point of reconciliation."""

    fields = (
        "figure",
        "value",
        ("stated_for", "stated_precision"),
        "source",
        "source_url",
        *PublicRowAdmin.readonly_fields,
    )
    list_display = ("figure", "value", "stated_for", "source", "state")
    list_filter = (StateFilter, "figure")
