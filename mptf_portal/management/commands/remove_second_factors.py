"""Remove the second factor of an account whose owner lost it, where no administrator can."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from mptf_portal.accounts.removal import remove_second_factors


class Command(BaseCommand):
    """For the only administrator's own; everybody else's are removed in the admin."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the account."""
        parser.add_argument("email", metavar="E-MAIL")

    @transaction.atomic
    def handle(self, *, email: str, **_options: Any) -> None:
        """Remove them, and keep in the account's history that the server's command did."""
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"No account has the address {email}.")
        remove_second_factors(user)
        LogEntry.objects.log_actions(
            user.pk, [user], CHANGE, "Second factor removed on the server", single_object=True
        )
        self.stdout.write("Removed. A new one is asked for at the next sign-in.")
