"""What every page says about the portal as a whole."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(_request: HttpRequest) -> dict[str, Any]:
    """Tell whom to write to, and under which licence the data may be used; empty: not known."""
    return {
        "contact": {"email": settings.CONTACT_EMAIL, "url": settings.CONTACT_URL},
        "licence": {"name": settings.LICENCE, "url": settings.LICENCE_URL},
    }
