"""The secretariat's desk: what officers and approvers enter, change and publish."""

from contributions.admin import deliveries, ledger, reference, statements

__all__ = ["deliveries", "ledger", "reference", "statements"]
