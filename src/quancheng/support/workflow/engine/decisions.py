"""Business rule tasks: `qc:decision="key/decision"` asks a decision model and keeps its answer in the case.

They run as service tasks do, through a job whose handler is the decision's address.
"""

from typing import Any

from quancheng.support.dmn import public as dmn
from quancheng.support.feel import public as feel
from quancheng.support.workflow.engine.drawing import DECISION
from quancheng.support.workflow.engine.handlers import CaseContext


def is_one(handler_name: str) -> bool:
    """Tell whether a job asks a decision."""
    return handler_name.startswith(DECISION)


def model_of(handler_name: str) -> str:
    """Return the key of the decision model that a job asks."""
    return handler_name.removeprefix(DECISION).partition("/")[0]


def decide(handler_name: str, context: CaseContext) -> tuple[dict[str, Any], str]:
    """Return the variables the decision sets, and the sentence about the rules that matched.

    A decision with several outputs sets a variable for each, any other one of its own name.

    :raises NoSuchDecision, NotDecided: as `dmn.decide`.
    """
    key, _slash, name = handler_name.removeprefix(DECISION).partition("/")
    decided = dmn.decide(key=key, decision=name, inputs=context.variables, at=context.at)
    found = feel.jsonable(decided.outputs)
    return (found if isinstance(found, dict) else {name: found}), decided.sentence
