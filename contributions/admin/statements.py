"""Statements and their editions, with the linter's findings and a preview."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions import markup
from contributions.admin.reference import ReferenceAdmin
from contributions.models import Edition, Statement
from contributions.statement_page import statement_context
from mptf_portal.editing import PublicRowAdmin
from mptf_portal.forms import PublicRowForm
from mptf_portal.live import latest


@admin.register(Statement)
class StatementAdmin(ReferenceAdmin):
    """One statement: its occasion and on whose behalf it is made."""

    public_fields = ("title", "slug", "occasion", "place", "date", "source_url", "signatories")
    list_display = ("title", "occasion", "place", "date")
    prepopulated_fields = {"slug": ("title",)}

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer the signatories as boxes to tick."""
        options["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **options)


class EditionForm(PublicRowForm):
    """An edition whose live links all name something that can be counted."""

    def clean_markdown(self) -> str:
        """Refuse the text with the line and column of each error."""
        markdown = self.cleaned_data["markdown"]
        markup.refuse_errors(markdown, latest(preview=True))
        return markdown


@admin.register(Edition)
class EditionAdmin(PublicRowAdmin):
    """One language's text."""

    form = EditionForm
    fields = (
        "statement",
        "language",
        "kind",
        "title",
        "markdown",
        "findings",
        *PublicRowAdmin.readonly_fields,
    )
    readonly_fields = ("findings", *PublicRowAdmin.readonly_fields)
    list_display = ("statement", "language", "kind", "state")
    list_filter = ("language", "kind")
    list_select_related = ("statement",)

    @admin.display(description=gettext_lazy("what the linter says"))
    def findings(self, edition: Edition) -> str:
        """Return the findings of the saved text: errors, and digits that are only typed."""
        found = markup.check(edition.markdown, latest(preview=True))
        if not found:
            return _("Every number is live.")
        items = format_html_join("", '<li class="{}">{}</li>', ((f.level.value, f) for f in found))
        return format_html('<ul class="findings">{}</ul>', items)

    def acts(self, request: HttpRequest, obj: Edition) -> list[tuple[str, str]]:
        """Add the preview."""
        return [("preview", _("Preview")), *super().acts(request, obj)]

    def act_views(self) -> dict[str, Callable[..., HttpResponse]]:
        """Add the preview."""
        return super().act_views() | {"preview": self.preview_view}

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the saved text as its readers will see it, counted now."""
        edition = self.object_for(request, object_id, "preview")
        context = statement_context(latest(preview=True), edition)
        return render(request, "contributions/statement.html", context | {"is_preview": True})
