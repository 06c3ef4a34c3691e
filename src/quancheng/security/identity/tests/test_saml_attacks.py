"""What strangers send by way of SAML: wrapped, stripped, cut and old messages, and nothing of it signs anybody in."""

import base64
import copy
import re
import shutil
import zlib
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone
from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.response import StatusInvalidNameidPolicy, StatusRequestUnsupported, StatusUnsupportedBinding

from quancheng.security.identity.actions import remove_client
from quancheng.security.identity.actions import saml as actions
from quancheng.security.identity.engine.saml import bindings, xml
from quancheng.security.identity.models import AnsweredRequest, SystemSignIn
from quancheng.security.identity.tests import saml_party as party
from quancheng.security.identity.tests.factories import prove, proven

pytestmark = pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is absent: pysaml2 signs with it")
SSO = f"{party.HOST}/identity/saml/sso"
DS = f"{{{xml.DS}}}"
ACCEPT = {"accept": "text/html"}


def fields_of(sent):
    return party.Page(sent["data"]).fields


@pytest.fixture
def signed(client, enrol, clerk):
    """A system, and a request that it has signed: fields of a form, ready to be posted."""
    system = enrol(authn_requests_signed=True)
    prove(client, clerk)
    _name, sent = system.library.prepare_for_authenticate(
        entityid=system.provider, relay_state="r", binding=BINDING_HTTP_POST, sign=True, **party.SIGNED
    )
    system.fields = fields_of(sent)
    system.root = etree.fromstring(base64.b64decode(system.fields["SAMLRequest"]))
    return system


def post(client, system, root):
    content = root if isinstance(root, bytes) else etree.tostring(root)
    fields = {**system.fields, "SAMLRequest": base64.b64encode(content).decode()}
    return client.post(SSO.removeprefix(party.HOST), fields, headers=ACCEPT)


def evil(root):
    """Return a copy of a request that asks for something else, without a signature."""
    made = copy.deepcopy(root)
    for node in list(made.iter(f"{DS}Signature")):
        node.getparent().remove(node)
    made.set("ID", "_evil")
    made.set("ForceAuthn", "false")
    return made


def wrapped(root, kind):
    """Return the request as the attacks XSW1 to XSW8 (Somorovsky and others, 2012) turn it, applied to requests."""
    good, bad = copy.deepcopy(root), evil(root)
    signature = copy.deepcopy(next(good.iter(f"{DS}Signature")))
    bare = copy.deepcopy(good)
    bare.remove(next(bare.iter(f"{DS}Signature")))
    extensions = etree.SubElement(bad, f"{{{xml.SAMLP}}}Extensions") if kind in {3, 4, 7} else None
    if kind == 1:  # the signature moves to the evil root, the signed original goes into it
        signature.append(bare)
        bad.insert(1, signature)
    elif kind == 2:  # the original stands before the signature, both in the evil root
        bad.insert(1, bare)
        bad.insert(2, signature)
    elif kind == 3:  # the original with its signature is put into a part of the evil one
        extensions.append(good)
    elif kind == 4:  # the same, the signature in front
        extensions.append(bare)
        bad.insert(1, signature)
    elif kind == 5:  # the evil one takes the signature, the original without one follows at the end
        bad.insert(1, signature)
        bad.append(bare)
    elif kind == 6:  # the original goes into an Object of the signature
        etree.SubElement(signature, f"{DS}Object").append(bare)
        bad.insert(1, signature)
    elif kind == 7:  # the original, signed, in an element of free content, and the evil one keeps the same identifier
        bad.set("ID", root.get("ID"))
        extensions.append(good)
    elif kind == 8:  # the same in an Object
        bad.set("ID", root.get("ID"))
        etree.SubElement(signature, f"{DS}Object").append(bare)
        bad.insert(1, signature)
    return bad


