"""What the ledger says of the statement's assertions about money.

A claim holds on public rows alone. That it does not hold is said only of a complete record, see
`contributions.progress.incomplete`. Otherwise it cannot be told.
"""

from django.utils.translation import gettext as _

from contributions.progress import Progress, progress
from mptf_portal.figures import Claim, Figure, Verdict, funding_year, refer, register_claim
from mptf_portal.snapshot import Snapshot


@register_claim("target-reached", year=funding_year)
def target_reached(snapshot: Snapshot, year: int) -> Claim:
    """Answer whether the contributions for the year reached its funding target."""
    measured = progress(snapshot, year)
    return Claim(
        reference=refer("target-reached", [("year", str(year))]),
        title=_("The %(year)s funding target is reached") % {"year": year},
        definition=_(
            "Holds when what all donors contributed for the funding year, on the target's basis, "
            "is at least the target. Where the basis is not known, commitments count."
        ),
        completeness=_completeness(),
        verdict=measured.verdict,
        answer=measured.answer,
        evidence=measured.evidence,
        as_of=snapshot.as_of,
        figures=_figures(measured),
    )


@register_claim("consecutive-year", year=funding_year)
def consecutive_year(snapshot: Snapshot, year: int) -> Claim:
    """Answer whether the target of the year and the one of the year before are both reached."""
    before, measured = progress(snapshot, year - 1), progress(snapshot, year)
    verdict = _both(before.verdict, measured.verdict)
    decisive = before if before.verdict is verdict is not Verdict.HOLDS else measured
    return Claim(
        reference=refer("consecutive-year", [("year", str(year))]),
        title=_("The funding target is reached in %(year)s for a second consecutive year")
        % {"year": year},
        definition=_("Holds when the targets of the year and of the year before are both reached."),
        completeness=_completeness(),
        verdict=verdict,
        answer=decisive.answer,
        evidence=f"{before.evidence} {measured.evidence}",
        as_of=snapshot.as_of,
        figures=_figures(before) + _figures(measured),
    )


def _completeness() -> str:
    return _(
        "That it does not hold is said only when the ledger is reconciled with the Administrative "
        "Agent to this day, contributions are on record and every row has a rate."
    )


def _both(one: Verdict, other: Verdict) -> Verdict:
    verdicts = {one, other}
    if verdicts == {Verdict.HOLDS}:
        return Verdict.HOLDS
    missed = Verdict.DOES_NOT_HOLD in verdicts
    return Verdict.DOES_NOT_HOLD if missed else Verdict.CANNOT_BE_TOLD


def _figures(measured: Progress) -> tuple[Figure, ...]:
    return (measured.counted,) if measured.counted else ()
