"""The editors: what they begin with, what they save, what is wrong with what they hold."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.designer import actions, queries
from quancheng.support.designer.engine import checking, texts
from quancheng.support.designer.web import panel, words
from quancheng.support.designer.web.views.pages import DesignPage, number
from quancheng.support.eforms import public as eforms


class Edit(DesignPage):
    """The editor of a design; what it saves comes here too."""

    action = "designer.design.write"

    def get(self, request: HttpRequest, design_id: int) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        design = queries.design(actor, design_id)
        if design.line.state in ("review", "approved"):
            return redirect("designer:design", design_id)
        typed = queries.copy(actor, design_id)
        kind = design.line.kind
        facts: dict[str, Any] = {
            "design": design_id,
            "person": actor.id,
            "kind": kind,
            "key": design.line.key,
            "base": design.current.number,
            "content": design.current.content,
            "language": (get_language() or "en")[:2],
            "words": words.of_editors(),
            "typed": {"base": typed[0], "content": typed[1], "at": typed[2].isoformat()} if typed else None,
            "urls": {
                name: reverse(f"designer:{name}", args=[design_id])
                for name in ("edit", "draft", "check", "design", "try")
            },
            "faults": _told(checking.check(kind, design.current.content)),
        }
        if kind == "process":
            facts |= {"panel": panel.fields(queries.choices()), "palette": panel.appendable()}
        if kind == "form":
            facts |= {"formats": panel.formats(), "presets": panel.presets()}
        context = {"design": design, "line": design.line, "facts": facts, "typed": typed}
        return render(request, "designer/edit.html", context)

    def post(self, request: HttpRequest, design_id: int) -> HttpResponse:
        content = request.POST.get("content", "")
        try:
            saved = actions.save(
                actor=request.actor,  # type: ignore[attr-defined]
                design_id=design_id,
                base=number(request.POST.get("base", "")),
                content=content,
                comment=request.POST.get("comment", "").replace("\0", ""),
                at=timezone.now(),
            )
        except Refusal as refusal:
            return JsonResponse({"refusal": str(refusal)}, status=refusal.status)
        design = queries.design(request.actor, design_id)  # type: ignore[attr-defined]
        sentence = _("Saved as revision %s.") % saved.number
        if saved.aside:
            sentence = _(
                "%(who)s has saved revision %(now)s meanwhile. Nothing is lost: your text lies aside as revision "
                "%(yours)s. Compare both on the page of the design, then take over what should hold."
            ) % {"who": saved.by, "now": design.current.number, "yours": saved.number}
        faults = _told(checking.check(design.line.kind, texts.plain(content)))
        return JsonResponse({"number": saved.number, "aside": saved.aside, "sentence": sentence, "faults": faults})


def _told(faults: tuple[checking.Fault, ...]) -> list[dict[str, Any]]:
    return [
        {"element": fault.element, "name": fault.name, "sentence": fault.sentence, "isFault": fault.is_fault}
        for fault in faults
    ]


class Draft(DesignPage):
    """What is being typed, kept for the one who types it."""

    action = "designer.draft.keep"

    def post(self, request: HttpRequest, design_id: int) -> HttpResponse:
        try:
            if request.POST.get("drop"):
                actions.drop_draft(actor=request.actor, design_id=design_id)  # type: ignore[attr-defined]
            else:
                actions.keep_draft(
                    actor=request.actor,  # type: ignore[attr-defined]
                    design_id=design_id,
                    base=number(request.POST.get("base", "")),
                    content=request.POST.get("content", ""),
                    at=timezone.now(),
                )
        except Refusal as refusal:
            return JsonResponse({"refusal": str(refusal)}, status=refusal.status)
        return JsonResponse({"kept": timezone.localtime().strftime("%H:%M:%S")})


class Check(DesignPage):
    """What is wrong with a text that is not saved; of a form also how it will look, of a table what it decides."""

    action = "designer.design.write"

    def post(self, request: HttpRequest, design_id: int) -> HttpResponse:
        design = queries.design(request.actor, design_id)  # type: ignore[attr-defined]
        kind, content = design.line.kind, request.POST.get("content", "")
        answer: dict[str, Any] = {"faults": _told(checking.check(kind, content))}
        if kind == "form" and request.POST.get("preview"):
            answer["preview"] = _preview(content)
        return JsonResponse(answer)


def _preview(content: str) -> str:
    try:
        form = eforms.load(json.dumps(texts.schema(content)))
        return str(eforms.render(form.bind(None)))
    except (Refusal, eforms.BadForm):
        return ""
