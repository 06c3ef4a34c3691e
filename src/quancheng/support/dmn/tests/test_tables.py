"""What decision tables decide, by hit policy."""

from decimal import Decimal

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from quancheng.support.dmn.engine import deciding, reader
from quancheng.support.dmn.engine.evaluation import Prepared
from quancheng.support.dmn.tests.drawings import table_model

SIZES = ["> 300 => 'large'", "[100..300] => 'middle'", "< 100 => 'small'"]
BOTH = ["> 100 => 1", "> 200 => 2", "> 300 => 3"]


def quoted(rules):
    return [rule.replace("'", '"') for rule in rules]


def decide(xml, **inputs):
    value, run = deciding.evaluate(Prepared(reader.read(xml)), "Answer", inputs)
    return value, [one.rules for one in run.matches], [str(problem) for problem in run.problems]


class TestPolicies:
    @pytest.mark.parametrize(("area", "size", "rule"), [(301, "large", 1), (300, "middle", 2), (1, "small", 3)])
    def test_unique_gives_the_one_rule_that_holds(self, area, size, rule):
        assert decide(table_model(quoted(SIZES)), area=area) == (size, [(rule,)], [])

    def test_unique_refuses_two_rules_at_once_and_names_them(self):
        value, matches, problems = decide(table_model(BOTH), area=250)

        assert value is None
        assert matches == [(1, 2)]
        assert problems == ["Answer: the rules 1, 2 hold at once, and only one may"]

    def test_nothing_matching_gives_null_or_the_default(self):
        assert decide(table_model(BOTH), area=1) == (None, [()], [])
        assert decide(table_model(BOTH, default="0"), area=1)[0] == 0

    def test_any_wants_agreement(self):
        assert decide(table_model(["> 1 => 7", "> 2 => 7"], hit="ANY"), area=5)[0] == 7
        assert "differ" in decide(table_model(["> 1 => 7", "> 2 => 8"], hit="ANY"), area=5)[2][0]

    def test_priority_and_output_order_follow_the_allowed_values(self):
        assert decide(table_model(BOTH, hit="PRIORITY", allowed="3, 2, 1"), area=250)[:2] == (2, [(2,)])
        assert decide(table_model(BOTH, hit="OUTPUT ORDER", allowed="3, 2, 1"), area=400)[0] == [3, 2, 1]

    def test_first_and_rule_order(self):
        assert decide(table_model(BOTH, hit="FIRST"), area=250)[:2] == (1, [(1,)])
        assert decide(table_model(BOTH, hit="RULE ORDER"), area=250)[:2] == ([1, 2], [(1, 2)])

    @pytest.mark.parametrize(("sign", "value"), [("", [1, 2]), ("SUM", 3), ("MIN", 1), ("MAX", 2), ("COUNT", 2)])
    def test_collect_gathers_or_reduces(self, sign, value):
        assert decide(table_model(BOTH, hit="COLLECT", aggregation=sign), area=250)[0] == value

    def test_several_outputs_make_a_context(self):
        xml = table_model(["- => 1 | 2"], outputs=("fee", "days"))

        assert decide(xml, area=1)[0] == {"fee": 1, "days": 2}

    def test_an_output_outside_its_allowed_values_says_in_which_cell(self):
        value, _matches, problems = decide(table_model(["- => 9"], allowed="1, 2"), area=1)

        assert value is None
        assert problems == ["Answer: rule 1, output “Answer”: the output is not among those allowed"]


@forall(area=st.integers(-(10**6), 10**6))
def test_a_unique_table_agrees_with_the_same_rules_in_python(area):
    expected = "large" if area > 300 else "middle" if area >= 100 else "small"

    assert decide(table_model(quoted(SIZES)), area=area)[0] == expected


@forall(area=st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**6), max_value=10**6))
def test_collect_count_is_the_number_of_rules_that_hold(area):
    count = decide(table_model(BOTH, hit="COLLECT", aggregation="COUNT"), area=area)[0]

    assert count == Decimal(sum(area > bound for bound in (100, 200, 300)))
