"""Names with spaces, named arguments, types and the tests of decision tables."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.support.feel import public as feel

SCOPE = {
    "Loan amount": 100,
    "Loan": 7,
    "amount": 3,
    "debt-to-income ratio": Decimal("0.4"),
    "Applicant": {"full name": "李明", "Pre-tax income": 9},
    "经营 面积": 320,
}
NAMES = frozenset([*SCOPE, *SCOPE["Applicant"]])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Loan amount + 1", 101),
        ("Loan   amount", 100),
        ("Loan + amount", 10),
        ("debt-to-income ratio * 10", 4),
        ("Applicant.full name", "李明"),
        ("Applicant.Pre-tax income - 1", 8),
        ("经营 面积 > 300", True),
        ("{sub total: 1, a-b: sub total + 1, c: a-b}.c", 2),
        ("for one by one in [1, 2] return one by one * 2", [2, 4]),
        ("(function(first part: number, b) first part - b)(b: 1, first part: 5)", 4),
        ('substring(string: "foobar", start position: 4)', "bar"),
        ('replace(input: "a-b", pattern: "-", replacement: "+")', "a+b"),
        ("[1, 2] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ('{a: 1, b: "x"} instance of context<a: number, b: string>', True),
        ("(function(a: number) a) instance of function<number> -> Any", True),
        ("5 in ]1..5]", True),
        ("5 in [1..5[", False),
        ("5 in (> 4)", True),
        ("overlaps([1..5], [5..8])", True),
        ("meets([1..5], (5..8])", False),
        ("during(2, [1..3])", True),
        ('range("[1..3)") = [1..3)', True),
        ('@"2026-11-23T10:00:00@Asia/Shanghai" = @"2026-11-23T02:00:00Z"', True),
        ('is(@"2026-11-23T10:00:00+08:00", @"2026-11-23T02:00:00Z")', False),
        ('string(@"10:00:00@Asia/Shanghai")', "10:00:00@Asia/Shanghai"),
        ('@"2026-11-23T10:00:00+08:00".time offset', timedelta(hours=8)),
    ],
)
def test_an_expression_has_its_value(text, value):
    assert feel.evaluate_parsed(feel.parse(text, NAMES), SCOPE) == value


@pytest.mark.parametrize(
    ("cell", "value", "passes"),
    [
        ("-", None, True),
        ("> 5", 6, True),
        ("1, 2, [4..6]", 5, True),
        ('not("a", "b")', "c", True),
        ('not("a", "b")', "b", False),
        ("]1..3[", 3, False),
        ("? > 3 and ? < 5", 4, True),
        ('starts with(?, "37")', "3701", True),
        ("not(true)", False, True),
        ("[1, 2, 3]", 2, True),
    ],
)
def test_a_cell_tests_the_value(cell, value, passes):
    assert (feel.evaluate_parsed(feel.parse_tests(cell), {"?": value}) is True) is passes


def test_the_clock_is_the_callers():
    instant = datetime(2026, 11, 23, 2)

    assert feel.evaluate_parsed(feel.parse("today()"), {}, instant=instant) == date(2026, 11, 23)
    with pytest.raises(feel.FeelError):
        feel.evaluate("now()", {})


def test_a_value_is_made_to_fit_or_refused():
    number, numbers = feel.parse_type("number"), feel.parse_type("list<number>")

    assert feel.coerced([1], number, {}) == 1
    assert feel.coerced(1, numbers, {}) == [1]
    with pytest.raises(feel.DoesNotFit):
        feel.coerced("1", number, {})


WORDS = st.lists(st.sampled_from(["rate", "of", "return", "a", "1", "-", "/", "total"]), min_size=2, max_size=5)


@given(words=WORDS)
def test_a_known_name_is_read_whole_whatever_words_it_is_made_of(words):
    name = " ".join(["x", *words])

    assert feel.evaluate_parsed(feel.parse(f"{name} + 1", frozenset({name})), {name: 41}) == 42
