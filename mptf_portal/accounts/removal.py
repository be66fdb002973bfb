"""What an administrator does for somebody who lost their second factor."""

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction


@transaction.atomic
def remove_second_factors(user: AbstractBaseUser) -> None:
    """Remove apps, passkeys and recovery codes of an account, and tell its owner by mail.

    Its sessions lose the desk at once; the next sign-in enrols anew.
    """
    Authenticator.objects.filter(user=user).delete()
    transaction.on_commit(
        lambda: get_adapter().send_notification_mail("account/email/factors_removed", user)
    )
