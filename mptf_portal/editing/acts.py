"""One act on a page of its own: shown, confirmed by who saw what it touches, done whole or not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from mptf_portal.consequences import Consequences
from mptf_portal.editing import versions
from mptf_portal.editing.kept import KeptAdmin
from mptf_portal.live import lock_revision
from mptf_portal.publishing import PublicRow, reason_of
from mptf_portal.review import key_of


@dataclass(frozen=True)
class Act:
    """What one page of the admin asks to confirm.

    `do` takes the valid form and returns what to tell the user; its ValidationError stops the act.
    What the page shows beside the rows stands in `context`, and `shown` changes with it; `unseen`
    is said when the user saw another state of it all. Where `hindrances` stand, the page says them
    in place of the button. `in_full` has the page show all that readers would see of the rows.
    `foretell` takes the form's values, none while the form is not valid, and returns what the act
    changes for readers, if anything can: the page tells it, and it counts as seen.
    """

    title: str
    rows: Sequence[PublicRow]
    do: Callable[[Any], str]
    form: type[forms.Form] = forms.Form
    in_full: bool = False
    template: str = "admin/act.html"
    context: Mapping[str, Any] = field(default_factory=dict)
    shown: str = ""
    hindrances: Sequence[str] = ()
    foretell: Callable[[dict[str, Any]], Consequences | None] | None = None
    unseen: str = gettext_lazy(
        "A row was added or changed since this page was opened, or it now changes something else "
        "for readers. Look again, then confirm."
    )


def refuse_unseen(seen: str | None, now: str, message: str) -> None:
    """Raise ValidationError when the user saw something else than the act would touch."""
    if seen != now:
        raise ValidationError(message)


@dataclass(frozen=True)
class Shown:
    """What an approver sees: a row, or what rows rest on, and what readers would see of it.

    Of a correction these are its changes, each before and after, and why it is made.
    """

    row: Any
    facts: list[tuple[str, str]]
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    because: str = ""


def shown(rows: Sequence[PublicRow]) -> list[Shown]:
    """Return the rows with their facts, corrections with their changes."""
    return [
        Shown(one, [], list(one.changes()), reason_of(one))
        if one.replaces_id
        else Shown(one, list(one.facts()))
        for one in rows
    ]


def resting(rows: Sequence[PublicRow]) -> list[Shown]:
    """Return what the rows rest on, with its facts."""
    return [Shown(one, list(one.facts())) for one in _rested_on(rows)]


def remarks(rows: Sequence[PublicRow]) -> list[str]:
    """Return what to look at twice before the rows are published."""
    return [remark for one in (*rows, *_rested_on(rows)) for remark in one.remarks()]


def _rested_on(rows: Sequence[PublicRow]) -> Iterable[Any]:
    return {key_of(one): one for row in rows for one in row.rests_on()}.values()


def _told(
    obj: models.Model | None, act: Act, values: dict[str, Any]
) -> tuple[Consequences | None, str]:
    """Return what the act changes for readers, and the fingerprint of all that its page shows."""
    told = act.foretell(values) if act.foretell else None
    seen = [act.shown, told.shown if told else ""]
    if act.in_full:
        told_of = [*shown(act.rows), *resting(act.rows)]
        seen += [repr((one.facts, one.changes, one.because)) for one in told_of]
    return told, versions.fingerprint([*([obj] if obj else []), *act.rows], "\n".join(seen))


class ActingAdmin(KeptAdmin):
    """An admin with acts, each confirmed on a page of its own."""

    def confirm(self, request: HttpRequest, obj: models.Model | None, act: Act) -> HttpResponse:
        """Show the act's form and rows; on POST do it in one transaction, or say why not.

        `obj` is the object whose page leads here, or None for rows chosen in the list.
        """
        form = act.form(request.POST if request.method == "POST" else None)
        back = self.address_of(obj)
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    lock_revision()  # or what another form is just writing would be lost
                    told, seen = _told(obj, act, form.cleaned_data)
                    refuse_unseen(request.POST.get("seen"), seen, act.unseen)
                    done = act.do(form)
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                messages.success(request, done)
                return redirect(back)
        else:
            told, seen = _told(obj, act, {})
        context = {
            **self.admin_site.each_context(request),
            **act.context,
            "title": act.title,
            "opts": self.opts,
            "original": obj,
            "back": back,
            "form": form,
            "rows": act.rows,
            "in_full": shown(act.rows) if act.in_full else [],
            "resting": resting(act.rows) if act.in_full else [],
            "remarks": remarks(act.rows) if act.in_full else [],
            "hindrances": act.hindrances,
            "consequences": told,
            "seen": seen,
        }
        return TemplateResponse(request, act.template, context)

    def address_of(self, obj: models.Model | None) -> str:
        """Return the address of the object's page; of the list for None."""
        options = (obj or self.model)._meta
        route = f"admin:{options.app_label}_{options.model_name}"
        if obj is None:
            return reverse(f"{route}_changelist")
        return reverse(f"{route}_change", args=[obj.pk])
