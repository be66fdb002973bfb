"""Publish and deliver a statement that nobody has made, to show what a delivered one looks like."""

from datetime import datetime
from pathlib import Path

from contributions.delivery import deliver, freeze
from contributions.models import Donor, Edition, Statement
from mptf_portal.publishing import publish
from mptf_portal.snapshot import Snapshot

TEXT = Path(__file__).resolve().parents[1] / "data" / "demonstration" / "statement.en.md"
TITLE = "Demonstration statement: invented, and made by nobody"
SIGNATORIES = ("denmark", "germany", "norway")


def load_statement(now: datetime) -> None:
    """Publish the statement and deliver it at that instant; the ledger is loaded and flags it."""
    statement = Statement.objects.create(
        slug="demonstration",
        title=TITLE,
        occasion="An invented occasion",
        place="nowhere",
        date=now.date(),
    )
    statement.signatories.set(Donor.objects.filter(slug__in=SIGNATORIES))
    edition = Edition(
        statement=statement,
        language=Edition.Language.ENGLISH,
        kind=Edition.Kind.ORIGINAL,
        title=TITLE,
        markdown=TEXT.read_text(encoding="utf-8"),
    )
    publish(edition, now)
    deliver(edition, freeze(edition, Snapshot("default", now, now.date())))
