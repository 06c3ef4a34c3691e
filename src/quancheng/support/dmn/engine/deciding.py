"""Works out one decision and says which rules matched."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.dmn.engine import model
from quancheng.support.dmn.engine.deployment import NoSuchDecision, definition, prepared
from quancheng.support.dmn.engine.evaluation import Evaluation, Matched, Prepared
from quancheng.support.feel import public as feel

_MOMENTS = frozenset(
    {"date", "time", "date and time", "dateTime", "days and time duration", "years and months duration"}
    | {"dayTimeDuration", "yearMonthDuration"}
)


class NotDecided(Refusal):
    """The decision could not be worked out; the problems say where: decision, rule, cell."""

    code = "dmn.not-decided"
    message = _("The decision “%(decision)s” cannot be worked out: %(problems)s.")
    status = 422


@dataclass(frozen=True, slots=True)
class Decided:
    """`outputs` is the decision's value (FEEL values; `feel.jsonable` writes them), `explanation` the tables that were
    asked on the way and the numbers of their rules that matched."""

    key: str
    version: int
    decision: str
    outputs: Any
    explanation: tuple[Matched, ...]

    @property
    def sentence(self) -> str:
        """One line for a case's history."""
        told = [
            _("%(table)s: rule %(rules)s") % {"table": one.decision, "rules": ", ".join(map(str, one.rules))}
            if one.rules
            else _("%(table)s: no rule matched") % {"table": one.decision}
            for one in self.explanation
        ]
        return f"{self.key} v{self.version} · {self.decision}" + (f" ({'; '.join(map(str, told))})" if told else "")


def decide(
    *,
    key: str,
    decision: str,
    inputs: Mapping[str, Any],
    version: int | None = None,
    at: datetime | None = None,
) -> Decided:
    """Work out `decision` (its name or id, or those of a decision service) of the model `key`, the newest by default.

    Only the inputs the model asks for are looked at. A text given for a date, time or duration is read as one. `at` is
    the instant of `now()`.

    :raises NoSuchDecision: if there is none.
    :raises NotDecided: if it has no value: a wrong type, rules that contradict one another, an expression that fails.
    """
    row = definition(key, version=version)
    outputs, run = evaluate(prepared(row.digest), decision, inputs, at=at)
    if run.problems:
        raise NotDecided(decision=decision, problems="; ".join(map(str, run.problems[:5])))
    return Decided(row.key, row.version, decision, outputs, tuple(run.matches))


def evaluate(
    ready: Prepared, decision: str, inputs: Mapping[str, Any], *, at: datetime | None = None
) -> tuple[Any, Evaluation]:
    """Return the value of a decision and the evaluation with its problems. :raises NoSuchDecision:"""
    element = element_of(ready.model, decision)
    run = Evaluation(ready, _readable(ready, inputs), instant=at)
    try:
        if isinstance(element, model.Service):
            return run.serve(element, run.inputs), run
        return run.value_of(element.ref), run
    except (feel.FeelError, RecursionError) as error:
        run.problem(error)
        return None, run


def element_of(found: model.Model, decision: str) -> model.Element:
    """Return the decision or service of that name or id. :raises NoSuchDecision:"""
    element = found.called(decision, model.Decision, model.Service) or found.elements.get(
        f"{found.namespace}#{decision}"
    )
    if not isinstance(element, model.Decision | model.Service):
        raise NoSuchDecision(name=decision)
    return element


def _readable(ready: Prepared, inputs: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {
        one.name: ready.types[one.model].types.get(one.type_ref, feel.Type(one.type_ref)).name
        for one in ready.model.elements.values()
        if isinstance(one, model.InputData)
    }
    return {
        name: feel.temporal(value) if isinstance(value, str) and kinds.get(name) in _MOMENTS else value
        for name, value in inputs.items()
    }
