"""Draws a page of an OFD file as far as it was read: texts where they stand, and straight lines."""

import json

from quancheng.support.documents.engine.ofd import Page

_SHEET = b"""
#let page-data = json(bytes(sys.inputs.page))
#set page(width: page-data.width * 1mm, height: page-data.height * 1mm, margin: 0mm)
#set text(font: ("Noto Serif CJK SC", "Noto Sans CJK SC"), lang: "zh", top-edge: "baseline", bottom-edge: "baseline")
#for line-data in page-data.lines {
  place(line(start: (line-data.at(0) * 1mm, line-data.at(1) * 1mm), end: (line-data.at(2) * 1mm, line-data.at(3) * 1mm),
    stroke: line-data.at(4) * 1mm))
}
#for piece in page-data.texts {
  place(dx: piece.at(1) * 1mm, dy: piece.at(2) * 1mm, box(text(size: piece.at(3) * 1mm, piece.at(0))))
}
"""
MOST_PIECES = 20_000


def picture(page: Page, *, width: int) -> bytes:
    """Return the page as PNG, `width` pixels wide."""
    pieces: list[tuple[str, float, float, float]] = []
    for text in page.texts:
        if not text.steps:
            pieces.append((text.text, text.x, text.y, text.size))
            continue
        at = text.x
        for index, char in enumerate(text.text):
            pieces.append((char, at, text.y, text.size))
            at += text.steps[index] if index < len(text.steps) else text.size
    data = {
        "width": page.width,
        "height": page.height,
        "texts": pieces[:MOST_PIECES],
        "lines": [(one.x1, one.y1, one.x2, one.y2, max(one.width, 0.05)) for one in page.lines[:MOST_PIECES]],
    }
    import typst

    inputs = {"page": json.dumps(data, ensure_ascii=False)}
    made = typst.compile(_SHEET, format="png", ppi=width / page.width * 25.4, sys_inputs=inputs)
    return made if isinstance(made, bytes) else made[0]
