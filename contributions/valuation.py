"""What a pledge's entry is worth in US dollars."""

from decimal import Decimal

from contributions.models import ExchangeRate, PledgeEntry
from mptf_portal.money import usd_at

DOLLAR = "US dollar"


def value(entry: PledgeEntry) -> None:
    """Set the entry's rate, where it is empty, and its US dollars; do not save.

    The rate is the UN operational rate of the pledge's currency, the latest not after the entry's
    date. A rate that was entered stays. With no rate in force, or for a cancellation, the entry
    has no value of its own.
    """
    if entry.amount is None:
        entry.rate, entry.rate_date, entry.rate_source, entry.amount_usd = None, None, "", None
        return
    if entry.rate is None:
        set_rate_in_force(entry)
    entry.amount_usd = None if entry.rate is None else usd_at(entry.amount, entry.rate)


def set_rate_in_force(entry: PledgeEntry) -> None:
    """Fill in the entry's rate, its date and source; leave them empty where none is in force."""
    currency = entry.pledge.currency
    if currency == "USD":
        entry.rate, entry.rate_date, entry.rate_source = Decimal(1), entry.dated, DOLLAR
        return
    rate = ExchangeRate.objects.in_force(currency, entry.dated)
    if rate is None:
        entry.rate, entry.rate_date, entry.rate_source = None, None, ""
    else:
        entry.rate, entry.rate_date, entry.rate_source = rate.rate, rate.effective_on, rate.source
