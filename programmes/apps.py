"""The app of countries and, with them, of what the Fund finances."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammesConfig(AppConfig):
    """Countries, joint programmes and stated figures."""

    name = "programmes"
    verbose_name = _("Programmes")

    def ready(self) -> None:
        """Import the modules whose decorators fill the register of figures and claims."""
        from programmes import claims, figures  # noqa: F401, PLC0415 (models must be loaded first)
