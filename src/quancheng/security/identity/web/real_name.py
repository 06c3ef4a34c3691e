"""The page where citizens have their real name checked."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity.actions import real_name as actions
from quancheng.security.identity.queries import real_name as queries
from quancheng.security.identity.web.views import Page
from quancheng.security.pmi import public as pmi


class RealName(Page):
    """Where the check stands, and the button that asks."""

    action = "identity.real-name.ask"
    open_to = ("citizen",)
    template_name = "identity/real_name.html"

    def target(self) -> pmi.Target:
        return pmi.Target(owner=self.request.actor.id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(standing=queries.standing(self.request.user.pk), tries=queries.TRIES, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            actions.ask_real_name(actor=self.request.actor, account_id=self.request.user.pk, at=timezone.now())
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, gettext("Asked. The answer usually comes within a few minutes."))
        return redirect("identity:real-name")
