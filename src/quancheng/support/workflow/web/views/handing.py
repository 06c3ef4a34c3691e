"""One person's open work handed over to another: what would go where, then each task by itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import actions, queries
from quancheng.support.workflow.web import forms
from quancheng.support.workflow.web.views.tasks import worklist_url


class HandOver(pmi.GuardedView):
    """Hand over what oneself has taken on, or as who divides the work what somebody else has."""

    action = "workflow.work.hand-over"
    open_to = ("staff",)

    @property
    def actor(self) -> pmi.Actor:
        """Who hands over."""
        return self.request.actor  # type: ignore[attr-defined]

    def get(self, request: HttpRequest) -> HttpResponse:
        giver = request.GET.get("from", "") or self.actor.id
        marked = [int(item) for item in request.GET.getlist("task") if item.isdecimal() and len(item) < 19]
        return self.show(giver, marked, forms.HandOver(people=queries.successors(self.actor, giver)))

    def post(self, request: HttpRequest) -> HttpResponse:
        giver = request.POST.get("from", "") or self.actor.id
        marked = [int(item) for item in request.POST.getlist("task") if item.isdecimal() and len(item) < 19]
        form = forms.HandOver(request.POST, people=queries.successors(self.actor, giver))
        if not form.is_valid():
            return self.show(giver, marked, form, status=422)
        to = form.cleaned_data["to_id"]
        lines = queries.handing(self.actor, giver, to, marked)
        if "confirmed" in request.POST:
            chosen = set(marked)
            lines = [self.hand(line, to, form.cleaned_data["comment"]) for line in lines if line.task_id in chosen]
            return self.show(giver, marked, form, lines=lines, done=True)
        return self.show(giver, marked, form, lines=lines)

    def hand(self, line: queries.HandingLine, to: str, comment: str) -> queries.HandingLine:
        """Hand one task over, and say how it went."""
        act = actions.transfer if line.own else actions.assign
        try:
            act(actor=self.actor, task_id=line.task_id, to_id=to, comment=comment)
        except Refusal as refusal:
            return line.told(str(refusal))
        return line.told("")

    def show(self, giver: str, marked: list[int], form: Any, *, status: int = 200, **more: Any) -> HttpResponse:
        """Render the page."""
        words = dict(queries.successors(self.actor, ""))
        context = {
            "giver": giver,
            "giver_name": words.get(giver, self.actor.name if giver == self.actor.id else "").partition(" · ")[0],
            "own": giver == self.actor.id,
            "marked": marked,
            "form": form,
            "lines": None,
            "done": False,
            "givers": queries.givers(self.actor),
            "crumbs": ((_("Worklist"), worklist_url()), (pgettext("move", "Hand work over"), "")),
        }
        return render(self.request, "workflow/hand_over.html", context | more, status=status)
