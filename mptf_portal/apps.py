"""What happens when the portal starts, and before and after each `migrate`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class PortalConfig(AppConfig):
    """The app that both others stand on."""

    name = "mptf_portal"

    def ready(self) -> None:
        """Have the triggers of the revision made after every `migrate`: once, after all apps.

        And once before the first app's migrations, see `live.before_migrate`.
        """
        from mptf_portal import live  # noqa: PLC0415 (it asks which models there are)
        from mptf_portal.accounts import checks  # noqa: F401, PLC0415 (registered by its import)

        pre_migrate.connect(live.before_migrate, sender=self)
        post_migrate.connect(live.after_migrate, sender=self)
