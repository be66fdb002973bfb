"""The page of the status of pledges: one line a pledge, filtered, sorted and added up."""

from contributions.pledges_page.asking import USUAL, Asked, ask
from contributions.pledges_page.showing import PledgesPage, pledges_page

__all__ = ["USUAL", "Asked", "PledgesPage", "ask", "pledges_page"]
