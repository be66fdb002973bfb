"""What a pledge's entry is worth in US dollars."""

from contributions.models import PledgeEntry


def value(entry: PledgeEntry) -> None:
    """Set the entry's value; do not save."""
    entry.set_value()
