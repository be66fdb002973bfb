"""What the admin of everything that the secretariat keeps shares.

`kept`: history, no deletion, no save over somebody else's. `acts`: one act on a page of its own,
confirmed by who saw what it touches. `rows`: from draft to withdrawn.
"""

from mptf_portal.editing.acts import Act, ActingAdmin
from mptf_portal.editing.kept import NO_DAY, KeptAdmin, KeptRows, TableInline
from mptf_portal.editing.rows import PublicRowAdmin, PublishingAdmin

__all__ = [
    "NO_DAY",
    "Act",
    "ActingAdmin",
    "KeptAdmin",
    "KeptRows",
    "PublicRowAdmin",
    "PublishingAdmin",
    "TableInline",
]