@pytest.mark.django_db
class TestASignedRequest:
    def test_as_it_was_is_taken(self, client, signed):
        assert post(client, signed, signed.root).status_code == 302

    @pytest.mark.parametrize("kind", range(1, 9))
    def test_wrapped_is_refused(self, client, signed, kind):
        answer = post(client, signed, wrapped(signed.root, kind))

        assert answer.status_code == 400
        assert not AnsweredRequest.objects.exists()

    def test_without_its_signature_is_refused(self, client, signed):
        root = copy.deepcopy(signed.root)
        root.remove(next(root.iter(f"{DS}Signature")))

        assert post(client, signed, root).status_code == 400

    @pytest.mark.parametrize(
        "change",
        [
            lambda root: root.set("IssueInstant", "2026-01-01T00:00:00Z"),
            lambda root: root.set("IsPassive", "true"),
            lambda root: root.set("ID", "_other"),
            lambda root: next(root.iter(f"{DS}Reference")).set("URI", ""),
            lambda root: next(root.iter(f"{DS}SignatureMethod")).set("Algorithm", f"{xml.DS}rsa-sha1"),
            lambda root: next(root.iter(f"{DS}SignatureMethod")).set("Algorithm", f"{xml.DS}hmac-sha1"),
            lambda root: next(root.iter(f"{DS}DigestMethod")).set("Algorithm", f"{xml.DS}sha1"),
            lambda root: root.append(copy.deepcopy(next(root.iter(f"{DS}Signature")))),
            lambda root: next(root.iter(f"{DS}SignedInfo")).append(copy.deepcopy(next(root.iter(f"{DS}Reference")))),
            lambda root: next(root.iter(f"{DS}Transforms")).append(
                etree.Element(f"{DS}Transform", Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116")
            ),
        ],
    )
    def test_changed_in_anything_is_refused(self, client, signed, change):
        root = copy.deepcopy(signed.root)
        change(root)

        assert post(client, signed, root).status_code == 400

    def test_of_a_key_that_it_only_brings_along_is_refused(self, client, signed, tmp_path):
        other = party.pair(tmp_path, "other")
        thief = party.Party(client, lambda provider: party.configuration(other, provider=provider))
        _name, sent = thief.library.prepare_for_authenticate(
            entityid=thief.provider, binding=BINDING_HTTP_POST, sign=True, **party.SIGNED
        )

        answer = client.post(SSO.removeprefix(party.HOST), fields_of(sent), headers=ACCEPT)

        assert answer.status_code == 400

    def test_by_redirect_counts_as_it_was_written(self, client, signed):
        _name, sent = signed.library.prepare_for_authenticate(
            entityid=signed.provider, relay_state="r", binding=BINDING_HTTP_REDIRECT, sign=True,
            sigalg=party.SIGNED["sigalg"],
        )  # fmt: skip
        address = dict(sent["headers"])["Location"].removeprefix(party.HOST)
        bad = urlencode({"SAMLRequest": packed(evil(signed.root))})

        assert client.get(address, headers=ACCEPT).status_code == 302
        for changed in (
            address.replace("RelayState=r", "RelayState=x"),
            address.replace("&RelayState=r", ""),
            f"{address}&{bad}",
            f"{address}&{bad.replace('SAMLRequest', 'SAML%52equest')}",
            re.sub(r"SAMLRequest=[^&]*", bad, address),
            re.sub(r"&Signature=[^&]*", "", address),
            re.sub(r"&SigAlg=[^&]*", "&SigAlg=http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1", address),
        ):
            answer = client.get(changed, headers=ACCEPT)
            harmless = answer.status_code == 302 and "%52" in changed
            assert harmless or answer.status_code == 400, changed


def packed(root):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = root if isinstance(root, bytes) else etree.tostring(root)
    return base64.b64encode(packer.compress(content) + packer.flush()).decode()


@pytest.mark.django_db
class TestARequest:
    @pytest.fixture
    def ask(self, client, enrol, clerk):
        """Send a request of our own making by redirect; return the answer."""
        system = enrol()
        prove(client, clerk)

        def run(change=lambda root: None, *, text="", relay="", follow=False):
            root = etree.fromstring(REQUEST % (f"_{timezone.now().timestamp()}", xml.stamp(timezone.now())))
            change(root)
            fields = {"SAMLRequest": packed(text.encode() if text else root), "RelayState": relay}
            return client.get(SSO.removeprefix(party.HOST), fields, follow=follow, headers=ACCEPT)

        run.system = system
        return run

    def test_of_ours_is_taken(self, ask):
        assert ask().status_code == 302

    @pytest.mark.parametrize(
        "change",
        [
            lambda root: root.set("AssertionConsumerServiceURL", "https://evil.example/acs"),
            lambda root: root.set("AssertionConsumerServiceURL", f"{party.CONSUMER}/"),
            lambda root: root.set("AssertionConsumerServiceIndex", "77"),
            lambda root: root.attrib.update(
                {"AssertionConsumerServiceURL": party.CONSUMER, "AssertionConsumerServiceIndex": "1"}
            ),
            lambda root: root.set("Destination", "https://other.example/sso"),
            lambda root: root.set("IssueInstant", xml.stamp(timezone.now() - timedelta(minutes=11))),
            lambda root: root.set("IssueInstant", xml.stamp(timezone.now() + timedelta(minutes=5))),
            lambda root: root.set("IssueInstant", "yesterday"),
            lambda root: root.set("IssueInstant", "2026-11-23T10:00:00"),
            lambda root: root.set("Version", "1.1"),
            lambda root: root.set("ID", ""),
            lambda root: root.set("ID", "x" * 300),
            lambda root: setattr(root, "tag", f"{{{xml.SAMLP}}}LogoutRequest"),
            lambda root: root[0].append(etree.Element("more")),
            lambda root: root.append(copy.deepcopy(root[0])),
            lambda root: root.append(etree.Comment("x")),
            lambda root: root[0].append(etree.Comment("x")),
            lambda root: root.append(etree.ProcessingInstruction("php", "x")),
        ],
    )
    def test_that_is_not_in_order_is_refused_in_words(self, ask, change):
        answer = ask(change)

        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert "evil.example" not in answer.headers.get("Content-Security-Policy", "")

    def test_of_an_unknown_system_is_refused(self, ask):
        answer = ask(lambda root: setattr(root[0], "text", "https://nobody.example/"))

        assert answer.status_code == 404

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            (
                lambda root: root.append(policy("urn:none:kerberos")),
                StatusInvalidNameidPolicy,
            ),
            (lambda root: root.append(etree.Element(f"{{{xml.SAML}}}Subject")), StatusRequestUnsupported),
            (
                lambda root: root.set("ProtocolBinding", "urn:none:PAOS"),
                StatusUnsupportedBinding,
            ),
        ],
    )
    def test_for_what_is_not_done_here_is_answered_with_its_code(self, ask, change, error):
        answer = ask(change, follow=True)
        page = party.Page(answer.content.decode())
        name = re.search(r'InResponseTo="([^"]+)"', base64.b64decode(page.fields["SAMLResponse"]).decode())[1]

        ask.system.asked[name] = "/"
        with pytest.raises(error):
            ask.system.read(answer)

    def test_is_answered_once(self, client, enrol, clerk):
        system = enrol()
        prove(client, clerk)
        _name, sent = system.library.prepare_for_authenticate(entityid=system.provider, binding=BINDING_HTTP_REDIRECT)

        assert system.deliver(client, sent).status_code == 200
        again = system.deliver(client, sent)

        assert again.status_code == 409
        assert SystemSignIn.objects.count() == 1
        assert actions.forget_answered(at=timezone.now()) == 0
        assert actions.forget_answered(at=timezone.now() + timedelta(days=2)) == 1

    @pytest.mark.parametrize(
        "text",
        [
            '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
            '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></a>',
            "<a>" * 5000,
            "<a ID='x'><b ID='x'/></a>",
            "\x00",
            "plain",
            "<a>\ud55c" + "x" * 70_000 + "</a>",
        ],
    )
    def test_that_would_do_harm_is_refused(self, ask, text):
        assert ask(text=text).status_code == 400

    def test_that_unpacks_to_very_much_is_refused_before_it_does(self, ask, client):
        bomb = packed(b"<a>" + b" " * 40_000_000 + b"</a>")

        assert len(bomb) < 64_000
        with pytest.raises(xml.BadMessage):
            bindings.inflate(bomb)

    def test_may_ask_for_no_more_than_a_short_relay_state_back(self, ask):
        assert ask(relay="x" * 1024).status_code == 302
        assert ask(relay="x" * 1025).status_code == 400

    def test_by_hand_shows_the_metadata(self, client):
        assert client.get("/identity/saml/sso").url == "/identity/saml/metadata"
        assert client.get("/identity/saml/slo").url == "/identity/saml/metadata"
        assert client.post("/identity/saml/sso", headers=ACCEPT).status_code == 400
        assert client.post("/identity/saml/slo", headers=ACCEPT).status_code == 400
        assert client.get("/identity/saml/continue").url == "/identity/saml/metadata"
        assert client.get("/identity/saml/leave").url == "/"

    def test_goes_on_with_no_ticket_but_ours(self, client, ask):
        address = ask().url

        assert client.get(f"{address[:-3]}xyz", headers=ACCEPT).status_code == 400


