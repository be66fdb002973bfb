"""How figures of the ledger are called and defined: stages, groups of donors, funding years."""

from django.utils.translation import gettext as _

from contributions.models import FundingTarget
from contributions.models.donors import GLOBAL_SOUTH, UNECE
from mptf_portal.figures import Reference, choice, refer

PLEDGED, COMMITTED, DEPOSITED = FundingTarget.Basis.values
UNCOMMITTED = "uncommitted"  # what is pledged and not signed: no stage, but a part of the first
stage_choice = choice([PLEDGED, COMMITTED, DEPOSITED])


def stage_name(stage: str) -> str:
    """Return the stage as a reader's word for the money."""
    return {PLEDGED: _("pledges"), COMMITTED: _("commitments"), DEPOSITED: _("deposits")}[stage]


def reference(name: str, **values: object) -> Reference:
    """Return the reference of the figure with those of the parameters that have a value."""
    return refer(name, [(key, str(value)) for key, value in values.items() if value is not None])


def titled(title: str, year: int | None) -> str:
    """Return the title with the funding year it is about; all of them without one."""
    if year is None:
        return _("%(title)s, since the Fund's inception") % {"title": title}
    return _("%(title)s, funding year %(year)s") % {"title": title, "year": year}


def definition(stage: str) -> str:
    """Return what counts at the stage."""
    return {
        PLEDGED: _(
            "Each pledge at its latest public entry, in US dollars at that entry's rate, signed "
            "or not. A revised amount replaces the earlier one."
        ),
        COMMITTED: _(
            "Each pledge whose arrangement is signed, at its latest public entry, in US dollars at "
            "that entry's rate."
        ),
        DEPOSITED: _(
            "Money received by the Administrative Agent, as credited in US dollars, net of refunds."
        ),
    }[stage]


def who_counts(by: str, definition: str) -> str:
    """Return the definition with what makes a donor one of the group, where it is a group."""
    group = {
        UNECE: _(
            "UNECE donors are those of the member countries of the UN Economic Commission for "
            "Europe, whether or not they signed a statement."
        ),
        GLOBAL_SOUTH: _("Which donors are of the global south, the secretariat records."),
    }.get(by)
    return f"{definition} {group}" if group else definition


def leaves_out(stage: str) -> str:
    """Return what does not count at the stage."""
    if stage == DEPOSITED:
        return _(
            "Pledges not yet paid, drafts, and contributions that are only reported elsewhere. A "
            "year is the funding year, while the Gateway's tables use the date received."
        )
    return _(
        "Drafts, pledges without a rate, the part of a cancelled pledge that was never paid, and "
        "contributions that are only reported elsewhere."
    )
