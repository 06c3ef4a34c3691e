"""Identity numbers (GB 11643-1999) and what they say about their holder."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Sex = Literal["male", "female"]

WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS: Final = "10X98765432"

SEX_WORDS: Final[dict[str, Sex]] = {"男": "male", "女": "female", "male": "male", "female": "female"}

EARLIEST_BIRTH: Final = date(1880, 1, 1)


class WrongNumber(ValueError):
    """Not an identity number; the text is the reason's code, see `REASONS` of the engine."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What an identity number says: the normal form, the division at first registration, birth date and sex."""

    number: str
    division: str
    born: date
    sex: Sex


def check_character(body: str) -> str:
    """Return the eighteenth character for the first seventeen digits (ISO 7064 MOD 11-2)."""
    return CHECK_CHARACTERS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def number(*, division: str, born: date, sequence: int) -> str:
    """Return the identity number of the `sequence`-th (0…999, odd for men) person born that day in the division."""
    body = f"{division}{born:%Y%m%d}{sequence:03d}"
    return body + check_character(body)


def read(text: str, *, today: date) -> Identity:
    """Return what a number says. :raises WrongNumber: with the reason."""
    normal = text.strip().upper()
    if len(normal) != 18 or not (normal[:17].isascii() and normal[:17].isdigit()):
        raise WrongNumber("number-length")
    if check_character(normal[:17]) != normal[17]:
        raise WrongNumber("number-check")
    try:
        born = date(int(normal[6:10]), int(normal[10:12]), int(normal[12:14]))
    except ValueError as error:
        raise WrongNumber("number-date") from error
    if not EARLIEST_BIRTH <= born <= today:
        raise WrongNumber("number-range")
    return Identity(normal, normal[:6], born, "male" if int(normal[16]) % 2 else "female")
