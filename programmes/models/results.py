"""What joint programmes achieved, each with who says so."""

from datetime import date
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mptf_portal.dates import end_of_period, known_so_far, precision_field
from mptf_portal.money import format_number, format_period
from mptf_portal.publishing import PublicQuerySet, PublicRow
from programmes.models.programmes import UNKNOWN, JointProgramme


class ResultQuerySet(PublicQuerySet):
    """Questions about results; nothing here adds them up, they count different things."""

    def of(self, slug: str) -> Self:
        """Return the results of a programme, whichever of its corrections they were entered on."""
        return self.filter(programme__slug=slug)

    def known_by(self, day: date, *, undated: bool = True) -> Self:
        """Return the results dated on or before the day, and those without a date, or not."""
        dated = Q(as_of__lte=day)
        return self.filter(dated | Q(as_of=None) if undated else dated)


class Result(PublicRow):
    """A number that a source gives for what a programme achieved."""

    class Qualifier(models.TextChoices):
        """How exact the source's own words are."""

        OVER = "over", _("over")
        ALMOST = "almost", _("almost")
        ABOUT = "about", _("about")

    programme = models.ForeignKey(
        JointProgramme,
        verbose_name=_("joint programme"),
        on_delete=models.PROTECT,
        related_name="results",
    )
    key = models.SlugField(
        _("short name in links"),
        max_length=80,
        help_text=_("As in figure:result?programme=…&key=…."),
    )

    # What was achieved
    figure = models.DecimalField(_("figure"), max_digits=18, decimal_places=2)
    qualifier = models.CharField(_("qualifier"), max_length=10, choices=Qualifier, blank=True)
    unit = models.CharField(_("unit"), max_length=100, help_text=_("As in people, or percent."))
    what = models.CharField(_("what"), max_length=300)

    # Who says so, and for when
    as_of = models.DateField(_("as of"), **UNKNOWN)
    as_of_precision = precision_field(blank=True)
    as_of_words = models.CharField(
        _("as of, in words"),
        max_length=100,
        blank=True,
        help_text=_("Where the source gives no day."),
    )
    source = models.CharField(_("source"), max_length=300)
    source_url = models.URLField(_("address of the source"), max_length=500)

    objects = ResultQuerySet.as_manager()

    public_key = ("programme", "key")
    correction_keeps = ("programme", "key")

    class Meta(PublicRow.Meta):
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ["programme", "pk"]
        constraints = [
            *PublicRow.Meta.constraints,
            models.UniqueConstraint(
                name="result_one_public_per_key",
                fields=["programme", "key"],
                condition=Q(public_from__isnull=False, public_until=None),
                violation_error_message=_(
                    "The programme has a public result of this short name; correct that one."
                ),
            ),
            models.CheckConstraint(
                name="result_qualifier_known",
                condition=Q(qualifier__in=["", "over", "almost", "about"]),
                violation_error_message=_("A result is over, almost or about its figure, or it."),
            ),
            models.CheckConstraint(
                name="result_not_negative",
                condition=Q(figure__gte=0),
                violation_error_message=_("A result is not negative."),
            ),
            known_so_far("result_as_of_date", "as_of", "as_of_precision"),
        ]

    def __str__(self) -> str:
        return f"{self.programme} · {self.key}"

    @property
    def in_words(self) -> str:
        """Return the result with its number, its day and who says so."""
        number = f"{self.get_qualifier_display()} {format_number(self.figure)} {self.unit}".strip()
        day = format_period(self.as_of, self.as_of_precision) if self.as_of else self.as_of_words
        parts = (str(self), f"{number}: {self.what}", day, self.source, self.source_url)
        return " · ".join(filter(None, parts))

    def clean(self) -> None:
        """Store a month or a year as its last day; refuse a name that another row took."""
        super().clean()
        if self.as_of and self.as_of_precision:
            self.as_of = end_of_period(self.as_of, self.as_of_precision)
        if not hasattr(self, "programme"):
            return
        same = Result.objects.of(self.programme.slug).filter(key=self.key, public_until=None)
        if same.exclude(pk__in=[self.pk, self.replaces_id]).exists():
            raise ValidationError(
                _("The programme has a result of this short name; correct that one.")
            )
