"""Recursive descent from text to tree; one method for each level of precedence."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NoReturn

from quancheng.support.feel.engine import tree
from quancheng.support.feel.engine.errors import FeelSyntaxError
from quancheng.support.feel.engine.lexer import Token, tokens

LONGEST_TEXT = 20_000
DEEPEST_NESTING = 60
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})


class Parser:
    """Parses one expression. `spaced` holds the function names that contain spaces, as tuples of words."""

    def __init__(self, text: str, *, spaced: frozenset[tuple[str, ...]]) -> None:
        if len(text) > LONGEST_TEXT:
            raise FeelSyntaxError("the expression is too long", text=text[:80], position=0)
        self._text = text
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0
        self._spaced = spaced
        self._longest = max((len(words) for words in spaced), default=1)

    def whole(self) -> tree.Node:
        """Parse the complete text. :raises FeelSyntaxError:"""
        # Modelers write "=expression" to tell an expression from a text; the sign carries no meaning of its own.
        self._take("=")
        node = self._expression()
        if self._next.kind != "end":
            self._fail(f"unexpected {self._next.value!r}")
        return node

    # -- tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _fail(self, message: str, token: Token | None = None) -> NoReturn:
        raise FeelSyntaxError(message, text=self._text, position=(token or self._next).position)

    def _is(self, *values: str) -> bool:
        return self._next.kind in ("symbol", "keyword") and self._next.value in values

    def _take(self, *values: str) -> str | None:
        if self._is(*values):
            self._at += 1
            return self._tokens[self._at - 1].value
        return None

    def _expect(self, value: str) -> None:
        if not self._take(value):
            self._fail(f"expected {value!r}" + (f", found {self._next.value!r}" if self._next.value else ""))

    def _name(self) -> str:
        token = self._next
        if token.kind != "name":
            self._fail("expected a name")
        self._at += 1
        return token.value

    # -- expressions, loosest first

    def _expression(self) -> tree.Node:
        self._depth += 1
        if self._depth > DEEPEST_NESTING:
            self._fail("the expression is nested too deeply")
        try:
            if self._take("if"):
                return self._if()
            if self._take("for"):
                iterators = self._iterators()
                self._expect("return")
                return tree.For(iterators, self._expression())
            if quantifier := self._take("some", "every"):
                iterators = self._iterators()
                self._expect("satisfies")
                return tree.Quantified(quantifier, iterators, self._expression())
            if self._take("function"):
                return self._function()
            return self._or()
        finally:
            self._depth -= 1

    def _if(self) -> tree.Node:
        condition = self._expression()
        self._expect("then")
        then = self._expression()
        self._expect("else")
        return tree.If(condition, then, self._expression())

    def _iterators(self) -> tuple[tree.Iterator, ...]:
        found = [self._iterator()]
        while self._take(","):
            found.append(self._iterator())
        return tuple(found)

    def _iterator(self) -> tree.Iterator:
        name = self._name()
        self._expect("in")
        source = self._expression()
        end = self._expression() if self._take("..") else None
        return tree.Iterator(name, source, end)

    def _function(self) -> tree.Node:
        self._expect("(")
        parameters: list[str] = []
        while not self._take(")"):
            parameters.append(self._name())
            if not self._is(")"):
                self._expect(",")
        return tree.FunctionOf(tuple(parameters), self._expression())

    def _or(self) -> tree.Node:
        node = self._and()
        while self._take("or"):
            node = tree.Or(node, self._and())
        return node

    def _and(self) -> tree.Node:
        node = self._comparison()
        while self._take("and"):
            node = tree.And(node, self._comparison())
        return node

    def _comparison(self) -> tree.Node:
        node = self._additive()
        while True:
            if operator := self._take(*COMPARISONS):
                node = tree.Comparison(operator, node, self._additive())
            elif self._take("between"):
                low = self._additive()
                self._expect("and")
                node = tree.Between(node, low, self._additive())
            elif self._take("in"):
                node = tree.In(node, self._tests())
            elif self._take("instance"):
                self._expect("of")
                node = tree.InstanceOf(node, self._type_name())
            else:
                return node

    def _tests(self) -> tuple[tree.Node, ...]:
        """Parse what stands right of `in`: one test, or several in brackets: `in (1, [3..5], > 9)`."""
        start = self._at
        if self._take("("):
            tests = [self._test()]
            while self._take(","):
                tests.append(self._test())
            if self._take(")"):
                return tuple(tests)
            # It was a range such as (1..5], or a bracketed sum that goes on: read it again as one test.
            self._at = start
        return (self._test(),)

    def _test(self) -> tree.Node:
        if operator := self._take(*COMPARISONS):
            return tree.UnaryTest(operator, self._additive())
        return self._additive()

    def _type_name(self) -> str:
        words = []
        while self._next.kind == "name" or self._is("function", "and"):
            words.append(self._next.value)
            self._at += 1
            # `x instance of number and y`: `and` belongs to the type only in "date and time", "years and months …".
            if self._is("and") and words[-1] not in ("date", "days", "years"):
                break
            if self._is("and") and self._tokens[self._at + 1].value not in ("time", "months"):
                break
        if not words:
            self._fail("expected the name of a type")
        return " ".join(words)

    def _additive(self) -> tree.Node:
        node = self._multiplicative()
        while operator := self._take("+", "-"):
            node = tree.Arithmetic(operator, node, self._multiplicative())
        return node

    def _multiplicative(self) -> tree.Node:
        node = self._power()
        while operator := self._take("*", "/"):
            node = tree.Arithmetic(operator, node, self._power())
        return node

    def _power(self) -> tree.Node:
        node = self._unary()
        while operator := self._take("**"):
            node = tree.Arithmetic(operator, node, self._unary())
        return node

    def _unary(self) -> tree.Node:
        signs = 0
        while self._take("-"):
            signs += 1
        node = self._postfix()
        return tree.Negation(node) if signs % 2 else node

    def _postfix(self) -> tree.Node:
        node = self._primary()
        while True:
            if self._take("."):
                node = tree.Path(node, self._property())
            elif self._take("["):
                node = tree.Filter(node, self._expression())
                self._expect("]")
            elif self._is("(") and isinstance(node, tree.Name | tree.Path | tree.FunctionOf):
                self._at += 1
                node = tree.Call(node, self._arguments())
            else:
                return node

    def _property(self) -> str:
        """Parse what follows a point; keywords are ordinary names there."""
        token = self._next
        if token.kind not in ("name", "keyword"):
            self._fail("expected a name after the point")
        self._at += 1
        return token.value

    def _arguments(self) -> tuple[tree.Node, ...]:
        found: list[tree.Node] = []
        while not self._take(")"):
            found.append(self._expression())
            if not self._is(")"):
                self._expect(",")
        return tuple(found)

    # -- atoms

    def _primary(self) -> tree.Node:
        token = self._next
        reader = self._compound()
        if reader is not None:
            return reader()
        self._at += 1
        match token.kind, token.value:
            case "number", text:
                value: Decimal | str | bool | None = Decimal(text)
            case "string", text:
                value = text
            case "keyword", "true" | "false" as word:
                value = word == "true"
            case "keyword", "null":
                value = None
            case "end", _:
                self._fail("the expression ends too early", token)
            case _:
                self._fail(f"unexpected {token.value!r}", token)
        return tree.Literal(value)

    def _compound(self) -> Callable[[], tree.Node] | None:
        """Return what reads the atom that starts here, or None for a literal."""
        token = self._next
        if token.kind == "name":
            return self._reference
        if self._is("if", "for", "some", "every", "function"):
            return self._expression
        if token.kind != "symbol":
            return None
        return {"(": self._bracketed, "[": self._list, "{": self._context, "@": self._temporal}.get(token.value)

    def _temporal(self) -> tree.Node:
        self._expect("@")
        token = self._next
        if token.kind != "string":
            self._fail("expected a text after '@'")
        self._at += 1
        return tree.Call(tree.Name("@"), (tree.Literal(token.value),))

    def _reference(self) -> tree.Node:
        """Parse a name; words that together name a built-in function and stand before `(` are one name."""
        for length in range(self._longest, 1, -1):
            words = self._tokens[self._at : self._at + length]
            after = self._at + length
            if (
                tuple(word.value for word in words) in self._spaced
                and after < len(self._tokens)
                and self._tokens[after].value == "("
                and self._tokens[after].kind == "symbol"
            ):
                self._at = after
                return tree.Name(" ".join(word.value for word in words))
        return tree.Name(self._name())

    def _bracketed(self) -> tree.Node:
        self._expect("(")
        node = self._expression()
        if self._take(".."):
            return self._range_end(node, start_included=False)
        self._expect(")")
        return node

    def _list(self) -> tree.Node:
        self._expect("[")
        if self._take("]"):
            return tree.ListOf(())
        items = [self._expression()]
        if self._take(".."):
            return self._range_end(items[0], start_included=True)
        while self._take(","):
            items.append(self._expression())
        self._expect("]")
        return tree.ListOf(tuple(items))

    def _range_end(self, start: tree.Node, *, start_included: bool) -> tree.Node:
        end = self._expression()
        closing = self._take("]", ")")
        if closing is None:
            self._fail("a range ends with ']' or ')'")
        return tree.RangeOf(start, end, start_included, closing == "]")

    def _context(self) -> tree.Node:
        self._expect("{")
        entries: list[tuple[str, tree.Node]] = []
        while not self._take("}"):
            token = self._next
            if token.kind not in ("name", "string", "keyword"):
                self._fail("expected the name of an entry")
            self._at += 1
            self._expect(":")
            entries.append((token.value, self._expression()))
            if not self._is("}"):
                self._expect(",")
        return tree.ContextOf(tuple(entries))
