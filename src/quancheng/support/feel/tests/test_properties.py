"""Laws of the language, tried on many values."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from quancheng.support.feel import public as feel

NUMBERS = st.integers(-(10**9), 10**9)
TEXTS = st.text(max_size=30)
LOGIC = st.sampled_from([True, False, None])
LITERALS = {True: "true", False: "false", None: "null"}
SCALARS = st.one_of(NUMBERS, TEXTS, LOGIC, st.dates())
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner))


class TestArithmetic:
    @given(a=NUMBERS, b=NUMBERS, c=NUMBERS)
    def test_is_that_of_exact_numbers(self, a, b, c):
        assert feel.evaluate("a + b * c - a", {"a": a, "b": b, "c": c}) == b * c

    @given(cents=st.integers(-(10**12), 10**12))
    def test_keeps_money_exact(self, cents):
        amount = Decimal(cents) / 100

        assert feel.evaluate("amount * 3 - amount - amount", {"amount": amount}) == amount

    @given(a=NUMBERS, b=NUMBERS.filter(bool))
    def test_modulo_has_the_sign_of_the_divisor(self, a, b):
        assert feel.evaluate("modulo(a, b)", {"a": a, "b": b}) == a % b


class TestLogic:
    @given(a=LOGIC, b=LOGIC)
    def test_follows_de_morgan_in_three_values(self, a, b):
        scope = {"a": a, "b": b}

        assert feel.evaluate("not(a and b)", scope) is feel.evaluate("not(a) or not(b)", scope)
        assert feel.evaluate("not(a or b)", scope) is feel.evaluate("not(a) and not(b)", scope)

    @given(items=st.lists(LOGIC, max_size=5))
    def test_some_is_the_mirror_of_every(self, items):
        scope = {"items": items}

        some = feel.evaluate("some x in items satisfies x", scope)
        every = feel.evaluate("not(every x in items satisfies not(x))", scope)

        assert some is every


class TestComparison:
    @given(a=SCALARS, b=SCALARS)
    def test_never_raises(self, a, b):
        for operator in ("=", "!=", "<", "<=", ">", ">="):
            assert feel.evaluate(f"a {operator} b", {"a": a, "b": b}) in (True, False, None)

    @given(value=NUMBERS, low=NUMBERS, high=NUMBERS)
    def test_between_and_in_and_the_two_signs_agree(self, value, low, high):
        scope = {"v": value, "l": low, "h": high}

        answers = {feel.evaluate(text, scope) for text in ("v between l and h", "v in [l..h]", "v >= l and v <= h")}

        assert answers == {low <= value <= high}


class TestValues:
    @given(value=VALUES)
    def test_pass_through_unchanged(self, value):
        assert feel.evaluate("value", {"value": value}) == value

    @given(text=TEXTS)
    def test_a_quoted_text_is_read_back(self, text):
        quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

        assert feel.evaluate(quoted, {}) == text

    @given(items=st.lists(NUMBERS, max_size=8))
    def test_sort_sorts_and_filter_keeps_the_order(self, items):
        assert feel.evaluate("sort(items)", {"items": items}) == sorted(items)
        assert feel.evaluate("items[item > 0]", {"items": items}) == [item for item in items if item > 0]


class TestRobustness:
    @given(text=st.text(alphabet='abin()[]{}<>=+-*/.,:"@ 0123\\ndortf', max_size=40))
    def test_any_text_gives_a_value_that_can_be_written_or_is_refused_in_words(self, text):
        try:
            said = feel.text_of(feel.evaluate(text, {"a": 1, "b": [1, 2]}))
        except feel.FeelError as error:
            said = str(error)

        assert isinstance(said, str)
