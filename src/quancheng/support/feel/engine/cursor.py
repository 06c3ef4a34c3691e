"""Moves over the tokens of one text and knows which words, taken together, are one name."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import NoReturn, TypeVar

from quancheng.support.feel.engine.errors import FeelSyntaxError
from quancheng.support.feel.engine.errors import marked as _
from quancheng.support.feel.engine.lexer import Token, tokens

LONGEST_TEXT = 20_000
T = TypeVar("T")
_IN_NAMES = frozenset("+-*/.'")


@functools.lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """Return the tokens of a name such as "Loan-to-Value ratio"; none when it cannot stand in an expression."""
    try:
        return tuple(token.value for token in tokens(name) if token.kind not in ("string", "end"))
    except FeelSyntaxError:
        return ()


class Cursor:
    """`names` are the names the surroundings offer; only those of several tokens must be known to be read."""

    def __init__(self, text: str, names: Iterable[str] = ()) -> None:
        if len(text) > LONGEST_TEXT:
            raise FeelSyntaxError(_("the expression is too long"), text=text[:80], position=0)
        self._text = text
        self._tokens = tokens(text)
        self._at = 0
        self._known: dict[str, dict[tuple[str, ...], str]] = {}
        for name in names:
            self._learn(name)

    def _learn(self, name: str) -> None:
        words = words_of(name)
        if len(words) > 1:
            self._known.setdefault(words[0], {})[words] = name

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _fail(self, message: str, token: Token | None = None, **parts: str) -> NoReturn:
        raise FeelSyntaxError(message, text=self._text, position=(token or self._next).position, **parts)

    def _is(self, *values: str) -> bool:
        return self._next.kind in ("symbol", "keyword") and self._next.value in values

    def _take(self, *values: str) -> str | None:
        if self._is(*values):
            self._at += 1
            return self._tokens[self._at - 1].value
        return None

    def _expect(self, value: str) -> None:
        if not self._take(value):
            if self._next.value:
                self._fail(_("expected “%(wanted)s”, found “%(found)s”"), wanted=value, found=self._next.value)
            self._fail(_("expected “%(wanted)s”"), wanted=value)

    def _known_name(self) -> str | None:
        """Take the longest known name of several tokens that begins here, if there is one."""
        candidates = self._known.get(self._next.value)
        if not candidates or self._next.kind == "string":
            return None
        longest = max(map(len, candidates))
        ahead = self._tokens[self._at : self._at + longest]
        words = tuple(token.value if token.kind != "string" else "" for token in ahead)
        for length in range(len(words), 1, -1):
            if (name := candidates.get(words[:length])) is not None:
                self._at += length
                return name
        return None

    def _new_name(self, *ends: str) -> str:
        """Take the name that is declared here, up to one of the tokens `ends`; it is known from now on."""
        start = self._at
        if self._next.kind not in ("name", "keyword"):
            self._fail(_("expected a name"))
        while not self._is(*ends) and self._belongs_to_a_name(self._next):
            self._at += 1
        if not self._is(*ends):
            self._fail(_("expected “%(wanted)s”"), wanted=" / ".join(ends))
        # The name is what stands in the text, with its spaces evened out.
        name = " ".join(self._text[self._tokens[start].position : self._next.position].split())
        if self._at - start > 1:
            self._learn(name)
        return name

    @staticmethod
    def _belongs_to_a_name(token: Token) -> bool:
        return token.kind in ("name", "keyword", "number") or (token.kind == "symbol" and token.value in _IN_NAMES)

    def _before_colon(self) -> bool:
        """Tell whether the tokens here are the name of an argument: `start position: 2`."""
        at = self._at
        if self._tokens[at].kind not in ("name", "keyword"):
            return False
        while self._belongs_to_a_name(self._tokens[at]):
            at += 1
        return self._tokens[at].kind == "symbol" and self._tokens[at].value == ":"

    def _separated(self, read: Callable[[], T]) -> tuple[T, ...]:
        found = [read()]
        while self._take(","):
            found.append(read())
        return tuple(found)
