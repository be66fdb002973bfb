"""What is kept: nothing is deleted, history is only read, and no save hides somebody else's."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import TabularInline
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from mptf_portal.editing import versions
from mptf_portal.editing.lists import SummedList
from mptf_portal.editing.story import Story
from mptf_portal.live import lock_revision

VERSIONS = "versions"  # what a form calls the versions of the rows that its page showed
NO_DAY = gettext_lazy("Write the day as 2024-04-03.")
CONFLICT = gettext_lazy(
    "Somebody else saved this page while you had it open, so nothing of yours is saved yet. What "
    "they changed stands above, beside what you entered. Put right what is needed and save again: "
    "what the form holds then is kept."
)


class KeptRows:
    """What an admin and an inline share: nobody deletes a row, and a day is written one way."""

    formfield_overrides = {
        models.URLField: {"assume_scheme": "https"},
        models.DateField: {
            "widget": AdminDateWidget({"placeholder": gettext_lazy("YYYY-MM-DD")}),
            "error_messages": {"invalid": NO_DAY},
        },
    }

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


class TableFormSet(forms.BaseInlineFormSet):
    """The forms of a table's rows, each control with its own name for screen readers."""

    def get_deletion_widget(self) -> forms.Widget:
        """Name the box that takes a row out, as the table's head does to the eye alone."""
        return forms.CheckboxInput({"aria-label": _("Delete?")})


class TableInline(KeptRows, TabularInline):
    """Rows of another model as a table on a page."""

    formset = TableFormSet
    extra = 0

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **options: Any
    ) -> Any:
        """Give each field the name that the table's head shows to the eye alone."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field:
            field.widget.attrs["aria-label"] = capfirst(field.label)
        return field


class KeptAdmin(KeptRows, SummedList, SimpleHistoryAdmin):
    """An admin with history and without deletion; the history is read and never posted to."""

    actions = None
    change_form_template = "admin/kept_form.html"
    history_list_per_page = 50

    def histories(self, obj: Any) -> Sequence[models.QuerySet]:
        """Return the past states that the history of `obj` tells, of each model."""
        return [obj.history.all()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Tell in words what happened to the row."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_history_or_change_history_permission(request, obj):
            raise PermissionDenied
        paginator = Paginator(Story(self.histories(obj), obj), self.history_list_per_page)
        page = paginator.get_page(request.GET.get(PAGE_VAR))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %(row)s") % {"row": obj},
            "opts": self.opts,
            "module_name": capfirst(self.opts.verbose_name_plural),
            "object": obj,
            "page_obj": page,
            "page_range": paginator.get_elided_page_range(page.number),
            "page_var": PAGE_VAR,
            "pagination_required": paginator.num_pages > 1,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/history.html", context)

    def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a row as it was; the package would save what is posted, to anybody who may view."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return super().history_form_view(request, *args, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Refuse to save over rows of the page that somebody else saved since it was opened."""
        if request.method != "POST" or object_id is None:
            seen = self._versions(request, object_id)
            return super().changeform_view(
                request, object_id, form_url, {**(extra_context or {}), VERSIONS: seen}
            )
        with transaction.atomic():
            lock_revision()
            shown = self._conflicts(request, object_id)
            return super().changeform_view(
                request, object_id, form_url, {**(extra_context or {}), **shown}
            )

    def _versions(self, request: HttpRequest, object_id: str | None) -> str:
        rows = self._rows_of_the_page(request, object_id) if object_id else {}
        return versions.written(versions.of(rows.values()))

    def _conflicts(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Find what somebody else saved; return what the page shows should it be refused."""
        rows = self._rows_of_the_page(request, object_id)
        seen = versions.read(request.POST.get(VERSIONS))
        posted = {versions.key(row): _posted(request, prefix) for prefix, row in rows.items()}
        request.conflicts = versions.conflicts(rows.values(), seen, posted)
        now = versions.written(versions.of(rows.values()))
        return {VERSIONS: now, "conflicts": request.conflicts}

    def _rows_of_the_page(self, request: HttpRequest, object_id: str) -> dict[str, models.Model]:
        """Return the object and the rows of its inlines, by what their fields' names begin with."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return {}
        rows = {"": obj}
        for inline in self.get_inline_instances(request, obj):
            formset = inline.get_formset(request, obj)
            prefix = formset.get_default_prefix()
            stored = inline.model.objects.filter(**{formset.fk.name: obj})
            rows |= _by_place(request, prefix, stored)
        return rows

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 (Django's signature)
        **options: Any,
    ) -> type[forms.ModelForm]:
        """Return a form that refuses what is posted where the page has conflicts."""
        form = super().get_form(request, obj, change=change, **options)
        return refusing(form) if getattr(request, "conflicts", None) else form


def refusing(form: type[forms.ModelForm]) -> type[forms.ModelForm]:
    """Return a form that takes everything as typed and saves nothing."""

    class Refusing(form):
        def clean(self) -> dict[str, Any]:
            cleaned = super().clean()
            self.add_error(None, CONFLICT)
            return cleaned

    return Refusing


def _by_place(request: HttpRequest, prefix: str, rows: models.QuerySet) -> dict[str, models.Model]:
    """Return an inline's rows by the beginning of the names under which they were posted."""
    key = rows.model._meta.pk.name
    posted = {value: name.removesuffix(key) for name, value in request.POST.items()
              if name.startswith(f"{prefix}-") and name.endswith(f"-{key}")}  # fmt: skip
    return {posted.get(str(row.pk), f"{prefix}-{row.pk}?-"): row for row in rows}


def _posted(request: HttpRequest, prefix: str) -> dict[str, str]:
    """Return what was entered in the fields whose names begin so, by the rest of their names."""
    names = [name for name in request.POST if name.startswith(prefix)]
    return {name.removeprefix(prefix): ", ".join(request.POST.getlist(name)) for name in names}
