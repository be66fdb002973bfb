"""The secretariat's desk: what officers and approvers enter, change and publish."""

from contributions.admin import ledger, reference, statements

__all__ = ["ledger", "reference", "statements"]
