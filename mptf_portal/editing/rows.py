"""From draft to withdrawn: what the admin of every row with a `public_from` shares.

A draft is changed freely. Every step after that is an act of its own, never a field of a form, so
that a form saved by someone without the right cannot publish. Who may take a step, and from where,
`mptf_portal.review` says; here stand the pages.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mptf_portal import review
from mptf_portal.consequences import Consequences
from mptf_portal.editing.acts import Act, ActingAdmin, remarks
from mptf_portal.editing.story import chain
from mptf_portal.forms import (
    CorrectForm,
    PublicRowForm,
    PublishCorrectionForm,
    PublishForm,
    SendBackForm,
    WithdrawForm,
)
from mptf_portal.money import format_moment
from mptf_portal.publishing import PublicRow, draft_correction, reason_of

KEY = re.compile("[0-9]{1,18}", re.ASCII)
MOST_ROWS = 200  # chosen in a list for one act: as many as an approver can look at


@dataclass(frozen=True)
class Step:
    """A step in the life of rows: where it starts, the permission it needs, what it does.

    `done` takes the form's values and tells the user what was done. `foretell` takes the rows and
    the values, and returns what it changes for readers; None where they find no difference.
    """

    label: str
    done: Callable[[dict[str, Any]], str]
    right: str
    starts: Callable[[PublicRow], bool]
    take: Callable[[Sequence[PublicRow], Any, dict[str, Any]], None]
    form: type[forms.Form] = forms.Form
    foretell: Callable[[Sequence[PublicRow], dict[str, Any]], Consequences | None] | None = None


def _waits(row: PublicRow) -> bool:
    """Tell whether an approver decides on the row: submitted, or public from a moment to come."""
    return not row.is_locked and not row.is_draft


def _published(values: dict[str, Any]) -> str:
    if values["public_from"] <= timezone.now():
        return _("Published.")
    message = _("Approved. Readers find it from %(moment)s on, and nothing of it before.")
    return message % {"moment": format_moment(values["public_from"])}


STEPS = {
    "submit": Step(
        label=gettext_lazy("Submit for approval"),
        done=lambda _values: _(
            "Submitted. An approver who entered nothing of it can publish it now."
        ),
        right="change",
        starts=lambda row: row.is_draft,
        take=lambda rows, user, _values: review.submit(rows, user),
    ),
    "publish": Step(
        label=gettext_lazy("Publish"),
        done=_published,
        right="publish",
        starts=_waits,
        take=lambda rows, user, values: review.approve(
            rows, user, values["public_from"], values.get("reason", "")
        ),
        form=PublishForm,
        foretell=lambda rows, values: review.approval_foretold(
            rows, values.get("public_from") or timezone.now()
        ),
    ),
    "send-back": Step(
        label=gettext_lazy("Send back"),
        done=lambda _values: _("Sent back. Its officer can change it and submit it again."),
        right="publish",
        starts=_waits,
        take=lambda rows, user, values: review.send_back(rows, user, values["comment"]),
        form=SendBackForm,
        foretell=lambda rows, _values: review.sending_back_foretold(rows),
    ),
    "take-back": Step(
        label=gettext_lazy("Take back"),
        done=lambda _values: _("Taken back: it is a draft again."),
        right="change",
        starts=lambda row: row.is_submitted,
        take=lambda rows, user, _values: review.take_back(rows, user),
    ),
}


class PublishingAdmin(ActingAdmin):
    """An admin whose page takes its rows from step to step."""

    change_form_template = "admin/public_row_form.html"

    def publishable(self, obj: Any) -> Sequence[PublicRow]:
        """Return the rows that the page of `obj` hands on together, whatever their next step is."""
        raise NotImplementedError

    def acts(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """Return what the user may do with `obj` beside editing it: name in addresses, label."""
        rows = self.publishable(obj)
        return [
            (name, step.label)
            for name, step in STEPS.items()
            if (taking := [row for row in rows if step.starts(row)])
            and all(review.may(request.user, step.right, row) for row in taking)
        ]

    def get_urls(self) -> list[URLPattern]:
        """Add the address of each act."""
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=self._route(name),
            )
            for name, view in self.act_views().items()
        ]
        return own + super().get_urls()

    def act_views(self) -> dict[str, Callable[..., HttpResponse]]:
        """Return the view of each act by its name in addresses."""
        return {name: partial(self.step_view, name=name) for name in STEPS}

    def _route(self, act: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{act}"

    def act_url(self, act: str, obj: models.Model) -> str:
        """Return the address of an act on `obj`."""
        return reverse(f"admin:{self._route(act)}", args=[obj.pk])

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the acts above the form."""
        obj = self.get_object(request, object_id)
        acts = self.acts(request, obj) if obj else []
        shown = {
            "acts": [(label, self.act_url(name, obj)) for name, label in acts],
            "remarks": remarks(self.publishable(obj)) if obj else [],
            "returned": [row for row in self.publishable(obj) if row.returned_because]
            if obj
            else [],
        }
        return super().change_view(request, object_id, form_url, (extra_context or {}) | shown)

    def object_for(self, request: HttpRequest, object_id: str, act: str) -> Any:
        """Return the object, or refuse the act: 404 without the object, 403 without the right."""
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        if act not in dict(self.acts(request, obj)):
            raise PermissionDenied
        return obj

    def step_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Take the rows of a page one step further together, or none of them."""
        obj = self.object_for(request, object_id, name)
        rows = [row for row in self.publishable(obj) if STEPS[name].starts(row)]
        return self.confirm(request, obj, self.step(request, name, rows))

    def step(self, request: HttpRequest, name: str, rows: Sequence[PublicRow]) -> Act:
        """Return the act that takes these rows one step further."""
        step = STEPS[name]
        publishes = name == "publish"

        def take(form: forms.Form) -> str:
            step.take(rows, request.user, form.cleaned_data)
            return step.done(form.cleaned_data)

        form = step.form
        if publishes and (said := [reason_of(row) for row in rows if row.replaces_id]):
            form = partial(PublishCorrectionForm, said)
        return Act(
            title=step.label,
            rows=rows,
            do=take,
            form=form,
            in_full=True,
            hindrances=review.hindrances(rows, request.user) if publishes else (),
            foretell=partial(step.foretell, rows) if step.foretell else None,
        )


class PublicRowAdmin(PublishingAdmin):
    """The admin of one kind of row: a draft is changed, a public row corrected or withdrawn."""

    form = PublicRowForm
    readonly_fields = (
        "state",
        "submitted_at",
        "submitted_by",
        "returned_because",
        "public_from",
        "public_until",
        "withdrawn_reason",
        "replaces",
    )
    actions = ["submit_chosen", "publish_chosen"]

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Allow changing drafts only."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.is_draft)

    def histories(self, obj: PublicRow) -> Sequence[models.QuerySet]:
        """Tell of the row, of what it corrects and of what corrects it."""
        return [chain(obj)]

    def publishable(self, obj: PublicRow) -> Sequence[PublicRow]:
        """Return the row itself while it is not public."""
        return [] if obj.is_locked else [obj]

    @admin.action(description=gettext_lazy("Submit for approval"), permissions=["change"])
    def submit_chosen(self, request: HttpRequest, rows: models.QuerySet) -> HttpResponse | None:
        """Ask to submit the rows that are ticked."""
        return self._ask(request, "submit", rows)

    @admin.action(description=gettext_lazy("Publish"), permissions=["publish"])
    def publish_chosen(self, request: HttpRequest, rows: models.QuerySet) -> HttpResponse | None:
        """Ask to publish the rows that are ticked."""
        return self._ask(request, "publish", rows)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may publish such rows."""
        return review.may(request.user, "publish", self.model)

    def _ask(self, request: HttpRequest, name: str, rows: models.QuerySet) -> HttpResponse | None:
        keys = [str(pk) for pk in rows.values_list("pk", flat=True)[: MOST_ROWS + 1]]
        if len(keys) > MOST_ROWS:
            said = _("Choose %(most)s rows at most, so that they can be looked at.")
            messages.error(request, said % {"most": MOST_ROWS})
            return None
        address = reverse(f"admin:{self._route(f'{name}-chosen')}")
        return redirect(f"{address}?rows={','.join(keys)}")

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the acts on rows chosen in the list."""
        own = [
            path(
                f"{name}-chosen/",
                self.admin_site.admin_view(partial(self.chosen_view, name=name)),
                name=self._route(f"{name}-chosen"),
            )
            for name in ("submit", "publish")
        ]
        return own + super().get_urls()

    def chosen_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Take rows chosen in the list one step further together, or none of them."""
        step = STEPS[name]
        if not self.has_view_permission(request) or not review.may(
            request.user, step.right, self.model
        ):
            raise PermissionDenied
        asked = [key for key in request.GET.get("rows", "").split(",") if KEY.fullmatch(key)]
        rows = list(self.get_queryset(request).filter(pk__in=asked[:MOST_ROWS]))
        others = [row for row in rows if not step.starts(row)]
        if others or not rows:
            message = ngettext(
                "%(count)s chosen row cannot take this step: %(rows)s.",
                "%(count)s chosen rows cannot take this step: %(rows)s.",
                len(others),
            )
            names = ", ".join(f"{row} ({row.state})" for row in others)
            said = message % {"count": len(others), "rows": names} if others else _("Choose rows.")
            messages.error(request, said)
            return redirect(self.address_of(None))
        return self.confirm(request, None, self.step(request, name, rows))

    def acts(self, request: HttpRequest, obj: PublicRow) -> list[tuple[str, str]]:
        """Add correcting, for those who may add rows, and withdrawing."""
        acts = super().acts(request, obj)
        user = request.user
        if review.may(user, "add", obj) and obj.is_public(timezone.now()):
            acts.append(("correct", _("Correct")))
        may_withdraw = self.has_change_permission(request, obj) or review.may(
            request.user, "publish", obj
        )
        if obj.public_until is None and may_withdraw:
            acts.append(("withdraw", _("Withdraw")))
        return acts

    def act_views(self) -> dict[str, Callable[..., HttpResponse]]:
        """Add correcting and withdrawing."""
        return super().act_views() | {"correct": self.correct_view, "withdraw": self.withdraw_view}

    def correct_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a draft that replaces the public row, and open it."""
        obj = self.object_for(request, object_id, "correct")
        form = CorrectForm(request.POST)
        if request.method != "POST" or not form.is_valid():
            return self.confirm(
                request, obj, Act(_("Correct"), [obj], lambda _form: "", CorrectForm)
            )
        try:
            draft = draft_correction(obj, form.cleaned_data["reason"])
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(self.address_of(obj))
        messages.info(request, _("This draft replaces the public row once it is published."))
        return redirect(self.address_of(draft))

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the row out of readers' sight, or close the draft, for a reason."""
        obj = self.object_for(request, object_id, "withdraw")

        def withdraw_it(form: WithdrawForm) -> str:
            review.withdraw(obj, request.user, form.cleaned_data["reason"], timezone.now())
            return _("Withdrawn.")

        act = Act(_("Withdraw"), [obj], withdraw_it, WithdrawForm)
        if obj.public_from is not None:
            foretell = lambda _values: review.withdrawal_foretold(obj, timezone.now())  # noqa: E731
            act = replace(act, foretell=foretell)
        return self.confirm(request, obj, act)
