"""Who gives."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from mptf_portal.publishing import RestedOn
from programmes.models import Country

ALL, UNECE, GLOBAL_SOUTH, SIGNATORIES = "all", "unece", "global-south", "signatories"
SCOPES = (ALL, UNECE, GLOBAL_SOUTH, SIGNATORIES)  # no donor's slug may be one of these


class DonorQuerySet(models.QuerySet):
    """Questions about donors."""

    def public(self, now: datetime, day: date = date.max) -> Self:
        """Return donors of whom readers know a row, a reported contribution or a signature.

        With a day, those of whom one of these is dated by then.
        """
        from contributions.models.deposits import Deposit  # noqa: PLC0415 (it needs Donor, as all)
        from contributions.models.entries import PledgeEntry  # noqa: PLC0415
        from contributions.models.reported import ReportedContribution  # noqa: PLC0415
        from contributions.models.statements import Statement  # noqa: PLC0415

        donor = OuterRef("pk")
        entries, deposits = PledgeEntry.objects.public(now), Deposit.objects.public(now)
        reports, signed = ReportedContribution.objects.public(now), Statement.objects.public(now)
        return self.filter(
            Exists(entries.filter(pledge__donor=donor, dated__lte=day))
            | Exists(deposits.received_by(day).filter(pledge__donor=donor))
            | Exists(reports.reported_by(day).filter(donor=donor))
            | Exists(signed.filter(signatories=donor, date__lte=day))
        )

    def approved(self) -> Self:
        """Return donors whom readers know, knew, or come to know once an embargo ends."""
        from contributions.models.deposits import Deposit  # noqa: PLC0415 (as above)
        from contributions.models.entries import PledgeEntry  # noqa: PLC0415
        from contributions.models.reported import ReportedContribution  # noqa: PLC0415
        from contributions.models.statements import Edition  # noqa: PLC0415

        donor = OuterRef("pk")
        return self.filter(
            Exists(PledgeEntry.objects.approved().filter(pledge__donor=donor))
            | Exists(Deposit.objects.approved().filter(pledge__donor=donor))
            | Exists(ReportedContribution.objects.approved().filter(donor=donor))
            | Exists(Edition.objects.approved().filter(statement__signatories=donor))
        )

    def governments(self) -> dict[str, "Donor"]:
        """Return governments by the ISO 3166-1 alpha-3 code of a country that has but one."""
        rows = self.filter(kind=Donor.Kind.GOVERNMENT).select_related("country")
        found: dict[str, list[Donor]] = {}
        for row in rows:
            found.setdefault(row.country.iso3, []).append(row)
        return {code: same[0] for code, same in found.items() if len(same) == 1}


class Donor(RestedOn, models.Model):
    """Who gives: the UN MPTF Office writes “Contributor/Partner”.

    A government and its agency are two donors of one country.
    """

    class Kind(models.TextChoices):
        """What sort of body gives."""

        GOVERNMENT = "government", _("Government")
        AGENCY = "agency", _("Government agency")
        REGION = "region", _("Region or municipality")
        ORGANIZATION = "organization", _("Intergovernmental organization")
        FOUNDATION = "foundation", _("Foundation")
        COMPANY = "company", _("Company")
        INDIVIDUAL = "individual", _("Individuals")

    # Identity
    name = models.CharField(_("name"), max_length=200, unique=True)
    slug = models.SlugField(
        _("short name in addresses"),
        unique=True,
        help_text=_("Permanent: /contributions/donors/…/."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    country = models.ForeignKey(
        Country, verbose_name=_("country"), null=True, blank=True, on_delete=models.PROTECT
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("agency of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        help_text=_("For an agency, its government. Each counts for itself."),
    )

    # Scope
    global_south = models.BooleanField(
        _("global south"),
        default=False,
        help_text=_("Set by the secretariat; independent of UNECE membership."),
    )

    # Record
    demonstration = models.BooleanField(_("demonstration"), default=False, editable=False)
    history = HistoricalRecords()

    objects = DonorQuerySet.as_manager()

    shown = ("name", "kind", "country", "parent", "global_south")

    class Meta:
        verbose_name = _("donor")
        verbose_name_plural = _("donors")
        ordering = ["name"]
        default_permissions = ("add", "change", "view", "publish")
        constraints = [
            models.CheckConstraint(
                name="donor_slug_is_no_scope",
                condition=~Q(slug__in=SCOPES),
                violation_error_message=_(
                    "all, unece, global-south and signatories name groups of donors; "
                    "choose another short name."
                ),
            ),
            models.CheckConstraint(
                name="donor_kind_known",
                condition=Q(
                    kind__in=[
                        "government",
                        "agency",
                        "region",
                        "organization",
                        "foundation",
                        "company",
                        "individual",
                    ]
                ),
                violation_error_message=_("Choose the kind of donor from the list."),
            ),
            models.CheckConstraint(
                name="donor_government_has_country",
                condition=~Q(kind="government") | Q(country__isnull=False),
                violation_error_message=_("A government has a country."),
            ),
            models.CheckConstraint(
                name="donor_only_agency_has_parent",
                condition=Q(parent=None) | Q(kind="agency"),
                violation_error_message=_("Only an agency belongs to a government."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the permanent address."""
        return reverse("donor", args=[self.slug])


def by_scope(prefix: str, scope: str, statement: str | None = None) -> Q:
    """Return the condition that a row's donor, reached by `prefix`, is in the scope.

    `scope` is one of SCOPES or a donor's slug; `signatories` needs the statement's slug.
    """
    match scope:
        case "all":
            return Q()
        case "unece":
            return Q(**{f"{prefix}country__unece": True})
        case "global-south":
            return Q(**{f"{prefix}global_south": True})
        case "signatories":
            signed = Donor.objects.filter(statements__slug=statement)
            return Q(**{f"{prefix}pk__in": signed.values("pk")})
        case slug:
            return Q(**{f"{prefix}slug": slug})
