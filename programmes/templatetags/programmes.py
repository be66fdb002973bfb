"""Template filters that ask a joint programme about a day."""

from datetime import date

from django import template

from programmes.models import JointProgramme

register = template.Library()


@register.filter
def status(programme: JointProgramme, day: date) -> str:
    """Return the status in words as it is known on the day; empty where it is not recorded."""
    return programme.status_by(day)
