"""A task's page, a page for each move with its preview, and the recall of what was sent for reading."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from quancheng.kernel import asked
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import actions, queries
from quancheng.support.workflow.rules import SIGNINGS, Move
from quancheng.support.workflow.web import forms, previews

ACTS: dict[Move, Any] = {
    Move.CLAIM: actions.claim,
    Move.RELEASE: actions.release,
    Move.TRANSFER: actions.transfer,
    Move.LEND: actions.lend,
    Move.CALL_IN: actions.call_in,
    **dict.fromkeys(SIGNINGS, actions.ask_signatures),
    Move.UNSIGN: actions.unsign,
    Move.UPHOLD: actions.uphold,
    Move.SEND_BACK: actions.send_back,
    Move.TAKE_BACK: actions.take_back,
    Move.CIRCULATE: actions.circulate,
    Move.URGE: actions.urge,
    Move.ASSIGN: actions.assign,
}


class TaskPage(pmi.GuardedView):
    """A page about a task, for whom it concerns."""

    action = "workflow.task.read"
    open_to = ("staff",)

    @property
    def actor(self) -> pmi.Actor:
        """Who is looking, as the middleware worked it out."""
        return self.request.actor  # type: ignore[attr-defined]

    def target(self) -> pmi.Target:
        """Return the task as the reader's own when it concerns them."""
        return queries.task_target(self.request.actor, task_id=self.kwargs["task_id"])  # type: ignore[attr-defined]


class OneTask(TaskPage):
    """A task: who has it, what was asked about it, what the reader can do; a POST signs it."""

    def get(self, request: HttpRequest, task_id: int) -> HttpResponse:
        page = self.show(request, task_id, forms.Sign())
        actions.note_opening(actor=self.actor, subject=self.target().subjects[0])
        if queries.is_unread(self.actor, task_id):
            actions.note_reading(actor=self.actor, task_id=task_id)
        return page

    def post(self, request: HttpRequest, task_id: int) -> HttpResponse:
        form = forms.Sign(request.POST)
        if form.is_valid():
            agrees = form.cleaned_data["agrees"] == "yes"
            try:
                actions.sign(actor=self.actor, task_id=task_id, agrees=agrees, comment=form.cleaned_data["comment"])
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Your signature was entered."))
                return redirect("workflow:task", task_id)
        return self.show(request, task_id, form, status=422)

    def show(self, request: HttpRequest, task_id: int, form: django_forms.Form, *, status: int = 200) -> HttpResponse:
        """Render the page."""
        desk, events = queries.read_desk(actor=self.actor, task_id=task_id, owner=self.target().owner)
        context = {
            "desk": desk,
            "menu": queries.menu(desk),
            "form": form,
            "events": events,
            "crumbs": ((_("Worklist"), worklist_url()), (desk.name, "")),
        }
        return render(request, "workflow/task.html", context, status=status)


class MovePage(TaskPage):
    """One move at one task: what it takes, then what it will do, then it is done."""

    @cached_property
    def move(self) -> Move:
        """The move in the address."""
        try:
            return Move(self.kwargs["move"])
        except ValueError as unknown:
            raise Http404 from unknown

    @cached_property
    def desk(self) -> queries.Desk:
        """The task as the reader sees it."""
        return queries.desk(self.actor, self.kwargs["task_id"])

    def form(self, data: Any = None) -> forms.MoveForm:
        """Return the move's form."""
        kind = forms.FORMS.get(self.move, forms.MoveForm)
        return kind(data, actor=self.actor, task_id=self.kwargs["task_id"], move=self.move)

    def get(self, request: HttpRequest, task_id: int, move: str) -> HttpResponse:
        if self.move not in self.desk.moves:
            messages.warning(request, _("This is not possible now: the step is not yours, or it has moved on."))
            return redirect("workflow:task", task_id)
        return self.show(self.form())

    def post(self, request: HttpRequest, task_id: int, move: str) -> HttpResponse:
        form = self.form(request.POST)
        plain = queries.WORDS[self.move].plain
        if not form.is_valid() or ("confirmed" not in request.POST and not plain):
            return self.show(form, status=200 if form.is_valid() else 422)
        try:
            ACTS[self.move](actor=self.actor, task_id=task_id, **_wishes(self.move, form.cleaned_data))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.show(form, status=refusal.status)
        messages.success(request, _("Done: %(move)s, “%(name)s”.") % {
            "move": queries.WORDS[self.move].title, "name": self.desk.name,
        })  # fmt: skip
        return HttpResponseRedirect(back(request, task_id))

    def show(self, form: forms.MoveForm, *, status: int = 200) -> HttpResponse:
        """Render the form, or the preview of what was filled in without a fault."""
        ready, given = form.is_bound and form.is_valid(), self.request.POST
        context = {
            "desk": self.desk,
            "move": self.move,
            "words": queries.WORDS[self.move],
            "form": form,
            "ready": ready,
            "sentences": previews.sentences(self.desk, self.move, form.cleaned_data, _names(form)) if ready else (),
            "hidden": [(name, value) for name in form.fields for value in given.getlist(name)] if ready else (),
            # It becomes a link, which leads nowhere else either.
            "next": asked.onward(self.request, given.get("next", self.request.GET.get("next", "")), ""),
            "crumbs": (
                (_("Worklist"), worklist_url()),
                (self.desk.name, reverse("workflow:task", args=[self.desk.task_id])),
                (queries.WORDS[self.move].title, ""),
            ),
        }
        return render(self.request, "workflow/move.html", context, status=status)


class Recall(pmi.GuardedView):
    """Recall what one sent for reading."""

    action = "workflow.circular.recall"
    open_to = ("staff",)

    def post(self, request: HttpRequest, circulation_id: int) -> HttpResponse:
        try:
            actions.recall(actor=request.actor, circulation_id=circulation_id)  # type: ignore[attr-defined]
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("It was recalled; whoever has read it, has."))
        return HttpResponseRedirect(back(request, 0))


def worklist_url() -> str:
    """Return the address of the reader's worklist, which a portal shows; the hand-over page where there is none."""
    try:
        return reverse("intranet:tasks")
    except NoReverseMatch:
        return reverse("workflow:hand-over")


def back(request: HttpRequest, task_id: int) -> str:
    """Return where to go after a move: the page one came from, else the task, else the worklist."""
    otherwise = reverse("workflow:task", args=[task_id]) if task_id else worklist_url()
    return asked.onward(request, request.POST.get("next", ""), otherwise)


def _names(form: django_forms.Form) -> dict[str, str]:
    """Return the words of everything that can be chosen, by its value."""
    found = {}
    for field in form.fields.values():
        for value, words in getattr(field, "choices", ()):
            found[str(value)] = str(words).partition(" · ")[0] if str(value).startswith("account:") else str(words)
    return found


def _wishes(move: Move, given: dict[str, Any]) -> dict[str, Any]:
    """Return what an action takes of a form; claiming and giving back take no words."""
    return {} if queries.WORDS[move].plain else dict(given)
