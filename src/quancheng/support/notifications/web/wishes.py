"""How I am told: ways, hours, language, browsers."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import actions, adapters, rules
from quancheng.support.notifications.config import config
from quancheng.support.notifications.models import Channel
from quancheng.support.notifications.queries import inbox, wishes
from quancheng.support.notifications.web import forms

BOTH = ("citizen", "staff")
CHANGE = "notifications.wishes.change"


class MyWishes(pmi.AskingView):
    """Which kinds reach me on which ways, when it is quiet, in which language, whether e-mails come together."""

    request: Any
    action = CHANGE
    open_to = BOTH
    form_class = forms.WishesForm
    template_name = "notifications/wishes.html"

    def get_initial(self) -> dict[str, Any]:
        account = inbox.account_of(self.actor)
        known, plan = wishes.wishes(account), wishes.plan(account)  # type: ignore[arg-type]
        return {
            "language": plan.language,
            "digest": known.digest,
            "quiet": known.quiet,
            "quiet_from": known.quiet_from or rules.read_time(config.quiet_from),
            "quiet_until": known.quiet_until or rules.read_time(config.quiet_until),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account: Any = inbox.account_of(self.actor)
        contact = identity.contact(account)
        reached = {rules.EMAIL: contact.email, rules.SMS: contact.mobile, rules.VOICE: contact.mobile}
        ways = wishes.channels()
        return super().get_context_data(
            told=wishes.table(account, audience=self.actor.kind),
            ways=[(channel, Channel(channel).label) for channel in ways],
            wanting=[Channel(channel).label for channel in ways if channel in reached and not reached[channel]],
            quiet_from=config.quiet_from,
            quiet_until=config.quiet_until,
            push=rules.PUSH in ways,
            push_key=adapters.public_key() if rules.PUSH in ways else "",
            browsers=wishes.browsers(account),
            **kwargs,
        )

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def perform(self, form: Any) -> str:
        account: Any = inbox.account_of(self.actor)
        ticked = set(self.request.POST.getlist("wanted"))
        actions.change_wishes(
            actor=self.actor,
            choices={
                (row.kind.code, cell.channel): cell.name in ticked
                for _title, rows in wishes.table(account, audience=self.actor.kind)
                for row in rows
                for cell in row.cells
                if cell.offered
            },
            **form.cleaned_data,
        )
        messages.success(self.request, _("From now on you are told as you wish."))
        return reverse("notifications:wishes")


class Subscribe(pmi.GuardedView):
    """Let this browser be told; called by the page's script with what the browser gave it."""

    action = "notifications.browser.subscribe"
    open_to = BOTH
    http_method_names = ["post"]

    def post(self, request: Any) -> HttpResponse:
        given = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth", "browser")}
        try:
            actions.subscribe(actor=request.actor, at=timezone.now(), **given)
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            return JsonResponse({"title": str(refusal)}, status=refusal.status)
        messages.success(request, _("This browser is told from now on."))
        return JsonResponse({"url": reverse("notifications:wishes")})


class Unsubscribe(pmi.GuardedView):
    """Let a browser be told no more."""

    action = "notifications.browser.unsubscribe"
    open_to = BOTH
    http_method_names = ["post"]

    def target(self) -> pmi.Target:
        return pmi.Target(owner=wishes.owner_of_browser(self.kwargs["push_subscription_id"]))

    def post(self, request: Any, push_subscription_id: int) -> HttpResponse:
        actions.unsubscribe(actor=request.actor, subscription_id=push_subscription_id)
        messages.success(request, _("That browser is told no more."))
        return redirect("notifications:wishes")


class Worker(pmi.GuardedView):
    """The service worker that shows browser notices. Served here, so that its scope is no more than /notifications/."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        found = finders.find("notifications/worker.js")
        if not found:
            raise Http404
        answer = HttpResponse(Path(found).read_bytes(), content_type="text/javascript; charset=utf-8")
        answer["Cache-Control"] = "no-cache"
        return answer
