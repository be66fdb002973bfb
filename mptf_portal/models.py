"""The state of the whole ledger: whether it is invented, its revision, what acts changed of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

_known: ContextVar[bool | None] = ContextVar("demonstration_is_on", default=None)


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
        known = _known.get()
        return cls.objects.using(using).exists() if known is None else known

    @classmethod
    @contextmanager
    def asked_once(cls) -> Iterator[None]:
        """Ask one time for all rows that are written inside, which is one transaction."""
        token = _known.set(cls.is_on())
        try:
            yield
        finally:
            _known.reset(token)


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


class PublicEffect(models.Model):
    """What one act changed for readers, as it was counted in the act's own transaction.

    Written by `mptf_portal.consequences` alone and never changed; readers never see it.
    """

    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    moment = models.DateTimeField(
        _("seen from"), help_text=_("From when on readers find the difference.")
    )
    changes = models.JSONField(
        _("changes"), help_text=_("A list of: place, before, after, note; in words.")
    )

    class Meta:
        verbose_name = _("effect on what is public")
        verbose_name_plural = _("effects on what is public")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class PublicEffectRow(models.Model):
    """One row of the act, by the past state that the act left of it."""

    effect = models.ForeignKey(
        PublicEffect, verbose_name=_("effect"), on_delete=models.PROTECT, related_name="rows"
    )
    model = models.CharField(
        _("model"), max_length=100, help_text=_("As in contributions.Deposit.")
    )
    state = models.BigIntegerField(_("past state"), help_text=_("Its key in the row's history."))

    class Meta:
        verbose_name = _("row of an effect")
        verbose_name_plural = _("rows of an effect")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="publiceffectrow_once",
                fields=["model", "state"],
                violation_error_message=_("The effect of this act is on record already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.state}"
