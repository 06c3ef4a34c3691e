"""Finding a service, learning what it needs."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from quancheng.security.pmi import public as pmi
from quancheng.systems.hall import queries, rules
from quancheng.systems.hall.web import forms


def answers_in(request: Any, offered: queries.ServiceView) -> dict[str, Any]:
    """Return the valid answers that the address or the form carries."""
    given = request.POST if request.method == "POST" else request.GET
    by_text = {
        question["key"]: {str(option["value"]): option["value"] for option in question.get("options", ())}
        for question in offered.questions
    }
    typed = {key: options[given[key]] for key, options in by_text.items() if key in given and given[key] in options}
    return rules.kept_answers(offered.questions, typed)


def answered(offered: queries.ServiceView, answers: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each answered question in words, with the address at which it can be answered anew."""
    shown = []
    before: dict[str, Any] = {}
    for question in rules.shown_questions(offered.questions, answers):
        key = question["key"]
        if key in answers:
            label = next(option["label"] for option in question["options"] if option["value"] == answers[key])
            shown.append(
                {
                    "key": key,
                    "text": question["text"],
                    "label": label,
                    "change_url": f"{reverse('hall:questions', args=[offered.code])}?{urlencode(before)}",
                }
            )
            before[key] = answers[key]
    return shown


class Home(pmi.GuardedView):
    """What is on offer, with search and life events."""

    action = pmi.PUBLIC

    def get(self, request: Any) -> HttpResponse:
        search, life_event = request.GET.get("q", "").strip()[:100], request.GET.get("event", "")
        actor: pmi.Actor = request.actor
        return render(
            request,
            "hall/home.html",
            {
                "search": search,
                "life_event": life_event,
                "life_events": queries.life_events(),
                "services": queries.services(search=search, life_event=life_event),
                "is_citizen": actor.kind == "citizen",
            },
        )


class Service(pmi.GuardedView):
    """One service: what it is, who may, at a glance, steps, materials, law."""

    action = pmi.PUBLIC

    def get(self, request: Any, code: str) -> HttpResponse:
        return render(request, "hall/service.html", {"service": queries.service(code=code)})


class Questions(pmi.GuardedView):
    """The guided questions, one a page; the answers so far stand in the address."""

    action = pmi.PUBLIC

    def get(self, request: Any, code: str) -> HttpResponse:
        offered = queries.service(code=code)
        answers = answers_in(request, offered)
        found = rules.next_question(offered.questions, answers)
        if found is None:
            return HttpResponseRedirect(f"{reverse('hall:needs', args=[code])}?{urlencode(answers)}")
        position, question = found
        earlier = answered(offered, answers)
        return render(
            request,
            "hall/question.html",
            {
                "service": offered,
                "question": question,
                "position": position,
                "total": max(len(rules.shown_questions(offered.questions, answers)), position),
                "answered": earlier,
                "answers": answers,
                "back_url": earlier[-1]["change_url"] if earlier else reverse("hall:service", args=[code]),
                # The browser sends the page without the answer when "continue" is pressed too early.
                "is_unanswered": "next" in request.GET,
            },
        )


class Needs(pmi.GuardedView):
    """What exactly this applicant needs; the address can be shared."""

    action = pmi.PUBLIC

    def get(self, request: Any, code: str) -> HttpResponse:
        offered = queries.service(code=code)
        answers = answers_in(request, offered)
        if rules.next_question(offered.questions, answers) is not None:
            return HttpResponseRedirect(f"{reverse('hall:questions', args=[code])}?{urlencode(answers)}")
        return render(
            request,
            "hall/needs.html",
            {
                "service": offered,
                "answers": answers,
                "answered": answered(offered, answers),
                "materials": rules.needed_materials(offered.materials, answers=answers),
                "address": request.build_absolute_uri(),
                "query": urlencode(answers),
            },
        )


class Paper(pmi.GuardedView):
    """For those who bring paper to the window: the check-list of materials and the form, empty, on A4.

    With the answers of the questions in the address, the list holds what this applicant needs; without, everything.
    """

    action = pmi.PUBLIC

    def get(self, request: Any, code: str) -> HttpResponse:
        offered = queries.service(code=code)
        answers = answers_in(request, offered)
        is_known = rules.next_question(offered.questions, answers) is None
        return render(
            request,
            "hall/paper.html",
            {
                "service": offered,
                "answered": answered(offered, answers) if is_known else [],
                "materials": rules.needed_materials(offered.materials, answers=answers)
                if is_known
                else rules.all_materials(offered.materials),
                "content": forms.paper(offered),
            },
        )
