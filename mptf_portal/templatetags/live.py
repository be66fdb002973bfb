"""Template filters that complete an address of the site."""

from django import template

from mptf_portal.live import Snapshot

register = template.Library()


@register.filter
def on(address: str, snapshot: Snapshot | None) -> str:
    """Return the address on the day that the reader asked for; without a snapshot, as it is."""
    return snapshot.address(address) if snapshot else address


@register.filter
def part(address: str, number: int) -> str:
    """Return the address of one page of a long table."""
    return f"{address}{'&' if '?' in address else '?'}page={number}"
