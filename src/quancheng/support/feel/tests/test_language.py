"""What expressions mean."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from quancheng.support.feel import public as feel

RESTAURANT = {
    "area": 320,
    "kind": "hotpot",
    "signs": [{"width": 6, "lit": True}, {"width": 2, "lit": False}],
    "owner": {"name": "李明", "age": 41},
    "open": date(2026, 12, 1),
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ** 3 ** 2", 64),
        ("-2 ** 2", 4),
        ("7 - 2 - 1", 4),
        ("0.1 + 0.2 = 0.3", True),
        ("1 / 0", None),
        ('"泉" + "城"', "泉城"),
        ('1 + "a"', None),
        (r'"a\"b\u6cc9"', 'a"b泉'),
        ("= area > 300", True),
        ('kind = "hotpot" and area >= 320', True),
        ("owner.name", "李明"),
        ("owner.phone", None),
        ("missing.name", None),
        ("signs[1].width", 6),
        ("signs[-1].width", 2),
        ("signs[3]", None),
        ("signs[lit].width", [6]),
        ("signs[item.width < 5].width", [2]),
        ("[1, 2, 3][item > 1]", [2, 3]),
        ("signs.width", [6, 2]),
        ("area between 300 and 400", True),
        ("area in [300..320]", True),
        ("area in [300..320)", False),
        ("area in (320..400]", False),
        ("area in > 300", True),
        ("area in (1, 2, > 300)", True),
        ('kind in ("noodles", "tea")', False),
        ('kind in ["noodles", "hotpot"]', True),
        ("(1 + 2) in [1..3]", True),
        ("true and null", None),
        ("false and null", False),
        ("true or null", True),
        ("false or null", None),
        ("nothing = null", True),
        ("missing = null", True),
        ('1 = "1"', None),
        ("null < 1", None),
        ('if area > 300 then "large" else "small"', "large"),
        ('if null then "yes" else "no"', "no"),
        ("some s in signs satisfies s.lit", True),
        ("every s in signs satisfies s.lit", False),
        ("every s in [] satisfies s.lit", True),
        ("some x in [1, 2], y in [2, 3] satisfies x = y", True),
        ("for s in signs return s.width * 2", [12, 4]),
        ("for i in 1..3 return i * i", [1, 4, 9]),
        ("for i in 3..1 return i", [3, 2, 1]),
        ("for x in [1, 2], y in [x, 10] return x * y", [1, 10, 4, 20]),
        ("{a: 1, b: a + 1}.b", 2),
        ("not(true)", False),
        ("not(null)", None),
        ('contains("济南市历下区", "历下")', True),
        ('string length("泉城")', 2),
        ('upper case("aB")', "AB"),
        ('lower case("aB")', "ab"),
        ('substring("370102", 1, 4)', "3701"),
        ('substring("370102", -2)', "02"),
        ('starts with("370102", "3701")', True),
        ('ends with("a.pdf", ".pdf")', True),
        (r'matches("13800000000", "^1[3-9]\\d{9}$")', True),
        ('replace("a-b", "-", "+")', "a+b"),
        ('split("a,b", ",")', ["a", "b"]),
        ('string join(["a", "b"], "/")', "a/b"),
        ("count(signs)", 2),
        ("sum([1, 2, 3])", 6),
        ("sum(1, 2, 3)", 6),
        ("sum([])", None),
        ("min(3, 1, 2)", 1),
        ('max(["a", "c", "b"])', "c"),
        ("mean([1, 2, 3])", 2),
        ("list contains([1, 2], 2)", True),
        ("distinct values([1, 2, 1])", [1, 2]),
        ("flatten([1, [2, [3]]])", [1, 2, 3]),
        ("index of([5, 6, 5], 5)", [1, 3]),
        ("append([1], 2, 3)", [1, 2, 3]),
        ("sort([3, 1, 2])", [1, 2, 3]),
        ("sort([1, 2, 3], function(a, b) a > b)", [3, 2, 1]),
        ("floor(1.5)", 1),
        ("ceiling(-1.5)", -1),
        ("abs(-3)", 3),
        ("decimal(2.345, 2)", Decimal("2.34")),
        ("modulo(-5, 3)", 1),
        ('number("1 234,5", " ", ",")', Decimal("1234.5")),
        ('number("x")', None),
        ("string(1.50)", "1.5"),
        ('string(date("2026-11-23"))', "2026-11-23"),
        ('date("2026-11-23")', date(2026, 11, 23)),
        ('date("2026-02-30")', None),
        ("date(2026, 11, 23)", date(2026, 11, 23)),
        ('open - date("2026-11-23")', timedelta(days=8)),
        ('(open - date("2026-11-23")).days', 8),
        ('date("2026-01-31") + duration("P1M")', date(2026, 2, 28)),
        ('date("2026-11-23") + duration("P7D")', date(2026, 11, 30)),
        ('@"2026-11-23" < open', True),
        ("open.year", 2026),
        ("open.weekday", 2),
        ('day of week(date("2026-11-23"))', "Monday"),
        ('date and time("2026-11-23T14:05:00") + duration("PT1H30M")', datetime(2026, 11, 23, 15, 35)),
        ('string(duration("PT36H"))', "P1DT12H"),
        ('string(duration("P14M"))', "P1Y2M"),
        ('duration("P1D") * 2', timedelta(days=2)),
        ("is defined(area)", True),
        ("is defined(nothing)", True),
        ("is defined(missing)", False),
        ("is defined(owner.phone)", False),
        ("area instance of number", True),
        ("area instance of string and true", False),
        ("1 // a remark\n + 1", 2),
        ("/* a remark */ 1", 1),
        ("{twice: function(x) x * 2, y: twice(4)}.y", 8),
        ('get value(owner, "name")', "李明"),
        ("面积 > 10", True),
    ],
)
def test_an_expression_has_its_value(text, value):
    found = feel.evaluate(text, RESTAURANT | {"面积": 11})

    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("1 +", 3),
        ("a b", 2),
        ("(1", 2),
        ('"open', 0),
        ("if a then b", 11),
        ("a ; b", 2),
        ("[1..2", 5),
        ("a.1", 1),
        ("1 < ", 4),
    ],
)
def test_a_syntax_error_says_where(text, position):
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.parse(text)

    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(1", "此处应为“)”（“(1”的第 3 个字符）"),
        ('"open', "文本缺少结束的引号"),
        ("1 < ", "表达式不完整"),
        ("frobnicate(1)", "没有名为“frobnicate”的函数"),
        ("substring()", "substring() 不能带 0 个参数"),
    ],
)
def test_an_error_is_said_in_the_readers_language(text, said):
    with pytest.raises(feel.FeelError) as caught:
        feel.evaluate(text, {})

    with translation.override("zh-hans"):
        assert said in str(caught.value)
    with translation.override("en"):
        assert said not in str(caught.value)


@pytest.mark.parametrize("text", ["frobnicate(1)", "substring()", "now()", "{f: 1, y: f(2)}.y"])
def test_a_call_that_cannot_be_made_is_an_error(text):
    with pytest.raises(feel.FeelError):
        feel.evaluate(text, {})


def test_a_foreign_value_is_refused_when_it_is_used():
    assert feel.evaluate("1", {"thing": object()}) == 1
    with pytest.raises(feel.FeelError):
        feel.evaluate("thing", {"thing": object()})


def test_deep_nesting_and_endless_work_are_refused():
    with pytest.raises(feel.FeelSyntaxError):
        feel.parse("(" * 500 + "1" + ")" * 500)
    with pytest.raises(feel.FeelError):
        feel.evaluate("for a in 1..1000, b in 1..1000 return a", {})
    with pytest.raises(feel.FeelError):
        feel.evaluate("for a in 1..1000000000 return a", {})


def test_only_true_holds():
    assert feel.holds("a = 1", {"a": 1})
    assert not feel.holds("a = 1", {})
    assert not feel.holds("1", {})


def test_the_names_of_an_expression_are_found():
    assert feel.names('a.b > 1 and contains(c, "x") or some d in e satisfies d = f') >= {"a", "c", "e", "f"}
    assert "contains" not in feel.names('contains(c, "x")')


def test_values_become_json():
    value = feel.evaluate('{n: 2, d: 1.5, on: date("2026-11-23"), l: [true, null], p: duration("P2D")}', {})

    assert feel.jsonable(value) == {"n": 2, "d": 1.5, "on": "2026-11-23", "l": [True, None], "p": "P2D"}
