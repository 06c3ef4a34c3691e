"""Reads a case from its rows, as the pure engine sees it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.events import plain
from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow.engine import reader, rows
from quancheng.support.workflow.engine.drawing import Definition
from quancheng.support.workflow.engine.rows import HeldCase
from quancheng.support.workflow.engine.semantics import Role, State, Status, Token, known
from quancheng.support.workflow.models import Case
from quancheng.support.workflow.models import Definition as DefinitionRow

AnyCase = Case | HeldCase


class NoSuchProcess(Refusal):
    """No executable definition has this key."""

    code = "workflow.no-such-process"
    message = _("There is no process “%(key)s” that can be run.")
    status = 404


@lru_cache(maxsize=256)
def definition(digest: str) -> Definition:
    """Return the executable definition with this digest, read once: a drawing never changes under its digest."""
    row = DefinitionRow.objects.filter(digest=digest).order_by("pk").only("xml", "key").first()
    if row is None:
        raise DefinitionRow.DoesNotExist(digest)
    return reader.definition(row.xml, process=row.key)


def state(case: AnyCase) -> State:
    """Return the case as the engine sees it."""
    return State(_tokens(case.pk), case.variables, case.last_token, Status(case.status))


def variables_at(case: AnyCase, token: int) -> Mapping[str, Any]:
    """Return what is known at a token: in a drawing without instances and inner variables just the case's variables."""
    drawing = definition(case.digest)
    own = any(scope for scope in drawing.data) or any(node.repeat for node in drawing.nodes.values())
    tokens = _tokens(case.pk) if own else {}
    return known(tokens, case.variables, token) if token in tokens else case.variables


def merged(variables: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return `variables` as plain JSON values. :raises TypeError: for a value that JSON has no faithful form for."""
    return plain(variables or {})


def _tokens(case_id: int) -> dict[int, Token]:
    return {
        number: Token(number, node, scope, via, Role(role) if role else Role.PLAIN, json.loads(data))
        if role or data != "{}"
        else Token(number, node, scope, via)
        for number, node, scope, via, role, data in rows.tokens(case_id)
    }
