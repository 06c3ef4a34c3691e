"""How many parts a text message has (3GPP TS 23.038 for the alphabets, TS 23.040 for the header of a part)."""

from dataclasses import dataclass
from typing import Final

GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPED: Final = frozenset("\f^{}\\[~]|€")
"""Characters of the extension table: an escape and one more, together two septets."""
SINGLE_GSM, PART_GSM = 160, 153
SINGLE_UCS2, PART_UCS2 = 70, 67


@dataclass(frozen=True, slots=True)
class Count:
    """What a text costs: its alphabet ("GSM-7" or "UCS-2"), its length in units of that alphabet, and its parts."""

    alphabet: str
    units: int
    parts: int


def count(text: str) -> Count:
    """Return how long `text` is: 160 septets or 70 units of UCS-2 in one part, 153 or 67 in each of several."""
    alphabet = "GSM-7" if set(text) <= GSM | ESCAPED else "UCS-2"
    return Count(alphabet, sum(_width(char, alphabet) for char in text), len(split(text)))


def split(text: str) -> list[str]:
    """Return the parts as a gateway cuts them. Neither an escaped character nor a surrogate pair is cut in two."""
    alphabet = "GSM-7" if set(text) <= GSM | ESCAPED else "UCS-2"
    single, several = (SINGLE_GSM, PART_GSM) if alphabet == "GSM-7" else (SINGLE_UCS2, PART_UCS2)
    if sum(_width(char, alphabet) for char in text) <= single:
        return [text] if text else []
    parts, used = [""], 0
    for char in text:
        width = _width(char, alphabet)
        if used + width > several:
            parts.append("")
            used = 0
        parts[-1] += char
        used += width
    return parts


def _width(char: str, alphabet: str) -> int:
    if alphabet == "GSM-7":
        return 2 if char in ESCAPED else 1
    return 2 if ord(char) > 0xFFFF else 1
