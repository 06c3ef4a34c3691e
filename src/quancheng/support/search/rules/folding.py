"""One spelling for everything: widths, capitals and traditional characters are folded; personal numbers are covered."""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import opencc

LONGEST_QUESTION: Final = 120
"""Characters of a question that count; what comes after them is not read."""

COVER: Final = "*"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")
# Resident identity numbers (GB 11643-1999: area, birth date, order, check), also those of 15 digits; people write
# spaces and hyphens between the groups. The check character is not asked for: a mistyped number is as personal.
_IDENTITY = re.compile(
    r"(?<![0-9a-z])[1-8]\d(?:[ -]?\d){4}[ -]?(?:1[89]|20)\d{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12]\d|3[01])"
    r"[ -]?\d{3}[\dx](?![0-9a-z])"
    r"|(?<![0-9a-z])[1-8]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?![0-9a-z])"
)
_MOBILE = re.compile(r"(?<![0-9a-z])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9a-z])")
# Cards of banks (GB/T 14504: at most 19 digits) begin with 62 (UnionPay), 4 or 5 (others that are issued here).
_CARD = re.compile(r"(?<![0-9a-z])(?:62|4\d|5[1-5])\d{2}(?:[ -]?\d{4}){2,3}(?:[ -]?\d{1,4})(?![0-9a-z])")
_MAIL = re.compile(r"[0-9a-z._%+-]{1,64}@[0-9a-z.-]{1,64}\.[a-z]{2,}")
_NUMBER = re.compile(r"\d|[@＠]")
PERSONAL: Final = (_IDENTITY, _MOBILE, _CARD, _MAIL)


@cache
def _simplifier() -> "opencc.OpenCC":
    import opencc

    return opencc.OpenCC("t2s")


@cache
def _folded(character: str) -> str:
    """Return how one character is indexed; "" for one that says nothing."""
    if character < "\x80":
        return character.lower()
    plain = unicodedata.normalize("NFKC", character).casefold()
    return _simplifier().convert(plain) if len(plain) == 1 and plain >= "\u2e80" else plain


def fold(text: str) -> str:
    """Return `text` in the one spelling of the index: half width, small letters, simplified characters."""
    return "".join(map(_folded, text))


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, the place in `text` that it comes from."""
    pieces, places = [], []
    for place, character in enumerate(text):
        piece = _folded(character)
        pieces.append(piece)
        places.extend([place] * len(piece))
    return "".join(pieces), places


def tidy(text: str) -> str:
    """Return `text` without control characters and with single spaces; lone surrogates, which no page can show, go."""
    plain = _CONTROL.sub(" ", text).encode("utf-8", "ignore").decode()
    return " ".join(plain.split())


def shield(text: str) -> str:
    """Return `text` with identity numbers, mobile numbers, bank cards and mail addresses covered, never shortened."""
    if not _NUMBER.search(text):
        return text
    folded, places = fold_with_places(text)
    covered = list(text)
    for pattern in PERSONAL:
        for found in pattern.finditer(folded):
            for place in places[found.start() : found.end()]:
                covered[place] = COVER
    return "".join(covered)
