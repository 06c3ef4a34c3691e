"""Trying a design: a process on the engine that will run it, a decision with values, a form as people will meet it."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.designer import queries
from quancheng.support.designer.engine import texts
from quancheng.support.designer.web.views.pages import DesignPage, clean
from quancheng.support.dmn import public as dmn
from quancheng.support.eforms import public as eforms
from quancheng.support.feel import public as feel
from quancheng.support.workflow import public as workflow

LONGEST = 20_000


class Try(DesignPage):
    """A test run of the current revision, or of what the editor holds. Nothing of it stays."""

    action = "designer.design.read"

    def get(self, request: HttpRequest, design_id: int) -> HttpResponse:
        return self._page(request, design_id, request.GET)

    def post(self, request: HttpRequest, design_id: int) -> HttpResponse:
        return self._page(request, design_id, request.POST)

    def _page(self, request: HttpRequest, design_id: int, given: Any) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        design = queries.design(actor, design_id)
        kind = design.line.kind
        context = {"design": design, "line": design.line, "may": self.may(request)}
        show = {"process": self._process, "decision": self._decision, "form": self._form}[kind]
        try:
            context |= show(actor, design, given)
        except (Refusal, eforms.BadForm) as refusal:
            context["refusal"] = str(refusal)
        return render(request, f"designer/try_{kind}.html", context)

    def _process(self, actor: pmi.Actor, design: queries.DesignView, given: Any) -> dict[str, Any]:
        moves = _moves(given)
        context: dict[str, Any] = {
            "begun": "begin" in given or bool(given.get("moves")),
            "start": given.get("start", ""),
        }
        try:
            begin = _variables(given.get("start", ""))
            if "do" in given:
                moves.append(_move(given))
        except BadValues as refusal:
            context["mistake"] = str(refusal)
            begin = {} if "start" in str(given.get("wrong", "")) else _variables_or_none(given.get("start", ""))
        if not context["begun"]:
            return context
        found = workflow.rehearse(
            design.current.content, actor=actor, at=timezone.now(), moves=moves, variables=begin,
            organisation=design.line.organisation,
        )  # fmt: skip
        if found.stopped:
            context["mistake"] = found.stopped[1]
            moves = moves[: found.stopped[0]]
        context |= {
            "run": found,
            "moves": json.dumps(moves, ensure_ascii=False),
            "earlier": json.dumps(moves[:-1], ensure_ascii=False) if moves else "",
            "waiting": [_words_of(item) for item in found.waiting],
            "variables": [
                (name, json.dumps(value, ensure_ascii=False)) for name, value in sorted(found.variables.items())
            ],
        }
        return context

    def _decision(self, actor: pmi.Actor, design: queries.DesignView, given: Any) -> dict[str, Any]:
        text = design.current.content
        page = dmn.draft_page(text)
        values = {
            one.name: clean(given.get(f"input.{number}", ""), 500) for number, one in enumerate(page.inputs, start=1)
        }
        trial = None
        if (decision := given.get("decision", "")) in page.decisions:
            trial = dmn.draft_trial(text, decision, values)
            page = dmn.draft_page(text, trial)
        fields = [(f"input.{number}", one, values[one.name]) for number, one in enumerate(page.inputs, start=1)]
        return {"page": page, "trial": trial, "fields": fields}

    def _form(self, actor: pmi.Actor, design: queries.DesignView, given: Any) -> dict[str, Any]:
        form = eforms.load(json.dumps(texts.schema(design.current.content)))
        if not given:
            return {"content": eforms.render(form.bind(None))}
        bound = form.bind(given)
        if bound.is_valid() and not bound.is_refresh:
            return {"content": eforms.as_summary(form, bound.as_data, law=True), "sent": True}
        return {"content": eforms.render(bound)}


class BadValues(Refusal):
    """What was typed as variables cannot be read."""

    code = "designer.bad-values"
    status = 422
    message = "%(why)s"


def _moves(given: Any) -> list[dict[str, Any]]:
    text = given.get("moves") or "[]"
    try:
        # No database keeps NUL, and NaN is no JSON.
        found = [] if "\\u0000" in text else json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return []
    return [one for one in found if isinstance(one, dict)][:200] if isinstance(found, list) else []


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _move(given: Any) -> dict[str, Any]:
    """Return the move that a form of the page asks for. :raises BadValues:"""
    found: dict[str, Any] = {"do": given.get("do", ""), "variables": _variables(given.get("variables", ""))}
    for name in ("case", "token"):
        text = given.get(name, "")
        found[name] = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
    for name in ("element", "name", "error"):
        found[name] = clean(given.get(name, ""), 200)
    return found


def _variables(text: str) -> dict[str, Any]:
    """Read variables: one a line, `name = FEEL`. :raises BadValues: naming the line."""
    found: dict[str, Any] = {}
    for line in text.replace("\0", "")[:LONGEST].splitlines():
        if not line.strip():
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            raise BadValues(why=_("“%s”: write a name, an equals sign and a value.") % line)
        try:
            found[name.strip()] = feel.jsonable(feel.evaluate(value.strip() or "null", found))
            if "\0" in str(found[name.strip()]):
                raise ValueError(_("it holds characters that no text has"))
        except (feel.FeelError, ValueError, RecursionError) as error:
            raise BadValues(why=_("“%(line)s”: %(why)s") % {"line": line, "why": error}) from None
    return found


def _variables_or_none(text: str) -> dict[str, Any]:
    try:
        return _variables(text)
    except BadValues:
        return {}


def _words_of(item: workflow.Waiting) -> dict[str, Any]:
    does = {"task": "complete", "work": "serve"}.get(item.kind, item.kind)
    privilege = trail.action_title(item.privilege) if item.privilege else ""
    return {"item": item, "do": does, "privilege": privilege}
