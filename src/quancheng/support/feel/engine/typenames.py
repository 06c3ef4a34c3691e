"""Reads the names of types: `list<number>`, `context<a: string>`, `function<number> -> string`, names of one's own."""

from __future__ import annotations

from quancheng.support.feel.engine.cursor import Cursor
from quancheng.support.feel.engine.errors import marked as _
from quancheng.support.feel.engine.types import Type

_WORDS = frozenset({("date", "and"), ("days", "and"), ("years", "and"), ("and", "time"), ("and", "months")})


class TypeParser(Cursor):
    """The part of the parser that reads types."""

    def whole_type(self) -> Type:
        """Parse a text that is the name of a type. :raises FeelSyntaxError:"""
        found = self._type()
        if self._next.kind != "end":
            self._fail(_("unexpected “%(found)s”"), found=self._next.value)
        return found

    def _type(self) -> Type:
        name = self._type_name()
        if name == "function" and self._take("<"):
            parameters: tuple[Type, ...] = () if self._is(">") else self._separated(self._type)
            self._expect(">")
            self._expect("->")
            return Type("function", (*parameters, self._type()))
        if name in ("list", "range") and self._take("<"):
            element = self._type()
            self._expect(">")
            return Type(name, (element,))
        if name == "context" and self._take("<"):
            entries = self._separated(self._type_entry)
            self._expect(">")
            return Type("context", entries=entries)
        return Type(name)

    def _type_entry(self) -> tuple[str, Type]:
        name = self._new_name(":")
        self._expect(":")
        return name, self._type()

    def _type_name(self) -> str:
        if (known := self._known_name()) is not None:
            return known
        words: list[str] = []
        while self._next.kind == "name" or self._is("function", "and", "."):
            # `x instance of number and y`: `and` belongs to the type only in "date and time" and the two durations.
            if self._is("and") and (words[-1:] == [] or (words[-1], "and") not in _WORDS):
                break
            if self._is("and") and ("and", self._tokens[self._at + 1].value) not in _WORDS:
                break
            words.append(self._next.value)
            self._at += 1
        if not words:
            self._fail(_("expected the name of a type"))
        return " ".join(words).replace(" . ", ".")
