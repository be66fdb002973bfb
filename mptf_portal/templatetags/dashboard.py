"""The first page of the desk."""

from typing import Any

from django import template
from django.template import Context

from mptf_portal.editing.dashboard import all_panels

register = template.Library()


@register.inclusion_tag("admin/dashboard.html", takes_context=True)
def dashboard(context: Context) -> dict[str, Any]:
    """Show what waits for whoever is signed in."""
    return {"panels": all_panels(context["request"])}
