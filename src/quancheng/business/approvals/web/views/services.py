"""The list of service items, one item with its elements, and publishing."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quancheng.business.approvals import actions, queries
from quancheng.business.approvals.queries.offers import path_of
from quancheng.business.approvals.web.views.base import Page
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi


class Services(Page):
    """All service items."""

    action = "approvals.service.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "approvals/services.html", {"services": queries.services()})


class Service(Page):
    """One service item."""

    action = "approvals.service.read"

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        view = queries.service(code)
        path = path_of(queries.draft(code).department)
        context = {
            "service": view,
            "crumbs": ((pgettext("approvals", "Service items"), reverse("approvals:services")), (view.row.title, "")),
            "may_publish": self.actor.may("approvals.service.publish", organisation=path),
        }
        return render(request, "approvals/service.html", context)


class Publish(Page):
    """Publish an item to the hall."""

    action = "approvals.service.publish"

    def target(self) -> pmi.Target:
        """Return the item at its department."""
        code = self.kwargs["code"]
        return pmi.Target(organisation=path_of(queries.draft(code).department), subjects=(f"service:{code}",))

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        try:
            version = actions.publish_service(actor=self.actor, code=code, at=timezone.now())
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Version %(number)s is on offer.") % {"number": version})
        return redirect("approvals:service", code=code)
