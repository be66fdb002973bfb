"""Why rows were corrected, as it was written when the new one was published."""

from collections import defaultdict
from collections.abc import Iterable

from mptf_portal.publishing import PUBLISHED, TAKEN_BACK, PublicRow, in_every_language
from mptf_portal.snapshot import Snapshot


def reasons(snapshot: Snapshot, rows: Iterable[PublicRow]) -> dict[PublicRow, str]:
    """Return the reason of each of these public rows that has one: one query a table.

    It is read from the history of the row's publication alone: what was noted on the draft before
    was not written for readers. That history is written in the transaction of the publication, and
    a page is never older than it.
    """
    by_model = defaultdict(dict)
    for row in rows:
        by_model[type(row)][row.pk] = row
    found: dict[PublicRow, str] = {}
    by_itself = in_every_language(PUBLISHED, TAKEN_BACK)
    for model, known in by_model.items():
        written = model.history.using(snapshot.using).filter(id__in=known, public_until=None)
        told = written.order_by("history_id").values_list(
            "id", "public_from", "history_change_reason"
        )
        said = {key: reason for key, at, reason in told if at == known[key].public_from}
        for key, reason in said.items():  # the last one: a publication may have been taken back
            if reason and reason not in by_itself:
                found[known[key]] = reason
    return found
