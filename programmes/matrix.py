"""Which programmes support which objectives of the Compact: a row and a column of each."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from mptf_portal.pages import numbered
from mptf_portal.snapshot import Snapshot
from programmes.figures import funded
from programmes.models import JointProgramme, Objective

PROGRAMMES_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A programme, and for each objective in its order whether the record names it.

    No mark says that a programme does not support an objective: only where the record
    `is_complete` is that so. `is_recorded` tells whether it names any.
    """

    programme: JointProgramme
    marks: tuple[bool, ...]
    is_recorded: bool
    is_complete: bool


def objectives_matrix(snapshot: Snapshot, number: str | None) -> dict[str, Any]:
    """Return the `objectives`, each with how many programmes it is `supported_by`, and a `page`.

    Its `rows` are the programmes of that page; the objectives are counted of all.
    """
    columns = list(with_support(snapshot))
    programmes = funded(snapshot).prefetch_related("objectives")
    page = numbered(programmes, PROGRAMMES_PER_PAGE, number)
    rows = tuple(_row(programme, columns) for programme in page.object_list)
    return {
        "objectives": columns,
        "named": [row for row in columns if row.supported_by],
        "unnamed": [row for row in columns if not row.supported_by],
        "page": page,
        "rows": rows,
    }


def with_support(snapshot: Snapshot) -> QuerySet[Objective]:
    """Return the objectives, each with the number of programmes that it is `supported_by`."""
    supporting = funded(snapshot).filter(objectives=OuterRef("pk")).order_by()
    number = supporting.values("objectives").annotate(number=Count("pk")).values("number")
    return Objective.objects.using(snapshot.using).annotate(
        supported_by=Coalesce(Subquery(number), 0)
    )


def _row(programme: JointProgramme, columns: list[Objective]) -> MatrixRow:
    named = set(programme.objectives.all())
    return MatrixRow(
        programme,
        tuple(objective in named for objective in columns),
        bool(named),
        programme.objectives_complete,
    )
