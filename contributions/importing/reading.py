"""A file as headings and rows of cells; everything that is not plainly that is refused.

CSV is UTF-8 with commas. XLSX is untrusted: its sizes are read before anything is unpacked, one
visible sheet is taken, and formulas and merged cells are refused, because a person sees another
table there than a program does.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import load_workbook

MEGABYTE = 1024 * 1024
MOST_BYTES = 10 * MEGABYTE  # of a file in the browser
MOST_ROWS = 5_000
MOST_UNPACKED = 100  # times as large as it is packed: rows that are much alike reach thirty
MOST_COLUMNS = 200
MOST_EMPTY = 10_000  # rows on end; a workbook of a kilobyte can number its one row a billion
MOST_TEXTS = 16 * MEGABYTE  # of an XLSX file, which are in memory while it is read
LONGEST = 10_000  # characters of a cell

MERGED = re.compile(rb"<(\w+:)?mergeCell\s")
LONGEST_MARK = 64  # bytes: where a block of the sheet ends, its mark may be half read

Cell = str | date | Decimal | bool | None
Row = tuple[int, list[Cell]]  # its number in the file, and its cells


class RefusedFileError(ValidationError):
    """The file is not read; the message says where it fails and what to do."""


@dataclass
class Table:
    """What a file holds: the headings of its first row, and every other row that is not empty."""

    headings: list[str]
    rows: Iterator[Row]


def read(file: IO[bytes], name: str) -> Table:
    """Return the table in a CSV or XLSX file, its rows read one by one as they are asked for.

    Raises RefusedFileError, also while the rows are read.
    """
    match Path(name).suffix.lower():
        case ".csv":
            rows = _csv(file)
        case ".xlsx":
            rows = _xlsx(file)
        case _:
            raise RefusedFileError(_("Choose a .csv or an .xlsx file."))
    first = next(rows, None)
    if first is None:
        raise RefusedFileError(_("The file is empty."))
    return Table(_headings(first), _below(rows, len(first[1])))


def _headings(first: Row) -> list[str]:
    number, cells = first
    headings = [str(cell or "").strip() for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    if sum(map(bool, headings)) == 1 and ";" in headings[0]:
        raise RefusedFileError(_semicolons())
    if sum(map(bool, headings)) <= 1:
        message = _(
            "Row %(row)s holds no headings, perhaps a title. Take out all above the headings."
        )
        raise RefusedFileError(message % {"row": number})
    if len(headings) > MOST_COLUMNS:
        message = _("Row %(row)s holds %(count)s headings; at most %(most)s are read.")
        told = {"row": number, "count": len(headings), "most": MOST_COLUMNS}
        raise RefusedFileError(message % told)
    named = Counter(heading.casefold() for heading in headings if heading)
    twice = next((heading for heading, count in named.items() if count > 1), "")
    if twice:
        raise RefusedFileError(_("The heading “%(name)s” stands twice.") % {"name": twice})
    return headings


def _below(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """Yield the rows that hold anything; what stands outside the headings is refused."""
    empty = 0
    for number, cells in rows:
        if not any(cell not in (None, "") for cell in cells):
            empty += 1
            if empty > MOST_EMPTY:
                message = _("Above row %(row)s %(count)s rows are empty. Delete them.")
                raise RefusedFileError(message % {"row": number + 1, "count": empty})
            continue
        empty = 0
        if any(cell not in (None, "") for cell in cells[width:]):
            message = _("Row %(row)s has more cells than there are headings.")
            raise RefusedFileError(message % {"row": number})
        long = next((c for c in cells if isinstance(c, str) and len(c) > LONGEST), None)
        if long:
            message = _("Row %(row)s has a cell of more than %(most)s characters.")
            raise RefusedFileError(message % {"row": number, "most": LONGEST})
        yield number, [*cells, *[None] * (width - len(cells))]


# CSV


def _csv(file: IO[bytes]) -> Iterator[Row]:
    lines = _decoded(file)
    reader = csv.reader(lines, strict=True)
    try:
        for number, row in enumerate(reader, start=1):  # as a spreadsheet numbers its rows
            yield number, list(row)
    except csv.Error as error:
        message = _("Line %(line)s is not CSV: %(why)s.")
        raise RefusedFileError(message % {"line": reader.line_num, "why": error}) from error


def _decoded(file: IO[bytes]) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        if b"\0" in line or line.startswith((b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04", b"\x89PNG")):
            raise RefusedFileError(_("This is no CSV file. Save the table as “CSV UTF-8”."))
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            message = _("Line %(line)s is not UTF-8. Save the table as “CSV UTF-8”, or as XLSX.")
            raise RefusedFileError(message % {"line": number}) from error
        yield text


def _semicolons() -> str:
    return _("The columns are parted by semicolons. Save the table with commas, or as XLSX.")


# XLSX


def _xlsx(file: IO[bytes]) -> Iterator[Row]:
    try:
        _refuse_what_is_no_workbook(file)
        yield from _rows(file)
    except RefusedFileError:
        raise
    except Exception as error:  # over a damaged file openpyxl and zipfile stumble anywhere
        raise RefusedFileError(_("The workbook is damaged. Save it anew.")) from error


def _rows(file: IO[bytes]) -> Iterator[Row]:
    workbook = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    try:
        _refuse_other_sheets(workbook)
        (sheet,) = workbook.worksheets
        _refuse_merged(sheet)
        yield from _cells(sheet)
    finally:
        workbook.close()


def _refuse_what_is_no_workbook(file: IO[bytes]) -> None:
    """Look at what the archive says of itself; nothing of it is unpacked."""
    if not zipfile.is_zipfile(file):
        raise RefusedFileError(_("This is no XLSX file, whatever its name says."))
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        if "xl/workbook.xml" not in {part.filename for part in parts}:
            raise RefusedFileError(_("This is no XLSX file, whatever its name says."))
        packed = sum(part.compress_size for part in parts)
        unpacked = sum(part.file_size for part in parts)
        if unpacked > MEGABYTE and unpacked > MOST_UNPACKED * packed:
            message = _("The workbook unpacks to %(size)s MB, which no table of its size does.")
            raise RefusedFileError(message % {"size": unpacked // MEGABYTE})
        texts = sum(part.file_size for part in parts if part.filename == "xl/sharedStrings.xml")
        if texts > MOST_TEXTS:
            raise RefusedFileError(
                _("The workbook holds too much text to be read. Save the table as “CSV UTF-8”.")
            )
    file.seek(0)


def _refuse_other_sheets(workbook: Any) -> None:
    hidden = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state != "visible"]
    if hidden:
        message = _("The workbook has hidden sheets: %(names)s. Show or delete them.")
        raise RefusedFileError(message % {"names": ", ".join(hidden)})
    if len(workbook.worksheets) != 1:
        names = ", ".join(sheet.title for sheet in workbook.worksheets)
        message = _("The workbook has several sheets: %(names)s. Leave the one to import.")
        raise RefusedFileError(message % {"names": names})


def _refuse_merged(sheet: Any) -> None:
    before = b""
    with sheet._get_source() as source:  # noqa: SLF001 (wherever the workbook keeps it)
        while block := source.read(MEGABYTE):
            if MERGED.search(before + block):
                raise RefusedFileError(
                    _("The sheet has merged cells. Unmerge them, so that each row is whole.")
                )
            before = block[-LONGEST_MARK:]


def _cells(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if any(cell.value is not None for cell in row[MOST_COLUMNS:]):
            message = _("Row %(row)s has a cell right of column %(most)s. Delete it there.")
            raise RefusedFileError(message % {"row": number, "most": MOST_COLUMNS})
        yield number, [_value(cell, number) for cell in row[:MOST_COLUMNS]]


def _value(cell: Any, row: int) -> Cell:
    value = cell.value
    if cell.data_type == "f":
        message = _("Row %(row)s has a formula, %(value)s. Paste the values alone.")
        raise RefusedFileError(message % {"row": row, "value": str(value)[:60]})
    if cell.data_type == "e":
        message = _("Row %(row)s has an error of the spreadsheet, %(value)s.")
        raise RefusedFileError(message % {"row": row, "value": value})
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else str(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(repr(value))  # the shortest decimal that the file's number stands for
    return value


def rows_of(table: Table, most: int | None) -> Iterable[Row]:
    """Yield the rows, and refuse a file of more than so many; None: however many."""
    for count, row in enumerate(table.rows, start=1):
        if most is not None and count > most:
            message = _(
                "The file has more than %(most)s rows. Import it on the server by "
                "“manage.py import_ledger”, or in parts."
            )
            raise RefusedFileError(message % {"most": most})
        yield row


def of_bytes(content: bytes, name: str) -> Table:
    """Return the table in a file that is held in memory."""
    return read(io.BytesIO(content), name)
