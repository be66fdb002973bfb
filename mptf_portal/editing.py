"""What the admin of every row with a `public_from` shares: drafts, and three acts on a page each.

A draft is changed freely. Publishing, correcting and withdrawing are acts of their own, never a
field of a form, so that a form saved by someone without the permission cannot publish.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import TabularInline
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from mptf_portal.forms import (
    PublicRowForm,
    PublishCorrectionForm,
    PublishForm,
    WithdrawForm,
)
from mptf_portal.publishing import PublicRow, draft_correction, publish, withdraw


@dataclass(frozen=True)
class Act:
    """What one page of the admin asks to confirm.

    `do` takes the valid form and returns what to tell the user; its ValidationError stops the act.
    What the page shows beside the rows stands in `context`, and `shown` changes with it; `unseen`
    is said when the user saw another state of it all.
    """

    title: str
    rows: Sequence[PublicRow]
    do: Callable[[Any], str]
    form: type[forms.Form] = forms.Form
    template: str = "admin/act.html"
    context: Mapping[str, Any] = field(default_factory=dict)
    shown: str = ""
    unseen: str = gettext_lazy(
        "A row was added or changed since this page was opened. Look again, then confirm."
    )


def fingerprint(page: models.Model, rows: Sequence[PublicRow], shown: str = "") -> str:
    """Return what changes when the page's object, a row or what else is shown does."""
    parts = [shown]
    for row in (page, *rows):
        change = row.history.order_by("-pk").values_list("pk", flat=True).first()
        parts.append(f"{row._meta.model_name} {row.pk} {change} {getattr(row, 'in_words', '')}")
    return sha256("\n".join(parts).encode()).hexdigest()


def refuse_unseen(seen: str | None, now: str, message: str) -> None:
    """Raise ValidationError when the user saw something else than the act would touch."""
    if seen != now:
        raise ValidationError(message)


def may_publish(request: HttpRequest, model: type[models.Model]) -> bool:
    """Tell whether the user holds the model's permission `publish`."""
    options = model._meta
    return request.user.has_perm(f"{options.app_label}.publish_{options.model_name}")


class NeverDeleted:
    """An admin or an inline whose rows nobody deletes: they are corrected, or withdrawn."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


class TableInline(NeverDeleted, TabularInline):
    """Rows of another model as a table on a page."""

    extra = 0
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **options: Any
    ) -> Any:
        """Give each field the name that the table's head shows to the eye alone."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field:
            field.widget.attrs["aria-label"] = capfirst(field.label)
        return field


