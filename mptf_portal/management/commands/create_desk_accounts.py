"""Make the first accounts of the desk, with a password and without a mail."""

import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from mptf_portal.accounts.roles import ROLES


class Command(BaseCommand):
    """What `make admin` calls: an officer and an approver; an account that stands is left alone."""

    help = (
        "Makes one account for each role named, an officer's and an approver's where none is. "
        "OFFICER_EMAIL and OFFICER_PASSWORD, APPROVER_EMAIL and so on answer instead of you."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the roles."""
        parser.add_argument(
            "roles",
            nargs="*",
            metavar="ROLE",
            help="of these: " + ", ".join(role.name for role in ROLES),
        )

    def handle(self, *, roles: list[str], **_options: Any) -> None:
        """Make the accounts, all or none."""
        if unknown := set(roles) - {role.name for role in ROLES}:
            raise CommandError(f"There is no role {', '.join(sorted(unknown))}.")
        try:
            with transaction.atomic():
                for role in roles or ["Officer", "Approver"]:
                    self.stdout.write(self._account(role))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except EOFError as error:
            raise CommandError(
                "Nobody is there to answer: set OFFICER_EMAIL, OFFICER_PASSWORD, APPROVER_EMAIL "
                "and so on, or call it in a terminal. Nothing was made."
            ) from error

    def _account(self, role: str) -> str:
        """Make the account of a role, and return what became of it."""
        email = (_variable(role, "EMAIL") or input(f"{role}'s e-mail address: ")).strip().lower()
        validate_email(email)
        if User.objects.filter(email__iexact=email).exists():
            return f"{email} has an account already; it is left as it is."
        user = User(username=email, email=email, is_staff=True)
        if given := _variable(role, "PASSWORD"):
            validate_password(given, user)
        user.set_password(given or self._asked(role, user))
        user.save()
        user.groups.add(Group.objects.get(name=role))
        return f"{email} signs in as {role}."

    def _asked(self, role: str, user: User) -> str:
        """Return a password that was typed twice; one that may not be is asked for again."""
        while True:
            password = getpass(f"{role}'s password: ")
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.stderr.write(" ".join(error.messages))
                continue
            if getpass("Again: ") == password:
                return password
            self.stderr.write("The two passwords differ.")


def _variable(role: str, name: str) -> str:
    return os.environ.get(f"{role.upper()}_{name}", "")
