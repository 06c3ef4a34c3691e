"""Whether the timestamp service may believe this machine's clock."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi

SENTENCES = {
    "step": _("The clock was set by %(seconds)s seconds while the machine was running."),
    "behind": _("The clock is %(seconds)s seconds behind a token that was made before."),
    "disagreement": _("The clock is off by %(seconds)s seconds according to %(source)s."),
    "silence": _("None of the sources of time answers."),
}


class Clock(pmi.GuardedView, TemplateView):
    """What is known about the clock, and what to do when it is in doubt."""

    action = "crypto.clock.read"
    template_name = "crypto/clock.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor: pmi.Actor = self.request.actor  # type: ignore[attr-defined]
        found = pki.clock_view()
        doubts = [
            gettext(str(SENTENCES[item.kind])) % {"seconds": f"{abs(item.seconds):.1f}", "source": item.source}
            for item in found.doubts
        ]
        accepts = any(item.kind in {"step", "behind"} for item in found.doubts)
        return super().get_context_data(
            clock=found, doubts=doubts, may_accept=accepts and actor.may("pki.clock.accept"), **kwargs
        )


class AcceptClock(pmi.GuardedView):
    """An officer says that the clock is right as it is now."""

    action = "pki.clock.accept"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        pki.accept_clock(actor=request.actor)  # type: ignore[attr-defined]
        return redirect("crypto:clock")
