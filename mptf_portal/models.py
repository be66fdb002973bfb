"""The state of the whole ledger: whether it is the demonstration."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Demonstration(models.Model):
    """Stands while the demonstration ledger is loaded, and then there is exactly one.

    Loaded and removed by `load_demo` alone. While it stands, every money row that is written is
    flagged, see `mptf_portal.publishing.DemonstrationField`.
    """

    loaded_on = models.DateField(_("loaded on"))

    class Meta:
        verbose_name = _("demonstration")
        verbose_name_plural = _("demonstration")
        constraints = [
            models.CheckConstraint(
                name="demonstration_is_one_row",
                condition=models.Q(pk=1),
                violation_error_message=_("The demonstration ledger is loaded already."),
            )
        ]

    def __str__(self) -> str:
        return f"loaded on {self.loaded_on}"

    @classmethod
    def is_on(cls, using: str = "default") -> bool:
        """Tell whether the ledger in that database is the demonstration."""
        return cls.objects.using(using).exists()


class Revision(models.Model):
    """One row that changes in the transaction of every change of what readers may see.

    Written by database triggers alone, see `mptf_portal.live`.
    """

    number = models.BigIntegerField(_("number"), help_text=_("Raised by one at each change."))
    mark = models.CharField(
        _("mark"),
        max_length=36,
        help_text=_("Random at each change: a restored backup never passes for another state."),
    )

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revision")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="revision_is_one_row",
                condition=models.Q(pk=1),
                violation_error_message=_("There is one revision."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.mark}"
