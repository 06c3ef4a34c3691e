"""Official documents after GB/T 9704-2012: the figures of the standard, measured in the PDF."""

import io
import re
from itertools import pairwise

import pypdfium2 as pdfium
import pytest

from quancheng.support.documents import public as documents
from quancheng.support.documents.demo import LETTER, NOTICE

MM = 72 / 25.4
LINE = "一二三四五六七八九十一二三四五六七八九十一二三四五六七八"  # 28 characters


def characters(pdf, page=0):
    """Return (character, left, bottom, right, top) in points for every character of a page."""
    text = pdfium.PdfDocument(io.BytesIO(pdf))[page].get_textpage()
    return [(text.get_text_range(at, 1), *text.get_charbox(at, loose=True)) for at in range(text.count_chars())]


def lines(pdf, page=0):
    """Return the texts of a page by their base lines, from top to bottom."""
    rows = {}
    for char, left, bottom, _right, _top in characters(pdf, page):
        if char.strip():
            rows.setdefault(round(bottom), []).append((left, char))
    return [
        ("".join(char for _left, char in sorted(row)), bottom) for bottom, row in sorted(rows.items(), reverse=True)
    ]


@pytest.fixture(scope="module")
def long():
    """Two pages of nothing but whole lines, after a short head."""
    return documents.compose(
        {**LETTER, "paragraphs": [LINE * 60], "signature": "", "title": "函", "number": "", "to": ""}
    )


class TestLayout:
    def test_the_page_is_a4(self, long):
        width, height = pdfium.PdfDocument(io.BytesIO(long.pdf))[0].get_size()

        assert (round(width / MM), round(height / MM)) == (210, 297)

    def test_a_line_holds_28_characters_in_156_millimetres(self, long):
        body = [row for row in lines(long.pdf, 1) if set(row[0]) <= set(LINE)]
        left, right = (
            pick(char[side] for char in characters(long.pdf, 1) if char[0] in LINE)
            for pick, side in ((min, 1), (max, 3))
        )

        assert {len(text) for text, _at in body[:20]} == {28}
        assert abs(left / MM - 28) < 0.6
        assert abs((right - left) / MM - 156) < 1

    def test_a_page_holds_22_lines_in_225_millimetres(self, long):
        body = [bottom for text, bottom in lines(long.pdf, 1) if set(text) <= set(LINE)]
        gaps = {round(above - below, 0) for above, below in pairwise(body)}

        assert len(body) == 22
        assert gaps <= {28.0, 29.0, 30.0}
        assert abs(225 * MM / 22 - sum(a - b for a, b in pairwise(body)) / 21) < 0.1

    def test_the_page_number_stands_between_dashes_outside(self, long):
        for page, side in ((0, 1), (1, -1)):
            number = re.compile(rf"—\s*{page + 1}\s*—")
            (bottom,) = [at for text, at in lines(long.pdf, page) if number.search(text)]
            where = [
                left for char, left, low, *_rest in characters(long.pdf, page) if char == "—" and abs(low - bottom) < 2
            ]
            assert (sum(where) / len(where) - 105 * MM) * side > 0
            assert bottom < 35 * MM


class TestSeal:
    @pytest.mark.parametrize("data", [NOTICE, LETTER], ids=["notice", "letter"])
    def test_lies_over_signature_and_date_a_little_above_their_middle(self, data):
        made = documents.compose(data)
        page, left, bottom, right, top = made.seal_box
        rows = lines(made.pdf, page)
        (day,) = [at for text, at in rows if text == data["date"]]
        name = min(at for text, at in rows if text == data["signature"])

        assert abs((right - left) / MM - 42) < 0.1
        assert bottom < day < name < top
        assert (bottom + top) / 2 > (day + name) / 2

    def test_the_date_ends_four_characters_from_the_edge(self):
        made = documents.compose({**LETTER, "signature": "某局"})
        row = [char for char in characters(made.pdf, made.seal_box[0]) if char[0] == "日"]

        assert abs((210 - 26) - row[-1][3] / MM - 4 * 156 / 28) < 1.5

    def test_there_is_none_without_a_signature(self):
        assert documents.compose({**LETTER, "signature": ""}).seal_box is None


def test_every_part_may_be_missing():
    assert documents.compose({"title": "函"}).pages == 1


@pytest.mark.parametrize("text", ["#panic()", "$x$ *b* _i_ @ref <label>", "\\ \u202e \x07", "#" * 5000])
def test_text_is_text_and_never_markup(text):
    made = documents.compose({**LETTER, "paragraphs": [text], "title": text})

    assert made.pdf.startswith(b"%PDF")


def test_a_secrecy_mark_is_refused():
    with pytest.raises(documents.Classified):
        documents.compose({**LETTER, "paragraphs": ["机密★5年"]})
