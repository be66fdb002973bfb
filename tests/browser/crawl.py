"""Every address of the site, found as readers and robots do: by its links and its sitemap."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from http import HTTPStatus
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from django.test import Client
from django.urls import resolve

from tests.elements import Element, parse

STARTS = ("/", "/sitemap.xml", "/robots.txt")
MOST = 3000  # addresses: links that multiply are a fault of the pages
HERE = "http://testserver"
LISTED = re.compile(r"<loc>(.*?)</loc>")


@dataclass(eq=False)
class Visited:
    """What was answered at an address."""

    address: str
    status: int
    type: str
    text: str = field(repr=False)

    @property
    def is_page(self) -> bool:
        """Tell whether it is something to read, and no answer that there is nothing."""
        return self.status == HTTPStatus.OK and self.type.startswith("text/html")

    @cached_property
    def tree(self) -> Element:
        """Return the page as a tree."""
        return parse(self.text)

    @cached_property
    def links(self) -> list[tuple[str, str]]:
        """Return the address and the fragment of each link to this site, in order."""
        if not self.is_page:
            named = [unescape(found) for found in LISTED.findall(self.text)]
        else:
            named = [one.attributes["href"] for one in links(self.tree)]
        return [own for name in named if (own := within(self.address, name))]

    @property
    def kind(self) -> tuple[str, ...]:
        """Return what it shares with other addresses, see `kind_of`."""
        return kind_of(self.address)


def kind_of(address: str) -> tuple[str, ...]:
    """Return what an address shares with the others of its view: the names of its query.

    Each figure is a kind of its own; what is of another day is one for each view.
    """
    path, _mark, query = address.partition("?")
    match, names = resolve(path), sorted(parse_qs(query))
    if "as_of" in names:
        return match.view_name, "as_of"
    return match.view_name, match.kwargs.get("name", ""), *names


def links(tree: Element) -> Iterator[Element]:
    """Yield what a browser or a robot can follow."""
    yield from (one for one in tree.all("a") if "href" in one.attributes)
    yield from (one for one in tree.all("link") if one.attributes.get("rel") == "canonical")


def within(page: str, name: str) -> tuple[str, str] | None:
    """Return address and fragment of a link on the page; None where it leaves the site."""
    address, fragment = urldefrag(urljoin(HERE + page, name))
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}" != HERE:
        return None
    return address.removeprefix(HERE) or "/", fragment


def crawl(client: Client, of_a_kind: int = MOST) -> dict[str, Visited]:
    """Follow every link, or so many of a kind, and return what was answered by address.

    The pages of another day repeat the whole site: of each view, one of them is followed.
    """
    found: dict[str, Visited] = {}
    waiting, of_days, kinds = deque(STARTS), set(), Counter()
    while waiting:
        address = waiting.popleft()
        if address in found or address.startswith("/static/"):
            continue
        kinds[kind_of(address)] += 1
        if kinds[kind_of(address)] > of_a_kind:
            continue
        visited = found[address] = visit(client, address)
        assert len(found) <= MOST, f"The links never end: {address}"
        if "as_of=" in address:
            if visited.kind in of_days:
                continue
            of_days.add(visited.kind)
        waiting.extend(link for link, _fragment in visited.links)
    return found


def visit(client: Client, address: str) -> Visited:
    """Ask for an address as a link does."""
    answer = client.get(address)
    text = answer.content.decode()
    return Visited(address, answer.status_code, answer.get("Content-Type", ""), text)


def of_each_kind(all_visited: Iterable[Visited], *, by_view: bool = False) -> list[str]:
    """Return one address of each kind of page, or of each view: the one with most on it."""
    kinds: dict[tuple[str, ...], Visited] = {}
    for one in all_visited:
        kind = one.kind[:1] if by_view else one.kind
        if one.is_page and (kind not in kinds or len(one.text) > len(kinds[kind].text)):
            kinds[kind] = one
    return [one.address for one in kinds.values()]
