"""The app's start: register what it counts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContributionsConfig(AppConfig):
    """Donors, the ledger and the statements."""

    name = "contributions"
    verbose_name = _("Contributions")

    def ready(self) -> None:
        """Import the modules whose decorators fill the registers: figures, claims and watches."""
        from contributions import claims, figures, watches  # noqa: F401, PLC0415 (models must be loaded first)
