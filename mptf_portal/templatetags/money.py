"""Template filters that hand every number, amount and day to `mptf_portal.money`."""

from django import template

from mptf_portal import money
from mptf_portal.figures import Figure, format_value

register = template.Library()

register.filter("usd", money.format_usd)
register.filter("amount", money.format_amount)
register.filter("number", money.format_number)
register.filter("roughly", money.format_roughly)
register.filter("day", money.format_day)
register.filter("period", money.format_period)
register.filter("percent", money.format_percent)
register.filter("moment", money.format_moment)
register.filter("time_of_day", money.format_time)
register.filter("names", money.format_names)


@register.filter
def value(figure: Figure) -> str:
    """Return a figure's value as its unit is written: to the cent, or a whole number."""
    return format_value(figure.value, figure.unit)
