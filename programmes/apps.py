"""The app of countries and, with them, of what the Fund finances."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammesConfig(AppConfig):
    """Countries and stated figures."""

    name = "programmes"
    verbose_name = _("Programmes")
