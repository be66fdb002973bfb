"""The UN Treasury's file of operational rates of exchange, as it is and as the ledger takes it.

The Treasury names a currency once for each country that uses it, leaves tabs behind its values and
writes dates in English; a revision within a month lists the changed currencies alone. Local units
per 1 US dollar. What cannot be read for certain refuses the whole file, with the line.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contributions.models.pledges import DOLLAR
from mptf_portal.money import CURRENCIES, format_number

MOST_BYTES = 2 * 1024 * 1024
MOST_LINES = 20_000
ROOT, ROW = "UN_OPERATIONAL_RATES_DATASET", "UN_OPERATIONAL_RATES"
HEADINGS = {  # as the Treasury and tables made of it name them
    "currency": ("f_curr_code", "currency", "currency code", "code"),
    "effective_on": ("eff_date", "effective_on", "effective date"),
    "rate": ("rate", "rate_local_per_usd"),
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ENGLISH_DAY = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})", re.ASCII)
ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
NUMBER = re.compile(r"\d{1,10}(\.\d{1,8})?", re.ASCII)
BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # byte order marks, blanks
MOST_ERRORS = 10  # told at once; a file of another kind has one on every line


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file, its values without the blanks around them."""

    number: int
    currency: str
    effective_on: str
    rate: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A currency's rate from a day on, and the line that says it."""

    line: int
    currency: str
    effective_on: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Ignored:
    """A line that the ledger does not take, and why."""

    line: int
    currency: str
    why: str


# Reading


def read(content: bytes) -> tuple[list[Rate], list[Ignored]]:
    """Return the rates of the Treasury's XML or CSV, each once, and the lines that are ignored.

    Raises ValidationError with the lines that cannot be read for certain.
    """
    if len(content) > MOST_BYTES:
        raise ValidationError(_("The file is larger than 2 MB; the Treasury's has some 50 kB."))
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise ValidationError(_("This is an Excel file. Save it as CSV, or take the XML instead."))
    is_xml = content.lstrip(BEFORE_XML).startswith(b"<")
    lines = list(_of_xml(content) if is_xml else _of_csv(_decoded(content)))
    if not lines:
        raise ValidationError(_("The file holds no rate."))
    if len(lines) > MOST_LINES:
        raise ValidationError(
            _("The file has more than %(most)s lines.") % {"most": format_number(MOST_LINES)}
        )
    return _once(lines)


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValidationError(
            _("The file is neither text in UTF-8 nor in UTF-16. Save it as CSV in UTF-8.")
        ) from error
    if "\0" in text:
        raise ValidationError(_("This is not a text file. Take the Treasury's XML or CSV."))
    return text


