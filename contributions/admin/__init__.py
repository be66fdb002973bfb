"""The secretariat's desk: what officers and approvers enter, change and publish."""

from contributions.admin import (
    announcements,
    deliveries,
    imports,
    ledger,
    panels,
    rates,
    reference,
    statements,
)

__all__ = [
    "announcements",
    "deliveries",
    "imports",
    "ledger",
    "panels",
    "rates",
    "reference",
    "statements",
]
