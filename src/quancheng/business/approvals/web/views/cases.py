"""The list, the case page with its tabs, and downloads."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import pgettext

from quancheng.business.approvals import queries
from quancheng.business.approvals.web import forms, tables
from quancheng.business.approvals.web.views.base import Page
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.look import public as look
from quancheng.support.workflow import public as workflow

TABS = ("main", "drawing", "timeline", "documents", "exchanges", "trail")


class List(look.TableView):
    """The applications of the reader's departments."""

    action = "approvals.application.read"
    table = tables.Applications


class Readable(Page):
    """A page about one application, for the departments that take part in it."""

    action = "approvals.application.read"

    @cached_property
    def place(self) -> str:
        """The path at which the reader reads."""
        return queries.place(self.actor, self.kwargs["application_id"])

    def target(self) -> pmi.Target:
        """Return the application at the reader's place."""
        return queries.target(application_id=self.kwargs["application_id"], place=self.place)


class Case(Readable):
    """One application: what is to be decided, the form, the materials; tabs beside it."""

    def get(self, request: HttpRequest, application_id: UUID, tab: str = "main") -> HttpResponse:
        if tab not in TABS:
            raise Http404
        return show(request, self.actor, application_id, self.place, tab=tab)


class Document(Readable):
    """A document of the application, as a download."""

    action = "approvals.document.read"

    def get(self, request: HttpRequest, application_id: UUID, digest: str) -> FileResponse:
        found = queries.document(actor=self.actor, application_id=application_id, place=self.place, digest=digest)
        return FileResponse(found.stream, as_attachment=True, filename=found.name, content_type=found.media_type)


def show(
    request: HttpRequest,
    actor: pmi.Actor,
    application_id: UUID,
    place: str,
    *,
    tab: str = "main",
    filled: Mapping[str, django_forms.Form] | None = None,
    asked: Mapping[str, Any] | None = None,
    refusal: object = None,
    status: int = 200,
) -> HttpResponse:
    """Render the case page; `filled` are forms to show again as they were sent, `refusal` why nothing was done."""
    file = queries.casefile(actor=actor, application_id=application_id, place=place)
    workflow.note_opening(actor=actor, subject=file.subject)
    url = reverse("approvals:case", args=[application_id])
    names = (
        pgettext("approvals", "Matter"),
        pgettext("approvals", "Drawing"),
        pgettext("approvals", "Timeline"),
        pgettext("approvals", "Documents"),
        pgettext("approvals", "Exchanges"),
        pgettext("approvals", "Trail"),
    )
    icons = ("stamp", "drawing", "timeline", "documents", "exchange", "verify")
    tabs = [
        {"title": name, "url": url if key == "main" else f"{url}{key}/", "current": key == tab, "icon": icon}
        for key, name, icon in zip(TABS, names, icons, strict=True)
    ]
    shown = _blank(file) | dict(filled or {})
    context = {
        "file": file,
        "tab": tab,
        "tabs": tabs,
        "crumbs": ((pgettext("approvals", "Applications"), reverse("approvals:list")), (file.number, "")),
        "forms": shown,
        "asked": asked,
        "corrections": [
            {"item": item, "marked": item.key in (asked or {}), "reason": (asked or {}).get(item.key, "")}
            for item in file.askable
        ],
        "opinion_forms": [
            {"opinion": opinion, "form": shown[f"opinion:{opinion.part}"]}
            for opinion in file.opinions
            if f"opinion:{opinion.part}" in shown
        ],
        "refusal": refusal,
        "own_acceptance": "decision" in file.expected and file.accepted_by == actor.id,
        "against": [opinion for opinion in file.opinions if opinion.verdict == "UNFAVOURABLE"],
    }
    if tab == "trail":
        context["entries"] = trail.entries(subject=file.subject)
    return render(request, "approvals/case.html", context, status=status)


def _blank(file: queries.CaseFile) -> dict[str, django_forms.Form]:
    blank: dict[str, django_forms.Form] = {
        "acceptance": forms.Acceptance(auto_id="acceptance_%s"),
        "refusal": forms.Refusal(auto_id="refusal_%s"),
        "decision": forms.DecisionForm(auto_id="decision_%s"),
    }
    for opinion in file.opinions:
        if f"opinion:{opinion.part}" in file.expected:
            initial = {"part": opinion.part, "law": opinion.law}
            blank[f"opinion:{opinion.part}"] = forms.OpinionForm(initial=initial, auto_id=f"{opinion.part}_%s")
    return blank