def _of_xml(content: bytes) -> Iterator[Line]:
    try:
        root = fromstring(content.lstrip(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise ValidationError(
            _("The XML declares a document type or entities, as the Treasury's never does.")
        ) from error
    except ParseError as error:
        line, column = error.position
        message = _("The XML breaks off or is malformed at line %(line)s, column %(column)s.")
        raise ValidationError(message % {"line": line, "column": column}) from error
    except (ValueError, LookupError) as error:
        raise ValidationError(_("The XML is in an unknown encoding; use UTF-8.")) from error
    if root.tag != ROOT:
        message = _("The XML is not the Treasury's: it begins with <%(found)s>, not <%(wanted)s>.")
        raise ValidationError(message % {"found": root.tag, "wanted": ROOT})
    for number, row in enumerate(root.iter(ROW), start=1):
        yield Line(number, *(_value(row, name) for name in ("f_curr_code", "eff_date", "rate")))


def _value(row: Element, name: str) -> str:
    return (row.findtext(name) or "").strip()


def _of_csv(text: str) -> Iterator[Line]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    filled = (row for row in rows if any(cell.strip() for cell in row))
    try:
        headings = next(filled, [])
        columns = _columns(headings)
        for row in filled:
            if any(cell.strip() for cell in row[len(headings) :]):
                raise ValidationError(_too_many(rows.line_num))
            cells = [row[place].strip() if place < len(row) else "" for place in columns]
            yield Line(rows.line_num, *cells)
    except csv.Error as error:
        message = _("The CSV cannot be read at line %(line)s: %(error)s.")
        raise ValidationError(message % {"line": rows.line_num, "error": error}) from error


def _too_many(number: int) -> str:
    said = _("%(line)s has more values than the first line: write decimals with a point.")
    return said % {"line": _line(number)}


def _columns(headings: Sequence[str]) -> list[int]:
    """Return the places of currency, day and rate."""
    found = [heading.strip().lower() for heading in headings]
    places = [[n for n, name in enumerate(found) if name in known] for known in HEADINGS.values()]
    for (name, known), place in zip(HEADINGS.items(), places, strict=True):
        if len(place) != 1:
            message = _("The first line must name one column %(wanted)s; it names: %(found)s.")
            named = ", ".join(filter(None, (heading.strip() for heading in headings)))
            said = {"wanted": known[0], "found": named[:200] or _("nothing")}
            raise ValidationError(message % said, code=name)
    return [place[0] for place in places]


# From text to rates


def _once(lines: list[Line]) -> tuple[list[Rate], list[Ignored]]:
    """Return each currency's rate of a day once; two that differ refuse the file."""
    kept: dict[tuple[str, date], Rate] = {}
    ignored, errors = [], []
    for line in lines:
        try:
            rate = _rate(line)
        except ValidationError as error:
            errors.append(f"{_line(line.number)}: {error.message}")
            continue
        if why := _why_ignored(rate):
            ignored.append(Ignored(rate.line, rate.currency, why))
            continue
        first = kept.setdefault((rate.currency, rate.effective_on), rate)
        if first is rate:
            continue
        if first.rate != rate.rate:
            message = _("%(currency)s has another rate for the same day than in line %(first)s.")
            said = message % {"currency": rate.currency, "first": first.line}
            errors.append(f"{_line(line.number)}: {said}")
        else:
            why = _("repeats line %(first)s") % {"first": first.line}
            ignored.append(Ignored(rate.line, rate.currency, why))
    if errors:
        raise ValidationError(_shortened(errors))
    return list(kept.values()), ignored


def _shortened(errors: list[str]) -> list[str]:
    rest = len(errors) - MOST_ERRORS
    if rest <= 0:
        return errors
    more = ngettext("… and %(count)s more line.", "… and %(count)s more lines.", rest)
    return [*errors[:MOST_ERRORS], more % {"count": rest}]


def _line(number: int) -> str:
    return _("Line %(number)s") % {"number": number}


def _why_ignored(rate: Rate) -> str:
    if rate.currency == DOLLAR:
        return _("the US dollar is what rates are counted in")
    if rate.currency not in CURRENCIES:
        return _("no currency of ISO 4217")
    return ""


def _rate(line: Line) -> Rate:
    if not re.fullmatch(r"[A-Z]{3}", line.currency):
        message = _("“%(found)s” is no currency code; it has three capital letters.")
        raise ValidationError(message % {"found": line.currency[:20]})
    return Rate(line.number, line.currency, _day(line.effective_on), _number(line.rate))


def _number(text: str) -> Decimal:
    if not NUMBER.fullmatch(text) or not Decimal(text):
        raise ValidationError(
            _(
                "“%(found)s” is no rate above zero with a decimal point, without thousands "
                "separators and with eight decimals at most, as in 6.591."
            )
            % {"found": text[:40]}
        )
    return Decimal(text)


def _day(text: str) -> date:
    """Return a day that is written as 01 Oct 2026 or 2026-10-01; any other is ambiguous."""
    try:
        if found := ENGLISH_DAY.fullmatch(text):
            day, month, year = found.groups()
            return date(int(year), MONTHS.index(month.lower()) + 1, int(day))
        if found := ISO_DAY.fullmatch(text):
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    message = _("“%(found)s” is no day; write 01 Oct 2026 or 2026-10-01.")
    raise ValidationError(message % {"found": text[:40]})
