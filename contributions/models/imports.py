"""Files brought into the ledger, and what each of them made and changed."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from mptf_portal.publishing import PublicRow


class FileImport(models.Model):
    """One file: held while its officer looks at what it would bring, then only what it brought."""

    class Kind(models.TextChoices):
        """What the rows of a file are."""

        DONORS = "donors", _("Donors")
        PLEDGES = "pledges", _("Pledges")
        DEPOSITS = "deposits", _("Deposits")
        TARGETS = "targets", _("Funding targets")
        PROGRAMMES = "programmes", _("Joint programmes")
        RESULTS = "results", _("Results")

    class Stage(models.TextChoices):
        """How far it is: looked at, written, or taken back."""

        HELD = "held", _("Looked at")
        DONE = "done", _("Imported")
        UNDONE = "undone", _("Undone")

    never_public = True  # see `mptf_portal.live.public_tables`

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    file_name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField(_("at"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.HELD)
    content = models.BinaryField(_("content"), null=True, editable=False)
    writing = models.JSONField(_("how the file is read"), default=dict, blank=True)
    counts = models.JSONField(_("what it brought"), default=dict, blank=True)
    history = HistoricalRecords(excluded_fields=["content"])

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-at", "-pk"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                name="fileimport_kind_known",
                condition=models.Q(
                    kind__in=["donors", "pledges", "deposits", "targets", "programmes", "results"]
                ),
                violation_error_message=_("Choose what the rows of the file are."),
            ),
            models.CheckConstraint(
                name="fileimport_stage_known",
                condition=models.Q(stage__in=["held", "done", "undone"]),
                violation_error_message=_("An import is looked at, imported or undone."),
            ),
            models.CheckConstraint(
                name="fileimport_keeps_no_file_once_done",
                condition=models.Q(stage="held") | models.Q(content=None),
                violation_error_message=_("The file is thrown away once it is imported."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.file_name}"

    def touched(self) -> list[tuple["ImportedRow", Any]]:
        """Return what it wrote, each with its row as it stands: one question for each model."""
        kept = list(self.rows.all())
        found: dict[str, dict[int, Any]] = {}
        for label in {one.model for one in kept}:
            keys = [one.key for one in kept if one.model == label]
            found[label] = _whole(apps.get_model(label), keys)
        return [(one, found[one.model][one.key]) for one in kept if one.key in found[one.model]]

    @property
    def can_be_undone(self) -> bool:
        """Tell whether it wrote anything that nobody published or withdrew yet."""
        if self.stage != FileImport.Stage.DONE:
            return False
        rows = [row for _kept, row in self.touched()]
        return any(not isinstance(row, PublicRow) or row.is_unpublished for row in rows)

    def open_rows(self) -> Sequence[PublicRow]:
        """Return what it wrote that nobody published, scheduled or withdrew yet."""
        rows = [row for _kept, row in self.touched() if isinstance(row, PublicRow)]
        return [row for row in rows if row.is_unpublished]


def _whole(model: type[models.Model], keys: list[int]) -> dict[int, Any]:
    """Return rows by key with what their words name."""
    names = [one.name for one in model._meta.concrete_fields if one.name in ("pledge", "programme")]
    names += ["pledge__donor"] if "pledge" in names else []
    found: dict[int, Any] = {}
    for start in range(0, len(keys), 500):  # SQLite takes some thousand values in one question
        rows = model.objects.select_related(*names) if names else model.objects.all()
        found |= rows.in_bulk(keys[start : start + 500])
    return found


class ImportedRow(models.Model):
    """One row that an import made, or changed: then with what stood there before."""

    never_public = True

    file_import = models.ForeignKey(
        FileImport, verbose_name=_("import"), on_delete=models.PROTECT, related_name="rows"
    )
    number = models.PositiveIntegerField(_("row of the file"))
    model = models.CharField(_("model"), max_length=100)
    key = models.PositiveBigIntegerField(_("key"))
    before = models.JSONField(_("before"), null=True, blank=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.model} {self.key}"
