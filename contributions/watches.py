"""What an act of the desk can change for readers: published statements, targets and totals."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contributions import markup
from contributions.figures import COMMITTED, DEPOSITED, PLEDGED, annual_targets, stage_name
from contributions.markup import Note
from contributions.markup.links import read, say_aloud
from contributions.models import Deposit, Donor, Edition, FundingTarget, Pledge, PledgeEntry
from contributions.models.donors import ALL, GLOBAL_SOUTH, UNECE
from contributions.progress import progress
from mptf_portal.consequences import Rows, Watched, watching
from mptf_portal.figures import Claim, Figure, Reference, Unit, count, refer
from mptf_portal.money import format_number, format_percent, format_usd, percent_of
from mptf_portal.snapshot import Snapshot

OF_PROGRAMMES = ("programmes", "countries-reached", "objectives-covered")


@watching
def statements(snapshot: Snapshot, rows: Rows) -> Iterator[Watched]:
    """Watch every live number and assertion of the published statements, each once.

    One that several languages share is told in the words of the reader's own.
    """
    years, moves_money = _years(rows), bool(_pledges(rows))
    for edition in _editions(snapshot):
        place = _("Statement %(slug)s") % {"slug": edition.statement.slug}
        for note in markup.render(edition.markdown, snapshot).notes:
            key = ("statement", edition.statement_id, note.link.address)
            if note.is_figure:
                yield _number(key, place, note, moves_money=moves_money)
            else:
                yield _assertion(key, place, note, years)


def _editions(snapshot: Snapshot) -> list[Edition]:
    """Return the public editions, those in the active language last: their words are told."""
    language = get_language() or "en"
    rows = Edition.objects.using(snapshot.using).public(snapshot.now).select_related("statement")
    return sorted(rows, key=lambda row: (row.statement.slug, row.language == language))


def _number(key: tuple, place: str, note: Note, *, moves_money: bool) -> Watched:
    found: Figure = note.counted
    live = read(note.link.address, note.link.kind)
    aloud = say_aloud(found.value, live) if found.unit is Unit.USD and live.over else None
    counts_money = found.reference.name == "contributed"
    return Watched(
        key=key,
        place=_("%(place)s · %(figure)s") % {"place": place, "figure": found.title},
        says=_("“%(words)s”") % {"words": aloud or note.printed.text},
        exact=found.in_words,
        stays=_("nothing that it counts changes") if moves_money and counts_money else "",
    )


def _assertion(key: tuple, place: str, note: Note, years: frozenset[int]) -> Watched:
    found: Claim = note.counted
    year = dict(found.reference.parameters).get("year")
    return Watched(
        key=key,
        place=_("%(place)s, “%(words)s”") % {"place": place, "words": note.link.text},
        says=found.full_answer,
        stays=found.title if year and int(year) in years else "",
    )


@watching
def targets(snapshot: Snapshot, rows: Rows) -> Iterator[Watched]:
    """Watch how far each year came towards its target, and whether it is reached."""
    years = _years(rows)
    for year, target in annual_targets(snapshot).items():
        measured, amount = progress(snapshot, year), format_usd(target.amount_usd)
        basis = _("measured on %(stage)s") % {"stage": stage_name(target.measured_on)}
        yield Watched(
            key=("target", year),
            place=_("Target for %(year)s") % {"year": year},
            says=_so_far(target, measured.value),
            exact=measured.evidence,
            stays=basis if year in years else "",
        )
        yield Watched(
            key=("target-reached", year),
            place=_("“The %(year)s target is reached”") % {"year": year},
            says=measured.verdict.words,
            stays=_("the target is %(amount)s") % {"amount": amount} if year in years else "",
        )


def _so_far(target: FundingTarget, value: Decimal | None) -> str:
    if value is None:
        return _("not yet recorded")
    return format_percent(percent_of(value, target.amount_usd))


@watching
def totals(snapshot: Snapshot, rows: Rows) -> Iterator[Watched]:  # noqa: ARG001 (each watch takes both)
    """Watch the totals: all donors, UNECE, the global south, and of programmes."""
    for reference in _totals():
        found = count(reference, snapshot)
        yield Watched(("total", reference), found.title, found.in_words)
        if found.unvalued and dict(reference.parameters).get("stage") == PLEDGED:
            place = _("%(title)s: not yet valued") % {"title": found.title}
            yield Watched(("unvalued", reference), place, format_number(found.unvalued))


def _totals() -> Iterator[Reference]:
    for by in (ALL, UNECE, GLOBAL_SOUTH):
        for stage in (PLEDGED, COMMITTED, DEPOSITED):
            yield refer("contributed", [("by", by), ("stage", stage)])
        yield refer("outstanding", [("by", by)])
    yield refer("donors", [("by", ALL), ("stage", DEPOSITED)])
    yield from map(refer, OF_PROGRAMMES)


@watching
def donors(snapshot: Snapshot, rows: Rows) -> Iterator[Watched]:
    """Watch whether readers know the donors of these rows."""
    concerned = Donor.objects.using(snapshot.using).filter(pledges__in=_pledges(rows))
    for donor in concerned.public(snapshot.now).distinct():
        place = _("Page of the donor %(name)s") % {"name": donor}
        yield Watched(("donor", donor.pk), place, _("public"))


def _years(rows: Rows) -> frozenset[int]:
    """Return the funding years that the rows are of."""
    of_pledges = Pledge.objects.filter(pk__in=_pledges(rows)).values_list("funding_year", flat=True)
    return frozenset(of_pledges.distinct()) | {
        row.year for row in rows if isinstance(row, FundingTarget) and row.year
    }


def _pledges(rows: Rows) -> set[int]:
    """Return the keys of the pledges that the rows are of."""
    return {row.pledge_id for row in rows if isinstance(row, PledgeEntry | Deposit)}
