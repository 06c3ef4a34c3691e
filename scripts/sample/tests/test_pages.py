"""The pages from outside: who may open and send what."""

import pytest
from django.contrib.auth import get_user_model
from quancheng.business.sample import actions, demo
from quancheng.business.sample.models import Record

from quancheng.security.identity import demo as people
from quancheng.support.notifications import public as notifications

pytestmark = pytest.mark.django_db
GIVEN = {"title": "第一件", "text": "说明"}


@pytest.fixture
def browser(client):
    people.build()
    demo.build()

    def of(username):
        client.force_login(get_user_model().objects.get(username=username))
        return client

    return of


@pytest.fixture
def record(browser):
    browser(demo.HOLDER).post("/sample/new/", GIVEN)
    return Record.objects.get()


def test_what_is_entered_stands_in_the_list_and_has_a_page(browser, record):
    clerk = browser(demo.HOLDER)

    assert "第一件" in clerk.get("/sample/").content.decode()
    assert "说明" in clerk.get(f"/sample/{record.pk}/").content.decode()


def test_a_field_that_is_missing_is_asked_for_and_nothing_is_entered(browser):
    assert browser(demo.HOLDER).post("/sample/new/", {"title": "第一件"}).status_code == 422
    assert not Record.objects.exists()


def test_settling_tells_whoever_entered_it_and_works_once(browser, record):
    clerk = browser(demo.HOLDER)
    for _again in range(2):
        clerk.post("/sample/", {"wish": "settle", "row": str(record.pk)})

    record.refresh_from_db()
    assert record.settled_at
    assert notifications.unread(clerk.get("/sample/").wsgi_request.actor) == 1


@pytest.mark.parametrize("username", ["window", "other"])
def test_other_departments_have_no_part_in_it(browser, record, username):
    stranger = browser(username)

    assert stranger.get("/sample/").status_code == 403
    assert stranger.get(f"/sample/{record.pk}/").status_code == 403
    assert stranger.post("/sample/new/", GIVEN).status_code == 403
    with pytest.raises(actions.pmi.Forbidden):
        actions.settle(actor=stranger.get("/").wsgi_request.actor, record_id=record.pk, at=record.entered_at)
