"""What is answered when a page could not be made."""

import re
import sys

from django.conf import settings
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.defaults import permission_denied
from django.views.defaults import server_error as programming_error

from mptf_portal.live import could_not_read

# What a form of the admin sends of its own: how many lines there are, the blank one, keys, buttons.
FORMS_OWN = re.compile(r"_FORMS$|__prefix__|-id$|^_|^initial-")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403; on the desk, where an act may be over by now, with the way to its row."""
    if not (request.path.startswith(settings.SESSION_COOKIE_PATH) and request.user.is_staff):
        return permission_denied(request, exception)
    context = admin.site.each_context(request) | {
        "title": _("This is not open to you, or no longer"),
        "row": _page_of_the_row(request),
    }
    return render(request, "admin/403.html", context, status=403)


def _page_of_the_row(request: HttpRequest) -> str:
    """Return the address of the page that an act was asked from; empty for any other page."""
    asked = request.resolver_match
    if asked is None or "object_id" not in asked.kwargs:
        return ""
    page = asked.url_name.rpartition("_")[0] + "_change"
    return reverse(f"admin:{page}", args=[asked.kwargs["object_id"]])


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 when the database failed us, 500 for every fault of our own.

    A table or a column that is missing is the database's: a migration is running.

    What an officer had typed comes back with a button that sends it again. Nothing of it is stored
    anywhere; files have to be chosen again.
    """
    error = sys.exc_info()[1]
    ours = (IntegrityError, DataError)
    if not isinstance(error, (DatabaseError, InterfaceError)) or isinstance(error, ours):
        return programming_error(request)
    could_not_read(request)
    is_form = request.method == "POST"
    if is_form:
        list(get_messages(request))  # read, so dropped: what was said before the commit that failed
    typed = typed_values(request)
    shown = [(name, value) for name, value in typed if value and not FORMS_OWN.search(name)]
    context = {
        "typed": typed,
        "shown": shown,
        "is_form": is_form,
        "files": len(request.FILES),
    }
    response = render(request, "503.html", context, status=503)
    response["Retry-After"] = "5"
    response["Cache-Control"] = "no-store"
    return response


def typed_values(request: HttpRequest) -> list[tuple[str, str]]:
    """Return each name and value of the form that was sent; nothing of one with a password."""
    if any("password" in name for name in request.POST):
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
