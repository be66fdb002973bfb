"""What the admin of rows that describe public ones shares: a change of them is proposed."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mptf_portal import review
from mptf_portal.editing import KeptAdmin, versions, wording
from mptf_portal.editing.kept import VERSIONS
from mptf_portal.editing.wording import Difference
from mptf_portal.live import lock_revision
from mptf_portal.review import SUBMITTED
from proposals.models import ProposedChange

WHY = "why"  # what the form calls the reason that an approver reads


class ProposedError(Exception):
    """Ends the trial save of a form, whose changes are to be proposed."""

    def __init__(self, proposal: ProposedChange) -> None:
        super().__init__(proposal.title)
        self.proposal = proposal


class ProposingAdmin(KeptAdmin):
    """An admin whose form, where readers see what it changes, saves nothing but a proposal."""

    def readers_see(self, request: HttpRequest, obj: Any) -> bool:
        """Tell whether readers see what the page's form changes."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Save the form, or keep what it would have saved as a proposal."""
        if request.method != "POST":
            return self._opened(request, object_id, form_url, extra_context)
        try:
            with transaction.atomic():
                lock_revision()  # so that nothing of it becomes public between question and save
                return self._opened(request, object_id, form_url, extra_context)
        except ProposedError as found:
            return self._keep(request, found.proposal)

    def _opened(
        self,
        request: HttpRequest,
        object_id: str | None,
        form_url: str,
        extra_context: dict[str, Any] | None,
    ) -> HttpResponse:
        """Answer the page once it is known whether readers see what it changes."""
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        request.proposes = obj is not None and self.readers_see(request, obj)
        request.opened = obj
        context = (extra_context or {}) | self._proposed(request, obj)
        return super().changeform_view(request, object_id, form_url, context)

    def _proposed(self, request: HttpRequest, obj: models.Model | None) -> dict[str, Any]:
        """Return what the page tells of proposals: those that are open, and the reason typed."""
        if obj is None:
            return {}
        proposals = ProposedChange.objects.of(obj).unpublished()
        return {
            "open_proposals": proposals.select_related("submitted_by"),
            "proposes": request.proposes and self.has_change_permission(request, obj),
            "why": request.POST.get(WHY, ""),
        }

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 (Django's signature)
        **options: Any,
    ) -> type[forms.ModelForm]:
        """Return a form that asks for a reason where it proposes."""
        form = super().get_form(request, obj, change=change, **options)
        proposes = request.method == "POST" and getattr(request, "proposes", False)
        return asking_why(form, request.POST.get(WHY, "")) if proposes else form

    def response_change(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        """End the trial where the change is proposed; the rows are saved by now."""
        if not request.proposes:
            return super().response_change(request, obj)
        before = versions.read(request.POST.get(VERSIONS))
        found = list(_changed(self._rows_of_the_page(request, str(obj.pk)).values(), before))
        rows = [row for row, differences in found if differences]
        for row in rows:
            row.pk = row.pk if versions.key(row) in before else None
        proposal = ProposedChange.of_rows(
            request.opened,
            rows,
            [(_name(row), one) for row, differences in found for one in differences],
            request.POST[WHY].strip(),
        )
        proposal.seen = before
        raise ProposedError(proposal)

    def _keep(self, request: HttpRequest, proposal: ProposedChange) -> HttpResponse:
        if not proposal.words:
            messages.info(request, _("Nothing was changed, so nothing is proposed."))
            return redirect(request.get_full_path())
        review.mark_submitted(proposal, request.user)
        proposal.full_clean()
        proposal._change_reason = SUBMITTED  # noqa: SLF001 (simple-history's attribute)
        proposal.save()
        said = _("Proposed. It takes effect once an approver who did not enter it approves it.")
        messages.success(request, said)
        return redirect(request.get_full_path())

    def histories(self, obj: Any) -> Sequence[models.QuerySet]:
        """Tell of what was proposed, too."""
        proposed = ProposedChange.history.filter(page=obj._meta.label, page_key=obj.pk)
        return [*super().histories(obj), proposed]


def asking_why(form: type[forms.ModelForm], why: str) -> type[forms.ModelForm]:
    """Return a form that is refused where nobody says why."""

    class AskingWhy(form):
        def clean(self) -> dict[str, Any]:
            cleaned = super().clean()
            if not why.strip():
                self.add_error(None, _("Say why it is changed: an approver reads it."))
            return cleaned

    return AskingWhy


def _changed(
    rows: Any, before: versions.Versions
) -> Iterator[tuple[models.Model, list[Difference]]]:
    """Yield the rows that were saved since the versions before, with what was changed of each."""
    rows = list(rows)
    now = versions.of(rows)
    for row in rows:
        key = versions.key(row)
        if now[key] != before.get(key):
            yield row, list(_differences(row, before.get(key), now[key]))


def _differences(row: Any, before: int | None, now: int | None) -> Iterator[Difference]:
    states = row.history.in_bulk([key for key in (before, now) if key], field_name="history_id")
    old, new = states.get(before), states[now]
    sets = wording.sets(type(new), list(states))
    yield from wording.differences(new, old, row)
    yield from wording.differences_of_sets(new, old, sets)


def _name(row: models.Model) -> str:
    return f"{capfirst(row._meta.verbose_name)} {row}"
