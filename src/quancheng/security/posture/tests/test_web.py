"""The page and its file, as the officers see them."""

import csv
import io

import pytest
from django.urls import reverse

from quancheng.kernel import posture as kernel
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account
from quancheng.security.pmi import public as pmi

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
