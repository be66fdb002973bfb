"""The four groups, and what each may do: the table that `load_groups` makes true.

docs/secretariat.md shows the same table, and a test compares the two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalChanges

LEDGER = ("proposals", "programmes", "contributions")  # the apps whose rows the secretariat keeps


@dataclass(frozen=True)
class Role:
    """A group: what it may do with every row of the ledger, and with accounts."""

    name: str
    does: str | Promise
    ledger: Sequence[str] = ()
    accounts: Sequence[str] = ()


ROLES = (
    Role("Viewer", gettext_lazy("sees everything, drafts and history too"), ledger=("view",)),
    Role(
        "Officer",
        gettext_lazy("enters, changes, imports and submits drafts"),
        ledger=("view", "add", "change"),
    ),
    Role(
        "Approver",
        gettext_lazy("publishes, sends back and delivers what others entered"),
        ledger=("view", "publish"),
    ),
    Role(
        "Administrator",
        gettext_lazy("invites people, gives them roles, removes a lost second factor"),
        accounts=("add_user", "change_user", "view_user", "view_group"),
    ),
)


@transaction.atomic
def load_groups() -> None:
    """Make the groups hold exactly what the table says; what is more is taken away."""
    for role in ROLES:
        group, _made = Group.objects.get_or_create(name=role.name)
        group.permissions.set(permissions_of(role))


def permissions_of(role: Role) -> Iterable[Permission]:
    """Return the permissions of a role: its acts on every model of the ledger, and on accounts."""
    ledger = Permission.objects.filter(
        content_type__app_label__in=LEDGER,
        codename__in=[f"{act}_{name}" for act in role.ledger for name in _models()],
    )
    accounts = Permission.objects.filter(content_type__app_label="auth", codename__in=role.accounts)
    return ledger | accounts


def _models() -> list[str]:
    """Return the names of the ledger's models; a row's past states are read with the row."""
    return [
        model._meta.model_name
        for label in LEDGER
        for model in apps.get_app_config(label).get_models()
        if not issubclass(model, HistoricalChanges)
    ]
