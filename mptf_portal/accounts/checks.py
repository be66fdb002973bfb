"""What a deployment must not lack: refused, or warned of, by every command of `manage.py`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004

OF_ONE_PROCESS = ("LocMemCache", "DummyCache")


@register(Tags.caches)
def shared_cache(**_options: Any) -> list[CheckMessage]:
    """Refuse a cache that each process has for itself: it would count attempts for itself, too."""
    backend = settings.CACHES["default"]["BACKEND"]
    if settings.PORTAL_LOCAL or not backend.endswith(OF_ONE_PROCESS):
        return []
    return [
        Error(
            "CACHE_URL names a cache that processes do not share, so that limits on sign-in "
            "would hold for each of them alone.",
            hint="Leave CACHE_URL out for a table of the database, or name a Redis.",
            id="portal.E001",
        )
    ]


@register(Tags.security, deploy=True)
def second_factor(**_options: Any) -> list[CheckMessage]:
    """Refuse to deploy with the relaxation of a developer's machine."""
    if not settings.PORTAL_LOCAL:
        return []
    return [
        Error(
            "PORTAL_LOCAL is on: the desk asks for no second factor and takes plain http.",
            hint="Leave PORTAL_LOCAL out of the environment of a deployment.",
            id="portal.E002",
        )
    ]


@register(Tags.security, deploy=True)
def mail(**_options: Any) -> list[CheckMessage]:
    """Warn where no invitation and no new password can be mailed."""
    if settings.MAIL_IS_SENT:
        return []
    return [
        Warning(
            "EMAIL_URL is not set: nobody can be invited, and no forgotten password replaced.",
            hint="EMAIL_URL=smtp+tls://user:password@mail.example.org:587",
            id="portal.W003",
        )
    ]
