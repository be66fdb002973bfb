"""Joint announcements: what several donors announce together, handed on all at once."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.models import Deposit, JointAnnouncement, PledgeEntry
from mptf_portal import review
from mptf_portal.editing import Act, PublishingAdmin
from mptf_portal.live import lock_revision
from mptf_portal.publishing import PublicRow, as_stored, naming

MODELS = (PledgeEntry, Deposit)


def key_of(row: PublicRow) -> str:
    """Return what names a row among entries and deposits, as in “deposit-7”."""
    return f"{row._meta.model_name}-{row.pk}"


class ChooseForm(forms.Form):
    """Which drafts are announced together."""

    rows = forms.MultipleChoiceField(
        label=gettext_lazy("Drafts"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, drafts: Sequence[PublicRow], announcement: JointAnnouncement, data: Any = None
    ) -> None:
        """Offer the drafts, those of the announcement ticked."""
        mine = [key_of(row) for row in drafts if row.announcement_id == announcement.pk]
        super().__init__(data, initial={"rows": mine})
        self.fields["rows"].choices = [(key_of(row), row.in_words) for row in drafts]


@admin.register(JointAnnouncement)
class JointAnnouncementAdmin(PublishingAdmin):
    """A joint announcement with its rows; every step is taken by all of them or by none."""

    change_form_template = "admin/announcement/form.html"
    fields = ("title", "expected_on", "note")
    list_display = ("title", "expected_on")
    search_fields = ("title",)
    date_hierarchy = "expected_on"

    class Media:
        css = {"all": ("css/desk-entering.css",)}

    def histories(self, obj: JointAnnouncement) -> Sequence[models.QuerySet]:
        """Tell of every row that it ever had, too."""
        pasts = [model.history for model in MODELS]
        ever = [(past, past.filter(announcement=obj.pk).values("id")) for past in pasts]
        return [*super().histories(obj), *(past.filter(id__in=keys) for past, keys in ever)]

    def publishable(self, obj: JointAnnouncement) -> Sequence[PublicRow]:
        """Return the rows that no reader knows yet."""
        return obj.open_rows()

    def acts(self, request: HttpRequest, obj: JointAnnouncement) -> list[tuple[str, str]]:
        """Add choosing the rows, until they are published or embargoed."""
        acts = super().acts(request, obj)
        may_change = all(review.may(request.user, "change", model) for model in MODELS)
        if may_change and self.has_change_permission(request, obj) and not obj.has_started:
            acts.insert(0, ("choose", _("Choose its rows")))
        return acts

    def act_views(self) -> dict[str, Callable[..., HttpResponse]]:
        """Add choosing the rows."""
        return super().act_views() | {"choose": self.choose_view}

    def choose_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Tick the drafts that are announced together."""
        obj = self.object_for(request, object_id, "choose")
        drafts = _drafts_for(obj)
        act = Act(
            title=_("Choose its rows"),
            rows=[row for row in obj.open_rows() if not row.is_draft],
            do=lambda form: _choose(obj, drafts, set(form.cleaned_data["rows"])),
            form=partial(ChooseForm, drafts, obj),
            template="admin/announcement/choose.html",
            shown=" ".join(key_of(row) for row in drafts),
        )
        return self.confirm(request, obj, act)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the rows under the form."""
        obj = self.get_object(request, object_id)
        shown = {"announced": [(row, self.address_of(row)) for row in obj.rows()]} if obj else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | shown)


def _drafts_for(announcement: JointAnnouncement) -> list[PublicRow]:
    """Return the drafts that the announcement has or may have, by their pledges."""
    free = Q(announcement=None) | Q(announcement=announcement)
    found = [
        row
        for model in MODELS
        for row in model.objects.drafts()
        .filter(free, replaces=None)
        .select_related("pledge__donor")
    ]
    return sorted(found, key=lambda row: row.in_words)


def _choose(announcement: JointAnnouncement, drafts: Sequence[PublicRow], chosen: set[str]) -> str:
    """Let the chosen drafts join the announcement and the others leave it."""
    lock_revision()
    if announcement.has_started:
        raise ValidationError(
            _("Its rows are public or embargoed: none joins or leaves. Send them back first.")
        )
    for row in drafts:
        joins = key_of(row) in chosen
        if joins == (row.announcement_id is not None):
            continue
        with naming(row):
            stored = as_stored(row)
            if not stored.is_draft:
                raise ValidationError(_("It is no draft any more. Look again."))
            stored.announcement = announcement if joins else None
            stored.save()
    return _("Its rows are chosen.")
