"""Graphs of decisions, boxed expressions, and what is refused."""

import pytest

from quancheng.support.dmn import public as dmn
from quancheng.support.dmn.engine import deciding, reader
from quancheng.support.dmn.engine.evaluation import Prepared
from quancheng.support.dmn.tests.drawings import decision, given, literal, model, needs, table_model

FEE = (
    '<businessKnowledgeModel id="fee" name="Fee"><variable name="Fee"/><encapsulatedLogic>'
    '<formalParameter name="shop area" typeRef="number"/>' + literal("shop area * 2") + "</encapsulatedLogic>"
    "</businessKnowledgeModel>"
)
KNOWS = '<knowledgeRequirement><requiredKnowledge href="#fee"/></knowledgeRequirement>'


def value(xml, name="Answer", **inputs):
    return deciding.evaluate(Prepared(reader.read(xml)), name, inputs)


class TestGraph:
    def test_a_decision_uses_others_by_names_with_spaces(self):
        xml = model(
            given("shop area", kind="number")
            + decision(literal("shop area + 1"), name="Sub-total of all", requires=needs("shop area"))
            + decision(
                literal("Sub-total of all * 2"), requires=needs("Sub-total of all", kind="requiredDecision", prefix="")
            )
        )

        assert value(xml, **{"shop area": 4})[0] == 10

    def test_knowledge_is_called_by_position_and_by_name(self):
        by_name = model(FEE + decision(literal("Fee(shop area: 3) + Fee(4)"), requires=KNOWS))

        assert value(by_name)[0] == 14

    def test_an_argument_of_the_wrong_type_is_a_problem_that_says_where(self):
        found, run = value(model(FEE + decision(literal('Fee("x")'), requires=KNOWS)))

        assert found is None
        assert [str(problem) for problem in run.problems] == ["Fee: parameter shop area is not of type number"]

    def test_a_function_without_end_is_stopped(self):
        endless = FEE.replace("shop area * 2", "Fee(shop area + 1)").replace(
            "<encapsulatedLogic>", KNOWS + "<encapsulatedLogic>"
        )
        found, run = value(model(endless + decision(literal("Fee(1)"), requires=KNOWS)))

        assert found is None
        assert run.problems


class TestRefusals:
    @pytest.mark.parametrize(
        ("xml", "refusal"),
        [
            ("no xml", dmn.NotDmn),
            ("<definitions/>", dmn.NotDmn),
            ('<!DOCTYPE a [<!ENTITY b "c">]>' + model(""), dmn.NotDmn),
            ("x" * 4_000_001, dmn.NotDmn),
            (model("<invention/>"), dmn.UnsupportedElement),
            (model(decision("<invention/>")), dmn.UnsupportedElement),
            (
                model(decision('<literalExpression expressionLanguage="urn:js"><text>1</text></literalExpression>')),
                dmn.UnsupportedElement,
            ),
            (model(decision(literal("1"), requires=needs("nobody"))), dmn.BrokenModel),
            (
                model(decision(literal("1"), requires=needs("Answer", kind="requiredDecision", prefix=""))),
                dmn.BrokenModel,
            ),
            (model('<import name="a" namespace="urn:other"/>'), dmn.BrokenModel),
        ],
    )
    def test_each_has_a_name(self, xml, refusal):
        with pytest.raises(refusal):
            reader.read(xml)


@pytest.mark.django_db
class TestDeployment:
    def test_the_same_model_stays_the_same_version_and_a_changed_one_gets_the_next(self):
        first = dmn.deploy("dmn", table_model(["- => 1"]))
        again = dmn.deploy("dmn", table_model(["- => 1"]))
        changed = dmn.deploy("dmn", table_model(["- => 2"]))

        assert (first.version, again.version, changed.version) == (1, 1, 2)

    def test_a_cell_that_is_no_expression_is_refused_with_rule_and_column(self):
        with pytest.raises(dmn.BrokenModel, match="rule 2, “area”"):
            dmn.deploy("dmn", table_model(["> 3 => 1", "> => 2"]))

    def test_deciding_gives_outputs_and_the_rules_that_matched(self):
        dmn.deploy("dmn", table_model(["> 300 => 1", "<= 300 => 2"]))

        decided = dmn.decide(key="shop", decision="Answer", inputs={"area": 10, "other": "ignored"})

        assert decided.outputs == 2
        assert [(one.decision, one.rules) for one in decided.explanation] == [("Answer", (2,))]
        assert decided.sentence == "shop v1 · Answer (Answer: rule 2)"

    def test_an_older_version_can_still_be_asked(self):
        dmn.deploy("dmn", table_model(["- => 1"]))
        dmn.deploy("dmn", table_model(["- => 2"]))

        assert dmn.decide(key="shop", decision="Answer", inputs={}, version=1).outputs == 1

    def test_a_contradiction_is_a_refusal(self):
        dmn.deploy("dmn", table_model(["> 1 => 1", "> 2 => 2"]))

        with pytest.raises(dmn.NotDecided, match="the rules 1, 2 hold at once"):
            dmn.decide(key="shop", decision="Answer", inputs={"area": 3})

    def test_what_is_not_there_is_refused(self):
        with pytest.raises(dmn.NoSuchDecision):
            dmn.decide(key="nothing", decision="Answer", inputs={})
        dmn.deploy("dmn", table_model(["- => 1"]))
        with pytest.raises(dmn.NoSuchDecision):
            dmn.decide(key="shop", decision="Nothing", inputs={})

    def test_a_text_is_read_as_the_date_the_model_asks_for(self):
        body = given("day", kind="date") + decision(literal("day.year"), requires=needs("day"))
        dmn.deploy("dmn", model(body))

        assert dmn.decide(key="shop", decision="Answer", inputs={"day": "2026-11-23"}).outputs == 2026
