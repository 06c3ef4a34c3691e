"""Sets licences and letters as PDF pages."""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import segno

from quancheng.business.approvals.engine import texts
from quancheng.support.documents import public as documents

FOLDER = Path(__file__).resolve().parent
# Where the seals go: page, and points from the lower left corner of an A4 page, over department and date.
SEAL_ON_LICENCE = (-1, 331, 77, 450, 196)
SEAL_ON_LETTER = (-1, 320, 92, 439, 211)


def licence(
    *,
    title: str,
    number: str,
    check_code: str,
    facts: Sequence[Mapping[str, str]],
    department: str,
    issued_on: date,
    valid_until: date | None,
    verify_url: str,
) -> bytes:
    """Return the page of a licence; `facts` are rows {label, value}, `verify_url` goes into the QR code.

    `check_code` is printed for those who verify by hand.
    """
    data = {
        "title": title,
        "number": number,
        "check_code": check_code,
        "facts": list(facts),
        "department": department,
        "issued_on": texts.day(issued_on),
        "valid_until": texts.day(valid_until) if valid_until else "",
    }
    return _compile("licence.typ", data, qr=_qr(verify_url))


def letter(*, title: str, number: str, addressee: str, paragraphs: Sequence[str], department: str, on: date) -> bytes:
    """Return the pages of a decision letter, laid out after GB/T 9704-2012."""
    data = {
        "title": title,
        "number": number,
        "addressee": addressee,
        "paragraphs": list(paragraphs),
        "department": department,
        "date": texts.day(on),
    }
    return _compile("letter.typ", data)


def _qr(url: str) -> str:
    image = io.BytesIO()
    segno.make(url, error="m", micro=False).save(image, kind="svg", scale=4, border=1, xmldecl=False)
    return image.getvalue().decode()


def _compile(template: str, data: Mapping[str, object], **inputs: str) -> bytes:
    return documents.typeset(FOLDER / template, data, **inputs)
