"""Says on every request who acts, and in which frame the page stands."""

from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject

from quancheng.security.identity import public, rules
from quancheng.security.identity.config import config
from quancheng.security.identity.models import Account
from quancheng.security.pmi import public as pmi

GetResponse = Callable[[HttpRequest], HttpResponse]
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
    return public.actor_for(user, seat=request.session.get(rules.SEAT, ""))


def _must_enrol(request: HttpRequest) -> bool:
    user = request.user
    if (
        not isinstance(user, Account)
        or user.kind != Account.Kind.STAFF
        or request.session.get(ENROLLED) == str(user.pk)
    ):
        return False
    if not is_mfa_enabled(user):
        return True
    request.session[ENROLLED] = str(user.pk)
    return False
