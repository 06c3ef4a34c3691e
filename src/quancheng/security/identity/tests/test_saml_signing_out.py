"""Signing out by SAML 2.0, from here and from a system, judged by pysaml2; a server listens for what goes directly."""

import base64
import shutil
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, BINDING_SOAP
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID

from quancheng.security.identity import actions as identity_actions
from quancheng.security.identity.actions import signing_out
from quancheng.security.identity.models import LogoutNotice, Session, SystemSignIn
from quancheng.security.identity.tests import saml_party as party
from quancheng.security.identity.tests.factories import PASSWORD, proven, staff
from quancheng.security.trail import public as trail

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is absent: pysaml2 checks signatures with it"),
]
GIS = "https://gis.example/saml/metadata"


@pytest.fixture
def keeper():
    return staff("keeper", privileges=("identity.client.register", "identity.session.end"), organisation="370100")


def sign_in(client, *systems):
    client.post(reverse("account_login"), {"login": "clerk", "password": PASSWORD})
    return [system.read(system.ask(client)) for system in systems]


def index_of(told):
    return told.assertion.authn_statement[0].session_index


def ask_to_leave(system, told, *, binding=BINDING_HTTP_REDIRECT, key=None, **changes):
    """Return the system's signed request to sign somebody out, as it goes through the browser."""
    facts = {"name_id": told.name_id, "session_indexes": [index_of(told)], **changes}
    end = f"{party.HOST}{reverse('identity:saml-logout')}"
    name, request = system.library.create_logout_request(
        end, system.provider, sign=binding == BINDING_HTTP_POST,
        sign_alg=party.SIGNED["sigalg"], digest_alg=party.SIGNED["digest_alg"], **facts,
    )  # fmt: skip
    return name, system.library.apply_binding(
        binding, str(request), end, relay_state="where-I-was", sign=binding == BINDING_HTTP_REDIRECT,
        sigalg=party.SIGNED["sigalg"],
    )  # fmt: skip


def heard(system, answer, *, kind="SAMLResponse"):
    """Return what the library reads in the answer or request that the browser carries to it now."""
    page = party.Page(answer.content.decode())
    fields, binding = (page.query, BINDING_HTTP_REDIRECT) if page.link else (page.fields, BINDING_HTTP_POST)
    if kind == "SAMLRequest":
        signed = {
            "relay_state": fields.get("RelayState"),
            "sigalg": fields.get("SigAlg"),
            "signature": fields.get("Signature"),
        }
        return system.library.parse_logout_request(fields[kind], binding, **(signed if page.link else {}))
    return system.library.parse_logout_request_response(fields[kind], binding)


class TestASystemThatAsks:
    @pytest.mark.parametrize("binding", [BINDING_HTTP_REDIRECT, BINDING_HTTP_POST])
    def test_ends_the_session_here_and_is_told_so(self, client, enrol, clerk, binding):
        system = enrol()
        (told,) = sign_in(client, system)

        _name, sent = ask_to_leave(system, told, binding=binding)
        answer = system.deliver(client, sent)

        assert heard(system, answer).status_ok()
        assert not Session.objects.filter(account=clerk, ended_at=None).exists()
        assert not SystemSignIn.objects.exists()
        assert client.get(reverse("identity:sessions")).status_code == 302
        entry = trail.entries(subject=clerk.actor_id, action="identity.session.close").items[0]
        assert entry.detail["client"] == "档案系统"

    def test_ends_no_other_session_of_the_person(self, client, enrol, clerk):
        system, elsewhere = enrol(), Client()
        sign_in(elsewhere, system)
        (told,) = sign_in(client, system)

        system.deliver(client, ask_to_leave(system, told)[1])

        assert Session.objects.filter(account=clerk, ended_at=None).count() == 1
        assert elsewhere.get(reverse("identity:sessions")).status_code == 200

    def test_of_nobody_who_is_signed_in_changes_nothing(self, client, enrol, clerk):
        system = enrol()
        (told,) = sign_in(client, system)
        stranger = NameID(format=NAMEID_FORMAT_PERSISTENT, text="nobody")

        answer = system.deliver(client, ask_to_leave(system, told, name_id=stranger)[1])

        assert heard(system, answer).status_ok()
        assert Session.objects.filter(account=clerk, ended_at=None).exists()

    def test_leads_the_browser_past_the_other_systems_first(self, client, enrol, clerk):
        oa, gis = enrol(), enrol(entity=GIS)
        told, other = sign_in(client, oa, gis)

        page = oa.deliver(client, ask_to_leave(oa, told)[1])
        request = heard(gis, page, kind="SAMLRequest")
        assert request.message.name_id.text == other.name_id.text
        assert request.message.session_index[0].text == index_of(other)
        reply = gis.library.create_logout_response(request.message, [BINDING_HTTP_REDIRECT])
        sent = gis.library.apply_binding(
            BINDING_HTTP_REDIRECT, str(reply), f"{party.HOST}{reverse('identity:saml-logout')}", response=True,
            sign=True, sigalg=party.SIGNED["sigalg"],
        )  # fmt: skip
        answer = gis.deliver(client, sent)

        assert heard(oa, answer).status_ok()
        assert LogoutNotice.objects.get().done_at

    def test_is_told_that_another_one_did_not_answer(self, client, enrol, clerk):
        oa, gis = enrol(), enrol(entity=GIS)
        told, _other = sign_in(client, oa, gis)

        page = oa.deliver(client, ask_to_leave(oa, told)[1])
        answer = client.get(page.redirect_chain[-1][0])

        assert "PartialLogout" in str(heard(oa, answer).response)

    def test_must_sign(self, client, enrol, clerk):
        system = enrol()
        (told,) = sign_in(client, system)
        end = f"{party.HOST}{reverse('identity:saml-logout')}"
        _name, request = system.library.create_logout_request(end, system.provider, name_id=told.name_id, sign=False)

        answer = system.deliver(client, system.library.apply_binding(BINDING_HTTP_REDIRECT, str(request), end))

        assert answer.status_code == 400
        assert Session.objects.filter(account=clerk, ended_at=None).exists()

    def test_twice_with_one_request_is_refused(self, client, enrol, clerk):
        system = enrol()
        (told,) = sign_in(client, system)
        _name, sent = ask_to_leave(system, told)
        system.deliver(client, sent)

        assert system.deliver(client, sent).status_code == 409


