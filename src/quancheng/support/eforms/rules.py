"""Identifiers of people and organisations: their shape and check characters, on plain values."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

# GB/T 2260: first two digits of a division code.
PROVINCE_NAMES = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区",
    "21": "辽宁省", "22": "吉林省", "23": "黑龙江省",
    "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省",
    "41": "河南省", "42": "湖北省", "43": "湖南省", "44": "广东省", "45": "广西壮族自治区", "46": "海南省",
    "50": "重庆市", "51": "四川省", "52": "贵州省", "53": "云南省", "54": "西藏自治区",
    "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区", "65": "新疆维吾尔自治区",
    "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
}  # fmt: skip
PROVINCES = frozenset(PROVINCE_NAMES)
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


def luhn(number: str) -> bool:
    """Test the check digit of a card number (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def bank_card_fault(number: str) -> Fault | None:
    """Return what is wrong with a bank card number, None when nothing is (JR/T 0008: 13 to 19 digits, issuer first)."""
    if not digits(number):
        return Fault.CHARACTERS
    if not 13 <= len(number) <= 19:
        return Fault.LENGTH
    # ISO/IEC 7812-1: 0, 1, 7 and 8 are not issued to banks.
    if number[0] in "0178":
        return Fault.REGION
    return None if luhn(number) else Fault.CHECK


def bank_account_fault(number: str) -> Fault | None:
    """Return what is wrong with an account number of a firm or a person; UnionPay cards among them are checked."""
    if not digits(number):
        return Fault.CHARACTERS
    if not 8 <= len(number) <= 32:
        return Fault.LENGTH
    if number.startswith("62") and 16 <= len(number) <= 19:
        return bank_card_fault(number)
    return None


CAPITALS = "零壹贰叁肆伍陆柒捌玖"
SMALL_UNITS = ("", "拾", "佰", "仟")
LARGE_UNITS = ("", "万", "亿", "万亿")


def money_in_words(amount: Decimal) -> str:
    """Return an amount in yuan in capital numerals (正确填写票据和结算凭证的基本规定), e.g. 壹仟肆佰零玖元伍角.

    Cents beyond the second decimal are not taken. :raises ValueError: for amounts of 10^13 and more.
    """
    if money_fault(amount) is not None:
        raise ValueError(amount)
    cents = int(abs(amount) * 100)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    words = f"{_whole_in_words(yuan)}元" if yuan else ""
    if jiao:
        words += f"{CAPITALS[jiao]}角"
    if fen:
        # A missing jiao between yuan and fen is read out.
        words += ("零" if yuan and not jiao else "") + f"{CAPITALS[fen]}分"
    else:
        words += "整" if words and not jiao else "" if words else "零元整"
    return f"负{words}" if amount < 0 and cents else words


def _whole_in_words(number: int) -> str:
    words, gap = "", False
    text = str(number)
    for place, digit in enumerate(text):
        left = len(text) - 1 - place
        if digit == "0":
            gap = True
        else:
            words += ("零" if gap and words else "") + CAPITALS[int(digit)] + SMALL_UNITS[left % 4]
            gap = False
        if left % 4 == 0 and left and int(text[max(0, place - 3) : place + 1]):
            # The yi of trillions is said once, after the yi of the next four digits.
            words += "万" if left == 12 and int(text[place + 1 : place + 5]) else LARGE_UNITS[left // 4]
    return words


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
