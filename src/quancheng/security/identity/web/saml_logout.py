"""Signing out by SAML 2.0 (Single Logout, SAML Profiles 4.4): systems ask for it, or are told of it by the browser."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth import logout
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from quancheng.security.identity import adapters, queries, rules
from quancheng.security.identity.actions import saml as actions
from quancheng.security.identity.engine.saml import answers, bindings, requests, signatures, xml
from quancheng.security.identity.engine.saml.metadata import Endpoint
from quancheng.security.identity.web.saml import LASTS, provider_of, received, send
from quancheng.security.identity.web.sessions import this_session
from quancheng.security.pmi import public as pmi


@method_decorator(csrf_exempt, name="dispatch")  # what comes here must be signed by a registered system
class SingleLogout(pmi.GuardedView):
    """Where systems ask to sign somebody out, and answer when they were asked."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not {"SAMLRequest", "SAMLResponse"} & set(request.GET):
            return redirect("identity:saml-metadata")
        return self._take(request, "SAMLRequest" if "SAMLRequest" in request.GET else "SAMLResponse")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        field = next((name for name in ("SAMLRequest", "SAMLResponse") if name in request.POST), "")
        if not field:
            raise xml.BadMessage(why=_("there is no request in it."))
        return self._take(request, field)

    def _take(self, request: HttpRequest, field: str) -> HttpResponseBase:
        message, now, here = received(request, field), timezone.now(), provider_of(request).logout
        if not message.signed:
            raise signatures.SignatureMissing
        if field == "SAMLResponse":
            return self._hear(requests.answer(message.root, destination=here, at=now), message.client, now)
        asked = requests.sign_off(message.root, destination=here, at=now)
        mine = this_session(request) if request.user.is_authenticated else None
        ended, notices = actions.sign_out(
            message.client, request=asked.id, name=asked.name, indexes=asked.indexes, at=now
        )
        if mine in ended:
            logout(request)
        answer = {
            "client": message.client.id, "request": asked.id, "relay": message.relay, "by_post": message.by_post,
        }  # fmt: skip
        if notices:
            return redirect(adapters.way_past(notices, answer=answer))
        return reply(request, answer, partly=False)

    def _hear(self, answer: requests.Answer, client: queries.ClientView, now: datetime) -> HttpResponseBase:
        try:
            notice = uuid.UUID(answer.in_response_to.removeprefix("_"))
        except ValueError as error:
            raise xml.BadMessage(why=_("it answers nothing that was asked.")) from error
        way = actions.heard(client.id, notice, done=answer.done, at=now)
        if way is None:
            raise xml.BadMessage(why=_("it answers nothing that was asked."))
        return redirect(way)


def reply(request: HttpRequest, answer: dict[str, Any], *, partly: bool) -> HttpResponseBase:
    """Answer the system that asked to sign somebody out."""
    client, now = queries.saml_client(answer["client"]), timezone.now()
    kinds = ("post", "redirect") if answer["by_post"] else ("redirect", "post")
    end = client.system.logout(*kinds)
    if end is None:
        return render(request, "identity/saml_left.html", {"to": "/"})
    root = answers.logout_response(
        issuer=provider_of(request).entity, destination=end.for_answers, in_response_to=answer["request"],
        partly=partly, at=now,
    )  # fmt: skip
    parcel = _packed(root, Endpoint(end.binding, end.for_answers), "SAMLResponse", answer["relay"])
    return send(request, parcel, client)


def _packed(root: xml.Element, end: Endpoint, field: str, relay: str = "") -> bindings.Parcel:
    key = actions.signing_key(timezone.now())
    if end.binding == "post":
        return bindings.by_post(end.location, field, key.sign(root), relay)
    return bindings.by_redirect(end.location, field, root, relay, key=key.private)


class Leave(pmi.GuardedView):
    """Leads a browser past the systems that must hear that somebody has signed out, one after the other."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponseBase:
        sealed = request.GET.get("way", "")
        try:
            way = signing.loads(sealed, salt=rules.LEAVING, max_age=LASTS)
        except signing.BadSignature:
            return redirect("/")
        here = request.get_full_path()
        while notice := actions.next_notice(way["notices"], way=here):
            client = queries.saml_client(notice.client)
            end = client.system.logout("redirect", "post")
            if end is not None:
                now = timezone.now()
                root = actions.request_for(notice, end.location, entity=client.system.entity, at=now)
                return send(request, _packed(root, end, "SAMLRequest"), client)
        silent = queries.unheard(way["notices"])
        if answer := way.get("answer"):
            return reply(request, answer, partly=bool(silent))
        onward = way.get("onward", "/")
        if not silent:
            return redirect(onward)
        return render(request, "identity/saml_left.html", {"silent": silent, "to": onward})
