"""UN operational rates: one by one, by the Treasury's file, and given to entries that wait."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from contributions import operational_rates
from contributions.models import ExchangeRate, PledgeEntry
from mptf_portal import review
from mptf_portal.editing import Act, ActingAdmin
from mptf_portal.editing.rows import MOST_ROWS
from mptf_portal.live import lock_revision
from mptf_portal.publishing import as_stored

SOURCE = "UN operational rates of exchange (treasury.un.org/operationalrates)"
SALT = "contributions.operational_rates"


class UploadForm(forms.Form):
    """The Treasury's file, and what entries then name as the source of their rate."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("The Treasury's XML, or a CSV with f_curr_code, eff_date and rate."),
        widget=forms.FileInput({"accept": ".xml,.csv,.txt,text/xml,text/csv"}),
    )
    source = forms.CharField(label=gettext_lazy("Source"), max_length=300, initial=SOURCE)

    def clean_file(self) -> UploadedFile:
        """Read the file; keep its rates and the lines that are ignored."""
        file = self.cleaned_data["file"]
        if file.size > operational_rates.MOST_BYTES:
            raise ValidationError(_("The file is larger than 2 MB; the Treasury's has some 50 kB."))
        self.rates, self.ignored = operational_rates.read(file.read())
        return file


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ActingAdmin):
    """UN operational rates of exchange."""

    change_list_template = "admin/rates/list.html"
    list_display = ("currency", "effective_on", "rate", "source")
    list_filter = ("currency",)
    date_hierarchy = "effective_on"

    def get_urls(self) -> list[URLPattern]:
        """Add the upload, its confirmation and the valuing of entries."""
        view = self.admin_site.admin_view
        name = "contributions_exchangerate_{}".format
        return [
            path("upload/", view(self.upload_view), name=name("upload")),
            path("upload/confirm/", view(require_POST(self.confirm_view)), name=name("confirm")),
            path("value-entries/", view(self.value_view), name=name("value-entries")),
            *super().get_urls(),
        ]

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the file, and show what it would bring before anything is written."""
        self._refuse_without(request, "add", "change")
        if request.method != "POST":
            return self._page(request, "upload", form=UploadForm())
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, "upload", form=form)
        carried = {
            "rates": operational_rates.packed(form.rates),
            "ignored": [[one.line, one.currency, one.why] for one in form.ignored],
            "source": form.cleaned_data["source"],
        }
        return self._preview(request, carried)

    def confirm_view(self, request: HttpRequest) -> HttpResponse:
        """Write what was shown, all of it or nothing, and show what was written."""
        self._refuse_without(request, "add", "change")
        try:
            carried = signing.loads(request.POST.get("carried", ""), salt=SALT)
        except signing.BadSignature:
            messages.error(request, _("Nothing is written. Choose the file again."))
            return redirect("admin:contributions_exchangerate_upload")
        rates = operational_rates.unpacked(carried["rates"])
        with transaction.atomic():
            lock_revision()
            if request.POST.get("seen") != operational_rates.compare(rates).words:
                messages.error(
                    request, _("The rates on record changed since this was shown. Look again.")
                )
                return self._preview(request, carried)
            report = operational_rates.write(rates, carried["source"])
        return self._report(request, carried, report=report, is_done=True)

    def _preview(self, request: HttpRequest, carried: dict[str, Any]) -> HttpResponse:
        rates = operational_rates.unpacked(carried["rates"])
        return self._report(
            request,
            carried,
            report=operational_rates.compare(rates),
            carried=signing.dumps(carried, salt=SALT, compress=True),
        )

    def _report(self, request: HttpRequest, told: dict[str, Any], **context: Any) -> HttpResponse:
        ignored = [operational_rates.Ignored(*one) for one in told["ignored"]]
        return self._page(request, "report", ignored=ignored, source=told["source"], **context)

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        context |= self.admin_site.each_context(request)
        context |= {"title": _("Upload the Treasury's rates"), "opts": self.opts}
        context |= {"back": self.address_of(None)}
        return TemplateResponse(request, f"admin/rates/{name}.html", context)

    def _refuse_without(self, request: HttpRequest, *acts: str) -> None:
        if not all(review.may(request.user, act, ExchangeRate) for act in acts):
            raise PermissionDenied

    def value_view(self, request: HttpRequest) -> HttpResponse:
        """Give entries that nobody published yet the rate that is now in force on their day."""
        if not review.may(request.user, "change", PledgeEntry):
            raise PermissionDenied
        unvalued = PledgeEntry.objects.unvalued_by_rate().select_related("pledge__donor")
        rows = list(unvalued.unpublished().with_rate_in_force()[:MOST_ROWS])
        rates = ExchangeRate.objects.in_bulk([row.rate_in_force for row in rows])
        for row in rows:
            row.take_rate(rates[row.rate_in_force])
        context = {
            "stuck": unvalued.unpublished().without_rate_in_force()[:MOST_ROWS],
            "published": unvalued.exclude(public_from=None)[:MOST_ROWS],
            "most": MOST_ROWS,
        }
        act = Act(
            title=_("Value entries"),
            rows=rows,
            do=lambda _form: _value(rows),
            template="admin/rates/value.html",
            context=context,
        )
        return self.confirm(request, None, act)


def _value(rows: list[PledgeEntry]) -> str:
    """Save the value of each row that is still without one."""
    lock_revision()
    valued = 0
    for seen in rows:
        row = as_stored(seen)
        if row.amount_usd is None and row.is_unpublished:
            row._change_reason = _("Valued at the rate in force")  # noqa: SLF001 (simple-history's attribute)
            row.full_clean()
            row.save()
            valued += 1
    said = ngettext("%(count)s entry is valued.", "%(count)s entries are valued.", valued)
    return said % {"count": valued}
