"""Copies of the whole database that are proved by counting.

`backup` writes a copy of the database and beside it a record: every figure and the answer of every
claim that can be asked for, counted in the same state of the database as the copy. `restore` puts
the copy back, counts again for the same day and instant, and compares.
"""

from contributions.backup.making import backup
from contributions.backup.record import DifferentError, RefusedError
from contributions.backup.restoring import restore

__all__ = ["DifferentError", "RefusedError", "backup", "restore"]
