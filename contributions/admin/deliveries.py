"""What was read out: the form of the act, and the deliveries, which are only looked at."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.comparison import Comparison, compare_delivered
from contributions.delivered_page import delivered_context
from contributions.delivery import Record
from contributions.models import Delivery, Edition
from contributions.models.deliveries import checksum
from mptf_portal.dates import today
from mptf_portal.editing import KeptAdmin
from mptf_portal.snapshot import INCEPTION, latest


class DeliverForm(forms.Form):
    """The day on which the text is or was read out."""

    delivered_on = forms.DateField(
        label=gettext_lazy("Read out on"),
        initial=today,
        help_text=gettext_lazy("The figures are those of that day; for today, of this second."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_delivered_on(self) -> date:
        """Refuse a day that is still to come, and one before the Fund began."""
        day = self.cleaned_data["delivered_on"]
        if day > today():
            raise ValidationError(_("That day is still to come; nothing can be read out yet."))
        if day < INCEPTION:
            raise ValidationError(_("The Fund began in 2019; nothing was read out before."))
        return day


def day_posted(request: HttpRequest) -> date:
    """Return the day of the form that was posted; today where it holds none that is allowed."""
    form = DeliverForm(request.POST)
    return form.cleaned_data["delivered_on"] if form.is_valid() else today()


@admin.register(Delivery)
class DeliveryAdmin(KeptAdmin):
    """Deliveries are written by the act on an edition's page, and then never again."""

    change_form_template = "admin/delivery/page.html"
    view_on_site = False  # its page leads to the public one, and to the record
    fields = ("statement", "language", "edition", "delivered_on", "sha256", "record")
    list_display = ("statement", "language", "delivered_on", "sha256")
    list_filter = ("language",)
    list_select_related = ("statement",)
    date_hierarchy = "delivered_on"

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        """Show what was frozen, whether its checksum still is that of its bytes, and today."""
        delivery = options["obj"]
        context |= {"delivery": delivery, "recomputed": checksum(delivery.record)}
        try:
            context |= _frozen(delivery)
        except (KeyError, TypeError, ValueError):  # its bytes were changed outside the portal
            context["record"] = None
        return super().render_change_form(request, context, *args, **options)


def _frozen(delivery: Delivery) -> dict[str, Any]:
    """Return what a record holds, beside what is said today."""
    snapshot = latest()
    shown = delivered_context(snapshot, delivery)
    current = _beside_the_current(delivery, shown["record"])
    return shown | {"today": snapshot.as_of, "current": current}


def _beside_the_current(delivery: Delivery, record: Record) -> Comparison | None:
    """Return the text that readers see now beside the delivered one; None without such a text."""
    public = Edition.objects.public(timezone.now())
    edition = public.filter(statement=delivery.statement, language=delivery.language).first()
    return compare_delivered(record, edition) if edition else None
