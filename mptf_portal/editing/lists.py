"""What the lists of the admin share: one filter for where rows stand, and totals above the rows."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mptf_portal.models import Demonstration
from mptf_portal.publishing import PublicQuerySet

SOON = timedelta(days=14)  # in which an embargo that ends is told on the first page
DRAFT, RETURNED, SUBMITTED, ENDING = "draft", "returned", "submitted", "ending"

STATES: dict[str, tuple[str, Callable[[PublicQuerySet, datetime], models.QuerySet]]] = {
    DRAFT: (_("Draft"), lambda rows, _now: rows.drafts().filter(returned_because="")),
    RETURNED: (_("Sent back"), lambda rows, _now: rows.returned()),
    SUBMITTED: (_("Submitted"), lambda rows, _now: rows.submitted()),
    "embargoed": (_("Embargoed"), lambda rows, now: rows.embargoed(now)),
    ENDING: (_("Public within 14 days"), lambda rows, now: rows.embargoed(now, now + SOON)),
    "public": (_("Public"), lambda rows, now: rows.public(now)),
    "replaced": (_("Replaced"), lambda rows, now: rows.ended(now).filter(withdrawn_reason="")),
    "withdrawn": (_("Withdrawn"), lambda rows, now: rows.ended(now).exclude(withdrawn_reason="")),
}
Totals = Sequence[tuple[str, str]]


class StateFilter(admin.SimpleListFilter):
    """Where a row stands between draft and withdrawn."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return every state."""
        return [(name, label) for name, (label, _rows) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> models.QuerySet:  # noqa: ARG002
        """Keep the rows that stand there now."""
        if self.value() not in STATES:
            return queryset
        return STATES[self.value()][1](queryset, timezone.now())


class YesFilter(admin.SimpleListFilter):
    """A question about rows, of which the list keeps those with the answer yes, or no."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return yes and no."""
        return [("yes", _("Yes")), ("no", _("No"))]

    def keep(self, rows: Any) -> models.QuerySet:
        """Return the rows with the answer yes."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: Any) -> models.QuerySet:  # noqa: ARG002
        """Keep the rows with the answer."""
        match self.value():
            case "yes":
                return self.keep(queryset)
            case "no":
                return queryset.exclude(pk__in=self.keep(queryset).values("pk"))
        return queryset


class EvidenceFilter(YesFilter):
    """Whether a row that stands says where it is written."""

    title = _("evidence is missing")
    parameter_name = "unproved"

    def keep(self, rows: Any) -> models.QuerySet:
        """Return the rows that name no document."""
        return without_evidence(rows)


def without_evidence(rows: Any) -> models.QuerySet:
    """Return the rows that stand, or will, and say not where they are written."""
    return rows.filter(evidence="", public_until=None)


Download = Callable[[models.QuerySet, str], tuple[bytes, str]]
FORMATS = ("csv", "xlsx")
_downloads: dict[type[models.Model], Download] = {}


def downloadable(model: type[models.Model], make: Download) -> None:
    """Let the model's list be taken away as a file.

    `make` takes the rows of the filter and one of FORMATS, and returns the file's content and type.
    """
    _downloads[model] = make


class SummedList(admin.ModelAdmin):
    """An admin whose list tells above its rows what all of the filtered ones come to."""

    change_list_template = "admin/kept_list.html"

    def totals(self, rows: Any) -> Totals:  # noqa: ARG002
        """Return labels, and in words what the rows of the current filter come to; most nothing."""
        return ()

    def get_urls(self) -> list[URLPattern]:
        """Add the files of what the list shows."""
        options = self.opts
        own = [
            path(
                f"download.{form}",
                self.admin_site.admin_view(partial(self.download_view, form=form)),
                name=f"{options.app_label}_{options.model_name}_download-{form}",
            )
            for form in FORMATS
            if self.model in _downloads
        ]
        return own + super().get_urls()

    def download_view(self, request: HttpRequest, form: str) -> HttpResponse:
        """Answer a file of the rows that the filter keeps."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters as error:
            raise Http404 from error
        content, kind = _downloads[self.model](rows, form)
        name = self.opts.verbose_name_plural.replace(" ", "-")
        prefix = "DEMONSTRATION-" if Demonstration.is_on() else ""
        disposition = f'attachment; filename="{prefix}{name}.{form}"'
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        return HttpResponse(content, content_type=kind, headers=headers)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Add the totals of all rows that the filter keeps, whatever page of them is shown."""
        answer = super().changelist_view(request, extra_context)
        shown = getattr(answer, "context_data", None) or {}
        if "cl" in shown:
            shown["totals"] = self.totals(shown["cl"].queryset.order_by())
            shown["downloads"] = FORMATS if self.model in _downloads else ()
        return answer
