"""The pages about the use of the services."""

import json
import time

import pytest

from quancheng.security.crypto.models import Quota
from quancheng.security.identity.tests.factories import staff
from quancheng.security.pki import config
from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import timestamping
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
OFFICER = ("crypto.usage.read", "crypto.quota.change")


@pytest.fixture
def officer(client, site):
    client.force_login(staff("officer", privileges=OFFICER, organisation="370100"))
    return client


class TestUsage:
    def test_shows_who_called_how_often_and_what_is_left(self, officer, system, quota):
        quota(f"client:{system.id}", 5)
        for _call in range(2):
            system.does("hash", content=b"x")

        page = officer.get("/crypto/usage/")

        ((caller, place),) = page.context["callers"]
        assert (caller.name, caller.today, caller.left, place) == ("办案系统", 2, 3, "济南市市场监督管理局")

    def test_of_very_many_callers_is_shown_page_by_page_those_with_most_calls_first(self, officer, system):
        system.does("hash", content=b"x")
        at = Quota.objects.get().organisation
        Quota.objects.bulk_create(Quota(caller=f"client:{i}", organisation=at) for i in range(40))

        first, second = (officer.get("/crypto/usage/", {"page": number}) for number in (1, 2))

        shown = [caller for page in (first, second) for caller, _place in page.context["callers"]]
        assert (len(first.context["callers"]), len({caller.id for caller in shown})) == (30, 41)
        assert [caller.today for caller in shown] == [1] + [0] * 40
        assert 'href="?page=2"' in first.content.decode()

    def test_of_another_organisation_is_not_shown(self, client, system):
        system.does("hash", content=b"x")
        client.force_login(staff("fireman", privileges=OFFICER, organisation="370100-xfjy"))

        assert client.get("/crypto/usage/").context["callers"] == []
        assert client.get(f"/crypto/usage/{Quota.objects.get().pk}/").status_code == 403

    def test_of_one_caller_is_shown_by_day(self, officer, system):
        system.does("hash", content=b"x")

        page = officer.get(f"/crypto/usage/{Quota.objects.get().pk}/")

        ((day, operations),) = page.context["days"]
        assert (day.calls, day.octets, [calls for _title, calls in operations]) == (1, 1, [1])

    def test_is_not_for_everybody(self, client, site):
        client.force_login(staff("nobody"))

        assert client.get("/crypto/usage/").status_code == 403


class TestQuota:
    def test_is_changed_and_given_back(self, officer, system):
        system.does("hash", content=b"x")
        row = Quota.objects.get()

        officer.post(f"/crypto/usage/{row.pk}/quota/", {"calls_a_day": "1"})
        assert system.call("hash", content=b"x").status_code == 429

        officer.post(f"/crypto/usage/{row.pk}/quota/", {"calls_a_day": ""})
        assert system.call("hash", content=b"x").status_code == 200

    @pytest.mark.parametrize("number", ["-1", "99999999999999", "many", "\0"])
    def test_is_a_number_within_bounds(self, officer, system, number):
        system.does("hash", content=b"x")
        row = Quota.objects.get()

        page = officer.post(f"/crypto/usage/{row.pk}/quota/", {"calls_a_day": number})

        assert page.status_code in {200, 400}
        assert Quota.objects.get().calls_a_day is None


class TestClock:
    def test_says_that_tokens_are_made(self, client, site):
        client.force_login(staff("officer", privileges=("crypto.clock.read",), organisation="370100"))

        page = client.get("/crypto/clock/")

        assert page.context["clock"].good
        assert not page.context["may_accept"]

    def test_in_doubt_is_explained_and_accepted_by_an_officer(self, client, site):
        pki.timestamp(bytes(32))
        file = config.folder() / "clock.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"stepped": 60.0, "stepped_at": time.time()}))
        timestamping._clock.cache_clear()
        client.force_login(
            staff("officer", privileges=("crypto.clock.read", "pki.clock.accept"), organisation="370100")
        )

        page = client.get("/crypto/clock/")
        assert "60.0" in page.context["doubts"][0]
        assert page.context["may_accept"]

        client.post("/crypto/clock/accept/")
        assert client.get("/crypto/clock/").context["clock"].good

    def test_is_entered_in_the_trail_when_accepted(self, client, site):
        officer = staff("officer", privileges=("pki.clock.accept",), organisation="370100")
        client.force_login(officer)

        client.post("/crypto/clock/accept/")

        assert trail.entries(subject="clock:timestamp").items[0].actor_id == officer.actor_id
