"""Who reaches which address: every route of the site against every kind of person, by what the code declares.

The routes are found, not listed: a new page is tried by itself. What it declares (`action`, `open_to`, `target()`) is
the policy, and a second, short list of what nobody may ever see keeps the declarations themselves honest.
"""

import os
import subprocess
import sys
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.security import routes
from tests.security.city import CITIZENS, EDITOR, ELSEWHERE, OWNER, STAFF, STRANGER
from tests.security.walking import NOBODY, OURS, walk

pytestmark = pytest.mark.django_db

EVERYBODY = (NOBODY, *CITIZENS, EDITOR, *STAFF)
PRIVATE = ("370102199003150024", "13853100001")  # the owner's identity number and the mobile number in the form


@pytest.mark.parametrize("username", EVERYBODY, ids=lambda name: name or "nobody")
def test_nobody_reads_beyond_what_is_declared_and_every_refusal_leaves_a_trace(city, username):
    assert walk(city, username, "get") == []


@pytest.mark.parametrize("username", EVERYBODY, ids=lambda name: name or "nobody")
def test_nobody_sends_beyond_what_is_declared_and_a_refused_request_changes_nothing(city, username):
    assert walk(city, username, "post") == []


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("username", [OWNER, "lead", "admin"])
def test_a_session_that_has_expired_opens_no_more_than_none(city, username, method):
    browser = city.browser(username)
    Session.objects.filter(pk=browser.session.session_key).update(expire_date=timezone.now() - timedelta(seconds=1))

    assert walk(city, NOBODY, method, browser=browser) == []


@pytest.mark.parametrize("path", ["/approvals/{case}/", "/approvals/{case}/documents/"])
def test_the_same_roles_in_another_department_open_nothing_of_this_one(city, path):
    address = path.format(case=city.things["approvals", "application_id"])
    assert city.browser("lead").get(address).status_code == HTTPStatus.OK

    browser = city.browser(ELSEWHERE)

    assert browser.get("/approvals/").status_code == HTTPStatus.OK
    assert browser.get(address).status_code == HTTPStatus.FORBIDDEN
    for act in ("accept", "decide", "refuse-acceptance"):
        answer = browser.post(f"/approvals/{city.things['approvals', 'application_id']}/do/{act}/", {"comment": "x"})
        assert answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}, act


# What answers a protocol with a proof of its own is opened by its own tests, with real clients.
PROTOCOLS = ("/pki/acme/", "/api/identity/scim/")


def test_every_page_opens_for_somebody(city):
    """What nobody can open was not tried by the tests above, whatever they say."""
    things, closed = routes.things(city), []
    browsers = [
        city.browser(username) for username in (OWNER, "lead", "chief", "admin", "security", "auditor", "registry")
    ]
    for route in OURS:
        path = route.path(things)
        if not hasattr(route.view, "get") or path.startswith(PROTOCOLS):
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


@pytest.mark.heavy
@pytest.mark.parametrize("zone", ["extranet", "intranet"])
def test_each_zone_by_itself_keeps_to_the_same_policy(zone, tmp_path):
    """One process serves both zones above; here each is as it is in a city, with its own addresses and people."""
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "QC_ZONE": zone, "QC_DATA": str(tmp_path), "QC_PKI_IMPROVISE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/security/one_zone.py"]

    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-6000:]
