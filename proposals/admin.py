"""Proposed changes on pages of their own: read, sent back, approved."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mptf_portal import review
from mptf_portal.editing import PublicRowAdmin
from mptf_portal.editing.lists import StateFilter
from proposals.models import ProposedChange


@admin.register(ProposedChange)
class ProposedChangeAdmin(PublicRowAdmin):
    """What somebody proposed: nobody edits it; it is approved, sent back or withdrawn."""

    fields = (
        "title",
        "changes",
        "why",
        "state",
        "submitted_at",
        "submitted_by",
        "returned_because",
        "withdrawn_reason",
    )
    readonly_fields = fields
    list_display = ("title", "submitted_by", "submitted_at", "state")
    list_filter = (StateFilter,)
    list_select_related = ("submitted_by",)
    search_fields = ("title", "why")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse: a change is proposed on the page of what it changes."""
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: ProposedChange | None = None,  # noqa: ARG002
    ) -> bool:
        """Refuse: what an approver reads is what somebody submitted."""
        return False

    def has_submit_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may submit what they took back."""
        return review.may(request.user, "change", self.model)

    @admin.display(description=gettext_lazy("changes"))
    def changes(self, proposal: ProposedChange) -> SafeString:
        """Return each field before and after."""
        lines = format_html_join(
            "",
            "<li><strong>{}: {}</strong><br><del>{}</del> → <ins>{}</ins></li>",
            (
                (row, one.field, one.before or _("nothing"), one.after or _("nothing"))
                for row, one in proposal.differences
            ),
        )
        return format_html('<ul class="proposed">{}</ul>', lines)

    def acts(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """Leave out correcting; what is in effect is changed by another proposal."""
        acts = [one for one in super().acts(request, obj) if one[0] not in ("correct", "withdraw")]
        user = request.user
        may_withdraw = any(review.may(user, right, obj) for right in ("change", "publish"))
        return [*acts, ("withdraw", _("Withdraw"))] if obj.is_unpublished and may_withdraw else acts
