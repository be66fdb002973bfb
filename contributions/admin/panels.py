"""What the first page of the desk tells of the ledger and of the published statements."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contributions import markup
from contributions.admin.lists import overdue
from contributions.models import Deposit, Edition, FundingTarget, Pledge, PledgeEntry
from contributions.progress import progress
from mptf_portal import review
from mptf_portal.dates import today
from mptf_portal.editing.dashboard import Line, Panel, counted, list_of, panels
from mptf_portal.editing.lists import without_evidence
from mptf_portal.figures import Verdict
from mptf_portal.money import format_amount
from mptf_portal.snapshot import Snapshot, latest

FIRST = 5  # of the rows that a panel names


@panels(10)
def money(request: HttpRequest) -> Iterator[Panel]:
    """Tell what is missing in the ledger."""
    if review.may(request.user, "view", PledgeEntry):
        yield _to_value()
    if review.may(request.user, "view", Pledge):
        yield _overdue()
    if any(review.may(request.user, "view", model) for model in (PledgeEntry, Deposit)):
        yield _without_evidence(request)


def _to_value() -> Panel:
    number = PledgeEntry.objects.unvalued_by_rate().count()
    words = capfirst(counted(number, PledgeEntry))
    line = Line(words, list_of(PledgeEntry, unvalued="yes"), _("No figure counts them yet."))
    return Panel(_("To value: no rate"), (line,) * bool(number), _("Every entry has its rate."))


def _overdue() -> Panel:
    late = overdue(Pledge.objects.select_related("donor"), today())
    number = late.count()
    lines = [
        Line(
            str(pledge),
            reverse("admin:contributions_pledge_change", args=[pledge.pk]),
            _("%(amount)s missing") % {"amount": _missing(pledge)},
        )
        for pledge in late[:FIRST]
    ]
    if number:
        lines.insert(0, Line(capfirst(counted(number, Pledge)), list_of(Pledge, overdue="yes")))
    return Panel(
        _("Payments overdue"), tuple(lines), _("Of no signed pledge is an expected payment late.")
    )


def _missing(pledge: Pledge) -> str:
    return format_amount(pledge.due - pledge.paid, pledge.currency)


def _without_evidence(request: HttpRequest) -> Panel:
    found = [
        (model, without_evidence(model.objects).count())
        for model in (PledgeEntry, Deposit)
        if review.may(request.user, "view", model)
    ]
    lines = [
        Line(capfirst(counted(number, model)), list_of(model, unproved="yes"))
        for model, number in found
        if number
    ]
    return Panel(_("Without evidence"), tuple(lines), _("Every row says where it is written."))


@panels(20)
def statements(request: HttpRequest) -> Iterator[Panel]:
    """Tell which assertions of the published statements the ledger does not bear out now."""
    snapshot = latest()
    if review.may(request.user, "view", Edition):
        yield Panel(
            _("Assertions that do not hold, or cannot be told"),
            tuple(_unproved(snapshot)),
            _("Every assertion of the published statements holds."),
        )
    if review.may(request.user, "view", FundingTarget):
        yield _target(snapshot)


def _unproved(snapshot: Snapshot) -> Iterator[Line]:
    public = Edition.objects.public(snapshot.now).select_related("statement")
    for edition in public.order_by("statement__date", "language"):
        page = reverse("admin:contributions_edition_change", args=[edition.pk])
        for note in markup.render(edition.markdown, snapshot).notes:
            claim = note.counted
            if note.is_figure or claim.verdict is Verdict.HOLDS:
                continue
            words = _("“%(words)s”: %(answer)s") % {
                "words": note.link.text,
                "answer": claim.full_answer,
            }
            yield Line(words, page, f"{edition}. {claim.evidence}")


def _target(snapshot: Snapshot) -> Panel:
    year = snapshot.as_of.year
    measured = progress(snapshot, year)
    lines = ()
    if measured.target:
        page = reverse("admin:contributions_fundingtarget_change", args=[measured.target.pk])
        lines = (Line(capfirst(measured.answer), page, measured.evidence),)
    empty = _("No funding target for %(year)s is on record.") % {"year": year}
    return Panel(_("Target of %(year)s") % {"year": year}, lines, empty)
