"""Two officers for one seal: from the pages, as they are used."""

import re
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from quancheng.security.crypto import public as crypto
from quancheng.security.crypto.models import SealUse
from quancheng.security.crypto.queries import seals
from quancheng.security.crypto.tests.conftest import CODE, PLACE, pdf
from quancheng.security.identity import public as identity
from quancheng.security.identity.tests.factories import prove, staff
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
CLERK = ("crypto.seal-use.read", "crypto.seal-use.apply")
KEEPER = ("crypto.seal-use.read", "crypto.seal-use.confirm", "crypto.seal-use.refuse")


def browser_of(username, privileges, organisation=CODE):
    browser = Client(HTTP_HOST="localhost", HTTP_ACCEPT="text/html")
    browser.force_login(staff(username, privileges=privileges, organisation=organisation))
    return browser


@pytest.fixture
def two(site):
    """The market bureau's seal needs two officers."""
    crypto.ensure_seal_policy(code=CODE, two_officers=True, at=timezone.now())


@pytest.fixture
def clerk(site):
    return browser_of("clerk", CLERK)


@pytest.fixture
def keeper(site):
    return browser_of("keeper", KEEPER)


def apply_for(browser, content=None, **more):
    file = SimpleUploadedFile("通知.pdf", pdf("通知") if content is None else content, "application/pdf")
    return browser.post("/crypto/seals/apply/", {"organisation": CODE, "document": file, "reason": "印发", **more})


def number_of(answer):
    return int(re.search(r"/crypto/seals/(\d+)/", answer["Location"])[1])


class TestTwoOfficers:
    def test_one_applies_another_confirms_and_the_document_is_sealed(self, two, clerk, keeper):
        number = number_of(apply_for(clerk))
        assert clerk.get(f"/crypto/seals/{number}/sealed.pdf").status_code == 404

        keeper.post(f"/crypto/seals/{number}/confirm/")

        sealed = clerk.get(f"/crypto/seals/{number}/sealed.pdf").content
        verdict = pki.verify_pdf(sealed)
        assert (verdict.valid, verdict.organisation) == (True, CODE)
        assert [
            item.action for item in trail.entries(subject=f"seal-use:{number}", action="crypto.seal-use.confirm").items
        ]

    def test_its_number_has_the_year_in_which_the_city_was(self, two, clerk):
        number = number_of(apply_for(clerk))
        SealUse.objects.update(applied_at=datetime(2026, 12, 31, 16, 30, tzinfo=UTC))  # half past midnight in Jinan

        assert seals.use(number).number == f"2027-{number:06d}"

    def test_who_applies_cannot_confirm(self, two):
        both = browser_of("both", CLERK + KEEPER)
        number = number_of(apply_for(both))

        assert both.post(f"/crypto/seals/{number}/confirm/").status_code == 403
        assert both.post(f"/crypto/seals/{number}/refuse/", {"reason": "x"}).status_code == 200
        assert SealUse.objects.get().state == "WAITING"
        assert trail.entries(action="crypto.seal-use.confirm").items[0].outcome == "crypto.own-application"

    def test_nor_who_acts_in_the_applicant_s_name(self, two):
        clerk = identity.actor_for(staff("clerk", privileges=CLERK))
        number = crypto.apply_for_seal(
            actor=clerk, organisation=PLACE, title="通知", content=pdf("x"), reason="印发", at=timezone.now()
        )
        deputy = pmi.Actor(
            id="account:other", name="代理", kind="staff", on_behalf_of=clerk.id,
            grants=(pmi.Grant("crypto.seal-use.confirm", PLACE),),
        )  # fmt: skip

        with pytest.raises(crypto.OwnApplication):
            crypto.confirm_seal(actor=deputy, seal_use_id=number, at=timezone.now())

    def test_a_clerk_cannot_confirm(self, two, clerk):
        number = number_of(apply_for(clerk))
        other = browser_of("other", CLERK)

        assert other.post(f"/crypto/seals/{number}/confirm/").status_code == 403

    def test_a_keeper_of_another_organisation_neither_sees_nor_confirms(self, two, clerk):
        number = number_of(apply_for(clerk))
        stranger = browser_of("stranger", KEEPER, "370100-xfjy")

        assert stranger.get(f"/crypto/seals/{number}/").status_code == 403
        assert stranger.get(f"/crypto/seals/{number}/document.pdf").status_code == 403
        assert stranger.post(f"/crypto/seals/{number}/confirm/").status_code == 403
        assert stranger.get("/crypto/seals/").context["uses"] == []

    def test_it_is_decided_once(self, two, clerk, keeper):
        number = number_of(apply_for(clerk))
        keeper.post(f"/crypto/seals/{number}/refuse/", {"reason": "缺附件"})

        assert keeper.post(f"/crypto/seals/{number}/confirm/").status_code == 409
        assert "缺附件" in clerk.get(f"/crypto/seals/{number}/").content.decode()

    def test_a_refusal_says_why(self, two, clerk, keeper):
        number = number_of(apply_for(clerk))

        assert keeper.post(f"/crypto/seals/{number}/refuse/", {"reason": " "}).status_code == 200
        assert SealUse.objects.get().state == "WAITING"

    def test_no_system_and_no_single_caller_gets_the_seal(self, two, system):
        for operation, body in (("sign", {"content": b"x"}), ("batch", {"digests": ["00" * 32]})):
            answer = system.call(operation, **body)
            assert (answer.status_code, answer.json()["type"]) == (409, "urn:quancheng:refusal:crypto.seal-needs-two")

    def test_the_database_itself_keeps_a_decision_whole(self, two, clerk):
        apply_for(clerk)

        with pytest.raises(Exception, match=r"crypto_(decided|sealed)_iff"), connection.cursor() as cursor:
            cursor.execute("UPDATE crypto_sealuse SET state='SEALED'")