REQUEST = f"""<samlp:AuthnRequest xmlns:samlp="{xml.SAMLP}" xmlns:saml="{xml.SAML}" ID="%s" Version="2.0"
 IssueInstant="%s" Destination="{SSO}"><saml:Issuer>{party.ENTITY}</saml:Issuer></samlp:AuthnRequest>"""


def policy(kind):
    return etree.Element(f"{{{xml.SAMLP}}}NameIDPolicy", Format=kind)


@pytest.mark.django_db
class TestARegisteredSystem:
    def test_of_saml_can_do_nothing_by_openid(self, client, enrol, clerk):
        system = enrol()
        prove(client, clerk)
        asked = {
            "client_id": system.id, "redirect_uri": party.CONSUMER, "response_type": "code", "scope": "openid",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
        }  # fmt: skip

        page = client.get(reverse("idp:oidc:authorization"), asked, headers=ACCEPT)
        token = client.post(
            reverse("idp:oidc:token"), {"grant_type": "client_credentials", "client_id": system.id, "client_secret": ""}
        )

        assert (page.status_code, token.status_code) == (404, 401)

    def test_of_saml_has_no_secret_and_no_form_of_openid(self, client, enrol, keeper):
        system = enrol()
        prove(client, keeper)

        for name in ("renew-secret", "change-client"):
            assert client.get(reverse(f"identity:{name}", args=[system.id]), headers=ACCEPT).status_code in {403, 404}

    def test_that_is_removed_signs_nobody_in(self, client, enrol, clerk, keeper):
        system = enrol()

        remove_client(actor=proven(keeper), client_id=system.id)

        assert system.ask(client).status_code == 404
