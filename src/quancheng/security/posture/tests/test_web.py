"""The page and its file, as the officers see them."""

import csv
import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel import posture as kernel
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account
from quancheng.security.pmi import public as pmi
from quancheng.security.posture import public as posture
from quancheng.security.posture import subscriptions
from quancheng.security.posture.models import Reading

pytestmark = pytest.mark.django_db
OVERVIEW, EXPORT = "/posture/", "/posture/findings.csv"


@pytest.fixture
def officer(client):
    """A browser in which the security officer is signed in."""
    identity.ensure_organisation(code="370100", name="济南市人民政府", kind="GOVERNMENT")
    identity.ensure_account(username="security", name="钱卫", kind="staff")
    pmi.define_role(code="posture-reader", title="x", privileges=["posture.finding.read"])
    identity.ensure_post(organisation="370100", title="x", roles=["posture-reader"], holders=["security"])
    client.force_login(Account.objects.get(username="security"))
    return client


@pytest.fixture
def wanting(monkeypatch):
    found = [
        Finding(Severity.SERIOUS, "a door stands open", key="door", remedy="shut it", url="/doors/"),
        Finding(Severity.NOTICE, "=cmd|' /C calc'!A0", key="dust"),
    ]
    monkeypatch.setattr(kernel, "_checks", {"test.doors": kernel.Check("test.doors", "Doors", lambda _at: found)})


class TestOverview:
    def test_shows_what_is_wanting_and_where_it_is_mended(self, officer, wanting):
        page = officer.get(OVERVIEW).content.decode()

        assert "a door stands open" in page
        assert 'href="/doors/"' in page

    @pytest.mark.parametrize(("wish", "shown"), [("serious", True), ("notice", False), ("nonsense\0", True)])
    def test_shows_the_findings_of_one_severity(self, officer, wanting, wish, shown):
        answer = officer.get(OVERVIEW, {"severity": wish})

        assert answer.status_code in {200, 400}
        assert answer.status_code == 400 or ("a door stands open" in answer.content.decode()) is shown

    def test_says_so_when_nothing_is_wanting(self, officer, monkeypatch):
        monkeypatch.setattr(kernel, "_checks", {})

        assert "没有需要整改的问题" in officer.get(OVERVIEW, headers={"accept-language": "zh-hans"}).content.decode()

    def test_opens_with_every_check_of_the_site(self, officer):
        answer = officer.get(OVERVIEW)

        assert answer.status_code == 200
        assert {check.code for check in kernel.checks()} >= {"pki.ending", "identity.idle-account", "posture.clock"}
        assert not [item for item in answer.context["posture"].findings if item.key == "failed"]

    def test_is_for_officers_only(self, client):
        assert client.get(OVERVIEW).url.startswith(reverse("account_login"))
        identity.ensure_account(username="clerk", name="x", kind="staff")
        client.force_login(Account.objects.get(username="clerk"))

        assert client.get(OVERVIEW).status_code == client.get(EXPORT).status_code == 403


class TestFile:
    def test_holds_the_same_findings_and_no_formula(self, officer, wanting):
        answer = officer.get(EXPORT)
        _head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))

        assert answer["Content-Disposition"].startswith("attachment")
        assert [row[2] for row in rows] == ["a door stands open", "'=cmd|' /C calc'!A0"]


class TestKeptReading:
    @pytest.fixture
    def asked(self, monkeypatch):
        """How often the only check was run."""
        times = []

        def look(_at):
            times.append(1)
            yield Finding(Severity.SERIOUS, _("Nothing keeps the clock of this machine right."), key="door")

        monkeypatch.setattr(kernel, "_checks", {"test.doors": kernel.Check("test.doors", "Doors", look)})
        return times

    def test_is_shown_without_running_the_checks_again_in_the_readers_language(self, officer, asked):
        posture.review(actor=pmi.service_actor("posture"), at=timezone.now())
        asked.clear()

        chinese, english = (
            officer.get(OVERVIEW, headers={"accept-language": language}).content.decode()
            for language in ("zh-hans", "en")
        )

        assert not asked
        assert "Nothing keeps the clock" in english
        assert "Nothing keeps the clock" not in chinese

    def test_that_is_old_gives_way_to_a_fresh_look(self, officer, asked):
        posture.review(actor=pmi.service_actor("posture"), at=timezone.now() - timedelta(days=1))
        asked.clear()

        officer.get(OVERVIEW)

        assert asked

    def test_is_made_anew_by_who_may(self, officer, asked):
        assert officer.post("/posture/review/").status_code == 403

        pmi.define_role(code="posture-reader", title="x", privileges=["posture.finding.read", "posture.review.hold"])
        answer = officer.post("/posture/review/", follow=True)

        assert answer.status_code == 200
        assert Reading.objects.get().content

    def test_of_the_extranet_comes_over_and_stands_beside_the_own(self, officer, asked, monkeypatch):
        told = []
        monkeypatch.setenv("QC_ZONE", "extranet")
        monkeypatch.setattr(events, "_transport", SimpleNamespace(publish=told.append))
        posture.review(actor=pmi.service_actor("posture"), at=timezone.now() - timedelta(hours=3))
        (message,) = [item for item in told if item.topic == "posture.review-held"]
        Reading.objects.all().delete()
        monkeypatch.setenv("QC_ZONE", "intranet")

        subscriptions.keep(message)
        subscriptions.keep(message)
        answer = officer.get(OVERVIEW, headers={"accept-language": "zh-hans"})

        page = answer.content.decode()
        assert [item.zone for item in answer.context["findings"]] == ["", "extranet"]
        assert "摆渡" in page
        assert "外网" in page

    def test_of_the_extranet_that_stays_away_is_said_to(self, officer, asked, monkeypatch):
        monkeypatch.setenv("QC_ZONE", "intranet")
        found = {"en": {"score": 90, "findings": [], "checks": []}}
        Reading.objects.create(zone="extranet", at=timezone.now() - timedelta(days=2), content=found)

        page = officer.get(OVERVIEW, headers={"accept-language": "en"}).content.decode()

        assert "No reading of the extranet has come over since" in page

    @pytest.mark.parametrize("content", [[], {"en": {}}, {"en": {"score": "x", "findings": 1, "checks": 2}}])
    def test_that_cannot_be_read_is_left_out(self, officer, asked, monkeypatch, content):
        monkeypatch.setenv("QC_ZONE", "intranet")
        Reading.objects.create(zone="extranet", at=timezone.now(), content=content)

        assert officer.get(OVERVIEW).status_code == 200
