"""When a row reaches a reader: the one gate, and the one way through it.

A row is public from `public_from` until `public_until`. A draft has no `public_from`; a row that
another one replaces, or that is withdrawn, has a `public_until`. Between the two it is submitted:
`mptf_portal.review` says who may submit, send back and approve. Nothing public is edited or
deleted: a correction is a new row that `replaces` the old one, and the old one stays public until
the new one is.
"""

from mptf_portal.publishing.acts import (
    PUBLISHED,
    TAKEN_BACK,
    as_stored,
    draft_correction,
    in_every_language,
    left_out,
    names_of,
    naming,
    publish,
    reason_of,
    refuse_stale,
    refuse_to_part,
    withdraw,
)
from mptf_portal.publishing.rows import (
    LIFE,
    REASON_LENGTH,
    DemonstrationField,
    PublicQuerySet,
    PublicRow,
    RestedOn,
    facts_of,
)

__all__ = [
    "LIFE",
    "PUBLISHED",
    "REASON_LENGTH",
    "TAKEN_BACK",
    "DemonstrationField",
    "PublicQuerySet",
    "PublicRow",
    "RestedOn",
    "as_stored",
    "draft_correction",
    "facts_of",
    "in_every_language",
    "left_out",
    "names_of",
    "naming",
    "publish",
    "reason_of",
    "refuse_stale",
    "refuse_to_part",
    "withdraw",
]
