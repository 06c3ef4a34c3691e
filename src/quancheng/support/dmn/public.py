"""The front door of dmn: decide, deploy, look at decision models, run the conformance kit."""

from quancheng.support.dmn.engine.checks import Finding
from quancheng.support.dmn.engine.deciding import Decided, NotDecided, decide
from quancheng.support.dmn.engine.deployment import (
    Deployed,
    NoSuchDecision,
    Rejected,
    deploy,
    deploy_all,
    publishes,
)
from quancheng.support.dmn.engine.evaluation import Matched
from quancheng.support.dmn.engine.kit import Verdict, chapters, verdicts
from quancheng.support.dmn.engine.refusals import BrokenModel, NotDmn, UnsupportedElement
from quancheng.support.dmn.queries import (
    ModelPage,
    ModelView,
    Trial,
    draft_page,
    draft_trial,
    drawing,
    models,
    page,
    trial,
)

__all__ = [
    "BrokenModel",
    "Decided",
    "Deployed",
    "Finding",
    "Matched",
    "ModelPage",
    "ModelView",
    "NoSuchDecision",
    "NotDecided",
    "NotDmn",
    "Rejected",
    "Trial",
    "UnsupportedElement",
    "Verdict",
    "chapters",
    "decide",
    "deploy",
    "deploy_all",
    "draft_page",
    "draft_trial",
    "drawing",
    "models",
    "page",
    "publishes",
    "trial",
    "verdicts",
]
