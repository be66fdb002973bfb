"""The UN Treasury's file of operational rates of exchange: read, compared and written.

`reading`: what the file says, and which lines refuse it. `comparing`: what that brings to the
ledger, and writing it.
"""

from contributions.operational_rates.comparing import Report, compare, packed, unpacked, write
from contributions.operational_rates.reading import MOST_BYTES, Ignored, Rate, read

__all__ = [
    "MOST_BYTES",
    "Ignored",
    "Rate",
    "Report",
    "compare",
    "packed",
    "read",
    "unpacked",
    "write",
]
