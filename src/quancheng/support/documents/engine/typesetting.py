"""Sets pages with typst: any template with its data, and official documents after GB/T 9704-2012."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import typst

PAPERS: Final = Path(__file__).resolve().parent / "papers"
SEAL: Final = 42 / 25.4 * 72  # points across: 国务院关于国家行政机关和企业事业单位社会团体印章管理的规定
A4_HEIGHT: Final = 297 / 25.4 * 72
_ABOVE_MIDDLE: Final = 8  # points by which the seal's centre lies above the middle of signature and date


@dataclass(frozen=True, slots=True)
class Composed:
    """A PDF and where its seal goes: page (from 0), left, bottom, right, top in points, for `pki.seal_pdf`."""

    pdf: bytes
    seal_box: tuple[int, float, float, float, float] | None
    pages: int


@cache
def fonts() -> "typst.Fonts":
    """Return the machine's fonts, looked for once: looking takes longer than setting a page."""
    import typst

    return typst.Fonts()


def typeset(template: Path, data: Mapping[str, Any], **inputs: str) -> bytes:
    """Return the PDF of a typst file that reads its data as JSON from `sys.inputs.data`."""
    import typst

    given = {"data": json.dumps(data, ensure_ascii=False), **inputs}
    return typst.compile(template.read_bytes(), sys_inputs=given, format="pdf", font_paths=fonts())


def official(data: Mapping[str, Any]) -> Composed:
    """Return an official document after GB/T 9704-2012 with the place of its seal.

    `data`: issuer, number, title, to, paragraphs, attachments, signature, date, copies, printed_by, printed_on and
    urgency; every text may be empty.
    """
    import typst

    source = (PAPERS / "official.typ").read_bytes()
    given = {"data": json.dumps(data, ensure_ascii=False)}
    pdf = typst.compile(source, sys_inputs=given, format="pdf", font_paths=fonts())
    places = json.loads(typst.query(source, "<seal>", field="value", sys_inputs=given, font_paths=fonts()))
    pages = json.loads(typst.query(source, "<pages>", field="value", sys_inputs=given, font_paths=fonts()))
    box = None
    if places:
        place = places[0]
        middle, centre = place["y"] + place["height"] / 2 - _ABOVE_MIDDLE, place["x"] + place["width"] / 2
        left, bottom = centre - SEAL / 2, A4_HEIGHT - middle - SEAL / 2
        box = (place["page"] - 1, left, bottom, left + SEAL, bottom + SEAL)
    return Composed(pdf, box, pages[0])
