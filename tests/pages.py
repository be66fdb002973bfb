"""What a reader sees of a page, taken from its HTML by the standard library's parser."""

from decimal import Decimal
from html.parser import HTMLParser


class Page(HTMLParser):
    """The page's headings, paragraphs of the statement, links and `<data>` elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.paragraphs: list[str] = []
        self.links: list[dict[str, str | None]] = []
        self.data: list[dict[str, str | None]] = []
        self.text = ""
        self._open: list[tuple[str, str]] = []
        self._text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "a":
            self.links.append(attributes)
        if tag == "data":
            self.data.append(attributes)
        if tag in ("h1", "p"):
            self._text = ""
        if tag not in ("meta", "link", "input", "br"):
            self._open.append((tag, attributes.get("class") or ""))

    def handle_endtag(self, tag):
        if tag == "h1":
            self.headings.append(self._text)
        if tag == "p" and any(kind == "statement-text" for _tag, kind in self._open):
            self.paragraphs.append(self._text)
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        self.text += data
        if not any(kind == "reference" for _tag, kind in self._open):
            self._text += data

    def addresses(self, kind: str) -> list[str]:
        """Return the addresses of the links of a class."""
        return [link["href"] for link in self.links if kind in (link.get("class") or "").split()]

    def values(self, kind: str) -> list[Decimal]:
        """Return the values of the `<data>` elements of a class."""
        return [Decimal(data["value"]) for data in self.data if data.get("class") == kind]
