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
ACCOUNT = "/admin/account/"
OPEN = (ACCOUNT, "/admin/login/", "/admin/logout/")  # each looks after itself

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class EntranceMiddleware:
    """Let nobody past `/admin/` but staff whose session passed a second factor, superusers too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the page, or lead to what is missing."""
        here, answer = request.path_info, None
        if here.startswith(ACCOUNT):
            answer = _half_way(request)
        elif here.startswith(DESK) and not here.startswith(OPEN):
            answer = _missing(request)
        return answer or self.get_response(request)


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
    return None if passed_second_factor(request) else _sent_away(request)


def _half_way(request: HttpRequest) -> HttpResponse | None:
    """Return the way from an account's pages for who gave the password before the factor was there.

    Else an old session, perhaps a thief's, would take the new factor away.
    """
    user = request.user
    if not user.is_authenticated or passed_second_factor(request) or not has_second_factor(user):
        return None
    return _sent_away(request)


def _sent_away(request: HttpRequest) -> HttpResponse:
    """Sign out who gave the password alone, and lead to the sign-in."""
    logout(request)
    return redirect_to_login(request.get_full_path())


def has_second_factor(user: AbstractBaseUser) -> bool:
    """Tell whether the account has an authenticator app or a passkey."""
    return is_mfa_enabled(user, FACTORS)


def passed_second_factor(request: HttpRequest) -> bool:
    """Tell whether this session showed a second factor, or enrolled it."""
    return any(
        record["method"] == "mfa" for record in get_authentication_records(request, request.user)
    )
