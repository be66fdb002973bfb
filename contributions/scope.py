"""Who a figure counts: everybody, a group of donors, or one donor."""

from django.utils.translation import gettext as _

from contributions.models import Donor, Statement
from contributions.models.donors import ALL, GLOBAL_SOUTH, SCOPES, SIGNATORIES, UNECE
from mptf_portal.figures import UnknownReferenceError
from mptf_portal.snapshot import Snapshot


def scope(text: str) -> str:
    """Parse who is counted: a group or a donor's short name; existence is asked when counting."""
    if not text:
        raise UnknownReferenceError(_("Say who is counted: all, unece or a donor's short name."))
    return text


def scope_name(snapshot: Snapshot, by: str, statement: str | None) -> str:
    """Return who is counted, in words; UnknownReferenceError for nobody that readers know."""
    if (by == SIGNATORIES) != (statement is not None):
        raise UnknownReferenceError(
            _("by=signatories goes with the statement they signed: add statement=unece-2024.")
        )
    if by == SIGNATORIES:
        known = Statement.objects.using(snapshot.using)
        if not snapshot.preview:
            known = known.public(snapshot.now)
        if not known.filter(slug=statement).exists():
            message = _("No statement has the short name “%(slug)s”.")
            raise UnknownReferenceError(message % {"slug": statement})
        return _("the statement's signatories")
    if by in SCOPES:
        return {
            ALL: _("all donors"),
            UNECE: _("UNECE donors"),
            GLOBAL_SOUTH: _("donors of the global south"),
        }[by]
    named = Donor.objects.using(snapshot.using)
    if not snapshot.preview:
        named = named.public(snapshot.now)
    donor = named.filter(slug=by).first()
    if donor is None:
        message = _("“%(slug)s” is neither a group of donors nor a donor's short name.")
        raise UnknownReferenceError(message % {"slug": by})
    return donor.name
