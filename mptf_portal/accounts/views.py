"""allauth's pages where the portal adds something of its own."""

from allauth.account import views as account
from allauth.account.internal.flows.login import record_authentication
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


def nothing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer that there is no such page."""
    raise Http404


enrol_app = never_cache(EnrolApp.as_view())
enrol_passkey = never_cache(EnrolPasskey.as_view())
forgotten_password = account.PasswordResetView.as_view(
    extra_context={"mail_is_sent": settings.MAIL_IS_SENT}
)
