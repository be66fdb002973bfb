"""The notes under the table, each with the mark that leads to it: a/, b/ and so on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, Min, OuterRef

from contributions.models import Deposit, Pledge, PledgeEntry, PledgeFootnote
from mptf_portal.snapshot import Snapshot

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Footnote:
    """A distinct text with its letters; `text` is empty where the kind says all."""

    letters: str
    kind: str
    text: str


Marks = dict[int, tuple[Footnote, ...]]


def footnotes(snapshot: Snapshot, pledges: Sequence[Pledge]) -> tuple[Marks, tuple[Footnote, ...]]:
    """Return the notes of each of these pledges by its key, and all of them once, in order.

    A text has the same letters whichever pledges are shown: the first letters are those of the
    text that was noted first of all that readers may see.
    """
    every = _lettered(snapshot)
    marks = defaultdict(list)
    for note in PledgeFootnote.objects.using(snapshot.using).filter(pledge__in=pledges):
        marks[note.pledge_id].append(every[note.kind, note.text])
    shown = {note for notes in marks.values() for note in notes}
    in_order = [note for note in every.values() if note in shown]
    return (
        {pledge: tuple(sorted(notes, key=in_order.index)) for pledge, notes in marks.items()},
        tuple(in_order),
    )


def letters(number: int) -> str:
    """Return a to z for 0 to 25, then aa, ab and so on."""
    before, place = divmod(number, len(LETTERS))
    return (letters(before - 1) if before else "") + LETTERS[place]


def _lettered(snapshot: Snapshot) -> dict[tuple[str, str], Footnote]:
    """Return every distinct text of public pledges, of any day, the one noted first at the head."""
    mine = {"pledge": OuterRef("pledge")}
    entries = PledgeEntry.objects.public(snapshot.now).filter(**mine)
    deposits = Deposit.objects.public(snapshot.now).filter(**mine)
    notes = PledgeFootnote.objects.using(snapshot.using).filter(Exists(entries) | Exists(deposits))
    texts = notes.order_by().values_list("kind", "text").annotate(first=Min("pk"))
    return {
        (kind, text): Footnote(letters(number), PledgeFootnote.Kind(kind).label, text)
        for number, (kind, text, _first) in enumerate(texts.order_by("first"))
    }
