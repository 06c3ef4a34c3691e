"""Cuts an expression into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from quancheng.support.feel.engine.errors import FeelSyntaxError
from quancheng.support.feel.engine.errors import marked as _

KEYWORDS = frozenset(
    (
        *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "between"),
        *("true", "false", "null", "instance", "of", "function"),
    )
)
_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")
# Letters of all scripts; the pictures of the higher planes are letters to FEEL; `?` is the value under test.
_NAME = re.compile(r"\?|(?:[^\W\d]|[\U00010000-\U000EFFFF])(?:\w|[\U00010000-\U000EFFFF])*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SYMBOL = re.compile(r"\*\*|\.\.|->|!=|<=|>=|[-+*/=<>()\[\]{},:.@']")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is number, string, name, keyword, symbol or end; `value` is the unescaped text."""

    kind: str
    value: str
    position: int


def tokens(text: str) -> list[Token]:
    """Return the tokens of `text`, closed by one of kind `end`. :raises FeelSyntaxError: on a foreign character."""
    found: list[Token] = []
    position = 0
    while True:
        if space := _SPACE.match(text, position):
            position = space.end()
        if position >= len(text):
            found.append(Token("end", "", position))
            return found
        token, position = _token(text, position)
        found.append(token)


def _token(text: str, position: int) -> tuple[Token, int]:
    if match := _NUMBER.match(text, position):
        return Token("number", match.group(), position), match.end()
    if match := _NAME.match(text, position):
        kind = "keyword" if match.group() in KEYWORDS else "name"
        return Token(kind, match.group(), position), match.end()
    if match := _STRING.match(text, position):
        return Token("string", _unescaped(match.group()[1:-1]), position), match.end()
    if match := _SYMBOL.match(text, position):
        return Token("symbol", match.group(), position), match.end()
    if text[position] == '"':
        raise FeelSyntaxError(_("a string is not closed"), text=text, position=position)
    raise FeelSyntaxError(_("unexpected “%(found)s”"), text=text, position=position, found=text[position])


def _unescaped(body: str) -> str:
    def replace(match: re.Match[str]) -> str:
        code = match.group(1)
        if len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPED.get(code, match.group())

    text = _ESCAPE.sub(replace, body)
    # \\uD83D\\uDCA9 is one character, written as the two halves of UTF-16; a half alone cannot be stored.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
