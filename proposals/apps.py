"""The app of proposed changes."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProposalsConfig(AppConfig):
    """Proposed changes."""

    name = "proposals"
    verbose_name = _("Review")
