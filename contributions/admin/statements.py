"""Statements and their editions: entered beside a preview, compared, and delivered."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.forms import CheckboxSelectMultiple
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.admin import chooser, editor
from contributions.admin.deliveries import DeliverForm, day_posted
from contributions.admin.reference import ReferenceAdmin
from contributions.comparison import compare_editions
from contributions.delivered_page import delivered_text
from contributions.delivery import Record, deliver, freeze
from contributions.models import Delivery, Edition, Statement
from contributions.statement_page import statement_context
from mptf_portal import figures, review
from mptf_portal.editing import Act, PublicRowAdmin
from mptf_portal.editing.lists import StateFilter
from mptf_portal.figures import UnknownReferenceError
from mptf_portal.money import format_day, format_moment
from mptf_portal.publishing import PublicRow
from mptf_portal.snapshot import Snapshot, latest


@admin.register(Statement)
class StatementAdmin(ReferenceAdmin):
    """One statement: its occasion and on whose behalf it is made."""

    list_display = ("title", "occasion", "place", "date")
    prepopulated_fields = {"slug": ("title",)}

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer the signatories as boxes to tick."""
        options["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **options)


@admin.register(Edition)
@method_decorator(editor.holding_frames, name="changeform_view")
class EditionAdmin(PublicRowAdmin):
    """One language's text."""

    form = editor.EditionForm
    change_form_template = "admin/edition/form.html"
    fieldsets = (
        (None, {"fields": (("statement", "language", "kind"), "title", "markdown")}),
        (gettext_lazy("Where it stands"), {"fields": PublicRowAdmin.readonly_fields}),
    )
    list_display = ("statement", "language", "kind", "state")
    list_filter = (StateFilter, "language", "kind")
    list_select_related = ("statement",)

    def get_urls(self) -> list[URLPattern]:
        """Add the preview of a text that is typed, and the choice of a figure for it."""
        own = [
            path(f"{name}/", self.admin_site.admin_view(editor.framed(view)), name=route)
            for name, view, route in (
                ("preview", self.typed_view, self._route("preview-typed")),
                ("figures", self.figures_view, self._route("figures")),
            )
        ]
        return own + super().get_urls()

    # The editor

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        """Show what the linter says of the text in the form, and what a correction changes."""
        form, edition = context["adminform"].form, options.get("obj")
        is_typed = "markdown" in form.fields
        text = form["markdown"].value() if is_typed else edition.markdown
        snapshot = editor.glimpse()
        context |= {
            "findings": editor.findings(text, snapshot) if text else None,
            "preview_address": reverse(f"admin:{self._route('preview-typed')}"),
            "figures_address": reverse(f"admin:{self._route('figures')}"),
            "is_typed": is_typed,
            "changes": _changes(edition, snapshot) if edition else None,
            "delivery": Delivery.objects.of(edition).first() if edition else None,
        }
        return super().render_change_form(request, context, *args, **options)

    def typed_view(self, request: HttpRequest) -> HttpResponse:
        """Show the text that is posted, or an edition's saved one, in a frame; save nothing."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            edition = editor.TypedForm(request.POST).edition()
            return editor.preview(request, edition, editor.TYPED)
        if not (key := request.GET.get("edition")):
            return editor.preview(request, Edition(), editor.SAVED)
        edition = self.get_object(request, key)
        if edition is None:
            raise Http404
        return editor.preview(request, edition, editor.SAVED)

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        """Search the register; for one figure or claim, its parameters, value and link."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        asked = request.GET.dict()
        lists = chooser.Lists(editor.glimpse())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Figures and assertions"),
            "is_popup": True,
            "search": asked.get("q", ""),
        }
        if not (name := asked.get("name")):
            context["offered"] = chooser.offered(lists, context["search"])
            return TemplateResponse(request, "admin/edition/figures.html", context)
        try:
            entry = figures.lookup(name)
        except UnknownReferenceError as error:
            raise Http404(str(error)) from error
        form = chooser.ParametersForm(entry, lists, asked)
        context |= {"form": form, "chosen": chooser.choose(form, lists.snapshot)}
        return TemplateResponse(request, "admin/edition/figure.html", context)

    # Acts

    def acts(self, request: HttpRequest, obj: Edition) -> list[tuple[str, str]]:
        """Add the preview, comparing, and delivering once for each language of a statement."""
        acts = [("preview", _("Preview")), *super().acts(request, obj)]
        if self._others(obj).exists():
            acts.append(("compare", _("Compare")))
        if self._may_deliver(request, obj) and not Delivery.objects.of(obj).exists():
            acts.append(("deliver", _("Deliver")))
        return acts

    def _may_deliver(self, request: HttpRequest, edition: Edition) -> bool:
        return review.may(request.user, "publish", edition) and edition.is_public(timezone.now())

    def act_views(self) -> dict[str, Callable[..., HttpResponse]]:
        """Add the preview, comparing and delivering."""
        return super().act_views() | {
            "preview": self.preview_view,
            "compare": self.compare_view,
            "deliver": self.deliver_view,
        }

    def step(self, request: HttpRequest, name: str, rows: Sequence[PublicRow]) -> Act:
        """Show what each correction changes before it takes the step."""
        snapshot = editor.glimpse()
        changes = [found for row in rows if (found := _changes(row, snapshot))]
        act = super().step(request, name, rows)
        return replace(act, template="admin/edition/step.html", context={"corrections": changes})

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the saved text as its readers will see it, counted now."""
        edition = self.object_for(request, object_id, "preview")
        context = statement_context(editor.glimpse(), edition) | {"is_preview": True}
        return editor.unlisted(render(request, "contributions/statement.html", context))

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the edition beside another one of the same statement and language.

        Without a choice that is the one it corrects, else the latest of the others.
        """
        edition = self.object_for(request, object_id, "compare")
        others = list(self._others(edition))
        asked = request.GET.get("with") or str(edition.replaces_id or others[0].pk)
        other = next((row for row in others if str(row.pk) == asked), None)
        if other is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("Compare"),
            "opts": self.opts,
            "original": edition,
            "back": self.address_of(edition),
            "others": [(row, _standing(row)) for row in others],
            "other": other,
            "before": _standing(other),
            "after": _standing(edition),
            "comparison": compare_editions(other, edition, editor.glimpse()),
        }
        return TemplateResponse(request, "admin/edition/compare.html", context)

    def _others(self, edition: Edition) -> models.QuerySet:
        same = Edition.objects.filter(statement=edition.statement_id, language=edition.language)
        return same.exclude(pk=edition.pk).order_by("-pk")

    def deliver_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Freeze the text with the figures of a day, each of which the user has seen.

        Counted and written in one transaction. Another day than the one that was shown is refused
        and shown instead. What was frozen is shown at once.
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
            answer = self.confirm(request, edition, self._delivering(edition, record))
        delivery = Delivery.objects.of(edition).first()
        if delivery and review.may(request.user, "view", delivery):
            return redirect(self.address_of(delivery))
        return answer

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
            context={"record": record, "text": delivered_text(record, latest())},
            shown=record.seen(),
            unseen=_(
                "The text or a figure was changed since this page was opened, or another day was "
                "chosen. This is what stands now for %(day)s. Look again, then confirm."
            )
            % {"day": format_day(record.delivered_on)},
        )


def _changes(edition: Edition, snapshot: Snapshot) -> dict[str, Any] | None:
    """Return what a correction that readers do not see yet changes; None of any other text."""
    old = edition.replaces
    if old is None or edition.is_locked:
        return None
    return {"edition": edition, "comparison": compare_editions(old, edition, snapshot)}


def _standing(edition: Edition) -> str:
    """Return what tells an edition from others of its language: where it stands, and since when."""
    number = {"state": edition.state, "number": edition.pk}
    if edition.public_from is None:
        return _("%(state)s, no. %(number)s") % number
    moment = format_moment(edition.public_from)
    return _("%(state)s, no. %(number)s, from %(moment)s") % (number | {"moment": moment})
