"""What every public page says about the ledger as a whole."""

from typing import Any

from django.http import HttpRequest

from mptf_portal.live import READ
from mptf_portal.models import Demonstration


def ledger(_request: HttpRequest) -> dict[str, Any]:
    """Tell the template, when it asks, whether the ledger is the demonstration."""
    return {"is_demonstration": lambda: Demonstration.is_on(READ)}
