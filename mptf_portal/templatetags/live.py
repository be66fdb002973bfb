"""Template filters that complete an address of the site."""

from django import template
from django.http import HttpRequest

from mptf_portal.snapshot import Snapshot

register = template.Library()


@register.filter
def on(address: str, snapshot: Snapshot | None) -> str:
    """Return the address on the day that the reader asked for; without a snapshot, as it is."""
    return snapshot.address(address) if snapshot else address


@register.filter
def today(request: HttpRequest) -> str:
    """Return the address of the same page without the day that the reader asked for."""
    parameters = request.GET.copy()
    parameters.pop("as_of", None)
    return f"{request.path}?{parameters.urlencode()}" if parameters else request.path


@register.filter
def part(address: str, parameter: str) -> str:
    """Return the address of a page of a long table, all but its number."""
    return f"{address}{'&' if '?' in address else '?'}{parameter}="
