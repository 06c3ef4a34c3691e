"""The inbox: what I have been told."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.generic import TemplateView

from quancheng.kernel import asked
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import actions
from quancheng.support.notifications.queries import inbox


class Inbox(pmi.GuardedView, TemplateView):
    """My messages, the newest first."""

    request: Any
    action = pmi.SIGNED_IN
    template_name = "notifications/inbox.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        number, unread_only = self.request.GET.get("page", "1"), "unread" in self.request.GET
        actor = self.request.actor
        wanted = int(number) if number.isdecimal() and len(number) < 9 else 1
        page = inbox.inbox(actor, unread_only=unread_only, page=wanted)
        return super().get_context_data(page=page, unread=inbox.unread(actor), unread_only=unread_only, **kwargs)


class MarkRead(pmi.GuardedView):
    """Mark one message as read, and go where it points."""

    action = "notifications.message.mark-read"
    open_to = ("citizen", "staff")
    http_method_names = ["post"]

    def target(self) -> pmi.Target:
        return pmi.Target(owner=inbox.owner_of(self.kwargs["message_id"]))

    def post(self, request: HttpRequest, message_id: Any) -> HttpResponse:
        actions.mark_read(actor=request.actor, message_id=message_id, at=timezone.now())  # type: ignore[attr-defined]
        onward = asked.onward(request, request.POST.get("next", ""), reverse("notifications:inbox"))
        return HttpResponseRedirect(onward)


class MarkAllRead(pmi.GuardedView):
    """Mark all my messages as read."""

    action = "notifications.message.mark-all-read"
    open_to = ("citizen", "staff")
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        n = actions.mark_all_read(actor=request.actor, at=timezone.now())  # type: ignore[attr-defined]
        messages.success(
            request, ngettext("%(n)s message marked as read.", "%(n)s messages marked as read.", n) % {"n": n}
        )
        return redirect("notifications:inbox")
