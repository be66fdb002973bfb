"""allauth's pages where the portal adds something of its own."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import PasswordResetView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.conf import settings
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache


class _Enrolling:
    """Enrolling a factor shows it: the session has passed it, and the desk opens."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Keep in the session that the factor was shown."""
        response = super().form_valid(form)
        record_authentication(self.request, self.request.user, "mfa", enrolled=True)
        return response


class EnrolApp(_Enrolling, ActivateTOTPView):
    """Enrol an authenticator app, by a code that it shows."""


class EnrolPasskey(_Enrolling, AddWebAuthnView):
    """Enrol a passkey or a security key."""


class ForgottenPassword(PasswordResetView):
    """Mail a link to set a new password; where no mail is sent, say so and take no address."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send the link."""
        answer = super().post if settings.MAIL_IS_SENT else self.get
        return answer(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether any mail is sent."""
        return super().get_context_data(**kwargs) | {"mail_is_sent": settings.MAIL_IS_SENT}


def nothing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer that there is no such page."""
    raise Http404


enrol_app = never_cache(EnrolApp.as_view())
enrol_passkey = never_cache(EnrolPasskey.as_view())
forgotten_password = ForgottenPassword.as_view()
