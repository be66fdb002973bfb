"""What belongs to one joint programme: who takes part, its SDGs, its documents and sources."""

import re
from typing import Self
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from mptf_portal.publishing import DemonstrationField
from programmes.models.organizations import Organization
from programmes.models.programmes import JointProgramme

GOALS = 17
TEST_SITE = re.compile(r"(^|[.-])(uat|staging)([.-]|$)")


class ParticipationQuerySet(models.QuerySet):
    """Questions about participations."""

    def of_the_un(self) -> Self:
        """Leave out partners."""
        return self.exclude(role=Participation.Role.PARTNER)

    def of(self, organizations: models.QuerySet) -> Self:
        """Return what these organizations do in programmes."""
        return self.filter(organization__in=organizations)


class Participation(models.Model):
    """An organization's part in a programme."""

    class Role(models.TextChoices):
        """What the organization does; the first three are of UN organizations."""

        LEAD = "lead", _("Lead")
        PARTICIPATING = "participating", _("Participating")
        HOST = "host", _("Host")
        PARTNER = "partner", _("Partner")

    programme = models.ForeignKey(
        JointProgramme,
        verbose_name=_("joint programme"),
        on_delete=models.PROTECT,
        related_name="participations",
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="participations",
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    demonstration = DemonstrationField()
    history = HistoricalRecords()

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        ordering = ["programme", "pk"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                name="participation_role_known",
                condition=Q(role__in=["lead", "participating", "host", "partner"]),
                violation_error_message=_("Choose the role from the list."),
            ),
            models.UniqueConstraint(
                name="participation_once",
                fields=["programme", "organization"],
                violation_error_message=_("The organization takes part in the programme already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} ({self.get_role_display()})"

    @property
    def of_the_un(self) -> bool:
        """Tell a UN organization's part from a partner's."""
        return self.role != self.Role.PARTNER


class GoalTag(models.Model):
    """A Sustainable Development Goal that a programme serves, or one of its targets."""

    programme = models.ForeignKey(
        JointProgramme,
        verbose_name=_("joint programme"),
        on_delete=models.PROTECT,
        related_name="goal_tags",
    )
    goal = models.PositiveSmallIntegerField(_("SDG"), help_text=_("From 1 to 17."))
    target = models.CharField(
        _("target"), max_length=5, blank=True, help_text=_("As in 10.2; empty for the whole goal.")
    )
    demonstration = DemonstrationField()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("SDG")
        verbose_name_plural = _("SDGs")
        ordering = ["programme", "goal", "target"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                name="goaltag_goal_1_to_17",
                condition=Q(goal__gte=1, goal__lte=GOALS),
                violation_error_message=_("The SDGs are numbered from 1 to 17."),
            ),
            models.CheckConstraint(
                name="goaltag_target_form",
                condition=Q(target="") | Q(target__regex=r"^[0-9]{1,2}\.[0-9a-z]{1,2}$"),
                violation_error_message=_("A target is written as in 10.2 or 16.a."),
            ),
            models.UniqueConstraint(
                name="goaltag_once",
                fields=["programme", "goal", "target"],
                violation_error_message=_("The programme has this SDG already."),
            ),
        ]

    def __str__(self) -> str:
        return str(_("SDG %(number)s") % {"number": self.target or self.goal})

    def get_absolute_url(self) -> str:
        """Return the address of the programmes that serve the goal."""
        return f"{reverse('programmes')}?sdg={self.goal}"

    def clean(self) -> None:
        """Refuse a target of another goal."""
        super().clean()
        if self.target and self.target.partition(".")[0] != str(self.goal):
            message = _("A target of SDG %(goal)s is written as in %(goal)s.2.")
            raise ValidationError({"target": message % {"goal": self.goal}})


class ProgrammeLink(models.Model):
    """A document of a programme, or a source of what is on record about it."""

    class Kind(models.TextChoices):
        """What the address leads to."""

        DOCUMENT = "document", _("Document")
        SOURCE = "source", _("Source")

    programme = models.ForeignKey(
        JointProgramme,
        verbose_name=_("joint programme"),
        on_delete=models.PROTECT,
        related_name="links",
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    url = models.URLField(_("address"), max_length=500)
    title = models.CharField(_("title"), max_length=300, blank=True)
    demonstration = DemonstrationField()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("document or source")
        verbose_name_plural = _("documents and sources")
        ordering = ["programme", "pk"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                name="programmelink_kind_known",
                condition=Q(kind__in=["document", "source"]),
                violation_error_message=_("Choose document or source."),
            ),
            models.UniqueConstraint(
                name="programmelink_once",
                fields=["programme", "kind", "url"],
                violation_error_message=_("The programme has this address already."),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.url

    @property
    def is_on_a_test_site(self) -> bool:
        """Tell whether its publisher tries pages out there, and may take them away."""
        return bool(TEST_SITE.search(urlsplit(self.url).hostname or ""))
