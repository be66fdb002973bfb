"""What is answered when a page could not be made."""

import sys

from django.db import DatabaseError, DataError, IntegrityError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import server_error as programming_error

from mptf_portal.live import could_not_read


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 when the database failed us, 500 for every fault of our own.

    What an officer had typed comes back with a button that sends it again. Nothing of it is stored
    anywhere; files have to be chosen again.
    """
    error = sys.exc_info()[1]
    ours = (IntegrityError, DataError)
    if not isinstance(error, (DatabaseError, InterfaceError)) or isinstance(error, ours):
        return programming_error(request)
    could_not_read(request)
    typed = typed_values(request)
    context = {"typed": typed, "is_form": request.method == "POST", "files": len(request.FILES)}
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
