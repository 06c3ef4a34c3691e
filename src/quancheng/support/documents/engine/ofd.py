"""Reads OFD files (GB/T 33190-2016): pages with their size, the texts on them with their places, and straight lines.

Pictures, curves, fonts inside the file and signatures are not looked at.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from quancheng.support.documents.engine.containers import Container, Unreadable

_N: Final = "{http://www.ofdspec.org/2016}"
MOST_PAGES: Final = 2_000
_A4: Final = (210.0, 297.0)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text: where its first character's base line begins, and its size; millimetres from the upper left.

    `steps` are the distances from each character to the next, as far as the file says.
    """

    text: str
    x: float
    y: float
    size: float
    steps: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line, millimetres from the upper left."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float


@dataclass(slots=True)
class Page:
    """A page: width and height in millimetres, and what stands on it."""

    width: float
    height: float
    texts: list[Text] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The page's text, line by line from top to bottom."""
        rows: dict[int, list[Text]] = {}
        for piece in self.texts:
            rows.setdefault(round(piece.y), []).append(piece)
        return "\n".join(
            "".join(piece.text for piece in sorted(row, key=lambda one: one.x)) for _y, row in sorted(rows.items())
        )


def pages(path: Path) -> Iterator[Page]:
    """Yield the pages of every document body. :raises Unreadable: when the file is none, or damaged."""
    container = Container(path)
    count = 0
    for body in container.tree("OFD.xml").iter(f"{_N}DocRoot"):
        root = _place("", body.text)
        document = container.tree(root)
        size = _box(document.find(f"{_N}CommonData/{_N}PageArea/{_N}PhysicalBox"), _A4)
        templates = {item.get("ID"): _place(root, item.get("BaseLoc")) for item in document.iter(f"{_N}TemplatePage")}
        for entry in document.iterfind(f"{_N}Pages/{_N}Page"):
            count += 1
            if count > MOST_PAGES:
                raise Unreadable("too many pages")
            content = container.tree(_place(root, entry.get("BaseLoc")))
            page = Page(*_box(content.find(f"{_N}Area/{_N}PhysicalBox"), size))
            for below in content.iterfind(f"{_N}Template"):
                if below.get("TemplateID") in templates:
                    _fill(page, container.tree(templates[below.get("TemplateID")]))
            _fill(page, content)
            yield page


def _place(base: str, location: str | None) -> str:
    """Return the name of a part: a location counts from the root when it begins with a slash, else from its file."""
    if not location:
        raise Unreadable("a part has no location")
    place = posixpath.normpath(posixpath.join("/", posixpath.dirname(base), location.strip()))
    return place.lstrip("/")


def _fill(page: Page, content: Any) -> None:
    for item in content.iter(f"{_N}TextObject", f"{_N}PathObject"):
        left, top, *_rest = [*_numbers(item.get("Boundary")), 0.0, 0.0]
        if item.tag == f"{_N}TextObject":
            size = _number(item.get("Size"), 4.0)
            for code in item.iterfind(f"{_N}TextCode"):
                x, y = _number(code.get("X"), 0.0), _number(code.get("Y"), size)
                page.texts.append(Text(code.text or "", left + x, top + y, size, _steps(code.get("DeltaX"))))
        elif item.get("Stroke", "true") != "false":
            page.lines += _lines(
                item.findtext(f"{_N}AbbreviatedData") or "", left, top, _number(item.get("LineWidth"), 0.353)
            )


def _lines(data: str, left: float, top: float, width: float) -> Iterator[Line]:
    """Yield the straight lines of a path in abbreviated form (9.1): M x y, L x y; curves are passed over."""
    words, at = data.split(), (0.0, 0.0)
    places = {"M": 2, "S": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
    index = 0
    while index < len(words):
        letter = words[index]
        count = places.get(letter, 0)
        values = _numbers(" ".join(words[index + 1 : index + 1 + count]))
        index += 1 + count
        if count and len(values) == count:
            to = (left + values[-2], top + values[-1])
            if letter == "L":
                yield Line(*at, *to, width)
            at = to


def _steps(text: str | None) -> tuple[float, ...]:
    """Return the distances that DeltaX says; “g 3 4.2” repeats 4.2 three times (11.3)."""
    words, found = (text or "").split(), list[float]()
    while words and len(found) < 10_000:
        word = words.pop(0)
        if word == "g" and len(words) >= 2:
            times, value = int(_number(words.pop(0), 0)), _number(words.pop(0), 0.0)
            found += [value] * max(0, min(times, 10_000))
        else:
            found.append(_number(word, 0.0))
    return tuple(found)


def _box(element: Any, default: tuple[float, float]) -> tuple[float, float]:
    values = _numbers(element.text if element is not None else "")
    if len(values) != 4 or not (0 < values[2] <= 5000 and 0 < values[3] <= 5000):
        return default
    return values[2], values[3]


def _numbers(text: str | None) -> list[float]:
    return [_number(word, 0.0) for word in (text or "").split()[:16]]


def _number(text: str | None, default: float) -> float:
    try:
        value = float(text) if text else default
    except ValueError:
        return default
    return value if abs(value) < 1e6 else default
