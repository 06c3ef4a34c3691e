"""Tables as files: CSV for every spreadsheet, XLSX for those that want types. No cell is ever a formula."""

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from quancheng.kernel.spreadsheets import disarmed

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Rows = Iterable[list[Any]]
# Extensible Markup Language 1.0, 2.2: these are no characters.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _Line:
    """Takes what the writer of CSV says, and hands it on at once."""

    def write(self, text: str) -> str:
        return text


def as_csv(rows: Rows) -> Iterator[bytes]:
    """Yield the rows as CSV (RFC 4180) in UTF-8; the mark at the beginning tells spreadsheets so."""
    writer = csv.writer(_Line())
    yield b"\xef\xbb\xbf"
    for row in rows:
        yield writer.writerow([disarmed(_plain(value)) for value in row]).encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return "" if value is None else value.isoformat() if isinstance(value, date) else value


def as_xlsx(rows: Rows, *, title: str, facts: Iterable[tuple[str, str]]) -> IO[bytes]:
    """Return an open file with the rows on a first sheet and `facts` about them on a second; rows go to the disk."""
    # Loaded where a file is made: every page would pay for it otherwise.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    def cell(sheet: Any, value: Any) -> Any:
        made = WriteOnlyCell(sheet, _fit(value))
        if isinstance(made.value, str):
            # A text stays a text, whatever it begins with.
            made.data_type = "s"
        return made

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_name(title))
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        cells = [cell(sheet, value) for value in row]
        if not number:
            for place, head in enumerate(cells, start=1):
                head.font = Font(bold=True)
                sheet.column_dimensions[get_column_letter(place)].width = 18
        sheet.append(cells)
    about = book.create_sheet("ⓘ")
    for pair in facts:
        about.append([cell(about, value) for value in pair])
    out = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    book.save(out)
    out.seek(0)
    return out


def _fit(value: Any) -> Any:
    """Return a value as a cell can hold it: local time without its zone, a text without signs that XML forbids."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    return CONTROL.sub("", str(value))


def _name(title: str) -> str:
    """Return the title as the name of a sheet: 31 characters, none of those that Excel forbids."""
    return "".join(sign for sign in title if sign not in r"[]:*?/\'")[:31] or "1"
