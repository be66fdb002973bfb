"""Numbers that somebody stated for a day."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from mptf_portal import figures
from mptf_portal.dates import Precision, end_of_period, known_so_far, precision_field
from mptf_portal.publishing import PublicQuerySet, PublicRow


def validate_reference(text: str) -> None:
    """Refuse what is not the canonical reference of a registered figure."""
    try:
        reference = figures.parse(text)
    except figures.UnknownReferenceError as error:
        raise ValidationError(str(error)) from error
    if figures.lookup(reference.name).kind is not figures.Figure:
        raise ValidationError(
            _("“%(name)s” is an assertion, which has no value."), params={"name": reference.name}
        )
    canonical = str(reference)
    if canonical != text:
        raise ValidationError(_("Write it as %(canonical)s."), params={"canonical": canonical})


class StatedFigureQuerySet(PublicQuerySet):
    """Questions about stated figures."""

    def latest_of_each(self) -> Self:
        """Keep for each figure the row of the latest day."""
        place = Window(RowNumber(), partition_by="figure", order_by="-stated_for")
        return self.annotate(place=place).filter(place=1)


class StatedFigure(PublicRow):
    """A figure's value for a day, as a source stated it.

    A stated count stands in while the portal's own count is smaller. Stated money is never
    counted: it is what the ledger is reconciled with.
    """

    figure = models.CharField(
        _("figure"),
        max_length=200,
        validators=[validate_reference],
        help_text=_("As in a statement's link, for example contributed?by=all&stage=deposited."),
    )
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=2)
    stated_for = models.DateField(
        _("for the day"), help_text=_("Any day of it, when only the month or the year is known.")
    )
    stated_precision = precision_field(default=Precision.DAY)
    source = models.CharField(_("source"), max_length=300)
    source_url = models.URLField(_("address of the source"), max_length=500, blank=True)

    objects = StatedFigureQuerySet.as_manager()

    public_key = ("figure", "stated_for")
    correction_keeps = ("figure",)
    shown = ("source", "source_url")

    class Meta(PublicRow.Meta):
        verbose_name = _("stated figure")
        verbose_name_plural = _("stated figures")
        ordering = ["figure", "-stated_for"]
        constraints = [
            *PublicRow.Meta.constraints,
            models.UniqueConstraint(
                name="statedfigure_one_public_per_day",
                fields=["figure", "stated_for"],
                condition=Q(public_from__isnull=False, public_until=None),
                violation_error_message=_(
                    "This figure is stated for that day already; correct that row instead."
                ),
            ),
            known_so_far("statedfigure_precision_known", "stated_for", "stated_precision"),
            models.CheckConstraint(
                name="statedfigure_not_negative",
                condition=Q(value__gte=0),
                violation_error_message=_("A stated figure is not negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figure} = {self.value} ({self.stated_for})"

    def clean(self) -> None:
        """Store a month or a year as its last day."""
        super().clean()
        if self.stated_for:
            self.stated_for = end_of_period(self.stated_for, self.stated_precision)
