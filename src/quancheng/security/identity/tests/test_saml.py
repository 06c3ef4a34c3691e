"""A department's legacy system signs people in by SAML 2.0, judged by pysaml2 as such a system."""

import base64
import json
import shutil
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.hazmat.primitives.serialization import Encoding
from django.urls import reverse
from django.utils import timezone
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.response import StatusNoAuthnContext, StatusNoPassive, StatusRequestDenied

from quancheng.security.identity import rules
from quancheng.security.identity.adapters import saml_keys
from quancheng.security.identity.engine.saml import answers
from quancheng.security.identity.engine.saml.metadata import TRANSIENT, UNSPECIFIED
from quancheng.security.identity.models import SystemSignIn
from quancheng.security.identity.tests import saml_party as party
from quancheng.security.identity.tests.factories import MARKET, PASSWORD, citizen, prove
from quancheng.security.trail import public as trail

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is absent: pysaml2 checks signatures with it"),
]
RIGHTS = tuple(f"identity.client.{name}" for name in ("read", "register", "change", "remove"))


BARE = {"entityid": party.ENTITY, "service": {"sp": {}}}


def shown(client, *proofs):
    """Have these proofs stand in the browser's session, as the login pages record them."""
    session = client.session
    kinds = {"totp": {"method": "mfa", "type": "totp"}, "webauthn": {"method": "mfa", "type": "webauthn"}}
    session["account_authentication_methods"] = [
        {"at": time.time(), **kinds.get(name, {"method": name})} for name in proofs
    ]
    session.save()


@pytest.fixture
def data_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setattr(saml_keys, "data_dir", lambda: tmp_path)


class TestSigningIn:
    @pytest.mark.parametrize("binding", [BINDING_HTTP_REDIRECT, BINDING_HTTP_POST])
    @pytest.mark.parametrize("sign", [False, True])
    def test_works_by_redirect_and_post_with_and_without_signature(self, client, enrol, clerk, binding, sign):
        system = enrol(authn_requests_signed=sign)
        prove(client, clerk)

        answer = system.ask(client, binding=binding, sign=sign)
        told = system.read(answer)

        assert told.ava["name"] == ["职员clerk"]
        assert told.ava["organisation"] == [MARKET]
        assert [json.loads(post)["title"] for post in told.ava["posts"]] == told.ava["post_titles"] == ["岗位clerk"]
        assert told.in_response_to == system.request
        assert party.Page(answer.content.decode()).fields["RelayState"] == "back/to/here"
        assert "3701021990" not in str(told.ava)
        entry = trail.entries(subject=clerk.actor_id, action="identity.client.sign-in").items[0]
        assert entry.detail["to"] == "https://oa.example"

    def test_names_people_otherwise_at_every_system_and_always_the_same_at_one(self, client, enrol, clerk):
        one, other = enrol(), enrol(entity="https://gis.example/saml/metadata")
        prove(client, clerk)

        names = [system.read(system.ask(client)).name_id for system in (one, one, other)]

        assert names[0].format.endswith(":persistent")
        assert names[0].text == names[1].text != names[2].text
        assert str(clerk.pk) not in {name.text for name in names}
        assert (names[0].name_qualifier, names[0].sp_name_qualifier) == (one.provider, party.ENTITY)

    @pytest.mark.parametrize("kind", [UNSPECIFIED, TRANSIENT])
    def test_gives_other_kinds_of_names_when_asked(self, client, enrol, clerk, kind):
        system = enrol(name_id_format=[kind])
        prove(client, clerk)

        name = system.read(system.ask(client, nameid_format=kind)).name_id

        assert name.format == kind
        assert (name.text == str(clerk.pk)) is (kind == UNSPECIFIED)

    def test_says_for_whom_how_long_and_in_which_session(self, client, enrol, clerk):
        system = enrol()
        prove(client, clerk)

        told = system.read(system.ask(client)).assertion

        conditions, statement = told.conditions, told.authn_statement[0]
        assert conditions.audience_restriction[0].audience[0].text == party.ENTITY
        assert conditions.not_before < conditions.not_on_or_after
        assert told.subject.subject_confirmation[0].subject_confirmation_data.recipient == party.CONSUMER
        assert statement.session_index == SystemSignIn.objects.get().told["index"]
        assert statement.authn_context.authn_context_class_ref.text == rules.PASSWORD_CONTEXT
        assert statement.session_not_on_or_after

    def test_encrypts_what_it_tells_for_a_system_with_a_key_for_that(self, client, enrol, clerk):
        system = enrol(encrypted=True)
        prove(client, clerk)

        answer = system.ask(client)
        sent = base64.b64decode(party.Page(answer.content.decode()).fields["SAMLResponse"]).decode()

        assert "EncryptedAssertion" in sent
        assert "职员clerk" not in sent
        assert system.read(answer).ava["name"] == ["职员clerk"]

    def test_asks_a_stranger_to_sign_in_and_leads_them_on(self, client, enrol, clerk):
        system = enrol()

        answer = system.ask(client)
        assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")
        onward = parse_qs(urlsplit(answer.redirect_chain[-1][0]).query)["next"][0]
        answer = client.post(
            reverse("account_login"), {"login": "clerk", "password": PASSWORD, "next": onward}, follow=True
        )

        assert system.read(answer).ava["name"] == ["职员clerk"]

    def test_asks_the_person_unless_the_city_says_otherwise(self, client, enrol, clerk):
        system = enrol(skip_consent=False)
        prove(client, clerk)

        page = system.ask(client)
        here = page.redirect_chain[-1][0]
        agreed = client.post(here, {"action": "grant"})

        assert "档案系统" in page.content.decode()
        assert system.read(agreed).ava["name"] == ["职员clerk"]

    def test_tells_the_system_when_the_person_says_no(self, client, enrol, clerk):
        system = enrol(skip_consent=False)
        prove(client, clerk)
        here = system.ask(client).redirect_chain[-1][0]

        refused = client.post(here, {"action": "cancel"})

        with pytest.raises(StatusRequestDenied):
            system.read(refused)

    def test_lets_the_page_post_to_that_system_and_no_other(self, client, enrol, clerk):
        system = enrol()
        prove(client, clerk)

        answer = system.ask(client)

        policy = answer.headers["Content-Security-Policy"]
        assert "form-action 'self' https://oa.example;" in f"{policy};"
        assert "unsafe-inline" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert "csrfmiddlewaretoken" not in answer.content.decode()

    def test_is_closed_to_kinds_that_the_system_is_not_for(self, client, enrol):
        system = enrol()
        prove(client, citizen())

        answer = system.ask(client)

        assert answer.status_code == 403
        assert "档案系统" in answer.content.decode()

    def test_learns_no_more_than_it_is_registered_for(self, client, enrol, clerk):
        system = enrol(scopes=())
        prove(client, clerk)

        assert system.read(system.ask(client)).ava == {"acr": [str(clerk.assurance)]}


