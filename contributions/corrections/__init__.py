"""The log of corrections: every public row that was replaced or withdrawn, and why."""

from contributions.corrections.log import CorrectionsPage, corrections_page

__all__ = ["CorrectionsPage", "corrections_page"]
