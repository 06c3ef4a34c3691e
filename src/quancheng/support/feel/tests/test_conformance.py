"""What the DMN Technology Compatibility Kit (dmn-tck) expects of expressions.

Chapters in which everything agrees are listed by name and must stay so; over all chapters the share must not fall.
What is missing: years outside 1–9999, nanoseconds, expressions only XPath's patterns know.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from quancheng.support.feel import public as feel
from quancheng.support.feel.engine import temporal

TCK = Path(__file__).parents[5] / ".." / "shared" / "data" / "dmn-tck"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
AGREED = (
    "0008-LX-arithmetic",
    "0101-feel-constants",
    "0102-feel-constants",
    "0105-feel-math",
    "0106-feel-ternary-logic",
    "0107-feel-ternary-logic-not",
    "0008-listGen",
    "0009-append-flatten",
    "0010-concatenate",
    "0011-insert-remove",
    "0012-list-functions",
    "0013-sort",
    "0032-conditionals",
    "0033-for-loops",
    "0064-feel-conjunction",
    "0065-feel-disjunction",
    "0066-feel-negation",
    "0069-feel-list",
    "0071-feel-between",
    "0073-feel-comments",
    "0075-feel-exponent",
    "0090-feel-paths",
    "0099-arithmetic-negation",
    "1101-feel-floor-function",
    "1102-feel-ceiling-function",
    "1131-feel-function-invocation",
    "1130-feel-interval",
    "1156-range-function",
    "0072-feel-in",
    "1120-feel-duration-function",
)
pytestmark = pytest.mark.skipif(not TCK.exists(), reason="the DMN TCK (shared/data/dmn-tck) is not on this machine")


def children(element, name):
    """Child elements by local name."""
    return [child for child in element if child.tag.partition("}")[2] == name]


def value(element):
    """Return the FEEL value that a test case writes as XML."""
    if parts := children(element, "component"):
        return {part.get("name"): value(part) for part in parts}
    if lists := children(element, "list"):
        return [value(item) for item in children(lists[0], "item")]
    found = children(element, "value")
    if element.get(XSI + "nil") == "true" or not found or found[0].get(XSI + "nil") == "true":
        return None
    return _simple(found[0].text or "", (found[0].get(XSI + "type") or "string").partition(":")[2] or "string")


def _simple(text, kind):
    if kind in ("decimal", "double", "integer", "int", "long", "float"):
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() == "true"
    # A date beyond the years of this platform stays a text and so agrees with nothing.
    moment = None if kind == "string" else temporal.temporal(text.strip())
    return text if kind == "string" else ("beyond", text) if moment is None else moment


def same(left, right):
    """Equality that forgives the last digits of numbers."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return abs(left - right) < Decimal("1e-7")
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return type(left) is type(right) and left == right


def evaluate(model, decisions, name, inputs):
    """The value of a decision that is an expression over inputs and other such decisions; LookupError for others."""
    decision = decisions[name]
    literals = children(decision, "literalExpression")
    if not literals or children(decision, "knowledgeRequirement"):
        raise LookupError(name)
    scope = dict(inputs)
    for requirement in children(decision, "informationRequirement"):
        for required in children(requirement, "requiredDecision"):
            other = model[required.get("href").lstrip("#")].get("name")
            scope[other] = evaluate(model, decisions, other, inputs)
    return feel.evaluate(children(literals[0], "text")[0].text, scope)


def answers(chapter: Path) -> Iterator[tuple[str, bool]]:
    """Each case of a chapter that is a plain expression, and whether we agree."""
    for file in sorted(chapter.glob("*-test-*.xml")):
        cases = ET.parse(file).getroot()
        root = ET.parse(chapter / children(cases, "modelName")[0].text.strip()).getroot()
        model = {element.get("id"): element for element in root}
        decisions = {element.get("name"): element for element in children(root, "decision")}
        for case in children(cases, "testCase"):
            inputs = {node.get("name"): value(node) for node in children(case, "inputNode")}
            for node in children(case, "resultNode"):
                expected = value(children(node, "expected")[0])
                try:
                    found = evaluate(model, decisions, node.get("name"), inputs)
                except LookupError:
                    continue
                except feel.FeelError as error:
                    # Where the kit expects an error it writes null.
                    found = None if expected is None else error
                yield f"{case.get('id')} {node.get('name')}", same(found, expected)


class TestKit:
    @pytest.mark.parametrize("name", AGREED)
    def test_a_chapter_agrees_completely(self, name):
        (chapter,) = TCK.glob(f"*/{name}")

        assert [case for case, agrees in answers(chapter) if not agrees] == []

    def test_no_case_breaks_the_evaluator_and_most_agree(self):
        found = [agrees for chapter in sorted(TCK.glob("compliance-level-*/*")) for _case, agrees in answers(chapter)]

        assert len(found) > 3000
        assert sum(found) / len(found) > 0.955
