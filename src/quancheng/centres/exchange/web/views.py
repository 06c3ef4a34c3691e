"""Pages for those who look after the exchange."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.kernel import asked
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look
from quancheng.zones.gateway import public as gateway

from .. import actions, queries
from . import forms, tables

READ = "exchange.message.read"


class Page(pmi.GuardedView):
    """A page that shows the answer of its queries."""

    action = READ
    template = ""

    def get(self, request: HttpRequest, **places: Any) -> HttpResponse:
        return render(request, self.template, self.content(**places))

    def content(self, **_places: Any) -> dict[str, Any]:
        return {}

    @property
    def actor(self) -> pmi.Actor:
        """Who asks."""
        return self.request.actor  # type: ignore[attr-defined]


class Flows(Page):
    template = "exchange/flows.html"

    def content(self, **_places: Any) -> dict[str, Any]:
        now = timezone.now()
        flows = queries.flows(now, actor=self.actor)
        return {
            "flows": flows,
            "border": gateway.border(),
            "last_hour": sum(flow.last_hour for flow in flows),
            "waiting": sum(flow.waiting for flow in flows),
            "dead": sum(flow.dead for flow in flows),
        }


class StuckList(Page):
    template = "exchange/stuck.html"

    def content(self, **_places: Any) -> dict[str, Any]:
        return {"items": queries.stuck(timezone.now(), actor=self.actor), "form": forms.Discard()}


class Bundles(Page):
    template = "exchange/bundles.html"

    def content(self, **_places: Any) -> dict[str, Any]:
        return {
            "border": gateway.border(),
            "outgoing": gateway.outgoing(),
            "incoming": gateway.incoming(),
            "refused": gateway.refused(),
            "alarms": gateway.alarms(),
            "may_retry": self.actor.may("exchange.bundle.retry", actions.of_border().organisation),
            "may_close": self.actor.may("exchange.alarm.close", actions.of_border().organisation),
        }


class Messages(look.TableView):
    action = READ
    table = tables.Messages
    template_name = "exchange/messages.html"


class OneMessage(pmi.GuardedView):
    action = READ

    def get(self, request: HttpRequest, message_id: str) -> HttpResponse:
        found = queries.message(actor=request.actor, message_id=message_id)  # type: ignore[attr-defined]
        return render(request, "exchange/message.html", {"message": found, "form": forms.Discard()})


class Command(pmi.GuardedView):
    """A button: does one thing, says so, and goes back to where it stood."""

    http_method_names = ["post"]
    fallback = "exchange:stuck"

    def answer(self, run: Callable[[], None], sentence: str) -> HttpResponse:
        try:
            run()
        except Refusal as refusal:
            messages.error(self.request, str(refusal))
        else:
            messages.success(self.request, sentence)
        back = self.request.POST.get("next", "")
        return HttpResponseRedirect(asked.onward(self.request, back, resolve_url(self.fallback)))


class Resend(Command):
    action = "exchange.message.resend"

    def post(self, request: HttpRequest, delivery_id: int) -> HttpResponse:
        def run() -> None:
            actions.resend(actor=request.actor, delivery_id=delivery_id, at=timezone.now())  # type: ignore[attr-defined]

        return self.answer(run, _("The message is being delivered again."))


class Discard(Command):
    action = "exchange.message.discard"

    def post(self, request: HttpRequest, delivery_id: int) -> HttpResponse:
        form = forms.Discard(request.POST)
        if not form.is_valid():
            messages.error(request, _("Say why the message is discarded; the reason is kept with it."))
            return redirect(self.fallback)

        def run() -> None:
            reason = form.cleaned_data["reason"]
            actions.discard(actor=request.actor, delivery_id=delivery_id, reason=reason)  # type: ignore[attr-defined]

        return self.answer(run, _("The message was discarded; what waited behind it goes on."))


class RetryBundle(Command):
    action = "exchange.bundle.retry"
    fallback = "exchange:bundles"

    def post(self, request: HttpRequest, item_id: int) -> HttpResponse:
        return self.answer(
            lambda: actions.retry_bundle(actor=request.actor, item_id=item_id),  # type: ignore[attr-defined]
            _("The file is being examined again."),
        )


class CloseAlarm(Command):
    action = "exchange.alarm.close"
    fallback = "exchange:bundles"

    def post(self, request: HttpRequest, alarm_id: int) -> HttpResponse:
        def run() -> None:
            actions.close_alarm(actor=request.actor, alarm_id=alarm_id, at=timezone.now())  # type: ignore[attr-defined]

        return self.answer(run, _("The alarm is closed."))
