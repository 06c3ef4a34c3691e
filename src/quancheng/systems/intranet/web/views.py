"""The pages of the workbench's door."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from quancheng.kernel import asked
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import public as workflow
from quancheng.systems.intranet import queries, rules
from quancheng.systems.intranet.web import forms


class Staff(pmi.GuardedView):
    """A page for every member of the staff; what it shows is their own."""

    action = "intranet.workbench.open"
    open_to = ("staff",)

    @property
    def actor(self) -> pmi.Actor:
        """Who is looking, as the middleware worked it out."""
        return self.request.actor  # type: ignore[attr-defined]


class Home(Staff):
    """What waits, what presses, what is new."""

    def get(self, request: HttpRequest) -> HttpResponse:
        greetings = {
            "morning": _("Good morning, %(name)s"),
            "noon": _("Good day, %(name)s"),
            "afternoon": _("Good afternoon, %(name)s"),
            "evening": _("Good evening, %(name)s"),
        }
        now = timezone.localtime()
        context = {
            "home": queries.home(actor=self.actor),
            "greeting": greetings[rules.part_of_day(now.hour)] % {"name": self.actor.name},
            "today": now,
        }
        return render(request, "intranet/home.html", context)


class Tasks(Staff):
    """The to-do list over all systems."""

    def get(self, request: HttpRequest) -> HttpResponse:
        wish = forms.Filter(request.GET)
        given = wish.cleaned_data if wish.is_valid() else {}
        actor, state = self.actor, given.get("state") or "open"
        found = workflow.worklist(
            actor, state=state, search=given.get("q", ""), app=given.get("app", ""), page=given.get("page") or 1
        )
        names = {
            "open": pgettext("workbench", "To do"),
            "claimed": pgettext("workbench", "Taken on"),
            "done": pgettext("workbench", "Done"),
        }
        tabs: list[dict[str, Any]] = [
            {
                "title": name,
                "url": f"?state={key}",
                "current": key == state,
                "count": found.counted if key == state else None,
            }
            for key, name in names.items()
        ]
        tabs.append(_reading_tab(actor))
        context = {
            "page": found,
            "state": state,
            "tabs": tabs,
            "q": given.get("q", ""),
            "chosen": given.get("app", ""),
            "systems": queries.systems(actor),
        }
        return render(request, "intranet/tasks.html", context)


class Reading(Staff):
    """What was sent to the reader for reading, beside what is to be done."""

    def get(self, request: HttpRequest) -> HttpResponse:
        wish = forms.Filter(request.GET)
        page = (wish.cleaned_data.get("page") if wish.is_valid() else None) or 1
        unread = request.GET.get("all", "") != "1"
        found = workflow.to_read(self.actor, unread=unread, page=page)
        names = ((pgettext("workbench", "To do"), "open"), (pgettext("workbench", "Taken on"), "claimed"),
                 (pgettext("workbench", "Done"), "done"))  # fmt: skip
        tasks = reverse("intranet:tasks")
        tabs = [{"title": name, "url": f"{tasks}?state={key}", "current": False, "count": None} for name, key in names]
        tabs.append(_reading_tab(self.actor, current=True))
        return render(request, "intranet/reading.html", {"page": found, "unread": unread, "tabs": tabs})


def _reading_tab(actor: pmi.Actor, *, current: bool = False) -> dict[str, Any]:
    return {
        "title": pgettext("workbench", "To read"),
        "url": reverse("intranet:reading"),
        "current": current,
        "count": workflow.unread_count(actor),
    }


class Claim(Staff):
    """Take on or give back the marked tasks; each by itself, so that one refusal does not hold up the others."""

    def post(self, request: HttpRequest) -> HttpResponse:
        batch = forms.Batch(request.POST)
        back = asked.onward(request, request.POST.get("next", ""), reverse("intranet:tasks"))
        if not batch.is_valid() or not batch.cleaned_data["task"]:
            messages.warning(request, _("Mark at least one task first."))
            return HttpResponseRedirect(back)
        if batch.cleaned_data["wish"] == "transfer":
            marked = urlencode([("task", number) for number in batch.cleaned_data["task"]])
            return HttpResponseRedirect(f"{reverse('workflow:hand-over')}?{marked}")
        move = workflow.claim if batch.cleaned_data["wish"] == "claim" else workflow.release
        done = 0
        for task_id in batch.cleaned_data["task"]:
            try:
                move(actor=self.actor, task_id=task_id)
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                done += 1
        if done:
            sentence = ngettext("%(n)s task changed.", "%(n)s tasks changed.", done)
            messages.success(request, sentence % {"n": done})
        return HttpResponseRedirect(back)
