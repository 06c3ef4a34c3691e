"""Runs test cases in the form of the DMN Technology Compatibility Kit (github.com/dmn-tck/tck)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from quancheng.kernel.refusal import Refusal
from quancheng.support.dmn.engine import model, reader
from quancheng.support.dmn.engine.boxes import children
from quancheng.support.dmn.engine.evaluation import Evaluation, Prepared
from quancheng.support.feel import public as feel

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
# now() and today() are asked for by the kit, and any instant will do.
_INSTANT = datetime(2026, 1, 1, tzinfo=UTC)
_TOLERANCE = Decimal("1e-8")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one test case; `why` says what was found instead, empty when it passed."""

    chapter: str
    case: str
    why: str

    @property
    def passed(self) -> bool:
        return not self.why


def chapters(folder: Path) -> list[Path]:
    """Return the folders below `folder`, or itself, that hold models with test cases."""
    return sorted({file.parent for file in folder.rglob("*-test-*.xml")})


def verdicts(chapter: Path) -> Iterator[Verdict]:
    """Run every test case of a chapter."""
    files = {reader.namespace_of(file.read_bytes()): file.read_bytes() for file in sorted(chapter.glob("*.dmn"))}
    for file in sorted(chapter.glob("*-test-*.xml")):
        root = etree.fromstring(file.read_bytes(), etree.XMLParser(resolve_entities=False, remove_comments=True))
        name = (children(root, "modelName")[0].text or "").strip()
        refusal, prepared = "", None
        try:
            prepared = Prepared(reader.read((chapter / name).read_bytes(), files))
        except (Refusal, feel.FeelError) as error:
            refusal = str(error)
        for case in children(root, "testCase"):
            why = _run(case, prepared) if prepared else refusal
            yield Verdict(chapter.name, f"{file.stem} {case.get('id')}", why)


def _run(case: Any, prepared: Prepared) -> str:
    inputs = {node.get("name"): value(node) for node in children(case, "inputNode")}
    run = Evaluation(prepared, inputs, instant=_INSTANT)
    for node in children(case, "resultNode"):
        expected = value(children(node, "expected")[0])
        try:
            found = _found(run, case, node.get("name"), inputs)
        except (Refusal, feel.FeelError) as error:
            return str(error)
        if not same(found, expected):
            reasons = "; ".join(map(str, run.problems[:3]))
            return f"{node.get('name')}: {found!r} instead of {expected!r}. {reasons}"[:400]
    return ""


def _found(run: Evaluation, case: Any, name: str, inputs: dict[str, Any]) -> Any:
    if case.get("type") == "decisionService" or case.get("invocableName"):
        service = run.model.called(case.get("invocableName"), model.Service)
        if isinstance(service, model.Service):
            found = run.serve(service, inputs)
            return found.get(name) if len(service.outputs) > 1 and isinstance(found, dict) and name in found else found
    element = run.model.called(name, model.Decision, model.Knowledge, model.Service)
    if element is None:
        raise feel.FeelError(f"there is no decision {name!r}")
    return run.value_of(element.ref)


def value(element: Any) -> Any:
    """Return the FEEL value that a test case writes as XML."""
    if parts := children(element, "component"):
        return {part.get("name"): value(part) for part in parts}
    if lists := children(element, "list"):
        return [value(item) for item in children(lists[0], "item")]
    found = children(element, "value")
    if element.get(_XSI + "nil") == "true" or not found or found[0].get(_XSI + "nil") == "true":
        return None
    return _simple(found[0].text or "", (found[0].get(_XSI + "type") or "string").partition(":")[2] or "string")


def _simple(text: str, kind: str) -> Any:
    if kind in ("decimal", "double", "integer", "int", "long", "float"):
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() == "true"
    # A date beyond the years of this platform stays a text and so agrees with nothing.
    moment = None if kind == "string" else feel.temporal(text.strip())
    return text if kind == "string" else ("beyond", text) if moment is None else moment


def same(left: Any, right: Any) -> bool:
    """Test equality; the last digits of numbers are forgiven."""
    if isinstance(left, int) and not isinstance(left, bool):
        left = Decimal(left)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return abs(left - right) < _TOLERANCE
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return type(left) is type(right) and bool(left == right)
