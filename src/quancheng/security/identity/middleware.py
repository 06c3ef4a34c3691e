"""Says on every request who acts, and in which frame the page stands."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import REDIRECT_FIELD_NAME, SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from quancheng.security.identity import adapters, public, rules
from quancheng.security.identity.actions import sessions
from quancheng.security.identity.config import config
from quancheng.security.identity.models import Account
from quancheng.security.pmi import public as pmi

GetResponse = Callable[[HttpRequest], HttpResponse]
# Seconds after which "last seen" is written again.
SEEN_EVERY = 300
ENROLLED = "identity.second-factor"
OPEN_WITHOUT_SECOND_FACTOR = ("/accounts/", "/static/")


class ActorMiddleware:
    """Give every request `actor`, worked out on first use and kept for the request, and `frame`, the base template.

    Templates write `{% extends request.frame %}`: Django calls it, so nobody pays for it on pages that do not ask.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.actor = SimpleLazyObject(partial(_actor, request))
        request.frame = partial(public.frame, request)
        return self.get_response(request)


class SessionMiddleware:
    """Remember in which browsers somebody is signed in, so that they can be signed out from afar.

    Written when a session begins, changes its key or has not been seen for a while; never for visitors.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A page that did not ask who is there must not start to depend on it.
        if request.session.accessed and SESSION_KEY in request.session and isinstance(request.user, Account):
            _remember(request, request.user)
        if leaving := getattr(request, "leaving", None):
            # Who has just signed out is led past the systems that hear of it only so, and then where they were going.
            return redirect(adapters.way_past(leaving, onward=response.headers.get("Location", "/")))
        return response


class StepUpMiddleware:
    """Lead somebody whose proof of identity is too old to showing it again, and back to the page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        wants_page = request.get_preferred_type(["text/html", "application/json"]) != "application/json"
        if not isinstance(exception, pmi.StepUpNeeded) or not wants_page:
            return None
        # The form is not kept for later: it may hold a password, which must not rest in the session's row.
        back = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
        return redirect(f"{adapters.way_to_prove(request)}?{back}")


class SecondFactorMiddleware:
    """Lead staff to enrolling a second factor before anything else, where QC_IDENTITY_REQUIRE_TOTP asks for it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if config.require_totp and not request.path.startswith(OPEN_WITHOUT_SECOND_FACTOR) and _must_enrol(request):
            return redirect("mfa_activate_totp")
        return self.get_response(request)


def _actor(request: HttpRequest) -> pmi.Actor:
    user = request.user
    if not isinstance(user, Account):
        return pmi.ANONYMOUS
    actor = public.actor_for(user, seat=request.session.get(rules.SEAT, ""))
    actor = pmi.with_emergency(actor, request.session)
    return replace(
        actor,
        proven_at=adapters.proven_at(request),
        assurance=adapters.assurance_of(request),
        purpose=pmi.purpose_in(request),
    )


def _remember(request: HttpRequest, user: Account) -> None:
    stamp, now, key = request.session.get(rules.SESSION), timezone.now(), request.session.session_key
    level = adapters.assurance_of(request)
    known = (stamp["key"], stamp.get("level")) == (key, level) if stamp else False
    if key and (not stamp or not known or now.timestamp() - stamp["at"] > SEEN_EVERY):
        record = sessions.remember(
            account_id=user.pk,
            session_id=uuid.UUID(stamp["id"]) if stamp else None,
            key=key,
            address=adapters.address_of(request),
            user_agent=request.headers.get("User-Agent", ""),
            assurance=level,
            at=now,
        )
        request.session[rules.SESSION] = {"id": str(record), "key": key, "level": level, "at": now.timestamp()}


def _must_enrol(request: HttpRequest) -> bool:
    user = request.user
    if (
        not isinstance(user, Account)
        or user.kind != Account.Kind.STAFF
        or request.session.get(ENROLLED) == str(user.pk)
    ):
        return False
    if adapters.assurance_of(request) < rules.TWO_FACTOR_LEVEL and not is_mfa_enabled(user):
        return True
    request.session[ENROLLED] = str(user.pk)
    return False
