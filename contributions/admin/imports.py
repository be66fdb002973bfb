"""Bringing a file in: choose it, say how it is read, look at what it does, confirm, or undo."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from contributions.importing import kinds, reading
from contributions.importing.comparing import Comparison, Outcome, Verdict
from contributions.importing.reading import MEGABYTE, MOST_BYTES, MOST_ROWS, RefusedFileError
from contributions.importing.values import Dates, Numbers, Writing
from contributions.importing.writing import tried, undo, write
from contributions.models import FileImport
from mptf_portal import review
from mptf_portal.editing import Act, PublishingAdmin, versions
from mptf_portal.editing.dashboard import Line, Panel, panels
from mptf_portal.editing.rows import MOST_ROWS as MOST_ROWS_OF_AN_ACT
from mptf_portal.live import lock_revision
from mptf_portal.money import format_moment
from mptf_portal.publishing import PublicRow

HELD_FOR = timedelta(days=1)
SHOWN = 100  # lines of each verdict on the page of the preview
FORM_BYTES = 64 * 1024  # of a request beside the file
LABELS = {
    Verdict.REFUSED: gettext_lazy("Refused"),
    Verdict.CHANGED: gettext_lazy("Changed"),
    Verdict.NEW: gettext_lazy("New"),
    Verdict.UNCHANGED: gettext_lazy("Unchanged"),
    Verdict.SKIPPED: gettext_lazy("Skipped"),
}


class ChooseFileForm(forms.Form):
    """The file, and what its rows are."""

    kind = forms.ChoiceField(
        label=gettext_lazy("The rows are"),
        choices=FileImport.Kind.choices,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV (UTF-8, with commas) or XLSX, up to 10 MB and 5,000 rows, one row of headings."
        ),
        widget=forms.FileInput({"accept": ".csv,.xlsx"}),
    )

    def clean(self) -> dict[str, Any]:
        """Read the whole file once: what is no table is refused before anything is kept."""
        cleaned = super().clean()
        if file := cleaned.get("file"):
            self.content = file.read()
            table = reading.of_bytes(self.content, file.name)
            self.headings = table.headings
            for _row in reading.rows_of(table, MOST_ROWS):
                pass
        return cleaned


class ReadingForm(forms.Form):
    """How the file writes days and numbers, and which column each heading is."""

    dates = forms.ChoiceField(
        label=gettext_lazy("Days"), choices=Dates.choices, required=False, widget=forms.RadioSelect
    )
    numbers = forms.ChoiceField(
        label=gettext_lazy("Numbers"),
        choices=Numbers.choices,
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, kind: str, headings: list[str], data: Any = None, **options: Any) -> None:
        """Ask of each heading which column it is; recognised ones are chosen."""
        super().__init__(data, **options)
        self.headings = [heading for heading in headings if heading]
        self.resource = kinds.KINDS[kind]
        found = kinds.mapped(kind, self.headings)
        choices = [("", _("— leave it out —")), *((name, name) for name in kinds.columns(kind))]
        for number, heading in enumerate(self.headings):
            self.fields[f"column-{number}"] = forms.ChoiceField(
                label=heading, choices=choices, required=False, initial=found.get(heading, "")
            )

    def clean(self) -> dict[str, Any]:
        """Refuse two headings of one column, and a column that is needed and that none is."""
        cleaned = super().clean()
        chosen = list(self.mapping(cleaned).values())
        if twice := next((name for name in chosen if chosen.count(name) > 1), ""):
            raise ValidationError(_("Two headings are “%(name)s”.") % {"name": twice})
        if missing := self.resource.missing(chosen):
            message = _("No heading is %(names)s. Choose which one is, or add it to the file.")
            raise ValidationError(message % {"names": ", ".join(missing)})
        return cleaned

    def mapping(self, values: dict[str, Any]) -> dict[str, str]:
        """Return by heading the column it is."""
        named = {h: values.get(f"column-{number}", "") for number, h in enumerate(self.headings)}
        return {heading: column for heading, column in named.items() if column}


@admin.register(FileImport)
class FileImportAdmin(PublishingAdmin):
    """Imports: each with what it brought, handed on as one and undone as one."""

    change_form_template = "admin/import/form.html"
    change_list_template = "admin/import/list.html"
    fields = ("kind", "file_name", "sha256", "by", "at", "stage")
    readonly_fields = fields
    list_display = ("file_name", "kind", "by", "at", "stage")
    list_filter = ("kind", "stage")
    list_select_related = ("by",)
    search_fields = ("file_name",)
    date_hierarchy = "at"

    class Media:
        css = {"all": ("css/desk-entering.css", "css/desk-importing.css")}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse: what was imported is what was imported."""
        return False

    def publishable(self, obj: FileImport) -> Sequence[PublicRow]:
        """Return what the import wrote that no reader knows yet, as many as one act takes."""
        return obj.open_rows()[:MOST_ROWS_OF_AN_ACT] if obj.stage == FileImport.Stage.DONE else []

    def acts(self, request: HttpRequest, obj: FileImport) -> list[tuple[str, str]]:
        """Offer what comes next: reading a held file, or handing on and undoing what it wrote."""
        if obj.stage == FileImport.Stage.HELD:
            goes_on = obj.content is not None and self._may_go_on(request, obj)
            return [("read", _("Go on"))] if goes_on else []
        acts = super().acts(request, obj)
        if review.may(request.user, "change", FileImport) and obj.can_be_undone:
            acts.append(("undo", _("Undo the import")))
        return acts

    def _may_go_on(self, request: HttpRequest, obj: FileImport) -> bool:
        """Tell whether the file is this user's, and whether they may enter such rows."""
        return obj.by_id == request.user.pk and kinds.may_bring_in(request.user, obj.kind)

    def _held(self, request: HttpRequest, object_id: str) -> FileImport:
        """Return the import: 404 without it, 403 where it is not this user's to go on with."""
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self._may_go_on(request, obj):
            raise PermissionDenied
        return obj

    def _led_on(self, request: HttpRequest, obj: FileImport) -> HttpResponse | None:
        """Lead on where the file is not held any more, and say why; None while it is."""
        if obj.stage != FileImport.Stage.HELD:
            undone = obj.stage == FileImport.Stage.UNDONE
            said = _("It was imported, and undone.") if undone else _("It is imported already.")
            messages.info(request, said)
            return redirect(self.address_of(obj))
        if obj.content is None:
            messages.warning(
                request,
                _("A file is kept for one day, and this one was thrown away. Choose it anew."),
            )
            return redirect("admin:contributions_fileimport_add")
        return None

    def act_views(self) -> dict[str, Callable[..., HttpResponse]]:
        """Add reading, looking and undoing."""
        return super().act_views() | {
            "read": self.read_view,
            "look": self.look_view,
            "undo": self.undo_view,
        }

    # Choose the file

    def get_urls(self) -> list[URLPattern]:
        """Let the page that takes the file see its size before anything reads it."""
        add = path(
            "add/",
            self.admin_site.admin_view(csrf_exempt(self.choose_view)),
            name="contributions_fileimport_add",
        )
        return [add, *super().get_urls()]

    def choose_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the file; one that is too large is refused before a byte of it is read."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + FORM_BYTES:
            form = ChooseFileForm()
            message = _(
                "The file is larger than %(most)s MB. Import it on the server by "
                "“manage.py import_ledger”, or in parts."
            )
            refused = [message % {"most": MOST_BYTES // MEGABYTE}]
            return self._page(request, "choose", form=form, refused=refused, status=413)
        return self._chosen(request)

    @method_decorator(csrf_protect)
    def _chosen(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return self._page(request, "choose", form=ChooseFileForm())
        form = ChooseFileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, "choose", form=form)
        self._throw_old_files_away()
        held = FileImport.objects.create(
            kind=form.cleaned_data["kind"],
            file_name=form.cleaned_data["file"].name[:255],
            sha256=hashlib.sha256(form.content).hexdigest(),
            by=request.user,
            at=timezone.now(),
            content=form.content,
        )
        return redirect(self.act_url("read", held))

    def _throw_old_files_away(self) -> None:
        """Keep no file for longer than a day."""
        old = FileImport.objects.filter(at__lt=timezone.now() - HELD_FOR)
        old.exclude(content=None).update(content=None)

    # Say how it is read

    def read_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask which column each heading is, and how days and numbers are written."""
        held = self._held(request, object_id)
        if led_on := self._led_on(request, held):
            return led_on
        headings = reading.of_bytes(bytes(held.content), held.file_name).headings
        form = ReadingForm(held.kind, headings, request.POST or None, initial=held.writing)
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            held.writing = {
                "dates": values["dates"],
                "numbers": values["numbers"],
                "mapping": form.mapping(values),
            }
            held.save()
            return redirect(self.act_url("look", held))
        resource = kinds.KINDS[held.kind]
        return self._page(request, "read", form=form, original=held, required=resource.required)

    # Look at what it does, and confirm

    def look_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what each line would do; on POST write all of it, or say why not."""
        held = self._held(request, object_id)
        if led_on := self._led_on(request, held):
            return led_on
        if "mapping" not in held.writing:
            return redirect(self.act_url("read", held))
        refused: list[str] = []
        if request.method == "POST":
            try:
                _confirm(held, request.POST.get("seen"))
            except RefusedFileError as error:
                refused = error.messages
                held.refresh_from_db()
                if led_on := self._led_on(request, held):  # the other click was quicker
                    return led_on
            else:
                messages.success(request, _("Imported. It waits for an approver."))
                return redirect(self.address_of(held))
        try:
            outcomes = _outcomes(held)
            seen = _fingerprint(outcomes)
            if all(one.verdict is not Verdict.REFUSED for one in outcomes):
                outcomes = tried(held, outcomes)
        except RefusedFileError as error:
            again = self.act_url("read", held)
            return self._page(request, "look", original=held, refused=error.messages, again=again)
        counts = Counter(one.verdict for one in outcomes)
        return self._page(
            request,
            "look",
            original=held,
            refused=refused,
            groups=_groups(outcomes),
            counts=[(LABELS[verdict], counts[verdict]) for verdict in LABELS],
            brings=counts[Verdict.NEW] + counts[Verdict.CHANGED],
            stops=counts[Verdict.REFUSED],
            seen=seen,
            again=self.act_url("read", held),
        )

    # Afterwards

    def undo_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take back all that the import wrote."""
        done = self.object_for(request, object_id, "undo")

        def undo_it(_form: forms.Form) -> str:
            undo(done, request.user)
            return _("Undone. The corrected file can go in.")

        return self.confirm(request, done, Act(_("Undo the import"), done.open_rows(), undo_it))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what the import brought."""
        obj = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if obj is not None:
            touched = obj.touched()
            brought = [
                (kept.number, row, self.address_of(row), getattr(row, "state", ""))
                for kept, row in touched[:SHOWN]
            ]
            shown = {
                "brought": brought,
                "more": max(len(touched) - SHOWN, 0),
                "most": MOST_ROWS_OF_AN_ACT if len(touched) > MOST_ROWS_OF_AN_ACT else 0,
                "counts": [(label, obj.counts.get(str(key), 0)) for key, label in LABELS.items()],
            }
        return super().change_view(request, object_id, form_url, (extra_context or {}) | shown)

    def _page(
        self, request: HttpRequest, name: str, status: int = 200, **context: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Bring a file in"),
            "opts": self.opts,
            "back": self.address_of(None),
            **context,
        }
        return TemplateResponse(request, f"admin/import/{name}.html", context, status=status)


def _outcomes(held: FileImport) -> list[Outcome]:
    """Return what each line of the held file would do."""
    table = reading.of_bytes(bytes(held.content), held.file_name)
    comparison = _comparison(held)
    rows = reading.rows_of(table, MOST_ROWS)
    return list(comparison.outcomes(table.headings, rows))


def _comparison(held: FileImport) -> Comparison:
    said = held.writing
    return Comparison(held.kind, said["mapping"], Writing(said["dates"], said["numbers"]))


@transaction.atomic
def _confirm(held: FileImport, seen: str | None) -> None:
    """Write the file where it still does what its officer saw; nothing is written in between.

    Raises RefusedFileError, then nothing is written, where it does something else by now.
    """
    lock_revision()
    current = FileImport.objects.select_for_update().get(pk=held.pk)
    if current.stage != FileImport.Stage.HELD:
        raise RefusedFileError(_("It is imported already."))
    if seen != _fingerprint(_outcomes(current)):
        raise RefusedFileError(_("The ledger was changed since this was shown. Look again."))
    _write(current)


def _write(held: FileImport) -> None:
    table = reading.of_bytes(bytes(held.content), held.file_name)
    rows = reading.rows_of(table, MOST_ROWS)
    write(held, _comparison(held), table.headings, rows)


def _fingerprint(outcomes: list[Outcome]) -> str:
    """Return what differs where the officer would be shown something else."""
    told = [
        (one.number, one.verdict, one.name, one.reasons, one.changes, one.brings)
        for one in outcomes
    ]
    return versions.fingerprint([], repr(told))


def _groups(outcomes: list[Outcome]) -> list[tuple[str, str, list[Outcome], int]]:
    """Return the first lines of each verdict, refused ones first, and how many more there are."""
    groups = []
    for verdict, label in LABELS.items():
        rows = [one for one in outcomes if one.verdict is verdict]
        if rows:
            groups.append((str(verdict), label, rows[:SHOWN], max(len(rows) - SHOWN, 0)))
    return groups


@panels(15)
def last_import(request: HttpRequest) -> list[Panel]:
    """Tell of the last file that was brought in."""
    if not review.may(request.user, "view", FileImport):
        return []
    last = FileImport.objects.select_related("by").exclude(stage=FileImport.Stage.HELD).first()
    lines = ()
    if last:
        page = reverse("admin:contributions_fileimport_change", args=[last.pk])
        told = {"stage": last.get_stage_display(), "at": format_moment(last.at), "by": last.by}
        lines = (Line(capfirst(str(last)), page, _("%(stage)s %(at)s by %(by)s") % told),)
    return [Panel(_("Last import"), lines, _("No file was brought in yet."))]
