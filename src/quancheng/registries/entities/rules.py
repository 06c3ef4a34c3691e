"""Unified social credit codes (GB 32100-2015)."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

BODY_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BODY_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)

STATUS_WORDS: Final = {"存续": "active", "在业": "active", "吊销": "revoked", "注销": "closed"}


class WrongCode(ValueError):
    """Not a credit code; the text is the reason's code, see `REASONS` of the engine."""


def body_check(body: str) -> str:
    """Return the ninth character of an organisation's own code (GB 11714) for its first eight."""
    remainder = (
        11
        - sum(BODY_ALPHABET.index(character) * weight for character, weight in zip(body, BODY_WEIGHTS, strict=True))
        % 11
    )
    return {10: "X", 11: "0"}.get(remainder, str(remainder))


def check_character(first: str) -> str:
    """Return the eighteenth character for the first seventeen."""
    remainder = sum(ALPHABET.index(character) * weight for character, weight in zip(first, WEIGHTS, strict=True)) % 31
    return ALPHABET[(31 - remainder) % 31]


def code(*, division: str, body: str, kind: str = "91") -> str:
    """Return the credit code of an organisation: kind (91 = firm), division, eight characters of its own."""
    first = f"{kind}{division}{body}{body_check(body)}"
    return first + check_character(first)


def read(text: str) -> str:
    """Return the normal form of a credit code. :raises WrongCode: with the reason."""
    normal = text.strip().upper()
    if len(normal) != 18 or set(normal) - set(ALPHABET):
        raise WrongCode("code-characters")
    if (
        not normal[2:8].isdigit()
        or body_check(normal[8:16]) != normal[16]
        or check_character(normal[:17]) != normal[17]
    ):
        raise WrongCode("code-check")
    return normal
