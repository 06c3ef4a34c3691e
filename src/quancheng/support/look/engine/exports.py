"""Tables as files: CSV for every spreadsheet, XLSX for those that want types. No cell is ever a formula."""

import csv
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from quancheng.support.look import rules

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Rows = Iterable[list[Any]]


class _Line:
    """Takes what the writer of CSV says, and hands it on at once."""

    def write(self, text: str) -> str:
        return text


def as_csv(rows: Rows) -> Iterator[bytes]:
    """Yield the rows as CSV (RFC 4180) in UTF-8; the mark at the beginning tells spreadsheets so."""
    writer = csv.writer(_Line())
    yield b"\xef\xbb\xbf"
    for row in rows:
        yield writer.writerow([rules.disarmed(_plain(value)) for value in row]).encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return "" if value is None else value.isoformat() if isinstance(value, date) else value


def as_xlsx(rows: Rows, *, title: str, facts: Iterable[tuple[str, str]]) -> IO[bytes]:
    """Return an open file with the rows on a first sheet and `facts` about them on a second; rows go to the disk."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_name(title))
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        if not number:
            for place in range(1, len(row) + 1):
                sheet.column_dimensions[get_column_letter(place)].width = 18
        sheet.append([_cell(sheet, value, bold=not number) for value in row])
    about = book.create_sheet("ⓘ")
    for pair in facts:
        about.append([_cell(about, value) for value in pair])
    out = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    book.save(out)
    out.seek(0)
    return out


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> WriteOnlyCell:
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    if value is None or isinstance(value, int | float | Decimal | date):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", str(value)))
    # A text stays a text, whatever it begins with.
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _name(title: str) -> str:
    """Return the title as the name of a sheet: 31 characters, none of those that Excel forbids."""
    return "".join(sign for sign in title if sign not in r"[]:*?/\'")[:31] or "1"
