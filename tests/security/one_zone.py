"""The matrix of one zone by itself; test_matrix.py runs this file once for each zone, in a process of its own."""

from http import HTTPStatus

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings

from quancheng.kernel import tasks, zone
from quancheng.support.demo import public as demo
from tests.security import routes
from tests.security.conftest import FAST, forgotten, one_connection
from tests.security.walking import NOBODY, Town, walk

pytestmark = pytest.mark.django_db

# Where the other zone's systems would stand.
AWAY = {
    "extranet": ("/approvals/", "/workbench/", "/population/", "/entities/"),
    "intranet": ("/hall/", "/hall/wallet/", "/cms/"),
}


@pytest.fixture(scope="module")
def town(folder, django_db_setup, django_db_blocker):
    """The sample city's part in this zone."""
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=FAST), one_connection(), forgotten():
        demo.build()
        tasks.run_all()
        yield Town()


def everybody():
    """Return the names of all accounts of this zone, and nobody."""
    return (NOBODY, *get_user_model().objects.order_by("username").values_list("username", flat=True))


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_goes_beyond_what_is_declared(town, method):
    found = [fault for username in everybody() for fault in walk(town, username, method)]

    assert found == []


def test_nothing_of_the_other_zone_is_served(town):
    for username in everybody():
        browser = town.browser(username)
        for path in AWAY[zone.current()]:
            assert browser.get(path).status_code == HTTPStatus.NOT_FOUND, (username, path)


def test_only_apps_of_this_zone_have_addresses():
    from quancheng.kernel import discovery

    served = {route.view.__module__.split(".")[2] for route in routes.every() if route.is_ours}

    assert served
    assert all(zone.current() in discovery.app(label).zones for label in served - {"urls"})
