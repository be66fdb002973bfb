"""The page of the status of pledges: one line a pledge, filtered, sorted and added up."""

from contributions.pledges_page.asking import NAMES, Asked, ask
from contributions.pledges_page.showing import PledgesPage, pledges_page

__all__ = ["NAMES", "Asked", "PledgesPage", "ask", "pledges_page"]
