"""What a correction is about, with the address of its page where readers have one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contributions import figures
from contributions.models import Deposit, Donor, Edition, FundingTarget, PledgeEntry, Statement
from contributions.models.donors import ALL, SCOPES, SIGNATORIES
from mptf_portal.figures import Reference, registered
from mptf_portal.publishing import PublicRow
from mptf_portal.snapshot import Snapshot
from programmes.models import JointProgramme, Result, StatedFigure


@dataclass(frozen=True, slots=True)
class Subject:
    """What sort of row it is, whom or what it is about, and which one; `address` may be empty."""

    kind: str
    name: str
    address: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What readers know now of what the rows of one page are about; all else has no page."""

    snapshot: Snapshot
    donors: Mapping[str, Donor]
    programmes: Mapping[str, JointProgramme]
    statements: frozenset[int]

    @classmethod
    def of(cls, snapshot: Snapshot, rows: Sequence[PublicRow]) -> "Known":
        """Ask once for the donors, programmes and statements that the rows are about."""
        using, now = snapshot.using, snapshot.now
        named = [_named(row) for row in rows if isinstance(row, StatedFigure)]
        ledger = [row for row in rows if isinstance(row, (Deposit, PledgeEntry))]
        donors = (
            Donor.objects.using(using)
            .public(now)
            .filter(
                Q(pk__in={row.pledge.donor_id for row in ledger})
                | Q(slug__in={reference.get("by", "") for reference in named})
            )
        )
        slugs = {row.slug for row in rows if isinstance(row, JointProgramme)}
        slugs |= {row.programme.slug for row in rows if isinstance(row, Result)}
        slugs |= {reference.get("programme", "") for reference in named}
        programmes = JointProgramme.objects.using(using).public(now).filter(slug__in=slugs)
        editions = {row.statement_id for row in rows if isinstance(row, Edition)}
        statements = Statement.objects.using(using).public(now).filter(pk__in=editions)
        return cls(
            snapshot,
            {donor.slug: donor for donor in donors},
            {programme.slug: programme for programme in programmes},
            frozenset(statements.values_list("pk", flat=True)),
        )

    def subject(self, row: PublicRow) -> Subject:
        """Return what a row is about."""
        kind = str(capfirst(row._meta.verbose_name))
        match row:
            case Deposit() | PledgeEntry():
                return self._pledge(kind, row)
            case FundingTarget():
                return self._target(kind, row)
            case StatedFigure():
                return self._stated(kind, row)
            case JointProgramme():
                return self._programme(kind, row.slug, row.short_title)
            case Result():
                # Of a programme that readers know no longer, its address is what they knew.
                return self._programme(kind, row.programme.slug, row.programme.slug)
        return self._edition(kind, row)

    def _pledge(self, kind: str, row: Deposit | PledgeEntry) -> Subject:
        donor, year = row.pledge.donor, row.pledge.funding_year
        detail = _("funding year %(year)s") % {"year": year}
        return Subject(
            kind,
            donor.name,
            donor.get_absolute_url() if donor.slug in self.donors else "",
            f"{row.agent_reference}, {detail}" if isinstance(row, Deposit) else detail,
        )

    def _target(self, kind: str, row: FundingTarget) -> Subject:
        has_page = row.year in figures.annual_targets(self.snapshot)
        return Subject(
            kind, str(row.year or row.period), row.get_absolute_url() if has_page else ""
        )

    def _stated(self, kind: str, row: StatedFigure) -> Subject:
        """Name the figure; whom it counts is told where readers know them."""
        reference, given = Reference.written(row.figure), _named(row)
        known = {entry.name: entry.label for entry in registered() if entry.label}
        name = str(known.get(reference.name, reference.name))
        by, programme = given.get("by", ALL), given.get("programme")
        is_known = (by in SCOPES or by in self.donors) and by != SIGNATORIES
        if not is_known or (programme and programme not in self.programmes):
            return Subject(kind, name)
        has_page = reference.name in known and not programme
        detail = ", ".join(value for _name, value in reference.parameters)
        return Subject(kind, name, reference.get_absolute_url() if has_page else "", detail)

    def _programme(self, kind: str, slug: str, otherwise: str) -> Subject:
        public = self.programmes.get(slug)
        if public is None:
            return Subject(kind, otherwise)
        return Subject(kind, public.short_title, public.get_absolute_url())

    def _edition(self, kind: str, row: Edition) -> Subject:
        is_public = row.statement_id in self.statements
        address = row.statement.get_absolute_url() if is_public else ""
        return Subject(kind, row.title, address, row.get_language_display())


def _named(row: StatedFigure) -> dict[str, str]:
    return dict(Reference.written(row.figure).parameters)
