"""What the page of a statement shows, to readers and in an editor's preview."""

from typing import Any

from django.utils.translation import gettext as _

from contributions import markup
from contributions.delivered_page import compare, summary
from contributions.delivery import Record, delivery_in_force
from contributions.figures import COMMITTED, DEPOSITED, PLEDGED, stage_name
from contributions.markup import Note
from contributions.markup.links import read, say_aloud
from contributions.models import Delivery, Edition, Statement
from contributions.models.donors import ALL
from contributions.scope import scope_name
from mptf_portal.money import format_day
from mptf_portal.snapshot import Snapshot


def statement_context(snapshot: Snapshot, edition: Edition) -> dict[str, Any]:
    """Return what the page of a statement shows, the text counted in the snapshot."""
    statement = edition.statement
    public = Statement.objects.using(snapshot.using).public(snapshot.now)
    text = markup.render(edition.markdown, snapshot)
    delivery = delivery_in_force(snapshot, statement, edition.language)
    return {
        "section": "statement",
        "statement": statement,
        "address": snapshot.address(statement.get_absolute_url()),
        "edition": edition,
        "signatories": list(statement.signatories.order_by("name")),
        "text": text,
        "read_aloud": read_aloud(text.notes, snapshot),
        "spoken": spoken(text.notes),
        "delivery": delivery,
        "changed": _changed(delivery, snapshot),
        "cited": snapshot.fixed(statement.get_absolute_url()),
        "others": public.exclude(pk=statement.pk),
        "snapshot": snapshot,
    }


def edition_in_force(snapshot: Snapshot, statement: Statement, language: str) -> Edition | None:
    """Return the public edition in the language, else the original's; None without any."""
    editions = Edition.objects.using(snapshot.using).public(snapshot.now)
    rows = editions.filter(statement=statement).select_related("statement")
    return Edition.closest(rows, language)


def spoken(notes: tuple[Note, ...]) -> Note | None:
    """Return the note of the text's first sum of contributions; None without one."""
    return next((note for note in notes if note.counted.reference.name == "contributed"), None)


def read_aloud(notes: tuple[Note, ...], snapshot: Snapshot) -> str:
    """Return the text's first sum of contributions as one sentence to say; empty without one."""
    note = spoken(notes)
    if note is None:
        return ""
    asked = dict(note.counted.reference.parameters)
    stage = asked.get("stage", DEPOSITED)
    of = {
        "stage": stage_name(stage),
        "who": scope_name(snapshot, asked.get("by", ALL), asked.get("statement")),
        "year": asked.get("year"),
    }
    scope = _("%(stage)s of %(who)s for %(year)s") if of["year"] else _("%(stage)s of %(who)s")
    words = {"scope": scope % of, "day": format_day(snapshot.as_of), "typed": note.link.text}
    words["amount"] = say_aloud(note.counted.value, read(note.link.address, note.link.kind))
    if words["amount"] is None:
        return (
            _("Too little is on record for this sentence (%(scope)s): it keeps “%(typed)s”.")
            % words
        )
    return _spoken(stage) % words


def _spoken(stage: str) -> str:
    return {
        PLEDGED: _("We have pledged %(amount)s (%(scope)s, as of %(day)s)."),
        COMMITTED: _("We have committed %(amount)s (%(scope)s, as of %(day)s)."),
        DEPOSITED: _("We have contributed %(amount)s (%(scope)s, as of %(day)s)."),
    }[stage]


def _changed(delivery: Delivery | None, snapshot: Snapshot) -> str:
    """Return in a sentence how much of what was delivered differs now; empty without a delivery."""
    if delivery is None:
        return ""
    return summary(compare(Record.from_json(delivery.record), snapshot))
