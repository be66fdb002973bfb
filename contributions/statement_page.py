"""What the page of a statement shows, to readers and in an editor's preview."""

from typing import Any

from contributions import markup
from contributions.delivery import delivery_in_force
from contributions.models import Edition, Statement
from mptf_portal.snapshot import Snapshot


def statement_context(snapshot: Snapshot, edition: Edition) -> dict[str, Any]:
    """Return what the page of a statement shows, the text counted in the snapshot."""
    statement = edition.statement
    public = Statement.objects.using(snapshot.using).public(snapshot.now)
    return {
        "section": "statement",
        "statement": statement,
        "address": snapshot.address(statement.get_absolute_url()),
        "edition": edition,
        "signatories": [donor.name for donor in statement.signatories.order_by("name")],
        "text": markup.render(edition.markdown, snapshot),
        "delivery": delivery_in_force(snapshot, statement, edition.language),
        "others": public.exclude(pk=statement.pk),
        "snapshot": snapshot,
    }


def edition_in_force(snapshot: Snapshot, statement: Statement, language: str) -> Edition | None:
    """Return the public edition in the language, else the original's; None without any."""
    editions = Edition.objects.using(snapshot.using).public(snapshot.now)
    rows = editions.filter(statement=statement).select_related("statement")
    return Edition.closest(rows, language)
