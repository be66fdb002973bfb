"""A page as a tree of elements, made by the standard library's parser."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "img", "input", "link", "meta"}


@dataclass
class Element:
    """One element with its attributes and, in order, the elements and texts in it."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: "list[Element | str]" = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """Return the names of its classes."""
        return (self.attributes.get("class") or "").split()

    @property
    def text(self) -> str:
        """Return all text in it, with single spaces."""
        texts = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(texts).split())

    def all(self, tag: str = "", name: str = "") -> "Iterator[Element]":
        """Yield the elements in it, of a tag, and of a class."""
        for child in self.children:
            if isinstance(child, str):
                continue
            if tag in ("", child.tag) and (not name or name in child.classes):
                yield child
            yield from child.all(tag, name)

    def place(self, name: str) -> "Element | None":
        """Return the element with that id."""
        return next((one for one in self.all() if one.attributes.get("id") == name), None)


class _Tree(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.path = [Element("")]
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs))
        self.path[-1].children.append(element)
        if tag not in VOID:
            self.path.append(element)

    def handle_endtag(self, tag):
        while len(self.path) > 1 and self.path.pop().tag != tag:
            pass

    def handle_data(self, data):
        self.path[-1].children.append(data)


def parse(html: str) -> Element:
    """Return the root above every element of the page."""
    return _Tree(html).path[0]
