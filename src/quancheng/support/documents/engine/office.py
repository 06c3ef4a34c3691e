"""The text of Office Open XML files (ISO/IEC 29500-1): documents, sheets, slides."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from quancheng.support.documents.engine.containers import Container

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
# Headers and footers too: that is where marks stand.
_WORD_PARTS: Final = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml")
_SHEETS: Final = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_SLIDES: Final = re.compile(r"ppt/(?:slides/slide|notesSlides/notesSlide)(\d+)\.xml")


def word(path: Path) -> Iterator[str]:
    """Yield the paragraphs of a document, of its headers, footers and notes. :raises Unreadable:"""
    container = Container(path)
    parts = sorted(name for name in container.names if _WORD_PARTS.fullmatch(name))
    for name in sorted(parts, key=lambda part: not part.startswith("word/header")):
        for paragraph in container.elements(name, f"{_W}p"):
            yield "".join(_run(paragraph))


def _run(paragraph: Any) -> Iterator[str]:
    for element in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr"):
        yield element.text or "" if element.tag == f"{_W}t" else "\t" if element.tag == f"{_W}tab" else "\n"


def sheet(path: Path) -> Iterator[str]:
    """Yield the rows of every sheet, cells separated by tabs; formulas give their stored result. :raises Unreadable:"""
    container = Container(path)
    shared: list[str] = []
    if "xl/sharedStrings.xml" in container.names:
        shared = [
            "".join(text.text or "" for text in item.iter(f"{_S}t"))
            for item in container.elements("xl/sharedStrings.xml", f"{_S}si")
        ]
    for name in _numbered(container, _SHEETS):
        for row in container.elements(name, f"{_S}row"):
            yield "\t".join(filter(None, (_cell(cell, shared) for cell in row.iter(f"{_S}c"))))


def _cell(cell: Any, shared: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_S}t"))
    value = cell.findtext(f"{_S}v") or ""
    if cell.get("t") != "s":
        return str(value)
    return shared[int(value)] if value.isascii() and value.isdigit() and int(value) < len(shared) else ""


def slides(path: Path) -> Iterator[str]:
    """Yield the paragraphs of every slide and its notes. :raises Unreadable:"""
    container = Container(path)
    for name in _numbered(container, _SLIDES):
        for paragraph in container.elements(name, f"{_A}p"):
            yield "".join(text.text or "" for text in paragraph.iter(f"{_A}t"))


def _numbered(container: Container, pattern: re.Pattern[str]) -> list[str]:
    found = [(int(match[1]), name) for name in container.names if (match := pattern.fullmatch(name))]
    return [name for _number, name in sorted(found)]
