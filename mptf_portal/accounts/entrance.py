"""The one entrance of the desk: whatever page of it is asked for, by whatever method."""

from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

DESK = "/admin/"
OPEN = ("/admin/account/", "/admin/login/", "/admin/logout/")  # each looks after itself

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class EntranceMiddleware:
    """Let nobody past `/admin/` but staff whose session passed a second factor, superusers too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the page, or lead to what is missing."""
        at_the_desk = request.path_info.startswith(DESK) and not request.path_info.startswith(OPEN)
        return (at_the_desk and _missing(request)) or self.get_response(request)


def _missing(request: HttpRequest) -> HttpResponse | None:
    """Return the way to what is missing: the sign-in, a second factor; None where nothing is."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not request.user.is_staff:
        raise PermissionDenied
    if not settings.SECOND_FACTOR_REQUIRED:
        return None
    if not has_second_factor(request.user):
        return redirect("mfa_index")
    if not passed_second_factor(request):
        logout(request)  # signed in by the password alone, before the factor was there
        return redirect_to_login(request.get_full_path())
    return None


def has_second_factor(user: AbstractBaseUser) -> bool:
    """Tell whether the account has an authenticator app or a passkey."""
    return is_mfa_enabled(user, FACTORS)


def passed_second_factor(request: HttpRequest) -> bool:
    """Tell whether this session showed a second factor, or enrolled it."""
    return any(
        record["method"] == "mfa" for record in get_authentication_records(request, request.user)
    )
