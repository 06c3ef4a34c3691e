"""Reading spreadsheets that somebody else made: XLSX (ECMA-376) and CSV, with everything doubtful refused by place.

Plain values in, rows of texts out. A formula is never worked out and never believed.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_UNPACKED: Final = 60 * 1024 * 1024
MOST_PARTS, MOST_ROWS, MOST_TEXT = 200, 5000, 400
# Beyond 15 digits a spreadsheet has rounded a number: an identity number must be kept as text.
EXACT_DIGITS: Final = 15
ENCODINGS: Final = ("utf-8-sig", "gb18030")
DATES: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


class Unreadable(ValueError):
    """The file as a whole cannot be read. `code`: too-big, bomb, not-a-sheet, encoding, rows, sheet, headings, twice;
    `detail` what it is about."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field, its headings in every language, whether each row needs it."""

    field: str
    headings: tuple[str, ...]
    required: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table: its name, the names its sheet may bear, its columns."""

    name: str
    titles: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a place: row as the spreadsheet counts, heading, code of the reason."""

    row: int
    column: str
    code: str


@dataclass(slots=True)
class Row:
    """A row: texts by field, and what is wrong with them already."""

    number: int
    values: dict[str, str]
    faults: list[Fault] = field(default_factory=list)


def read(content: bytes, *, kinds: Sequence[Kind]) -> dict[str, list[Row]]:
    """Return the rows of each kind of table in the file, in the order of `kinds`; blank rows are left out.

    :raises Unreadable: when the file is too big, no table, or a table of nobody's.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable("too-big")
    if content[:2] == b"PK":
        tables: Iterable[tuple[str, Iterator[list[Any]]]] = _workbook(content)
    else:
        tables = [("", _csv(content))]
    found: dict[str, list[Row]] = {}
    for title, lines in tables:
        headings = [_heading(cell) for cell in next(lines, [])]
        if not any(headings):
            continue
        kind = _kind_of(title, headings, kinds)
        if kind is None:
            continue
        if kind.name in found:
            raise Unreadable("twice", title)
        found[kind.name] = list(_rows(kind, headings, lines))
    if not found:
        raise Unreadable("headings")
    return {kind.name: found[kind.name] for kind in kinds if kind.name in found}


def a_date(text: str) -> date | None:
    """Return the date that `text` writes (2026-01-31, 2026/1/31, 2026年1月31日), None when it writes none."""
    found = DATES.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def template(kinds: Sequence[Kind], notes: Mapping[str, Iterable[str]]) -> bytes:
    """Return an XLSX with an empty sheet for each kind, and one of notes, whose name is the mapping's key."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for kind in kinds:
        sheet = book.create_sheet(kind.titles[0])
        for number, column in enumerate(kind.columns, start=1):
            cell = sheet.cell(1, number, column.headings[0] + ("*" if column.required else ""))
            cell.font = openpyxl.styles.Font(bold=True)
            letter = openpyxl.utils.get_column_letter(number)
            sheet.column_dimensions[letter].width = 24
            for row in range(2, 202):
                # As text, so that long numbers keep every digit.
                sheet.cell(row, number).number_format = "@"
        sheet.freeze_panes = "A2"
    for title, lines in notes.items():
        sheet = book.create_sheet(title)
        sheet.column_dimensions["A"].width = 100
        for number, line in enumerate(lines, start=1):
            sheet.cell(number, 1, line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _workbook(content: bytes) -> Iterator[tuple[str, Iterator[list[Any]]]]:
    import openpyxl

    _unpack_carefully(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheets = [(sheet.title, sheet) for sheet in book.worksheets]
    except Exception as error:
        # Whatever a parser stumbles over in a crafted part means the same to the person who sent the file.
        raise Unreadable("not-a-sheet") from error
    for title, sheet in sheets:
        # What a file claims about its own size is not asked.
        sheet.reset_dimensions()
        yield title, _cells(sheet)


def _cells(sheet: Any) -> Iterator[list[Any]]:
    try:
        for number, row in enumerate(sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=50), start=1):
            if number > MOST_ROWS + 1:
                raise Unreadable("rows", str(MOST_ROWS))
            yield [FORMULA if getattr(cell, "data_type", "") == "f" else cell.value for cell in row]
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("not-a-sheet") from error


def _unpack_carefully(content: bytes) -> None:
    """Refuse an archive that unpacks to too much, whatever its directory claims, or that declares entities."""
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or any(part.flag_bits & 1 for part in parts):
                raise Unreadable("bomb")
            for part in parts:
                with archive.open(part) as stream:
                    tail = b""
                    while chunk := stream.read(1 << 16):
                        left -= len(chunk)
                        if left < 0:
                            raise Unreadable("bomb")
                        if b"<!DOCTYPE" in tail + chunk or b"<!ENTITY" in tail + chunk:
                            raise Unreadable("not-a-sheet")
                        tail = chunk[-16:]
    except Unreadable:
        raise
    except Exception as error:
        # Damaged archives fail in a dozen ways: BadZipFile, zlib.error, struct.error, NotImplementedError and more.
        raise Unreadable("not-a-sheet") from error


def _csv(content: bytes) -> Iterator[list[Any]]:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Unreadable("encoding")
    if "\0" in text:
        raise Unreadable("not-a-sheet")
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            if number > MOST_ROWS + 1:
                raise Unreadable("rows", str(MOST_ROWS))
            yield [FORMULA if cell.lstrip()[:1] in {"=", "@"} else cell for cell in cells]
    except csv.Error as error:
        raise Unreadable("not-a-sheet") from error


class _Formula:
    """Stands where a cell holds a formula."""


FORMULA: Final = _Formula()


def _heading(cell: Any) -> str:
    return re.sub(r"[\s*＊]", "", cell).lower() if isinstance(cell, str) else ""


def _kind_of(title: str, headings: Sequence[str], kinds: Sequence[Kind]) -> Kind | None:
    """Return which kind of table this is, by the sheet's name, in a CSV by its headings; None for a sheet of notes."""
    if title:
        named = next((kind for kind in kinds if title.strip().lower() in kind.titles), None)
        if named is None:
            return None
        kinds = [named]
    for kind in kinds:
        missing = [
            column.headings[0]
            for column in kind.columns
            if column.required and not set(column.headings) & set(headings)
        ]
        known = {heading for column in kind.columns for heading in column.headings}
        if not missing and {heading for heading in headings if heading} <= known:
            return kind
        if title:
            strange = sorted({heading for heading in headings if heading} - known)
            raise Unreadable("sheet", f"{title}: {'、'.join(missing or strange)}")
    return None


def _rows(kind: Kind, headings: Sequence[str], lines: Iterator[list[Any]]) -> Iterator[Row]:
    places = {
        column.field: (headings.index(found), column)
        for column in kind.columns
        for found in column.headings
        if found in headings
    }
    for number, cells in enumerate(lines, start=2):
        row = Row(number, {column.field: "" for column in kind.columns})
        for name, (place, column) in places.items():
            text, code = _text(cells[place] if place < len(cells) else None)
            row.values[name] = text
            if not code and column.required and not text:
                code = "missing"
            if code:
                row.faults.append(Fault(number, column.headings[0], code))
        if any(row.values.values()) or any(fault.code != "missing" for fault in row.faults):
            yield row


def _text(cell: Any) -> tuple[str, str]:
    """Return the text of a cell, and the code of what is wrong with it."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**EXACT_DIGITS:
        cell = int(cell)
    text, code = ("", "") if cell is None else (str(cell).strip(), "")
    if isinstance(cell, date):
        text = (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    elif cell is FORMULA:
        code = "formula"
    elif isinstance(cell, float) or (isinstance(cell, int) and len(text) > EXACT_DIGITS):
        code = "rounded"
    elif any(ord(sign) < ord(" ") for sign in text):
        code = "signs"
    elif len(text) > MOST_TEXT:
        code = "long"
    return ("", code) if code else (text, "")
