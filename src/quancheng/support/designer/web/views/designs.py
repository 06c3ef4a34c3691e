"""The list of designs, a new one, one with its history, and two of its revisions compared."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.designer import actions, queries
from quancheng.support.designer.engine import checking, texts
from quancheng.support.designer.models import Design
from quancheng.support.designer.web import forms
from quancheng.support.designer.web.views.pages import DesignPage, clean, number
from quancheng.support.dmn import public as dmn
from quancheng.support.workflow import public as workflow

TYPES = {"process": "application/bpmn+xml", "decision": "application/dmn+xml", "form": "application/json"}
SUFFIXES = {"process": "bpmn", "decision": "dmn", "form": "form"}


class Designs(pmi.GuardedView):
    """The designs that the reader may read."""

    action = queries.READ

    def get(self, request: HttpRequest) -> HttpResponse:
        wish = {name: clean(request.GET.get(name, "")) for name in ("kind", "state", "search")}
        page = queries.designs(request.actor, page=request.GET.get("page", "1"), **wish)  # type: ignore[attr-defined]
        context = {"page": page, **wish, "kinds": Design.Kind.choices, "states": Design.State.choices}
        return render(request, "designer/designs.html", context)


class New(pmi.GuardedView):
    """A new design."""

    action = "designer.design.write"

    def get(self, request: HttpRequest) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        source = clean(request.GET.get("source", ""), 200)
        first = {"kind": source.partition(":")[0] or "process", "organisation": actor.organisation, "source": source}
        first["title"] = dict(_sources()).get(source, "").partition(" · ")[2]
        return self._page(request, self._form(request, initial=first))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request, request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, form, status=422)
        try:
            made = self._made(request, form.cleaned_data)
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self._page(request, form, status=refusal.status)
        return redirect("designer:edit", made)

    def _made(self, request: HttpRequest, given: dict[str, Any]) -> int:
        kind, content = given["kind"], ""
        if given["file"]:
            content = _decoded(given["file"].read())
            kind = texts.kind_of(content)
        elif given["source"]:
            kind, _colon, key = given["source"].partition(":")
            content = workflow.drawing(key) if kind == "process" else dmn.drawing(key)
        key = given["key"]
        if content:
            key = key or next(iter(texts.keys(kind, content)), "")
        return actions.create(
            actor=request.actor,  # type: ignore[attr-defined]
            kind=kind,
            key=key or _key_for(kind),
            title=given["title"],
            organisation=given["organisation"],
            content=content,
            at=timezone.now(),
        )

    def _form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> forms.NewDesign:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        return forms.NewDesign(*args, places=queries.organisations(actor, self.action), sources=_sources(), **kwargs)

    def _page(self, request: HttpRequest, form: django_forms.Form, status: int = 200) -> HttpResponse:
        return render(request, "designer/new.html", {"form": form}, status=status)


def _sources() -> tuple[tuple[str, str], ...]:
    """Return what is at work and has no design yet, as (kind:key, words)."""
    taken = set(Design.objects.values_list("kind", "key"))
    found = [("process", item.key, item.name) for item in workflow.definitions()]
    found += [("decision", item.key, item.name) for item in dmn.models()]
    kinds = dict(Design.Kind.choices)
    return tuple((f"{kind}:{key}", f"{kinds[kind]} · {name}") for kind, key, name in found if (kind, key) not in taken)


def _key_for(kind: str) -> str:
    return f"{kind}-{timezone.now():%y%m%d%H%M%S}"


def _decoded(content: bytes) -> str:
    try:
        return texts.plain(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise texts.Unreadable(why=_("it is not written in UTF-8")) from None


class OneDesign(DesignPage):
    """A design: where it stands, what is wrong with it, its revisions and reviews."""

    def get(self, request: HttpRequest, design_id: int) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        wish = {"page": request.GET.get("page", "1"), "reviews_page": request.GET.get("reviews", "1")}
        design = queries.design(actor, design_id, **wish)
        faults = checking.check(design.line.kind, design.current.content)
        context = {
            "design": design,
            "line": design.line,
            "faults": faults,
            "serious": sum(fault.is_fault for fault in faults),
            "may": self.may(request),
            "own": actor.id in design.authors,
            "note": forms.Note(initial={"base": design.current.number}),
            "typed": queries.copy(actor, design_id),
        }
        return render(request, "designer/design.html", context)


class Text(DesignPage):
    """The text of a revision as a file."""

    def get(self, request: HttpRequest, design_id: int) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        design = queries.design(actor, design_id)
        wanted = number(request.GET.get("revision", ""), design.current.number)
        text = queries.revision(actor, design_id, wanted).content
        kind = design.line.kind
        answer = HttpResponse(text, content_type=f"{TYPES[kind]}; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{design.line.key}.r{wanted}.{SUFFIXES[kind]}"'
        return answer


class Compare(DesignPage):
    """Two revisions, or one and what is at work."""

    def get(self, request: HttpRequest, design_id: int) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        design = queries.design(actor, design_id)
        wanted = number(request.GET.get("revision", ""), design.current.number)
        against = number(request.GET.get("against", "")) or None
        found = queries.comparison(actor, design_id, number=wanted, against=against)
        context = {
            "design": design,
            "line": design.line,
            "comparison": found,
            "revisions": queries.revisions_to_compare(design, {wanted, against or wanted}),
            "revision": wanted,
            "against": against,
            "marks": marks(found),
            "may": self.may(request),
        }
        return render(request, "designer/compare.html", context)


def marks(found: queries.Comparison) -> dict[str, str]:
    """Return how each element of a drawing differs, for its colours."""
    return {one.element: one.how for one in found.differences}


class TakeOver(DesignPage):
    """Make another revision the current one."""

    action = "designer.design.write"

    def post(self, request: HttpRequest, design_id: int) -> HttpResponse:
        try:
            saved = actions.take_over(
                actor=request.actor,  # type: ignore[attr-defined]
                design_id=design_id,
                number=number(request.POST.get("number", "")),
                base=number(request.POST.get("base", "")),
                at=timezone.now(),
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("It is the current text again, as revision %s.") % saved.number)
        return redirect("designer:design", design_id)
