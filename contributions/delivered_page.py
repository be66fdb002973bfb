"""What the page of a delivered text shows: the text from its record, and what has changed since."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from contributions import markup
from contributions.delivery import Record, RecordedLink
from contributions.markup import Printed
from contributions.models import Delivery, Edition
from mptf_portal import figures
from mptf_portal.figures import (
    Counted,
    Figure,
    Reference,
    Unit,
    UnknownReferenceError,
    Verdict,
    format_value,
)
from mptf_portal.money import format_day, format_number
from mptf_portal.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a figure or a claim on one day, and the page of its rows on that day.

    `words` are the exact number or the answer; there are none where nothing is on record.
    """

    words: str
    address: str
    value: Decimal | None = None
    verdict: str = ""

    @property
    def exact(self) -> str:
        """Return the number for machines."""
        return "" if self.value is None else f"{self.value:f}"


@dataclass(frozen=True, slots=True)
class Compared:
    """A live link as delivered, beside what is said now: None when nothing has its name now."""

    number: int
    link: RecordedLink
    then: Said
    now: Said | None

    @property
    def difference(self) -> str:
        """Return in words what has changed; nothing when it is the same."""
        if self.now is None:
            return _("no longer counted")
        if not self.then.verdict:
            return _difference(self.then.value, self.now.value, Unit(self.link.unit))
        if self.then.verdict != self.now.verdict:
            return _("now: %(verdict)s") % {"verdict": Verdict(self.now.verdict).words}
        return "" if self.then.words == self.now.words else _("another answer")


def _difference(then: Decimal | None, now: Decimal | None, unit: Unit) -> str:
    if then == now:
        return ""
    if now is None:
        return _("no longer counted")
    if then is None:
        return _("counted since")
    words = {"number": format_value(abs(now - then), unit)}
    if now > then:
        return _("%(number)s more") % words
    return (_("%(number)s less") if unit is Unit.USD else _("%(number)s fewer")) % words


def delivered_context(snapshot: Snapshot, delivery: Delivery) -> dict[str, Any]:
    """Return what the page of a delivery shows."""
    record = Record.from_json(delivery.record)
    compared = compare(record, snapshot)
    return {
        "delivery": delivery,
        "record": record,
        "text": delivered_text(record, snapshot),
        "compared": compared,
        "summary": summary(compared),
        "since": since(delivery.edition, snapshot),
    }


def delivered_text(record: Record, snapshot: Snapshot) -> SafeString:
    """Return the text's HTML from the record alone; each link leads to the day of delivery."""
    printed = [_printed(link, _then(record, snapshot)) for link in record.links]
    return markup.typeset(markup.parse(record.markdown), printed)


def _printed(link: RecordedLink, then: Snapshot) -> Printed:
    start, end = link.slot or (len(link.printed), len(link.printed))
    return Printed(
        before=link.printed[:start],
        value=link.printed[start:end],
        after=link.printed[end:],
        exact=link.value or "",
        css=link.kind if link.verdict is None else f"{link.kind} {link.verdict}",
        address=_address(link.reference, then),
    )


def _then(record: Record, snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, as_of=record.delivered_on, asked=True)


def _address(reference: str, snapshot: Snapshot) -> str:
    return snapshot.address(Reference.written(reference).get_absolute_url())


def compare(record: Record, snapshot: Snapshot) -> list[Compared]:
    """Return each live link beside what is counted on the snapshot's day, what differs first.

    A claim words its answer in the language of the delivery, so that only the records differ.
    """
    then = _then(record, snapshot)
    references = dict.fromkeys(link.reference for link in record.links)
    with override(record.language):
        counted = {reference: _count(reference, snapshot) for reference in references}
    now = {reference: _said_now(counted[reference], snapshot) for reference in references}
    compared = [
        Compared(number, link, _said_then(link, then), now[link.reference])
        for number, link in enumerate(record.links, start=1)
    ]
    return sorted(compared, key=lambda row: not row.difference)


def _count(reference: str, snapshot: Snapshot) -> Counted | None:
    try:
        return figures.count(figures.parse(reference), snapshot)
    except UnknownReferenceError:
        return None


def _said_now(counted: Counted | None, snapshot: Snapshot) -> Said | None:
    if counted is None:
        return None
    address = snapshot.address(counted.reference.get_absolute_url())
    if not isinstance(counted, Figure):
        return Said(counted.answer, address, verdict=counted.verdict.value)
    if counted.value is None:
        return Said("", address)
    return Said(format_value(counted.value, counted.unit), address, Decimal(counted.value))


def _said_then(link: RecordedLink, then: Snapshot) -> Said:
    return Said(link.words, _address(link.reference, then), link.number, link.verdict or "")


def summary(compared: list[Compared]) -> str:
    """Return in a sentence how many of the rows differ."""
    changed = sum(bool(row.difference) for row in compared)
    if not changed:
        return _("Nothing differs from what was delivered.")
    sentence = ngettext(
        "%(changed)s of %(all)s differs from what was delivered.",
        "%(changed)s of %(all)s differ from what was delivered.",
        changed,
    )
    return sentence % {"changed": format_number(changed), "all": format_number(len(compared))}


def since(edition: Edition, snapshot: Snapshot) -> str:
    """Return what became of the text itself since, in a sentence; nothing while it is public."""
    if edition.public_until is None or edition.is_public(snapshot.now):
        return ""
    day = {"day": format_day(edition.public_until.date())}
    if edition.withdrawn_reason:
        return _("The text was withdrawn on %(day)s. Here it stands as it was read out.") % day
    return _("The text was corrected on %(day)s. Here it stands as it was read out.") % day
