"""Checks of a decision model: every text is FEEL; what its tables leave open, decide twice or never decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.support.dmn.engine import model
from quancheng.support.dmn.engine.coverage import Coverage
from quancheng.support.dmn.engine.evaluation import Prepared
from quancheng.support.dmn.engine.model import Hit
from quancheng.support.dmn.engine.refusals import BrokenModel
from quancheng.support.feel import public as feel


@dataclass(frozen=True, slots=True)
class Finding:
    """A remark about a table: `kind` is overlap, gap, unreachable or unjudged; `where` is the region in its inputs."""

    kind: str
    decision: str
    rules: tuple[int, ...]
    where: str

    @property
    def sentence(self) -> str:
        """The remark in words."""
        return str(_SENTENCES[self.kind]) % {"rules": ", ".join(map(str, self.rules)), "where": self.where}


_SENTENCES: dict[str, Promise] = {
    "overlap": _("Rules %(rules)s hold at once where %(where)s"),
    "gap": _("No rule holds where %(where)s"),
    "unreachable": _("Rule %(rules)s never decides anything"),
    "unjudged": _("Rules %(rules)s hold other than plain values and could not be checked"),
}


def tables(found: model.Model) -> Iterator[tuple[model.Element, model.Table]]:
    """Yield every decision table of the model's own file with the element it stands in."""
    for element in found.own(model.Decision, model.Knowledge):
        for part in model.walk(element):
            if isinstance(part, model.Table):
                yield element, part


def check_texts(prepared: Prepared) -> None:
    """Accept a model whose expressions and cells are all FEEL. :raises BrokenModel: naming the first that is not."""
    found = prepared.model
    for element in found.own(model.Decision, model.Knowledge):
        for part in model.walk(element):
            if isinstance(part, model.Literal) and part.text:
                _parsed(prepared, element.name, part.text, tests=False)
    for element, table in tables(found):
        columns: list[model.Input | model.Output] = [*table.inputs, *table.outputs]
        for one in columns:
            if one.allowed:
                _parsed(prepared, f"{element.name}, “{one.label}”", one.allowed, tests=True)
        for number, rule in enumerate(table.rules, start=1):
            for test, column in zip(rule.tests, table.inputs, strict=True):
                if test not in ("", "-"):
                    _parsed(prepared, f"{element.name}, rule {number}, “{column.label}”", test, tests=True)


def _parsed(prepared: Prepared, place: str, text: str, *, tests: bool) -> None:
    try:
        (feel.parse_tests if tests else feel.parse)(text, prepared.names)
    except feel.FeelSyntaxError as error:
        raise BrokenModel(place=place, why=str(error)) from None


def findings(prepared: Prepared) -> tuple[Finding, ...]:
    """Return the remarks about all tables: overlaps (policy U), gaps (without defaults), rules that never decide."""
    return tuple(
        finding for element, table in tables(prepared.model) for finding in of_table(prepared, element.name, table)
    )


def of_table(prepared: Prepared, name: str, table: model.Table) -> Iterator[Finding]:
    """Yield the remarks about one table."""
    coverage = Coverage(table, prepared.names)
    if coverage.unjudged:
        yield Finding("unjudged", name, coverage.unjudged, "")
    if table.hit is Hit.UNIQUE:
        for first, second, where in coverage.overlaps():
            yield Finding("overlap", name, (first, second), where)
    for number in coverage.unreachable(first_decides=table.hit is Hit.FIRST):
        yield Finding("unreachable", name, (number,), "")
    has_default = any(output.default is not None for output in table.outputs)
    if table.hit in (Hit.UNIQUE, Hit.ANY, Hit.FIRST, Hit.PRIORITY) and not has_default and not coverage.unjudged:
        for where in coverage.gaps():
            yield Finding("gap", name, (), where)
