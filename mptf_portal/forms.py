"""The forms of rows that are drafted and published, and of the acts on them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mptf_portal.live import lock_revision
from mptf_portal.publishing import REASON_LENGTH

LONGEST_EMBARGO = timedelta(days=5 * 366)


class PublicRowForm(forms.ModelForm):
    """A form that leaves all but drafts as they are and checks every constraint."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was_draft = self.instance.is_draft
        if self.instance.pk and not self.was_draft:
            for field in self.fields.values():
                field.disabled = True
                field.widget.attrs["class"] = "unchangeable"  # and no calendar beside it

    def _post_clean(self) -> None:
        """Check the constraints on columns that the form does not show, too."""
        super()._post_clean()
        if self.errors:
            return
        if self.was_draft and self._is_draft_no_longer():
            self.add_error(
                None,
                _("This row was submitted, published or withdrawn meanwhile. Nothing is saved."),
            )
            return
        try:
            self.instance.validate_constraints()
        except ValidationError as error:
            self.add_error(None, error.messages)

    def _is_draft_no_longer(self) -> bool:
        """Lock the stored row until the page's transaction ends, and tell what became of it."""
        lock_revision()
        stored = type(self.instance).objects.select_for_update(of=("self",))
        current = stored.filter(pk=self.instance.pk).first()
        return current is not None and not current.is_draft


class PublishForm(forms.Form):
    """When the rows become public."""

    public_from = forms.DateTimeField(
        label=gettext_lazy("Public from (UTC)"),
        required=False,
        help_text=gettext_lazy("Empty: now. A moment to come: nothing shows before it."),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_public_from(self) -> datetime:
        """Return the moment, now where none is given; the past cannot be rewritten."""
        now = timezone.now()
        wanted = self.cleaned_data["public_from"] or now
        if wanted < now:
            raise ValidationError(_("A row cannot have been public before now; leave it empty."))
        if wanted > now + LONGEST_EMBARGO:
            raise ValidationError(_("That is more than five years ahead. Check the year."))
        return wanted


class CorrectForm(forms.Form):
    """Why a public row is corrected: who finds the mistake says so."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is corrected"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput({"class": "vTextField"}),
        help_text=gettext_lazy(
            "Its approver reads it, and readers see it in the log of corrections."
        ),
    )


class PublishCorrectionForm(PublishForm):
    """When corrections become public, and why rows are corrected; `said` is what is said of each.

    One is approved for the reason that stands in the form. Of several each keeps its own, unless
    one is given for all.
    """

    reason = forms.CharField(
        label=gettext_lazy("Why it is corrected"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput({"class": "vTextField"}),
        help_text=gettext_lazy("Readers see it in the log of corrections."),
    )

    def __init__(self, said: Sequence[str], *args: Any, **options: Any) -> None:
        """Fill in the one reason; let that for all be empty where each has its own."""
        super().__init__(*args, **options)
        reason = self.fields["reason"]
        if len(said) == 1:
            reason.initial = said[0]
            return
        reason.required = not all(said)
        reason.label = _("One reason for all")
        reason.help_text = _(
            "Empty: each is corrected for the reason beside it. Readers see it in the log of "
            "corrections."
        )


class WithdrawForm(forms.Form):
    """Why a row is withdrawn."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea,
        help_text=gettext_lazy(
            "Readers see it in the log of corrections if they ever saw what is withdrawn."
        ),
    )


class SendBackForm(forms.Form):
    """What an approver asks for before a row can be published."""

    comment = forms.CharField(
        label=gettext_lazy("What is to be changed"),
        widget=forms.Textarea,
        help_text=gettext_lazy("Its officer reads it on the row's page; readers never do."),
    )
