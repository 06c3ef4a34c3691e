"""The pages in a real browser: accessible, and fitting a phone."""

import json
import os
from pathlib import Path

import pytest

from quancheng.security.identity.models import Account
from quancheng.security.identity.tests.factories import staff
from quancheng.support.look.tests.test_browser import AXE, SPRITE, violations
from quancheng.support.notifications import public as notifications
from quancheng.support.notifications.adapters import Never
from quancheng.support.notifications.models import Wishes
from quancheng.support.notifications.tests.factories import Remembering, tell

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not AXE.exists(), reason="node_modules is absent: run npm ci"),
    pytest.mark.skipif(not SPRITE.exists(), reason="what scripts/vendor.py collects is absent"),
]
PRIVILEGES = (
    *(f"notifications.template.{verb}" for verb in ("read", "edit", "publish")),
    "notifications.delivery.read",
    "notifications.delivery.retry",
)


def sign_in(page, live_server, client, account):
    client.force_login(account)
    cookies = [{"name": name, "value": item.value, "url": live_server.url} for name, item in client.cookies.items()]
    page.context.add_cookies(cookies)


def photograph(page, name):
    """Keep a picture where the environment names a folder; otherwise nothing."""
    if folder := os.environ.get("QC_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def look_at(page, live_server, addresses, who):
    faults = []
    for name, address in addresses.items():
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(live_server.url + address)
            page.wait_for_load_state("networkidle")
            photograph(page, f"{who}-{name}-{width}")
            faults += [f"{address} at {width}: {fault}" for fault in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"{address} is wider than {width}")
    return faults


@pytest.fixture
def told(own_kinds, mei, set_up):
    set_up(sms="file", voice="file", push="on")
    Wishes.objects.create(account_id=mei, language="zh-hans")
    for what in ("已受理", "已办结"):
        tell(mei, what=what)
    tell(mei, kind="probe.alarm", what="请疏散")
    now = Account.objects.get(pk=mei).date_joined
    notifications.send_due(channel="email", gateway=Remembering("sent", Never("no such mailbox")), now=now)
    return mei


def test_the_pages_of_a_citizen_are_open_to_everybody(page, live_server, client, told):
    sign_in(page, live_server, client, Account.objects.get(pk=told))

    pages = {"inbox": "/notifications/", "wishes": "/notifications/settings/"}

    assert look_at(page, live_server, pages, "citizen") == []
    assert page.complaints == []


def test_the_pages_of_an_administrator_are_open_to_everybody(page, live_server, client, told):
    sign_in(page, live_server, client, staff("keeper", privileges=PRIVILEGES))
    edit = f"{live_server.url}/notifications/templates/probe.progress/edit/"
    page.goto(edit)
    # By keyboard alone: from the field to the button, and the draft stands.
    page.focus("[name='zh-hans.title']")
    page.keyboard.type("新消息：")
    page.focus("[name=note]")
    page.keyboard.type("更清楚")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert "version=1" in page.url

    pages = {
        "templates": "/notifications/templates/",
        "template": "/notifications/templates/probe.progress/?version=1",
        "edit": "/notifications/templates/probe.progress/edit/",
        "deliveries": "/notifications/deliveries/?period=all",
    }

    assert look_at(page, live_server, pages, "keeper") == []
    assert page.complaints == []


def test_a_browser_notice_is_shown_once_however_often_it_arrives(page, live_server, client, told):
    sign_in(page, live_server, client, Account.objects.get(pk=told))
    page.context.grant_permissions(["notifications"], origin=live_server.url)
    page.goto(f"{live_server.url}/notifications/settings/")
    devtools, seen = page.context.new_cdp_session(page), []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: seen.extend(event["registrations"]))
    devtools.send("ServiceWorker.enable")
    register = "navigator.serviceWorker.register('/notifications/worker.js').then(() => navigator.serviceWorker.ready)"
    scope = page.evaluate(f"{register}.then((one) => one.scope)")
    wish = {"origin": live_server.url, "registrationId": seen[-1]["registrationId"]}
    notice = json.dumps({"id": "0b9e0c5e", "title": "已受理", "text": "已受理", "url": "/hall/1/"})

    for _twice in range(2):
        devtools.send("ServiceWorker.deliverPushMessage", wish | {"data": notice})
    waiting = "navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) => all.length > 0)"
    page.wait_for_function(waiting)
    shown = page.evaluate(
        "navigator.serviceWorker.ready.then((one) => one.getNotifications())"
        ".then((all) => all.map((one) => [one.title, one.body, one.data.url]))"
    )

    assert scope == f"{live_server.url}/notifications/"
    assert shown == [["已受理", "", "/hall/1/"]]