class TestLevels:
    def level(self, *classes, comparison="exact"):
        return {"requested_authn_context": {"authn_context_class_ref": list(classes), "comparison": comparison}}

    def test_asked_for_lead_to_the_second_factor_and_back(self, client, enrol, clerk):
        system = enrol()
        prove(client, clerk)
        TOTP.activate(clerk, generate_totp_secret())

        answer = system.ask(client, **self.level(rules.FACTORS_CONTEXT))
        assert answer.redirect_chain[-1][0].startswith(f"{reverse('mfa_reauthenticate')}?next=")
        onward = parse_qs(urlsplit(answer.redirect_chain[-1][0]).query)["next"][0]
        shown(client, "password", "totp")
        told = system.read(client.get(onward))

        assert told.authn_info()[0][0] == rules.FACTORS_CONTEXT

    def test_that_the_person_cannot_show_are_explained_and_then_refused(self, client, enrol, clerk):
        system = enrol()
        prove(client, clerk)

        page = system.ask(client, **self.level(rules.FACTORS_CONTEXT))
        refused = client.post(page.redirect_chain[-1][0], {"action": "level"})

        assert page.templates[0].name == "identity/saml_level.html"
        with pytest.raises(StatusNoAuthnContext):
            system.read(refused)

    def test_that_nobody_here_knows_are_refused_at_once(self, client, enrol, clerk):
        system = enrol()
        prove(client, clerk)

        with pytest.raises(StatusNoAuthnContext):
            system.read(system.ask(client, **self.level("urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos")))

    def test_above_the_least_are_enough(self, client, enrol, clerk):
        system = enrol()
        prove(client, clerk)
        shown(client, "webauthn")

        told = system.read(system.ask(client, **self.level(rules.PASSWORD_CONTEXT, comparison="minimum")))

        assert told.authn_info()[0][0] == rules.FACTORS_CONTEXT

    def test_are_shown_anew_when_the_system_insists(self, client, enrol, clerk):
        system = enrol()
        prove(client, clerk, seconds_ago=60)

        answer = system.ask(client, force_authn="true")
        assert answer.redirect_chain[-1][0].startswith(f"{reverse('account_reauthenticate')}?next=")
        onward = parse_qs(urlsplit(answer.redirect_chain[-1][0]).query)["next"][0]
        assert client.get(onward).url.startswith(reverse("account_reauthenticate"))
        prove(client, clerk)

        assert system.read(client.get(onward)).ava["name"] == ["职员clerk"]

    @pytest.mark.parametrize("wishes", [{}, {"force_authn": "true"}])
    def test_are_not_asked_for_when_the_system_wants_no_page(self, client, enrol, clerk, wishes):
        system = enrol()
        if wishes:
            prove(client, clerk, seconds_ago=60)

        answer = system.ask(client, is_passive="true", **wishes)

        with pytest.raises(StatusNoPassive):
            system.read(answer)


