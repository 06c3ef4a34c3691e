"""Who reaches which address: every route of the site against every kind of person, by what the code declares.

The routes are found, not listed: a new page is tried by itself. What it declares (`action`, `open_to`, `target()`) is
the policy, and a second, short list of what nobody may ever see keeps the declarations themselves honest.
"""

from http import HTTPStatus

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.rules import permitted
from quancheng.security.trail.models import Entry
from tests.security import routes
from tests.security.city import CITIZENS, EDITOR, OWNER, STAFF, STRANGER
from tests.security.conftest import forgotten, read_to_the_end

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("security")]

NOBODY = ""
EVERYBODY = (NOBODY, *CITIZENS, EDITOR, *STAFF)
PRIVATE = ("370102199003150024", "13853100001")  # the owner's identity number and the mobile number in the form
OURS = [route for route in routes.every() if route.is_ours]
LOGIN = "/accounts/login/"
# Pages for everybody are the costliest and the same for all: they are tried as nobody, as a citizen and as a clerk.
TRIES_PUBLIC_PAGES = (NOBODY, OWNER, "window")
# What a form may carry, so that a page which looks at it before it decides has something to look at.
GIVEN = {"part": "fire_check", "code": "M02", "reason": "x", "comment": "x", "next": "/"}
# A refusal may write its own trail entry, note that the session is in use, and clear an old one; nothing else.
HARMLESS = ("trail_", "django_session", "identity_session", "site_cache")


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
    return sum(Entry.objects.filter(actor_id=actor.id, outcome__endswith=code).count() for code in refused)


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


def walk(city, username, method):
    """Try every route as one person; return the faults."""
    browser, actor, found = city.browser(username), actor_of(username), []
    things = routes.things(city)
    for route in OURS:
        if method == "post" and not hasattr(route.view, "post"):
            continue
        if route.view.action == pmi.PUBLIC and username not in TRIES_PUBLIC_PAGES:
            continue
        path = route.path(things)
        with forgotten():
            before = refusals_of(actor)
            with CaptureQueriesContext(connection) as seen:
                answer = getattr(browser, method)(path, GIVEN if method == "post" else None)
                read_to_the_end(answer)
            may, traced = declared(route, path, actor, method), refusals_of(actor) > before
            wrong = faults(may, actor, answer, traced=traced, written=writes(seen.captured_queries))
            found += [f"{method.upper()} {path} as {username or 'nobody'}: {sentence}" for sentence in wrong]
    return found


@pytest.mark.parametrize("username", EVERYBODY, ids=lambda name: name or "nobody")
def test_nobody_reads_beyond_what_is_declared_and_every_refusal_leaves_a_trace(city, username):
    assert walk(city, username, "get") == []


@pytest.mark.parametrize("username", EVERYBODY, ids=lambda name: name or "nobody")
def test_nobody_sends_beyond_what_is_declared_and_a_refused_request_changes_nothing(city, username):
    assert walk(city, username, "post") == []


def test_every_page_opens_for_somebody(city):
    """What nobody can open was not tried by the tests above, whatever they say."""
    things, closed = routes.things(city), []
    browsers = [city.browser(username) for username in (OWNER, "lead", "admin", "security", "auditor", "registry")]
    for route in OURS:
        path = route.path(things)
        # What answers the ACME protocol is opened by its own tests, with real clients.
        if not hasattr(route.view, "get") or path.startswith("/pki/acme/"):
            continue
        if not any(browser.get(path).status_code < HTTPStatus.BAD_REQUEST for browser in browsers):
            closed.append(path)

    assert closed == []


@pytest.mark.parametrize("username", [NOBODY, STRANGER, "other"], ids=lambda name: name or "nobody")
def test_what_is_private_is_shown_to_nobody_who_has_no_part_in_it(city, username):
    browser, things, told = city.browser(username), routes.things(city), []
    for route in OURS:
        answer = browser.get(route.path(things))
        content = b"".join(answer) if answer.streaming else answer.content
        told += [f"{route.path(things)}: {secret}" for secret in PRIVATE if secret.encode() in content]

    assert told == []


OTHERS_THINGS = (
    "/approvals/{case}/",
    "/approvals/{case}/documents/",
    "/hall/submissions/{submission}/",
    "/hall/wallet/1/",
)
INSIDE = ("/workbench/", "/approvals/", "/population/", "/entities/", "/exchange/", "/trail/", "/workflow/", "/cms/")


@pytest.mark.parametrize("username", [NOBODY, STRANGER, EDITOR, "other", "admin"], ids=lambda name: name or "nobody")
@pytest.mark.parametrize("path", OTHERS_THINGS)
def test_whatever_the_code_declares_an_application_is_not_for_everybody(city, username, path):
    things = city.things
    place = path.format(case=things["approvals", "application_id"], submission=things["hall", "submission_id"])

    assert city.browser(username).get(place).status_code in {302, 403, 404}


@pytest.mark.parametrize("username", [NOBODY, *CITIZENS], ids=lambda name: name or "nobody")
@pytest.mark.parametrize("path", INSIDE)
def test_whatever_the_code_declares_the_inside_is_not_for_citizens(city, username, path):
    assert city.browser(username).get(path).status_code in {302, 403}


def test_staff_cannot_apply_in_their_own_name(city):
    for username in STAFF:
        answer = city.browser(username).post("/hall/service/JN-YJS-0001/apply/", {"agreed": "1"})

        assert answer.status_code == HTTPStatus.FORBIDDEN, username


# What Wagtail shows to people who have not signed in: the way in, and the way to a new password.
CMS_DOOR = ("/cms/login/", "/cms/password_reset/", "/cms/jsi18n/", "/cms/sprite/")
FOREIGN = [route for route in routes.every() if not route.is_ours and "%" not in route.text.replace("%(", "")]


@pytest.mark.parametrize("username", [NOBODY, *CITIZENS, "window", "auditor"], ids=lambda name: name or "nobody")
def test_only_an_editor_reaches_the_editing_pages(city, username):
    browser, things, opened = city.browser(username), routes.things(city), []
    for route in FOREIGN:
        path = route.path(things)
        if path.startswith("/cms/") and not path.startswith(CMS_DOOR):
            answer = browser.get(path)
            if answer.status_code not in {302, 403, 404, 405}:
                opened.append(f"{answer.status_code} {path}")

    assert opened == []


def test_the_editor_does_reach_them(city):
    assert city.browser(EDITOR).get("/cms/pages/").status_code == HTTPStatus.OK


@pytest.mark.parametrize("username", [NOBODY, STRANGER, "window"], ids=lambda name: name or "nobody")
def test_the_login_pages_never_break_and_show_nobody_else_s_account(city, username):
    browser, things, found = city.browser(username), routes.things(city), []
    for route in FOREIGN:
        path = route.path(things)
        if path.startswith("/accounts/") and "logout" not in path:
            for answer in (browser.get(path), browser.post(path, {"next": "/"})):
                if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or b"370102199003150024" in answer.content:
                    found.append(f"{answer.status_code} {path}")

    assert found == []
