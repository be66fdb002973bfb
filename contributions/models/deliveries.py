"""The text as it was read out."""

from hashlib import sha256
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from contributions.models.statements import Edition, Statement
from mptf_portal.publishing import DemonstrationField
from mptf_portal.snapshot import INCEPTION


def checksum(record: str) -> str:
    """Return the SHA-256 of a record's bytes, in 64 hexadecimal digits."""
    return sha256(record.encode()).hexdigest()


class DeliveryQuerySet(models.QuerySet):
    """Questions about deliveries."""

    def of(self, edition: Edition) -> Self:
        """Return what was delivered of the edition's statement in its language: one, or none."""
        return self.filter(statement=edition.statement_id, language=edition.language)


class Delivery(models.Model):
    """An edition with its figures, frozen on the day it is read out: written once, never changed.

    Statement and language repeat the edition's, because the database keeps one delivery of each:
    a corrected edition is a later text, and not what was read out.
    """

    edition = models.OneToOneField(
        Edition, verbose_name=_("edition"), on_delete=models.PROTECT, related_name="delivery"
    )
    statement = models.ForeignKey(
        Statement, verbose_name=_("statement"), on_delete=models.PROTECT, related_name="deliveries"
    )
    language = models.CharField(_("language"), max_length=10, choices=Edition.Language)
    delivered_on = models.DateField(_("delivered on"))
    record = models.TextField(
        _("record"), help_text=_("Canonical JSON: sorted keys, no white space between them, UTF-8.")
    )
    sha256 = models.CharField(
        _("SHA-256"), max_length=64, help_text=_("Of exactly the bytes of the record.")
    )
    demonstration = DemonstrationField()
    history = HistoricalRecords()

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-delivered_on", "-pk"]
        default_permissions = ("view",)  # to deliver needs `publish` on editions
        constraints = [
            models.UniqueConstraint(
                name="delivery_once_per_language",
                fields=["statement", "language"],
                violation_error_message=_(
                    "The statement was delivered in this language already; that is written once."
                ),
            ),
            models.CheckConstraint(
                name="delivery_since_the_fund_began",
                condition=Q(delivered_on__gte=INCEPTION),
                violation_error_message=_("The Fund began in 2019; nothing was delivered before."),
            ),
            models.CheckConstraint(
                name="delivery_sha256_is_64_hex_digits",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                violation_error_message=_("A SHA-256 is 64 hexadecimal digits, small letters."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition}, {self.delivered_on}"

    def save(self, **options: Any) -> None:
        """Insert the delivery; the database refuses to write it a second time."""
        super().save(**options | {"force_insert": True})

    def get_absolute_url(self) -> str:
        """Return the permanent address of the delivered text."""
        return reverse("delivered", args=[self.statement.slug])

    def clean(self) -> None:
        """Refuse a checksum of other bytes, and a statement or language not the edition's."""
        super().clean()
        if self.sha256 != checksum(self.record):
            raise ValidationError({"sha256": _("This is not the SHA-256 of the record.")})
        of_edition = self.edition.statement_id, self.edition.language
        if (self.statement_id, self.language) != of_edition:
            raise ValidationError(_("A delivery is of its edition's statement and language."))
