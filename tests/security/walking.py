"""Tries every route of the site as one person, and compares the answers with what the code declares."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.rules import permitted
from quancheng.security.trail.models import Entry
from tests.security import routes
from tests.security.conftest import forgotten, read_to_the_end

NOBODY = ""
OURS = [route for route in routes.every() if route.is_ours]
LOGIN = "/accounts/login/"
# Pages for everybody are the costliest and the same for all: they are tried as nobody, as a citizen and as a clerk.
TRIES_PUBLIC_PAGES = (NOBODY, "wangxiaomei", "window", "editor")
# What a form may carry, so that a page which looks at it before it decides has something to look at.
GIVEN = {"part": "fire_check", "code": "M02", "reason": "x", "comment": "x", "next": "/"}
# A refusal may write its own trail entry, note that the session is in use, and clear an old one; nothing else.
HARMLESS = ("trail_", "django_session", "identity_session", "site_cache")


class Town:
    """A site with people in it. `things` stand in the places of the addresses, by app and place."""

    things: ClassVar[dict[tuple[str, str], str]] = {}

    def account(self, username: str) -> Any:
        """Return the account's row."""
        return get_user_model().objects.get(username=username)

    def browser(self, username: str = "", **wishes: Any) -> Client:
        """Return a browser in which `username` is signed in; without a name nobody is."""
        browser = Client(HTTP_HOST="localhost", HTTP_ACCEPT="text/html", **wishes)
        # A broken page is an answer to judge (500), not an exception of the test's own.
        browser.raise_request_exception = False
        if username:
            browser.force_login(self.account(username))
        return browser


def actor_of(username):
    return identity.actor_of(username) if username else pmi.ANONYMOUS


def declared(route, path, actor, method):
    """Tell by the view's own declaration whether `actor` may: True, False, or None when the thing is not there."""
    view = route.view()
    if view.action in {pmi.PUBLIC, pmi.SIGNED_IN}:
        return actor.may(view.action)
    request = getattr(RequestFactory(), method)(path, GIVEN)
    request.actor = actor
    try:
        view.setup(request, **resolve(path).kwargs)
        target = view.target() if hasattr(view, "target") else pmi.Target()
    except Refusal:
        return None
    return permitted(actor, view.action, target, open_to=getattr(view, "open_to", ()))


def refusals_of(actor):
    refused = (".forbidden", ".purpose-needed", ".outside-hours", ".assurance-too-low")
    outcomes = Entry.objects.filter(actor_id=actor.id).values_list("outcome", flat=True)
    return sum(outcome.endswith(refused) for outcome in outcomes)


def writes(queries):
    return [
        query["sql"]
        for query in queries
        if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
        and not any(f'"{name}' in query["sql"] for name in HARMLESS)
    ]


def faults(may, actor, answer, *, traced, written):
    """Yield what is wrong with an answer to `actor`, who `may` (or not, or None: there is no such thing)."""
    status = answer.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        yield "broke"
    if status == HTTPStatus.FORBIDDEN and not traced:
        yield "refused without a trace"
    if may and status == HTTPStatus.FORBIDDEN:
        yield "refused somebody who may"
    if may is False and written:
        yield f"wrote, though refused: {written[0][:120]}"
    # A page leads to signing in; a service for programs says that a token is wanted (RFC 6750 section 3).
    asked = answer.get("Location", "").startswith(LOGIN) or (status, answer.get("WWW-Authenticate")) == (401, "Bearer")
    if may is False and actor.kind == "anonymous" and not asked:
        yield f"answered {status} instead of asking to sign in"
    if may is False and actor.kind != "anonymous" and status not in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        yield f"answered {status} to somebody who may not"


def walk(city, username, method, *, browser=None):
    """Try every route as one person, in a browser where they are signed in or in another; return the faults."""
    browser, actor, found = browser or city.browser(username), actor_of(username), []
    things = routes.things(city)
    browser.get("/language/")  # the session is noted now, and not again with each page that is then forgotten
    for route in OURS:
        if method == "post" and not hasattr(route.view, "post"):
            continue
        if route.view.action == pmi.PUBLIC and username not in TRIES_PUBLIC_PAGES:
            continue
        path = route.path(things)
        with forgotten():
            connection.queries_log.clear()
            before = refusals_of(actor)
            with CaptureQueriesContext(connection) as seen:
                answer = getattr(browser, method)(path, GIVEN if method == "post" else None)
                read_to_the_end(answer)
            may, traced = declared(route, path, actor, method), refusals_of(actor) > before
            wrong = faults(may, actor, answer, traced=traced, written=writes(seen.captured_queries))
            found += [f"{method.upper()} {path} as {username or 'nobody'}: {sentence}" for sentence in wrong]
    return found