class TestMetadata:
    def test_is_signed_by_the_key_that_it_names(self, client, keys, tmp_path):
        content = client.get(reverse("identity:saml-metadata")).content
        file = tmp_path / "idp.pem"
        file.write_bytes(saml_keys.signer(timezone.now()).certificate.public_bytes(Encoding.PEM))
        source = {
            "metadata": [{"class": "saml2.mdstore.InMemoryMetaData", "metadata": [(content.decode(), str(file))]}]
        }

        known = party.Saml2Client(config=party.configuration(keys).load({**BARE, **source}))

        assert list(known.metadata.keys()) == ["http://testserver/identity/saml/metadata"]

    def test_names_both_ways_to_send_and_both_ways_to_sign_out(self, client, enrol):
        system = enrol()

        for service in ("single_sign_on_service", "single_logout_service"):
            for binding in (BINDING_HTTP_POST, BINDING_HTTP_REDIRECT):
                assert getattr(system.library.metadata, service)(system.provider, binding, "idpsso")

    def test_announces_a_key_before_it_signs_and_keeps_it_after(self, client, data_of_its_own):
        now = timezone.now().replace(microsecond=0)
        saml_keys.make(now)
        saml_keys.make(now + timedelta(days=100))

        def state(days):
            at = now + timedelta(days=days)
            found = [pair.made_at for pair in saml_keys.pairs(at)]
            return found.index(saml_keys.signer(at).made_at), len(saml_keys.shown(at))

        assert [state(days) for days in (0, 101, 108, 136, 138)] == [(0, 2), (0, 2), (1, 2), (1, 2), (1, 1)]

    def test_gets_a_new_key_in_good_time(self, client, data_of_its_own):
        now = timezone.now()
        saml_keys.make(now)

        assert not saml_keys.renew(now + timedelta(days=1000))
        assert saml_keys.renew(now + timedelta(days=1040))
        assert not saml_keys.renew(now + timedelta(days=1041))
        assert len(saml_keys.pairs(now)) == 2


class TestConditions:
    """What the answer restricts itself to is what another library keeps to."""

    @pytest.fixture
    def answer(self, client, enrol, clerk, monkeypatch):
        """Sign in at a system with an answer that is otherwise in one thing, and signed."""
        system, made = enrol(), answers.success
        prove(client, clerk)

        def ask(**otherwise):
            shift = otherwise.pop("shift", timedelta())
            monkeypatch.setattr(
                answers,
                "success",
                lambda told, *, at, **facts: made(told, at=at + shift, **(facts | otherwise)),
            )
            return system.read(system.ask(client))

        return ask

    def test_of_the_answer_as_it_is_are_kept(self, answer):
        assert answer().ava["name"] == ["职员clerk"]

    @pytest.mark.parametrize(
        ("otherwise", "refusal"),
        [
            ({"audience": "https://gis.example/saml/metadata"}, "AudienceRestrictions"),
            ({"shift": timedelta(hours=-1)}, "too old"),
            ({"shift": timedelta(hours=1)}, "response yet"),
        ],
    )
    def test_keep_an_answer_for_another_system_or_another_time_out(self, answer, otherwise, refusal):
        with pytest.raises(Exception, match=refusal):
            answer(**otherwise)

    def test_keep_an_answer_to_another_address_from_telling_anything(self, answer):
        assert not answer(recipient="https://gis.example/saml/acs").ava
