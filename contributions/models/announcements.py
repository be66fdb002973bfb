"""What several donors announce together."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from mptf_portal.publishing import DemonstrationField

if TYPE_CHECKING:
    from mptf_portal.publishing import PublicRow


class JointAnnouncement(models.Model):
    """Entries and deposits of several donors that readers learn of together, or not at all.

    Readers never learn of the announcement itself, only of its rows.
    """

    title = models.CharField(
        _("title"), max_length=200, help_text=_("As in “Pledging conference, Geneva, March 2027”.")
    )
    expected_on = models.DateField(
        _("expected on"), null=True, blank=True, help_text=_("Empty when the day is not known yet.")
    )
    note = models.TextField(_("note"), blank=True, help_text=_("For the desk; never published."))
    demonstration = DemonstrationField()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("joint announcement")
        verbose_name_plural = _("joint announcements")
        ordering = [models.F("expected_on").desc(nulls_first=True), "pk"]
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.title

    def rows(self) -> "list[PublicRow]":
        """Return its rows, entries before deposits, but for those withdrawn or replaced."""
        kept = [rows.filter(public_until=None) for rows in (self.entries, self.deposits)]
        return [row for rows in kept for row in rows.select_related("pledge__donor")]

    def open_rows(self, now: datetime | None = None) -> "list[PublicRow]":
        """Return its rows that no reader knows yet; a correction is published by itself."""
        now = now or timezone.now()
        return [row for row in self.rows() if not (row.replaces_id or row.is_public(now))]

    @property
    def has_started(self) -> bool:
        """Tell whether its rows are public or embargoed: then no other joins or leaves them."""
        return any(row.public_from for row in self.rows())


def announced_with(row: "PublicRow") -> "list[PublicRow]":
    """Return the other rows of the row's joint announcement that no reader knows yet."""
    if row.announcement_id is None:
        return []
    rows = row.announcement.open_rows()
    return [one for one in rows if (type(one), one.pk) != (type(row), row.pk)]
