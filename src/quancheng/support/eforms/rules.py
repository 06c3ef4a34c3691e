"""Identifiers of people and organisations: their shape and check characters, on plain values."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

# GB/T 2260: first two digits of a division code.
PROVINCES = frozenset(
    (
        *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42"),
        *("43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83"),
    )
)
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"
# GB 32100-2015: no I, O, S, V, Z, which are easily misread.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


class Fault(StrEnum):
    """What is wrong with an identifier."""

    LENGTH = "length"
    CHARACTERS = "characters"
    REGION = "region"
    DATE = "date"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a citizen identity number says: `sex` is male or female, `region` the division code at issue."""

    number: str
    region: str
    born_on: date
    sex: str


def digits(text: str) -> bool:
    """Test for ASCII digits only; str.isdigit() also takes those of other scripts."""
    return text.isascii() and text.isdigit()


def identity_check_digit(first17: str) -> str:
    """Return the 18th character of a citizen identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, IDENTITY_WEIGHTS, strict=True))
    return IDENTITY_CHECKS[total % 11]


def identity_fault(number: str, *, today: date) -> Fault | None:
    """Return what is wrong with a citizen identity number, None when nothing is; lower-case x is not accepted here."""
    if len(number) != 18:
        return Fault.LENGTH
    if not digits(number[:17]) or number[17] not in "0123456789X":
        return Fault.CHARACTERS
    if number[:2] not in PROVINCES:
        return Fault.REGION
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return Fault.DATE
    if not date(1850, 1, 1) <= born_on <= today:
        return Fault.DATE
    return None if identity_check_digit(number[:17]) == number[17] else Fault.CHECK


def identity(number: str, *, today: date) -> Identity | None:
    """Return what the number says, None when it is not a valid one."""
    if identity_fault(number, today=today):
        return None
    born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    return Identity(number, number[:6], born_on, "male" if int(number[16]) % 2 else "female")


def uscc_check_character(first17: str) -> str:
    """Return the 18th character of a unified social credit code (GB 32100-2015, ISO 7064 MOD 31-3)."""
    total = sum(USCC_ALPHABET.index(char) * weight for char, weight in zip(first17, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def uscc_fault(code: str) -> Fault | None:
    """Return what is wrong with a unified social credit code, None when nothing is."""
    if len(code) != 18:
        return Fault.LENGTH
    if any(char not in USCC_ALPHABET for char in code) or not digits(code[2:8]):
        return Fault.CHARACTERS
    # 100000 stands for units registered with a national authority.
    if code[2:4] not in PROVINCES and code[2:8] != "100000":
        return Fault.REGION
    return None if uscc_check_character(code[:17]) == code[17] else Fault.CHECK


def mobile_fault(number: str) -> Fault | None:
    """Return what is wrong with a mainland mobile number, None when nothing is."""
    if len(number) != 11:
        return Fault.LENGTH
    return None if digits(number) and number[0] == "1" and number[1] in "3456789" else Fault.CHARACTERS


def postcode_fault(code: str) -> Fault | None:
    """Return what is wrong with a postcode, None when nothing is."""
    if len(code) != 6:
        return Fault.LENGTH
    return None if digits(code) else Fault.CHARACTERS


def division_fault(code: str) -> Fault | None:
    """Return what is wrong with a division code of 6 (county), 9 (street) or 12 digits (GB/T 2260, GB/T 10114)."""
    if len(code) not in (6, 9, 12):
        return Fault.LENGTH
    if not digits(code):
        return Fault.CHARACTERS
    return None if code[:2] in PROVINCES else Fault.REGION


def money_fault(amount: Decimal) -> Fault | None:
    """Return what is wrong with an amount in yuan, None when nothing is: at most two decimals, under 10^13."""
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 13:
        return Fault.LENGTH
    return None if amount == amount.quantize(Decimal("0.01")) else Fault.CHARACTERS


def tidy(text: str) -> str:
    """Return an identifier as it is stored: full-width narrowed, spaces and hyphens out, letters in upper case."""
    narrowed = "".join(chr(ord(char) - 0xFEE0) if "\uff01" <= char <= "\uff5e" else char for char in text)
    return "".join(char for char in narrowed if not char.isspace() and char not in "-‐–—").upper()


def masked(text: str) -> str:
    """Return an identifier without its middle: 3701**********1234, 138****5678; short ones keep one character."""
    if len(text) >= 15:
        return text[:4] + "*" * (len(text) - 8) + text[-4:]
    if len(text) >= 10:
        return text[:3] + "*" * (len(text) - 7) + text[-4:]
    return text[:1] + "*" * (len(text) - 1)
