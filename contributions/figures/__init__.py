"""What the ledger counts: contributed, uncommitted, outstanding, donors, targets.

Each function is pure: it reads the snapshot's database at the snapshot's instant and day, and
returns a `Figure`. A value is None when no public row counts. `year` is the funding year at every
stage; the Gateway's tables use the date received.
"""

from contributions.figures.given import contributed, donors, not_signed, uncommitted
from contributions.figures.owed import outstanding, outstanding_usd, owing
from contributions.figures.rows import deposits, entries
from contributions.figures.targets import annual_target, annual_targets, target, target_gap
from contributions.figures.words import (
    COMMITTED,
    DEPOSITED,
    PLEDGED,
    UNCOMMITTED,
    stage_choice,
    stage_name,
)

__all__ = [
    "COMMITTED",
    "DEPOSITED",
    "PLEDGED",
    "UNCOMMITTED",
    "annual_target",
    "annual_targets",
    "contributed",
    "deposits",
    "donors",
    "entries",
    "not_signed",
    "outstanding",
    "outstanding_usd",
    "owing",
    "stage_choice",
    "stage_name",
    "target",
    "target_gap",
    "uncommitted",
]
