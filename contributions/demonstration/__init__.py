"""The demonstration ledger: invented amounts that show how the portal works.

Its tables are `contributions/data/demonstration/*.csv`: donors, rates (local units per 1 US dollar
from a day on), and the ledger with one line for each thing that happened to a pledge. Loading it is
a state of the whole ledger: it begins with the row of `Demonstration`, and from then on every money
row that anyone writes is flagged. Removing goes by that flag, not by the tables. A statement that
says of itself that it is invented is published and delivered on the day of loading.
"""

from contributions.demonstration.loading import RefusedError, load
from contributions.demonstration.removal import remove

__all__ = ["RefusedError", "load", "remove"]
