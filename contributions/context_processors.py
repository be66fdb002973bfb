"""What every page says about the ledger as a whole."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from mptf_portal.live import READ
from mptf_portal.models import Demonstration


def ledger(_request: HttpRequest) -> dict[str, Any]:
    """Tell a template that asks whether the ledger is the demonstration: one query at most.

    `snapshot` is None on answers that read none, such as 404.
    """
    return {
        "is_demonstration": SimpleLazyObject(lambda: Demonstration.is_on(READ)),
        "snapshot": None,
    }
