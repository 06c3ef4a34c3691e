"""What every table that leaves as a file must see to: no cell is a formula (CWE-1236)."""

from typing import Any

# What spreadsheets take for the beginning of a formula (OWASP, CSV injection), and their full-width twins.
ARMED = frozenset("=+-@\t\r\n＝＋－＠")


def disarmed(value: Any) -> Any:
    """Return a text so that no spreadsheet runs it: an apostrophe before what begins like a formula.

    Whitespace and invisible signs before it do not hide it. Numbers are no texts and stay as they are.
    """
    if not isinstance(value, str):
        return value
    bare = value.lstrip(" \u00a0\u3000\ufeff\u200b\0")
    return f"'{value}" if bare[:1] in ARMED and bare else value
