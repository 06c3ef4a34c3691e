"""What the check of a table finds, and where."""

from hypothesis import given, settings
from hypothesis import strategies as st

from quancheng.support.dmn.engine import checks, deciding, reader
from quancheng.support.dmn.engine.evaluation import Prepared
from quancheng.support.dmn.tests.drawings import table_model


def found(xml):
    return [(one.kind, one.rules, one.where) for one in checks.findings(Prepared(reader.read(xml)))]


def test_a_table_without_gaps_and_overlaps_has_no_finding():
    assert found(table_model(["> 300 => 1", "[100..300] => 2", "< 100 => 3"])) == []


def test_an_overlap_says_which_rules_and_where():
    assert found(table_model([">= 300 => 1", "<= 300 => 2"])) == [("overlap", (1, 2), "area = 300")]


def test_a_gap_says_where():
    places = found(table_model(["> 300 => 1", "< 100 => 2"]))

    assert [kind for kind, _rules, _where in places] == ["gap"]


def test_a_default_closes_every_gap():
    assert found(table_model(["> 300 => 1"], default="0")) == []


def test_words_that_are_not_named_are_a_gap():
    xml = table_model(['"hotpot" | true => 1', '"hotpot" | false => 2'], inputs=("kind", "gas"))

    assert found(xml) == [("gap", (), "kind is any other, gas = true")]


def test_a_rule_that_earlier_ones_cover_never_decides():
    assert ("unreachable", (3,), "") in found(table_model(["> 1 => 1", "<= 1 => 2", "5 => 3"], hit="FIRST"))


def test_cells_with_expressions_are_named_as_not_judged():
    assert found(table_model(["? > 3 => 1", "<= 3 => 2"])) == [("unjudged", (1,), "")]


BOUNDS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).map(sorted), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(bounds=BOUNDS)
def test_the_findings_agree_with_trying_every_value(bounds):
    prepared = Prepared(reader.read(table_model([f"[{low}..{high}] => 1" for low, high in bounds], hit="UNIQUE")))
    kinds = {one.kind for one in checks.findings(prepared)}

    tried = []
    for halves in range(-2, 16):
        _value, run = deciding.evaluate(prepared, "Answer", {"area": halves / 2})
        tried.append(len(run.matches[0].rules))

    assert ("overlap" in kinds) == (max(tried) > 1)
    assert ("gap" in kinds) == (min(tried) == 0)