class KeptAdmin(NeverDeleted, SimpleHistoryAdmin):
    """An admin with history and without deletion; the history is read and never posted to."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    actions = None

    def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a row as it was; the package would save what is posted, to anybody who may view."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return super().history_form_view(request, *args, **kwargs)


class PublishingAdmin(KeptAdmin):
    """An admin with the act “publish”."""

    change_form_template = "admin/public_row_form.html"

    def publishable(self, obj: Any) -> Sequence[PublicRow]:
        """Return the drafts that the page of `obj` publishes together."""
        raise NotImplementedError

    def acts(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """Return what the user may do with `obj` beside editing it: name in addresses, label."""
        rows = self.publishable(obj)
        allowed = all(may_publish(request, type(row)) for row in rows)
        return [("publish", _("Publish"))] if rows and allowed else []

    def get_urls(self) -> list[URLPattern]:
        """Add the address of each act."""
        views: dict[str, Callable[..., HttpResponse]] = self.act_views()
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=self._route(name),
            )
            for name, view in views.items()
        ]
        return own + super().get_urls()

    def act_views(self) -> dict[str, Callable[..., HttpResponse]]:
        """Return the view of each act by its name in addresses."""
        return {"publish": self.publish_view}

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
        links = [(label, self.act_url(name, obj)) for name, label in acts]
        return super().change_view(
            request, object_id, form_url, (extra_context or {}) | {"acts": links}
        )

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

    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Publish the drafts of a page together, or none of them."""
        obj = self.object_for(request, object_id, "publish")
        rows = self.publishable(obj)
        for row in rows:
            with suppress(ValidationError):  # publishing says it; here the row shows its value
                row.clean()

        def publish_all(form: PublishForm) -> str:
            for row in rows:
                why = form.cleaned_data.get("reason", "") if row.replaces_id else ""
                with naming(row):
                    publish(row, form.cleaned_data["public_from"], why)
            return _("Published.")

        corrects = any(row.replaces_id for row in rows)
        asked = PublishCorrectionForm if corrects else PublishForm
        return self.confirm(request, obj, Act(_("Publish"), rows, publish_all, asked))

    def confirm(self, request: HttpRequest, obj: models.Model, act: Act) -> HttpResponse:
        """Show the act's form and rows; on POST do it in one transaction, or say why not."""
        form = act.form(request.POST if request.method == "POST" else None)
        seen = fingerprint(obj, act.rows, act.shown)
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    refuse_unseen(request.POST.get("seen"), seen, act.unseen)
                    done = act.do(form)
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                messages.success(request, done)
                return redirect(self._change_url(obj))
        context = {
            **self.admin_site.each_context(request),
            **act.context,
            "title": act.title,
            "opts": self.opts,
            "original": obj,
            "back": self._change_url(obj),
            "form": form,
            "rows": act.rows,
            "seen": seen,
        }
        return TemplateResponse(request, act.template, context)

    def _change_url(self, obj: models.Model) -> str:
        return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


@contextmanager
def naming(row: PublicRow) -> Iterator[None]:
    """Put the row's name before each message of a ValidationError raised inside."""
    try:
        yield
    except ValidationError as error:
        name = f"{row._meta.verbose_name} {row}"
        raise ValidationError([f"{name}: {message}" for message in error.messages]) from error


class PublicRowAdmin(PublishingAdmin):
    """The admin of one kind of row: a draft is changed, a public row corrected or withdrawn."""

    form = PublicRowForm
    readonly_fields = ("state", "public_from", "public_until", "withdrawn_reason", "replaces")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Allow changing drafts only."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.is_draft)

    def publishable(self, obj: PublicRow) -> Sequence[PublicRow]:
        """Return the row itself while it is not public."""
        return [] if obj.is_locked else [obj]

    def acts(self, request: HttpRequest, obj: PublicRow) -> list[tuple[str, str]]:
        """Add correcting, for those who may add rows, and withdrawing."""
        acts = super().acts(request, obj)
        options = self.opts
        may_add = request.user.has_perm(f"{options.app_label}.add_{options.model_name}")
        if may_add and obj.is_public(timezone.now()):
            acts.append(("correct", _("Correct")))
        may_withdraw = self.has_change_permission(request, obj) or may_publish(request, type(obj))
        if obj.public_until is None and may_withdraw:
            acts.append(("withdraw", _("Withdraw")))
        return acts

    def act_views(self) -> dict[str, Callable[..., HttpResponse]]:
        """Add correcting and withdrawing."""
        return super().act_views() | {"correct": self.correct_view, "withdraw": self.withdraw_view}

    def correct_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a draft that replaces the public row, and open it."""
        obj = self.object_for(request, object_id, "correct")
        if request.method != "POST":
            return self.confirm(request, obj, Act(_("Correct"), [obj], lambda _form: ""))
        try:
            draft = draft_correction(obj)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(self._change_url(obj))
        messages.info(request, _("This draft replaces the public row once it is published."))
        return redirect(self._change_url(draft))

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the row out of readers' sight, or close the draft, for a reason."""
        obj = self.object_for(request, object_id, "withdraw")

        def withdraw_it(form: WithdrawForm) -> str:
            withdraw(obj, form.cleaned_data["reason"], timezone.now())
            return _("Withdrawn.")

        return self.confirm(request, obj, Act(_("Withdraw"), [obj], withdraw_it, WithdrawForm))
