"""What the page of a statement shows, to readers and in an editor's preview."""

from typing import Any

from contributions import markup
from contributions.models import Edition, Statement
from mptf_portal.live import Snapshot


def statement_context(snapshot: Snapshot, edition: Edition) -> dict[str, Any]:
    """Return what the page of a statement shows, the text counted in the snapshot."""
    statement = edition.statement
    return {
        "section": "statement",
        "statement": statement,
        "address": snapshot.address(statement.get_absolute_url()),
        "edition": edition,
        "signatories": [donor.name for donor in statement.signatories.order_by("name")],
        "text": markup.render(edition.markdown, snapshot),
        "snapshot": snapshot,
    }


def edition_in_force(snapshot: Snapshot, statement: Statement, language: str) -> Edition:
    """Return the public edition in the language, else the original's; the statement is public."""
    editions = Edition.objects.using(snapshot.using).public(snapshot.now)
    rows = editions.filter(statement=statement).select_related("statement")
    by_language = {edition.language: edition for edition in rows}
    original = next(
        (row for row in by_language.values() if row.kind == Edition.Kind.ORIGINAL), None
    )
    return by_language.get(language) or original or next(iter(by_language.values()))
