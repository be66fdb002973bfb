"""What the officers' first page tells of the ledger."""

from typing import Any

from django import template
from django.contrib.auth.base_user import AbstractBaseUser
from django.urls import reverse
from django.utils.http import urlencode

from contributions.reconciliation import deposits_reference, differences, reconciliation
from mptf_portal.snapshot import latest

register = template.Library()


@register.inclusion_tag("admin/reconciliation.html")
def reconciliation_points(user: AbstractBaseUser) -> dict[str, Any]:
    """Show the latest point of reconciliation and every one that differs; and where to add one."""
    snapshot = latest()
    figure = urlencode({"figure": deposits_reference()})
    return {
        "latest": reconciliation(snapshot),
        "differences": differences(snapshot),
        "may_add": user.has_perm("programmes.add_statedfigure"),
        "add": f"{reverse('admin:programmes_statedfigure_add')}?{figure}",
    }