class TestSigningOutHere:
    def test_leads_the_browser_past_every_system_and_home(self, client, enrol, clerk):
        oa, gis = enrol(), enrol(entity=GIS)
        sign_in(client, oa, gis)

        page = client.post(reverse("account_logout"), follow=True)
        first = {"oa.example": oa, "gis.example": gis}
        for _step in range(2):
            link = party.Page(page.content.decode()).link
            system = first.pop(link.split("/")[2])
            request = heard(system, page, kind="SAMLRequest")
            reply = system.library.create_logout_response(
                request.message,
                [BINDING_HTTP_POST],
                sign=True,
                sign_alg=party.SIGNED["sigalg"],
                digest_alg=party.SIGNED["digest_alg"],
            )
            end = f"{party.HOST}{reverse('identity:saml-logout')}"
            page = system.deliver(
                client, system.library.apply_binding(BINDING_HTTP_POST, str(reply), end, response=True)
            )

        assert first == {}
        assert page.redirect_chain[-1][0] in {"/", "/workbench/"} or page.redirect_chain[-2][0] == "/"
        assert LogoutNotice.objects.filter(done_at=None).count() == 0
        assert trail.entries(subject=clerk.actor_id, action="identity.client.sign-out").items[0].outcome == "done"

    def test_names_the_systems_that_did_not_answer(self, client, enrol, clerk):
        system = enrol()
        sign_in(client, system)

        page = client.post(reverse("account_logout"), follow=True)
        left = client.get(page.redirect_chain[-1][0])

        assert left.templates[0].name == "identity/saml_left.html"
        assert "档案系统" in left.content.decode()

    def test_believes_no_answer_that_is_not_signed_by_that_system(self, client, enrol, clerk):
        oa, gis = enrol(), enrol(entity=GIS)
        sign_in(client, oa)
        page = client.post(reverse("account_logout"), follow=True)
        request = heard(oa, page, kind="SAMLRequest")
        end = f"{party.HOST}{reverse('identity:saml-logout')}"

        reply = gis.library.create_logout_response(
            request.message,
            [BINDING_HTTP_POST],
            sign=True,
            sign_alg=party.SIGNED["sigalg"],
            digest_alg=party.SIGNED["digest_alg"],
        )
        answer = gis.deliver(client, gis.library.apply_binding(BINDING_HTTP_POST, str(reply), end, response=True))
        bare = oa.library.create_logout_response(request.message, [BINDING_HTTP_POST], sign=False)
        other = oa.deliver(client, oa.library.apply_binding(BINDING_HTTP_POST, str(bare), end, response=True))

        assert (answer.status_code, other.status_code) == (400, 400)
        assert LogoutNotice.objects.get().done_at is None

    def test_from_afar_is_given_up_where_only_a_browser_could_carry_it(self, client, enrol, keeper, clerk):
        sign_in(client, enrol())

        session = Session.objects.get(account=clerk)
        identity_actions.end_session(actor=proven(keeper), session_id=session.pk, at=timezone.now())
        assert signing_out.deliver_notices(at=timezone.now()) == 0
        assert signing_out.deliver_notices(at=timezone.now() + timedelta(minutes=11)) == 1

        notice = LogoutNotice.objects.get()
        assert notice.given_up_at
        assert notice.answer == "no browser"


@pytest.fixture
def listener():
    """A department's system that hears directly (SOAP): what it heard, and what it answers with."""
    state = SimpleNamespace(bodies=[], answer=lambda _body: (500, b""))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.bodies.append(body)
            status, content = state.answer(body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.address = f"http://127.0.0.1:{server.server_address[1]}/slo"
    yield state
    server.shutdown()
    server.server_close()


class TestASystemThatHearsDirectly:
    def test_is_told_even_when_it_happened_from_afar(self, client, enrol, keeper, clerk, listener):
        system = enrol(soap=listener.address)
        (told,) = sign_in(client, system)

        def answer(body):
            # The library writes prefixes anew when it opens an envelope, which no signature survives.
            inner = base64.b64encode(etree.tostring(etree.fromstring(body)[0][0])).decode()
            request = system.library.parse_logout_request(inner, BINDING_HTTP_POST)
            listener.name = request.message.name_id.text
            reply = system.library.create_logout_response(request.message, [BINDING_SOAP], sign=True)
            return 200, system.library.apply_binding(BINDING_SOAP, str(reply), "", response=True)["data"].encode()

        listener.answer = answer
        session = Session.objects.get(account=clerk)
        identity_actions.end_session(actor=proven(keeper), session_id=session.pk, at=timezone.now())
        signing_out.deliver_notices(at=timezone.now())

        assert listener.name == told.name_id.text
        assert LogoutNotice.objects.get().done_at

    @pytest.mark.parametrize("content", [b"", b"<html/>", b"x" * 100_000])
    def test_and_answers_nonsense_has_not_heard(self, client, enrol, clerk, listener, content):
        sign_in(client, enrol(soap=listener.address))
        listener.answer = lambda _body: (200, content)

        client.post(reverse("account_logout"))
        signing_out.deliver_notices(at=timezone.now())

        assert LogoutNotice.objects.get().done_at is None
