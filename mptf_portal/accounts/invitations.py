"""How a new member of staff comes in: by a link to the address, where they set a password."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

from mptf_portal.accounts.adapter import NO_MAIL


class NotSentError(Exception):
    """No mail left the portal: none is configured, or its server did not take it."""


def invite(user: AbstractBaseUser) -> None:
    """Mail the account's address a link under which its owner sets a password.

    The link holds for PASSWORD_RESET_TIMEOUT, until the password is set, or until another sign-in.
    Raises NotSentError where no mail could be sent; the link is told to nobody then.
    """
    if not settings.MAIL_IS_SENT:
        raise NotSentError
    adapter = get_adapter()
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    context = {
        "user": user,
        "address": adapter.get_reset_password_from_key_url(key),
        "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 3600),
    }
    try:
        adapter.send_mail("account/email/invitation", user.email, context)
    except NO_MAIL as error:
        raise NotSentError from error
