"""Recursive descent from text to tree; one method for each level of precedence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from quancheng.support.feel.engine import tree
from quancheng.support.feel.engine.cursor import words_of
from quancheng.support.feel.engine.errors import marked as _
from quancheng.support.feel.engine.typenames import TypeParser
from quancheng.support.feel.engine.types import ANY, Type

DEEPEST_NESTING = 60
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})


class Parser(TypeParser):
    """Parses one expression. `spaced` holds the function names that contain spaces, as tuples of words."""

    def __init__(self, text: str, *, spaced: frozenset[tuple[str, ...]], names: Iterable[str] = ()) -> None:
        super().__init__(text, names)
        self._depth = 0
        self._spaced = spaced
        self._longest = max((len(words) for words in spaced), default=1)

    def whole(self) -> tree.Node:
        """Parse the complete text. :raises FeelSyntaxError:"""
        # Modelers write "=expression" to tell an expression from a text; the sign carries no meaning of its own.
        self._take("=")
        return self._finished(self._expression())

    def unary_tests(self) -> tree.Node:
        """Parse the entry of a decision table: `-`, `not(…)`, or tests separated by commas. :raises FeelSyntaxError:"""
        if self._is("-") and self._tokens[self._at + 1].kind == "end":
            return tree.UnaryTests((), negated=False)
        start = self._at
        if self._next.value == "not" and self._next.kind == "name" and self._tokens[self._at + 1].value == "(":
            self._at += 2
            tests = self._separated(self._test)
            if self._take(")") and self._next.kind == "end":
                return tree.UnaryTests(tests, negated=True)
            # It was the function not() at the beginning of a longer expression.
            self._at = start
        return self._finished(tree.UnaryTests(self._separated(self._test), negated=False))

    def _finished(self, node: tree.Node) -> tree.Node:
        if self._next.kind != "end":
            self._fail(_("unexpected “%(found)s”"), found=self._next.value)
        return node

    # -- expressions, loosest first

    def _expression(self) -> tree.Node:
        self._depth += 1
        if self._depth > DEEPEST_NESTING:
            self._fail(_("the expression is nested too deeply"))
        try:
            if self._take("if"):
                return self._if()
            if self._take("for"):
                iterators = self._separated(self._iterator)
                self._expect("return")
                return tree.For(iterators, self._expression())
            if quantifier := self._take("some", "every"):
                iterators = self._separated(self._iterator)
                self._expect("satisfies")
                return tree.Quantified(quantifier, iterators, self._expression())
            return self._or()
        finally:
            self._depth -= 1

    def _if(self) -> tree.Node:
        condition = self._expression()
        self._expect("then")
        then = self._expression()
        self._expect("else")
        return tree.If(condition, then, self._expression())

    def _iterator(self) -> tree.Iterator:
        name = self._new_name("in")
        self._expect("in")
        source = self._expression()
        end = self._expression() if self._take("..") else None
        return tree.Iterator(name, source, end)

    def _function(self) -> tree.Node:
        self._expect("function")
        self._expect("(")
        parameters: list[tuple[str, Type]] = []
        while not self._take(")"):
            name = self._new_name(",", ":", ")")
            parameters.append((name, self._type() if self._take(":") else ANY))
            if not self._is(")"):
                self._expect(",")
        if self._next.kind == "name" and self._next.value == "external":
            self._fail(_("external functions are not offered"))
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
                node = tree.InstanceOf(node, self._type())
            else:
                return node

    def _tests(self) -> tuple[tree.Node, ...]:
        """Parse what stands right of `in`: one test, or several in brackets: `in (1, [3..5], > 9)`."""
        start = self._at
        if self._take("("):
            tests = self._separated(self._test)
            if self._take(")"):
                return tests
            # It was a range such as (1..5], or a bracketed sum that goes on: read it again as one test.
            self._at = start
        return (self._test(simple=True),)

    def _test(self, *, simple: bool = False) -> tree.Node:
        if operator := self._take(*COMPARISONS):
            return tree.UnaryTest(operator, self._additive())
        return self._additive() if simple else self._expression()

    # -- arithmetic

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
            elif self._is("[") and self._starts_expression(self._at + 1):
                self._at += 1
                node = tree.Filter(node, self._expression())
                self._expect("]")
            elif self._is("(") and isinstance(node, tree.Name | tree.Path | tree.FunctionOf | tree.Filter | tree.Call):
                self._at += 1
                names, arguments = self._arguments()
                node = tree.Call(node, arguments, names)
            else:
                return node

    def _starts_expression(self, at: int) -> bool:
        """Tell a filter `a[…]` from the end of a range open to the right, `]a..b[`."""
        token = self._tokens[at]
        if token.kind == "symbol":
            return token.value in ("(", "[", "{", "-", "@", "]")
        return token.kind != "end" and token.value not in ("and", "or", "then", "else", "return", "satisfies", "in")

    def _property(self) -> str:
        """Parse what follows a point; keywords are ordinary names there."""
        if (known := self._known_name()) is not None:
            return known
        token = self._next
        if token.kind not in ("name", "keyword"):
            self._fail(_("expected a name after the point"))
        self._at += 1
        two = f"{token.value} {self._next.value}"
        if two in ("time offset", "start included", "end included"):
            self._at += 1
            return two
        return token.value

    def _arguments(self) -> tuple[tuple[str, ...], tuple[tree.Node, ...]]:
        """Parse `a, b)` or `name: a, other name: b)`; the names are empty for arguments by position."""
        names: list[str] = []
        found: list[tree.Node] = []
        while not self._take(")"):
            if self._before_colon():
                names.append(self._new_name(":"))
                self._expect(":")
            found.append(self._expression())
            if not self._is(")"):
                self._expect(",")
        if names and len(names) != len(found):
            self._fail(_("either all arguments have names or none"))
        return tuple(names), tuple(found)

    # -- atoms

    def _primary(self) -> tree.Node:
        if (known := self._known_name()) is not None:
            return tree.Name(known)
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
                self._fail(_("the expression ends too early"), token)
            case _:
                self._fail(_("unexpected “%(found)s”"), token, found=token.value)
        return tree.Literal(value)

    def _compound(self) -> Callable[[], tree.Node] | None:
        """Return what reads the atom that starts here, or None for a literal."""
        token = self._next
        if token.kind == "name":
            return self._reference
        if self._is("if", "for", "some", "every"):
            return self._expression
        if self._is("function"):
            return self._function
        if token.kind != "symbol":
            return None
        return {
            "(": self._bracketed,
            "[": self._list,
            "]": self._open_range,
            "{": self._context,
            "@": self._temporal,
        }.get(token.value)

    def _temporal(self) -> tree.Node:
        self._expect("@")
        token = self._next
        if token.kind != "string":
            self._fail(_("expected a text after “@”"))
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
        self._at += 1
        return tree.Name(self._tokens[self._at - 1].value)

    def _bracketed(self) -> tree.Node:
        self._expect("(")
        if operator := self._take(*COMPARISONS):
            node: tree.Node = tree.HalfOpen(operator, self._additive())
            self._expect(")")
            return node
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

    def _open_range(self) -> tree.Node:
        self._expect("]")
        start = self._expression()
        self._expect("..")
        return self._range_end(start, start_included=False)

    def _range_end(self, start: tree.Node, *, start_included: bool) -> tree.Node:
        end = self._expression()
        closing = self._take("]", ")", "[")
        if closing is None:
            self._fail(_("a range ends with “]” or “)”"))
        return tree.RangeOf(start, end, start_included, closing == "]")

    def _context(self) -> tree.Node:
        self._expect("{")
        entries: list[tuple[str, tree.Node]] = []
        while not self._take("}"):
            name = self._key()
            if any(name == other for other, _value in entries):
                self._fail(_("two entries are called “%(name)s”"), name=name)
            entries.append((name, self._expression()))
            if not self._is("}"):
                self._expect(",")
        return tree.ContextOf(tuple(entries))

    def _key(self) -> str:
        if self._next.kind == "string":
            name = self._next.value
            self._at += 1
            if len(words_of(name)) > 1:
                self._learn(name)
        elif self._next.kind in ("name", "keyword"):
            name = self._new_name(":")
        else:
            self._fail(_("expected the name of an entry"))
        self._expect(":")
        return name
