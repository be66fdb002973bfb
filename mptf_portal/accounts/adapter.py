"""What of django-allauth's sign-in is decided by the portal."""

import logging
import time
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

logger = logging.getLogger("mptf_portal.accounts")

NO_MAIL = SMTPException, OSError  # what a mail server that is away, or refuses, raises


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators, and known by their e-mail address."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": gettext_lazy(
            "Too many wrong attempts. Wait five minutes, then try again; a new password can be had "
            "by mail meanwhile."
        )
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse: an administrator invites."""
        return False

    def is_reauthentication_required(self, *, app: str, **_options: Any) -> bool:  # noqa: ARG002
        """Ask again only where the last proof, at sign-in or since, is too long ago.

        Otherwise somebody who has just signed in would prove it again to enrol a second factor.
        """
        records = get_authentication_records(self.request, self.request.user)
        age = time.time() - records[-1]["at"] if records else float("inf")
        return age >= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Check the password of whoever is signed in, counted as an attempt to sign in."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002
        """Count attempts on an account by its address alone, whatever host and port were asked."""
        return credentials["email"].lower()

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the account's owner what was changed, and when; nothing of who asked for it.

        The change stands where the mail cannot leave; the log then says so. A command on the server
        sends none: it does not know the portal's address.
        """
        if not settings.MAIL_IS_SENT or self.request is None:
            return
        known = {"timestamp": timezone.now(), **(context or {})}
        try:
            self.send_mail(template_prefix, email or user.email, known)
        except NO_MAIL:
            logger.exception("the mail about a changed account could not be sent")


class SecondFactorAdapter(DefaultMFAAdapter):
    """The second factor of a member of staff."""

    def get_totp_issuer(self) -> str:
        """Return the name under which authenticator apps list the account."""
        return _("Migration MPTF portal")

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:  # noqa: A002
        """Return the name that a new passkey has until its owner gives another."""
        known = Authenticator.objects.filter(user=user, type=type).count()
        return _("Passkey %(number)s") % {"number": known + 1}

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code as an element of the page: no image, so no other source is allowed."""
        return super().build_totp_svg(url).partition("?>")[2]
