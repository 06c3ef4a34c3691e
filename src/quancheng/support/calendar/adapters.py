"""Reads a notice that was made with a spreadsheet: CSV (UTF-8 or GB 18030) and XLSX."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

LARGEST = 512 * 1024
# A workbook is a packed archive: what it unpacks to is looked at before anything reads it.
LARGEST_UNPACKED = 16 * 1024 * 1024
MOST_ROWS = 500
_WEEKDAY = re.compile(r"(星期|周)[一二三四五六日天]")


class UnreadableFile(ValueError):
    """The file is no table, or is too large."""


def lines_of(content: bytes) -> str:
    """Return the table in a file as lines of cells with a tab between, without heading and days of the week.

    :raises UnreadableFile: when it is no CSV or XLSX, or larger than a notice can be.
    """
    if len(content) > LARGEST:
        raise UnreadableFile
    rows = _workbook(content) if content.startswith(b"PK") else _separated(content)
    lines: list[str] = []
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            raise UnreadableFile
        cells = [text for text in map(_text, row) if text and not _WEEKDAY.fullmatch(text)]
        heading = not lines and not any(sign.isdigit() for text in cells for sign in text)
        if cells and not heading:
            lines.append("\t".join(cells))
    return "\n".join(lines)


def _workbook(content: bytes) -> Iterable[Iterable[Any]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(item.file_size for item in packed.infolist()) > LARGEST_UNPACKED:
                raise UnreadableFile
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return list(book.worksheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 1, max_col=20))
    except UnreadableFile:
        raise
    except Exception as error:
        # The reader fails in as many ways as a workbook can be broken.
        raise UnreadableFile from error


def _separated(content: bytes) -> Iterable[Iterable[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise UnreadableFile from error
    if "\0" in text:
        raise UnreadableFile
    try:
        separator = "\t" if "\t" in text else ";" if ";" in text else ","
        return list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise UnreadableFile from error


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date) else re.sub(r"[\t\r\n\0]+", " ", str(cell or "")).strip()
