"""Each check is quiet where nothing is wanting and tells what is."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import translation

from quancheng.kernel import posture as kernel
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account, Appointment
from quancheng.security.pki import public as pki
from quancheng.security.pki.models import Authority, Certificate, Enrolment
from quancheng.security.pmi import public as pmi
from quancheng.security.posture.checks import clock as clocks
from quancheng.security.trail import public as trail
from quancheng.security.trail.models import Entry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)  # a Monday, two in the afternoon in Jinan
CODE = "370100"


def found(code, at=NOW):
    (check,) = [item for item in kernel.checks() if item.code == code]
    return tuple(check.look(at))


def keys(code, at=NOW):
    return {item.key for item in found(code, at)}


@pytest.fixture
def office():
    identity.ensure_organisation(code=CODE, name="济南市人民政府", kind="GOVERNMENT")

    def staff(username, *roles, officer=""):
        identity.ensure_account(username=username, name=username, kind="staff")
        for role in roles:
            pmi.define_role(code=role, title=role, privileges=[f"{role}.thing.do"], officer=officer)
        identity.ensure_post(organisation=CODE, title=f"post of {username}", roles=list(roles), holders=[username])
        Appointment.objects.update(valid_from=NOW - timedelta(days=30))
        return Account.objects.get(username=username)

    return staff


class TestAccounts:
    def test_idle_ones_are_told_with_their_names(self, office):
        office("busy")
        Account.objects.filter(username="busy").update(last_login=NOW)
        account = office("absent")
        Account.objects.filter(pk=account.pk).update(last_login=NOW - timedelta(days=100))

        (told,) = found("identity.idle-account")

        assert "absent" in str(told.sentence)
        assert "busy" not in str(told.sentence)
        assert told.since == NOW - timedelta(days=10)
        assert told.url == reverse("identity:accounts")

    def test_those_of_the_demonstration_are_told_until_their_password_is_another(self, office):
        account = office("window")
        assert found("identity.demo-password")[0].severity == kernel.Severity.CRITICAL

        account.set_password("a quiet morning of one's own")
        account.save()

        assert not found("identity.demo-password")

    def test_officers_without_a_second_factor_weigh_more_than_clerks(self, office):
        office("clerk", "clerks")
        office("keeper", "keepers", officer="SYSTEM")

        told = {item.key: item for item in found("identity.second-factor")}

        assert "keeper" in str(told["officers"].sentence)
        assert told["officers"].severity > told["staff"].severity

    def test_whoever_is_two_of_the_three_officers_is_told(self, office):
        office("keeper", "keepers", officer="SYSTEM")
        both = office("both", "watchers", officer="AUDIT")
        assert not found("identity.officers")

        identity.ensure_post(organisation=CODE, title="another", roles=["keepers"], holders=["both"])

        assert keys("identity.officers", at=datetime.now(UTC)) == {str(both.pk)}

    def test_whoever_holds_no_post_is_told(self, office):
        office("serving")
        identity.ensure_account(username="left", name="left", kind="staff")

        (told,) = found("identity.without-post", at=datetime.now(UTC))

        assert "left" in str(told.sentence)
        assert "serving" not in str(told.sentence)


class TestPrivileges:
    def test_roles_and_privileges_that_nobody_has_are_told(self, office):
        office("clerk", "clerks")
        pmi.define_role(code="ghosts", title="ghosts", privileges=["ghosts.thing.do"])

        assert "ghosts" in str(found("pmi.empty-role")[0].sentence)
        assert "ghosts.thing.do" in str(next(item for item in found("pmi.unheld") if item.key == "lost").sentence)
        assert "clerk" in str(found("pmi.single-holder")[0].sentence)

    def test_a_post_with_both_halves_of_a_rule_is_told(self, office):
        pmi.define_conflict(first="clerks.thing.do", second="judges.thing.do", reason="apart")
        office("one", "clerks")
        assert not found("pmi.post-breaks-rule")

        office("two", "clerks", "judges")

        assert "post of two" in str(found("pmi.post-breaks-rule")[0].sentence)


class TestCertificates:
    @pytest.fixture
    def folder(self, monkeypatch, tmp_path):
        from quancheng.kernel import config

        monkeypatch.setenv("QC_DATA", str(tmp_path))
        config.data_dir.cache_clear()
        yield tmp_path / "pki"
        config.data_dir.cache_clear()

    def test_those_that_end_soon_are_told_and_the_root_s_key_on_the_site(self, folder):
        pki.ensure_organisation_seal("370100-spfw", "审批局")
        assert not found("pki.ending", at=datetime.now(UTC))
        row = Certificate.objects.get(profile="seal")

        assert keys("pki.ending", at=row.not_after - timedelta(days=3)) == {"7"}
        assert keys("pki.ending", at=row.not_after - timedelta(days=20)) == {"30"}
        assert "root" in keys("pki.keys")

    def test_the_end_of_an_authority_is_told_by_the_city_s_day(self, folder):
        pki.ensure_organisation_seal("370100-spfw", "审批局")
        Authority.objects.update(not_after=datetime(2026, 12, 31, 16, 30, tzinfo=UTC))  # half past midnight in Jinan

        with translation.override("zh-hans"):
            assert "2027年1月1日" in str(found("pki.authority-ending")[0].sentence)

    def test_requests_that_wait_are_told_after_a_week(self, folder):
        Enrolment.objects.create(profile="server", csr=b"x", requested_at=NOW - timedelta(days=8))

        assert not found("pki.waiting", at=NOW - timedelta(days=2))
        assert found("pki.waiting")[0].since == NOW - timedelta(days=1)


def look(actor, at, *subjects, action="population.person.read"):
    trail.record(action=action, actor_id=f"account:{actor}", actor_name=actor, subjects=subjects, outcome="done")
    Entry.objects.filter(pk=Entry.objects.latest("pk").pk).update(at=at)


class TestLooks:
    def test_staff_at_night_are_told_and_citizens_at_their_own_things_are_not(self):
        for name, kind in (("owl", "citizen"), ("officer", "staff")):
            identity.ensure_account(username=name, name=name, kind=kind)
            look(str(Account.objects.get(username=name).pk), NOW - timedelta(hours=15))

        (told,) = found("trail.looks-out-of-hours")

        assert told.key.startswith(Account.objects.get(username="officer").actor_id)


class TestTrail:
    def test_entries_that_no_worker_takes_are_told(self):
        look("clerk", NOW - timedelta(minutes=11))

        assert found("trail.waiting")[0].since == NOW - timedelta(minutes=11)
        assert not found("trail.waiting", at=NOW - timedelta(minutes=5))


class TestSettings:
    def test_a_site_for_developers_is_told(self, settings):
        assert not found("posture.debug")

        settings.DEBUG, settings.ALLOWED_HOSTS, settings.SECRET_KEY = True, ["*"], "secret"

        assert keys("posture.debug") == {"debug", "hosts", "secret"}

    def test_transport_in_the_clear_is_told_and_a_proxy_that_nobody_counted(self, settings):
        settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.SECURE_SSL_REDIRECT = False
        assert keys("posture.transport") == {"cookies"}

        settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.SECURE_SSL_REDIRECT = True
        settings.SECURE_HSTS_SECONDS, settings.ALLAUTH_TRUSTED_PROXY_COUNT = 60, 0
        assert keys("posture.transport") == {"hsts", "proxies"}

        settings.SECURE_HSTS_SECONDS, settings.ALLAUTH_TRUSTED_PROXY_COUNT = 365 * 24 * 3600, 1
        assert not keys("posture.transport")

    def test_a_policy_that_lets_foreign_scripts_in_is_told(self, settings):
        assert not found("posture.browser")

        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'unsafe-inline'"]}}
        settings.X_FRAME_OPTIONS = "SAMEORIGIN"

        assert keys("posture.browser") == {"policy", "frames"}

    def test_passwords_that_are_quickly_tried_are_told(self, settings):
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        assert keys("posture.passwords") == {"hasher"}

        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
        assert not found("posture.passwords")


class TestClock:
    def test_one_that_nothing_keeps_right_is_told(self, monkeypatch):
        monkeypatch.setattr(clocks, "discipline", lambda: (False, 16.0))
        assert keys("posture.clock") == {"undisciplined"}

        monkeypatch.setattr(clocks, "discipline", lambda: (True, 3.0))
        assert keys("posture.clock") == {"inaccurate"}

        monkeypatch.setattr(clocks, "discipline", lambda: (True, 0.01))
        assert not found("posture.clock")

    def test_one_that_the_timestamp_service_doubts_is_told(self, monkeypatch):
        monkeypatch.setattr(clocks, "discipline", lambda: None)
        monkeypatch.setattr(pki, "clock_view", lambda: SimpleNamespace(good=False))

        (told,) = found("posture.clock")

        assert told.severity == kernel.Severity.CRITICAL
        assert told.url == "/crypto/clock/"

    def test_one_that_was_put_back_is_told(self, monkeypatch):
        monkeypatch.setattr(clocks, "discipline", lambda: None)
        look("clerk", NOW)
        trail.integrate(at=datetime.now(UTC))

        assert keys("posture.clock", at=datetime.now(UTC) - timedelta(hours=1)) == {"put-back"}
        assert not found("posture.clock", at=datetime.now(UTC))
