"""The ledger of deliveries, the health of the gateways, and what gateways call back."""

import json
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.csrf import csrf_exempt

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import actions, adapters
from quancheng.support.notifications.actions import receipts
from quancheng.support.notifications.config import config
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import Channel, Delivery
from quancheng.support.notifications.queries import ledger

MOST_BYTES = 1024 * 1024
PERIOD_TITLES = {
    "1": gettext_lazy("Last 24 hours"),
    "7": gettext_lazy("Last 7 days"),
    "30": gettext_lazy("Last 30 days"),
    "all": pgettext_lazy("period", "All"),
}


class Deliveries(pmi.GuardedView):
    """The ledger: one line for each message on each way, with filters and counts."""

    action = ledger.READ

    def get(self, request: Any) -> HttpResponse:
        given = {name: request.GET.get(name, "").replace("\0", "").strip()[:120] for name in ledger.Filters.__slots__}
        filters = ledger.Filters(
            state=given["state"] if given["state"] in Delivery.State.values else "",
            channel=given["channel"] if given["channel"] in Channel.values else "",
            kind=given["kind"] if given["kind"] in kinds.all_kinds() else "",
            period=given["period"] if given["period"] in ledger.PERIODS else ledger.USUAL,
            search=given["search"],
        )
        at, number = timezone.now(), request.GET.get("page", "")
        wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1
        found = ledger.counts(request.actor, filters, at=at)
        others = {name: getattr(filters, name) for name in filters.__slots__ if name != "state"}
        context = {
            "page": ledger.deliveries(request.actor, filters, at=at, page=wanted),
            "filters": filters,
            "states": [
                (code, title, found.get(code, 0), urlencode(others | {"state": code}))
                for code, title in Delivery.State.choices
                if found.get(code) or code == filters.state
            ],
            "total": sum(found.values()),
            "all_states": urlencode(others),
            "channels": Channel.choices,
            "kinds": sorted((kind.code, kind.title) for kind in kinds.all_kinds().values()),
            "periods": PERIOD_TITLES.items(),
            "health": ledger.health(at=at),
        }
        return render(request, "notifications/deliveries.html", context)


class OneDelivery(pmi.GuardedView):
    """One line of the ledger with what happened to it."""

    action = ledger.READ

    def get(self, request: Any, delivery_id: Any) -> HttpResponse:
        found = ledger.delivery(request.actor, delivery_id)
        return render(request, "notifications/delivery.html", {"delivery": found})


class Retry(pmi.GuardedView):
    """Have a failed delivery tried again."""

    action = "notifications.delivery.retry"
    http_method_names = ["post"]

    def post(self, request: Any, delivery_id: Any) -> HttpResponse:
        actions.retry(actor=request.actor, delivery_id=delivery_id, at=timezone.now())
        messages.success(request, _("It is tried again, under the same id."))
        return redirect("notifications:delivery", delivery_id=delivery_id)


@method_decorator(csrf_exempt, name="dispatch")  # gateways call it; they sign what they send
class Receipts(pmi.GuardedView):
    """Where a gateway reports what became of deliveries: JSON, signed as Standard Webhooks has it."""

    action = pmi.PUBLIC
    http_method_names = ["post"]

    def post(self, request: HttpRequest, channel: str) -> HttpResponse:
        secret = config.receipt_secret(channel) if channel in Channel.values else ""
        if not secret:
            return _problem(HTTPStatus.NOT_FOUND, _("No receipts are taken for this channel."))
        if len(request.body) > MOST_BYTES:
            return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(receipts.BadReceipt()))
        try:
            headers = {name.lower(): value for name, value in request.headers.items()}
            adapters.verify(request.body, headers, secret=secret, now=time.time())
            found = receipts.read(_decoded(request.body))
        except Refusal as refusal:
            return _problem(refusal.status, str(refusal))
        taken = actions.take_receipts(channel=channel, receipts=found, at=timezone.now())
        return JsonResponse({"received": len(found), "taken": taken})


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise receipts.BadReceipt from error


def _problem(status: int, sentence: str) -> HttpResponse:
    """Return the answer of RFC 9457 for a program."""
    body = {"type": "about:blank", "status": int(status), "title": sentence}
    return JsonResponse(body, status=status, content_type="application/problem+json")
