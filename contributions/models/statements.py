"""The text that donors make together."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from contributions.models.donors import Donor
from mptf_portal.publishing import DemonstrationField, PublicRow, RestedOn


class StatementQuerySet(models.QuerySet):
    """Questions about statements."""

    def public(self, now: datetime) -> Self:
        """Return statements with a public edition."""
        return self.filter(Exists(Edition.objects.public(now).filter(statement=OuterRef("pk"))))

    def known(self, now: datetime) -> Self:
        """Return statements that are public (`is_public`), and those delivered: that stays so."""
        editions = Edition.objects.filter(statement=OuterRef("pk"))
        delivered = Exists(editions.filter(delivery__isnull=False))
        return self.annotate(is_public=Exists(editions.public(now))).filter(
            Q(is_public=True) | delivered
        )

    def approved(self) -> Self:
        """Return statements that readers know, knew, or come to know once an embargo ends."""
        return self.filter(Exists(Edition.objects.approved().filter(statement=OuterRef("pk"))))


class Statement(RestedOn, models.Model):
    """One statement, whatever the language: its occasion and on whose behalf it is made."""

    title = models.CharField(_("title"), max_length=300)
    slug = models.SlugField(
        _("short name in addresses"),
        unique=True,
        help_text=_("Permanent: /statements/…/."),
    )
    occasion = models.CharField(_("occasion"), max_length=300)
    place = models.CharField(_("place"), max_length=100)
    date = models.DateField(_("date"))
    source_url = models.URLField(_("published at"), max_length=500, blank=True)
    signatories = models.ManyToManyField(
        Donor,
        verbose_name=_("signatories"),
        related_name="statements",
        blank=True,
        help_text=_("The donors on whose behalf it is made."),
    )
    demonstration = DemonstrationField()
    history = HistoricalRecords(m2m_fields=[signatories])

    objects = StatementQuerySet.as_manager()

    shown = ("title", "occasion", "place", "date", "source_url")

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["-date"]
        default_permissions = ("add", "change", "view", "publish")

    def __str__(self) -> str:
        return f"{self.slug} ({self.date})"

    def get_absolute_url(self) -> str:
        """Return the permanent address."""
        return reverse("statement", args=[self.slug])

    def part_facts(self) -> list[tuple[str, str]]:
        """Return on whose behalf it is made."""
        signed = ", ".join(map(str, self.signatories.all()))
        return [(str(_("Signatories")), signed)] if signed else []


class Edition(PublicRow):
    """One language's text of a statement, in Markdown with live figures and claims."""

    class Language(models.TextChoices):
        """The six official languages of the United Nations."""

        ARABIC = "ar", "العربية"
        CHINESE = "zh-hans", "中文"
        ENGLISH = "en", "English"
        FRENCH = "fr", "français"
        RUSSIAN = "ru", "русский"
        SPANISH = "es", "español"

    class Kind(models.TextChoices):
        """Whether this is the text as made, or a translation of it."""

        ORIGINAL = "original", _("Original")
        TRANSLATION = "translation", _("Translation")

    statement = models.ForeignKey(
        Statement, verbose_name=_("statement"), on_delete=models.PROTECT, related_name="editions"
    )
    language = models.CharField(_("language"), max_length=10, choices=Language)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    title = models.CharField(_("title in this language"), max_length=300)
    markdown = models.TextField(
        _("text"),
        help_text=_(
            "Markdown. A live number is a link such as "
            "[$XX million](figure:contributed?by=unece&stage=deposited&in=million&say=over); "
            "an assertion is [we have reached](claim:target-reached?year=2023)."
        ),
    )

    public_key = ("statement", "language")
    correction_keeps = ("statement", "language")
    shown = ("kind", "title", "markdown")

    class Meta(PublicRow.Meta):
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["statement", "language", "-pk"]
        constraints = [
            *PublicRow.Meta.constraints,
            models.CheckConstraint(
                name="edition_language_known",
                condition=Q(language__in=["ar", "zh-hans", "en", "fr", "ru", "es"]),
                violation_error_message=_("An edition is in one of the six UN languages."),
            ),
            models.CheckConstraint(
                name="edition_kind_known",
                condition=Q(kind__in=["original", "translation"]),
                violation_error_message=_("An edition is the original or a translation."),
            ),
            models.UniqueConstraint(
                name="edition_one_public_per_language",
                fields=["statement", "language"],
                condition=Q(public_from__isnull=False, public_until=None),
                violation_error_message=_(
                    "The statement has a public edition in this language; correct that one instead."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement.slug} · {self.get_language_display()}"

    def remarks(self) -> list[str]:
        """Tell of a text that no reader finds, because no page of the portal is in its language."""
        if self.language in dict(settings.LANGUAGES):
            return []
        message = _(
            "The portal has no pages in %(language)s yet: readers do not find this text. It is "
            "kept, and can be delivered."
        )
        return [message % {"language": self.get_language_display()}]

    def changes(self) -> Iterator[tuple[str, str, str]]:
        """Leave the text to its comparison, line by line."""
        label = capfirst(self._meta.get_field("markdown").verbose_name)
        yield from (one for one in super().changes() if one[0] != label)

    def rests_on(self) -> list[Any]:
        """Return its statement and the donors on whose behalf that is made."""
        return [self.statement, *self.statement.signatories.all()]

    @staticmethod
    def closest(editions: "Iterable[Edition]", language: str) -> "Edition | None":
        """Return the edition in the language, else the original, else any; None of none."""
        return min(
            editions,
            key=lambda row: (row.language != language, row.kind != Edition.Kind.ORIGINAL),
            default=None,
        )
