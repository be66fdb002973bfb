"""What every page says about the ledger as a whole."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from mptf_portal.models import Demonstration
from mptf_portal.snapshot import READ


def ledger(_request: HttpRequest) -> dict[str, Any]:
    """Tell a template that asks whether the ledger is the demonstration: one query at most.

    `snapshot` is None on answers that read none, such as 404.
    """
    return {
        "is_demonstration": SimpleLazyObject(lambda: Demonstration.is_on(READ)),
        "snapshot": None,
    }
