"""The record of a statement as it is read out: its text, and what every live link in it printed.

A record is written as canonical JSON: the same content is always the same bytes, and their SHA-256
tells whether one of them was changed. Numbers are strings in it, and none is ever a float.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from contributions import markup
from contributions.markup import Note
from contributions.models import Delivery, Edition, Statement
from contributions.models.deliveries import checksum
from mptf_portal.figures import Figure, Unit, Verdict, format_value
from mptf_portal.live import lock_revision
from mptf_portal.models import Demonstration
from mptf_portal.snapshot import Snapshot

DAYS = ("statement_date", "delivered_on")


@dataclass(frozen=True, slots=True)
class RecordedLink:
    """A live link as it was printed, and what was counted for it.

    `printed[slot[0]:slot[1]]` is the value; without a slot the text stood as typed. A figure has a
    `value` (None: nothing was on record), a unit and a basis; a claim a verdict and an answer.
    """

    address: str
    reference: str
    kind: str
    title: str
    printed: str
    slot: tuple[int, int] | None
    as_of: date
    value: str | None = None
    unit: str | None = None
    basis: str | None = None
    verdict: str | None = None
    answer: str | None = None

    @property
    def number(self) -> Decimal | None:
        """Return a figure's exact value."""
        return None if self.value is None else Decimal(self.value)

    @property
    def words(self) -> str:
        """Return the exact number or the answer; nothing where nothing was on record."""
        if self.number is None:
            return self.answer or ""
        return format_value(self.number, Unit(self.unit))

    @property
    def behind(self) -> str:
        """Return a figure's basis, or what the records said of a claim; figures may have none."""
        return Verdict(self.verdict).words if self.verdict else self.basis or ""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that is kept of a delivery; the names are those of the JSON."""

    statement: str
    statement_title: str
    occasion: str
    place: str
    statement_date: date
    signatories: tuple[str, ...]
    language: str
    title: str
    delivered_on: date
    counted_at: datetime
    demonstration: bool
    markdown: str
    links: tuple[RecordedLink, ...]

    @property
    def is_late(self) -> bool:
        """Tell whether the record was made on another day than the one it is of."""
        return self.counted_at.date() != self.delivered_on

    def to_json(self) -> str:
        """Return the record as canonical JSON."""
        return _canonical(asdict(self))

    def seen(self) -> str:
        """Return all that whoever delivers has to have seen: the record without its instant."""
        return _canonical(asdict(self) | {"counted_at": None})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the record that `to_json` wrote."""
        content = json.loads(text)
        content |= {name: date.fromisoformat(content[name]) for name in DAYS}
        content["counted_at"] = datetime.fromisoformat(content["counted_at"])
        content["signatories"] = tuple(content["signatories"])
        content["links"] = tuple(
            RecordedLink(**link | {"as_of": date.fromisoformat(link["as_of"])})
            for link in content["links"]
        )
        return cls(**content)


def _canonical(content: dict[str, Any]) -> str:
    return json.dumps(
        content,
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        default=lambda day: day.isoformat(),
    )


def freeze(edition: Edition, snapshot: Snapshot) -> Record:
    """Return the record of the edition on the snapshot's day, printed in its own language.

    Raises ValidationError when a link of the text names nothing that can be counted.
    """
    markup.refuse_errors(edition.markdown, snapshot)
    with override(edition.language):
        notes = markup.render(edition.markdown, snapshot).notes
        links = tuple(_recorded(note) for note in notes)
    statement = edition.statement
    return Record(
        statement=statement.slug,
        statement_title=statement.title,
        occasion=statement.occasion,
        place=statement.place,
        statement_date=statement.date,
        signatories=tuple(statement.signatories.order_by("name").values_list("name", flat=True)),
        language=edition.language,
        title=edition.title,
        delivered_on=snapshot.as_of,
        counted_at=snapshot.now,
        demonstration=Demonstration.is_on(snapshot.using),
        markdown=edition.markdown,
        links=links,
    )


def _recorded(note: Note) -> RecordedLink:
    link, printed, counted = note.link, note.printed, note.counted
    start = len(printed.before)
    if isinstance(counted, Figure):
        behind = {
            "value": None if counted.value is None else format(Decimal(counted.value), "f"),
            "unit": counted.unit.value,
            "basis": str(counted.basis),
        }
    else:
        behind = {"verdict": counted.verdict.value, "answer": counted.answer}
    return RecordedLink(
        address=f"{link.kind}:{link.address}",
        reference=str(counted.reference),
        kind=link.kind,
        title=str(counted.title),
        printed=printed.text,
        slot=(start, start + len(printed.value)) if printed.value else None,
        as_of=counted.as_of,
        **behind,
    )


@transaction.atomic
def deliver(edition: Edition, record: Record) -> Delivery:
    """Write the record of a public edition: once for its statement and language.

    Raises ValidationError when the edition is no longer public or that was delivered already; then
    nothing has changed. The caller checks the permission `publish`, and that the record was seen.
    """
    lock_revision()
    editions = Edition.objects.select_related("statement")
    stored = editions.select_for_update(of=("self", "statement")).get(pk=edition.pk)
    if not stored.is_public(record.counted_at):
        raise ValidationError(_("Only a public edition is delivered."))
    text = record.to_json()
    delivery = Delivery(
        edition=edition,
        statement=edition.statement,
        language=edition.language,
        delivered_on=record.delivered_on,
        record=text,
        sha256=checksum(text),
    )
    delivery._change_reason = _("Delivered")  # noqa: SLF001 (simple-history's attribute)
    delivery.full_clean()
    delivery.save()
    return delivery


def delivery_in_force(snapshot: Snapshot, statement: Statement, language: str) -> Delivery | None:
    """Return what was delivered in the language, else the original's delivery; None without any."""
    rows = Delivery.objects.using(snapshot.using).filter(statement=statement)
    editions = [row.edition for row in rows.select_related("edition", "statement")]
    edition = Edition.closest(editions, language)
    return edition.delivery if edition else None
