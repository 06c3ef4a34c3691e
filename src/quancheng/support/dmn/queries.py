"""What the pages about decision models show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.support.dmn.engine import checks, deciding, deployment, model, reader
from quancheng.support.dmn.engine.evaluation import Matched, Prepared
from quancheng.support.dmn.engine.refusals import NotDmn
from quancheng.support.dmn.models import Definition
from quancheng.support.feel import public as feel


@dataclass(frozen=True, slots=True)
class ModelView:
    """A version of a decision model."""

    id: int
    key: str
    version: int
    name: str
    app: str
    deployed_at: datetime


@dataclass(frozen=True, slots=True)
class RuleView:
    """A row of a table; `matched` is set when it held in the trial shown."""

    number: int
    tests: tuple[str, ...]
    results: tuple[str, ...]
    remarks: tuple[str, ...]
    matched: bool = False


@dataclass(frozen=True, slots=True)
class TableView:
    """A decision table to be read. `policy` is its letter with the sign of an aggregation: "C+"."""

    decision: str
    policy: str
    inputs: tuple[model.Input, ...]
    outputs: tuple[model.Output, ...]
    remarks: tuple[str, ...]
    rules: tuple[RuleView, ...]
    defaults: tuple[str, ...]
    findings: tuple[checks.Finding, ...]


@dataclass(frozen=True, slots=True)
class InputView:
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class ModelPage:
    """A model with all that is decided in it: `texts` are the decisions that are plain expressions."""

    model: ModelView
    tables: tuple[TableView, ...]
    texts: tuple[tuple[str, str], ...]
    decisions: tuple[str, ...]
    inputs: tuple[InputView, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A decision tried out: `value` as FEEL writes it, what matched, what went wrong."""

    decision: str
    value: str
    matches: tuple[Matched, ...]
    problems: tuple[str, ...] = field(default=())


def models() -> tuple[ModelView, ...]:
    """Return the newest version of every decision model, by name."""
    newest = {row.key: row for row in Definition.objects.defer("xml", "imported").order_by("key", "version")}
    return tuple(sorted(map(_view, newest.values()), key=lambda view: view.name))


def drawing(key: str, *, version: int | None = None) -> str:
    """Return the DMN XML of a model, the newest version by default. :raises NoSuchDecision:"""
    return deployment.definition(key, version=version).xml


def page(definition_id: int, trial: Trial | None = None) -> ModelPage:
    """Return a version of a model for reading, with the rules that held in `trial`. :raises NoSuchDecision:"""
    row = _row(definition_id)
    return _page(deployment.prepared(row.digest), _view(row), trial)


def draft_page(xml: str, trial: Trial | None = None) -> ModelPage:
    """Return a model that is not put to work, as `page`.

    :raises NotDmn, UnsupportedElement, BrokenModel: as `deploy`.
    """
    ready = _draft(xml)
    shown = ModelView(0, ready.model.id, 0, ready.model.name or ready.model.id, "", timezone.now())
    return _page(ready, shown, trial)


def draft_trial(xml: str, decision: str, texts: Mapping[str, str]) -> Trial:
    """Try a decision of a model that is not put to work, as `trial`. :raises NoSuchDecision: and as `draft_page`."""
    return _trial(_draft(xml), decision, texts)


def _draft(xml: str) -> Prepared:
    ready = Prepared(reader.read(xml))
    checks.check_texts(ready)
    if not ready.model.id or len(ready.model.id) > deployment.LONGEST_KEY:
        raise NotDmn(why=_("its id is missing or too long"))
    return ready


def _page(ready: Prepared, view: ModelView, trial: Trial | None) -> ModelPage:
    matched = {(one.decision, number) for one in (trial.matches if trial else ()) for number in one.rules}
    return ModelPage(
        model=view,
        tables=tuple(
            _table(element.name, table, matched, tuple(checks.of_table(ready, element.name, table)))
            for element, table in checks.tables(ready.model)
        ),
        texts=tuple(
            (one.name, one.expression.text)
            for one in ready.model.decisions()
            if isinstance(one.expression, model.Literal)
        ),
        decisions=tuple(one.name for one in ready.model.decisions()),
        inputs=tuple(
            InputView(one.name, one.type_ref)
            for one in ready.model.elements.values()
            if isinstance(one, model.InputData)
        ),
    )


def trial(definition_id: int, decision: str, texts: Mapping[str, str]) -> Trial:
    """Try a decision with inputs written in FEEL; one that is not FEEL is taken as a text. :raises NoSuchDecision:"""
    return _trial(deployment.prepared(_row(definition_id).digest), decision, texts)


def _trial(ready: Prepared, decision: str, texts: Mapping[str, str]) -> Trial:
    inputs = {name: _written(text) for name, text in texts.items() if text}
    value, run = deciding.evaluate(ready, decision, inputs)
    shown = feel.text_of(value) if value is not None else ""
    return Trial(decision, shown, tuple(run.matches), tuple(map(str, run.problems)))


def _written(text: str) -> Any:
    try:
        found = feel.evaluate(text, {})
    except feel.FeelError:
        return text
    # A word without quotation marks is a name to FEEL, and there are no names here.
    return text if found is None and text != "null" else found


def _row(definition_id: int) -> Definition:
    row = Definition.objects.filter(pk=definition_id).defer("xml", "imported").first()
    if row is None:
        raise deployment.NoSuchDecision(name=definition_id)
    return row


def _view(row: Definition) -> ModelView:
    return ModelView(row.pk, row.key, row.version, row.name, row.app_label, row.deployed_at)


def _table(
    name: str, table: model.Table, matched: set[tuple[str, int]], findings: tuple[checks.Finding, ...]
) -> TableView:
    return TableView(
        decision=name,
        policy=table.hit.value + table.aggregation,
        inputs=table.inputs,
        outputs=table.outputs,
        remarks=table.remarks,
        rules=tuple(
            RuleView(
                number,
                tuple(test or "-" for test in rule.tests),
                tuple(cell.text for cell in rule.results),
                rule.remarks,
                (name, number) in matched,
            )
            for number, rule in enumerate(table.rules, start=1)
        ),
        defaults=tuple(output.default.text if output.default else "" for output in table.outputs)
        if any(output.default for output in table.outputs)
        else (),
        findings=findings,
    )