class TestOneOfficer:
    def test_seals_at_once_and_is_registered(self, clerk):
        number = number_of(apply_for(clerk))

        assert pki.verify_pdf(clerk.get(f"/crypto/seals/{number}/sealed.pdf").content).valid
        assert clerk.get("/crypto/seals/").context["uses"][0].state == "SEALED"


class TestApplication:
    def test_of_the_same_document_twice_waits_once(self, two, clerk):
        content = pdf("x")

        assert apply_for(clerk, content)["Location"] == apply_for(clerk, content)["Location"]

    @pytest.mark.parametrize("content", [b"no PDF", b"%PDF-" + bytes(5 * 1024 * 1024)], ids=["no PDF", "too large"])
    def test_of_something_else_is_refused_with_a_sentence(self, two, clerk, content):
        answer = apply_for(clerk, content)

        assert answer.status_code == 200
        assert answer.context["form"].non_field_errors()

    def test_of_a_broken_pdf_is_refused_when_it_is_sealed(self, clerk):
        assert apply_for(clerk, b"%PDF-1.7 and nothing else").context["form"].non_field_errors()
        assert not SealUse.objects.exists()

    def test_is_only_for_seals_of_one_s_own_organisation(self, clerk):
        answer = apply_for(clerk, organisation="370100-xfjy")

        assert answer.context["form"].errors["organisation"]

    def test_shows_how_the_seal_looks(self, two, clerk):
        number = number_of(apply_for(clerk))

        answer = clerk.get(f"/crypto/seals/{number}/seal.svg")

        assert answer["Content-Type"] == "image/svg+xml"
        assert answer.content.startswith(b"<svg")


class TestRule:
    def test_is_changed_by_an_officer_who_has_just_shown_who_they_are(self, client, site):
        officer = staff("officer", privileges=("crypto.seal-policy.change",), organisation="370100")
        prove(client, officer)

        client.post(f"/crypto/seals/rules/{CODE}/", {"two_officers": "on"})

        ((place, two),) = client.get("/crypto/seals/rules/").context["seals"]
        assert (place.code, two) == (CODE, True)
        assert trail.entries(subject=f"seal:{CODE}", action="crypto.seal-policy.change").items[0].outcome == "done"

    def test_is_not_changed_on_an_old_proof(self, client, site):
        officer = staff("officer", privileges=("crypto.seal-policy.change",), organisation="370100")
        prove(client, officer, seconds_ago=7200)

        answer = client.post(f"/crypto/seals/rules/{CODE}/", {"two_officers": "on"}, headers={"accept": "text/html"})

        assert answer.status_code == 302
        assert not trail.entries(subject=f"seal:{CODE}", outcome="done").items
