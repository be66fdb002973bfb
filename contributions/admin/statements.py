"""Statements and their editions, with the linter's findings and a preview."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions import markup
from contributions.admin.deliveries import DeliverForm, day_posted
from contributions.admin.reference import ReferenceAdmin
from contributions.delivery import Record, deliver, freeze
from contributions.models import Delivery, Edition, Statement
from contributions.statement_page import statement_context
from mptf_portal import review
from mptf_portal.editing import Act, PublicRowAdmin
from mptf_portal.forms import PublicRowForm
from mptf_portal.money import format_day
from mptf_portal.snapshot import latest


@admin.register(Statement)
class StatementAdmin(ReferenceAdmin):
    """One statement: its occasion and on whose behalf it is made."""

    public_fields = ("title", "slug", "occasion", "place", "date", "source_url", "signatories")
    list_display = ("title", "occasion", "place", "date")
    prepopulated_fields = {"slug": ("title",)}

    def readers_know(self) -> models.QuerySet:
        """Return the public statements and the delivered ones, whose page stays."""
        return Statement.objects.known(timezone.now())

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
        """Add the preview and, once for each language of a statement, delivering."""
        acts = [("preview", _("Preview")), *super().acts(request, obj)]
        if self._may_deliver(request, obj) and not Delivery.objects.of(obj).exists():
            acts.append(("deliver", _("Deliver")))
        return acts

    def _may_deliver(self, request: HttpRequest, edition: Edition) -> bool:
        return review.may(request.user, "publish", edition) and edition.is_public(timezone.now())

    def act_views(self) -> dict[str, Callable[..., HttpResponse]]:
        """Add the preview and delivering."""
        return super().act_views() | {"preview": self.preview_view, "deliver": self.deliver_view}

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the saved text as its readers will see it, counted now."""
        edition = self.object_for(request, object_id, "preview")
        context = statement_context(latest(preview=True), edition)
        return render(request, "contributions/statement.html", context | {"is_preview": True})

    def deliver_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Freeze the text with the figures of a day, each of which the user has seen.

        Counted and written in one transaction. Another day than the one that was shown is refused
        and shown instead.
        """
        edition = self.object_for(request, object_id, "preview")
        if not self._may_deliver(request, edition):
            raise PermissionDenied
        if before := Delivery.objects.of(edition).first():
            said = _("The statement was delivered in this language on %(day)s; a delivery stays.")
            messages.error(request, said % {"day": format_day(before.delivered_on)})
            return redirect(self.address_of(edition))
        with transaction.atomic() if request.method == "POST" else nullcontext():
            try:
                record = freeze(edition, latest().on(day_posted(request)))
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
                return redirect(self.address_of(edition))
            return self.confirm(request, edition, self._delivering(edition, record))

    def _delivering(self, edition: Edition, record: Record) -> Act:
        def deliver_it(_form: DeliverForm) -> str:
            deliver(edition, record)
            return _("Delivered.")

        return Act(
            title=_("Deliver"),
            rows=[edition],
            do=deliver_it,
            form=DeliverForm,
            template="admin/deliver.html",
            context={"record": record},
            shown=record.seen(),
            unseen=_(
                "The text or a figure was changed since this page was opened, or another day was "
                "chosen. This is what stands now for %(day)s. Look again, then confirm."
            )
            % {"day": format_day(record.delivered_on)},
        )
