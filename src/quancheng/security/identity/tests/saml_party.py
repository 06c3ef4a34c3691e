"""A department's system of SAML 2.0, made with pysaml2: the independent judge of what this site says and takes."""

import datetime
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, BINDING_SOAP
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

ENTITY, CONSUMER, LEAVE = (
    "https://oa.example/saml/metadata",
    "https://oa.example/saml/acs",
    "https://oa.example/saml/slo",
)
HOST = "http://testserver"
SIGNED = {"sigalg": SIG_RSA_SHA256, "digest_alg": DIGEST_SHA256}


def pair(folder, name="sp", days=365):
    """Return the files of a key and a certificate of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=400))
        .not_valid_after(now + datetime.timedelta(days=days)).sign(key, hashes.SHA256())
    )  # fmt: skip
    files = folder / f"{name}.key", folder / f"{name}.pem"
    form = serialization.PrivateFormat.TraditionalOpenSSL
    files[0].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    files[1].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return SimpleNamespace(key=str(files[0]), certificate=str(files[1]))


def configuration(keys, *, provider=None, entity=ENTITY, soap="", encrypted=False, **wishes):
    base = entity.removesuffix("/metadata")
    leave = (
        [(soap, BINDING_SOAP)] if soap else [(f"{base}/slo", BINDING_HTTP_REDIRECT), (f"{base}/slo", BINDING_HTTP_POST)]
    )
    facts = {
        "entityid": entity,
        "key_file": keys.key,
        "cert_file": keys.certificate,
        "allow_unknown_attributes": True,
        "service": {
            "sp": {
                "endpoints": {
                    "assertion_consumer_service": [(f"{base}/acs", BINDING_HTTP_POST)],
                    "single_logout_service": leave,
                },
                "authn_requests_signed": False,
                "want_assertions_signed": True,
                "want_response_signed": True,
                "allow_unsolicited": False,
                "name_id_format": ["urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"],
                "logout_requests_signed": True,
                "logout_responses_signed": True,
                **wishes,
            }
        },
    }
    if encrypted:
        facts["encryption_keypairs"] = [{"key_file": keys.key, "cert_file": keys.certificate}]
    if provider is not None:
        facts["metadata"] = {"inline": [provider]}
    return SPConfig().load(facts)


def metadata(config) -> bytes:
    """Return what the system says of itself."""
    return str(entity_descriptor(config)).encode()


class Page(HTMLParser):
    """The one form that a page sends, or the link that it follows."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields, self.link = "", {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag == "form":
            self.action = facts.get("action", "")
        if tag == "input" and "name" in facts:
            self.fields[facts["name"]] = facts.get("value", "")
        if tag == "a" and "data-send" in facts:
            self.link = facts["href"]

    @property
    def query(self):
        return {name: values[0] for name, values in parse_qs(urlsplit(self.link).query).items()}


class Party:
    """The system as it runs, knowing this site by its published metadata."""

    def __init__(self, browser, config_of):
        provider = browser.get(reverse("identity:saml-metadata")).content.decode()
        self.config = config_of(provider)
        self.library = Saml2Client(config=self.config)
        self.asked = {}

    @property
    def provider(self):
        return next(iter(self.library.metadata.keys()))

    def ask(self, browser, *, binding=BINDING_HTTP_REDIRECT, sign=False, relay="back/to/here", **wishes):
        """Send the browser to sign in; return what it sees in the end."""
        self.request, sent = self.library.prepare_for_authenticate(
            entityid=self.provider, relay_state=relay, binding=binding, response_binding=BINDING_HTTP_POST,
            sign=sign, **(SIGNED if sign else {}), **wishes,
        )  # fmt: skip
        self.asked[self.request] = relay
        return self.deliver(browser, sent)

    @staticmethod
    def deliver(browser, sent):
        """Carry a message of the library here, as a browser does."""
        accept = {"accept": "text/html"}
        if sent["method"] == "GET":
            address = dict(sent["headers"])["Location"].removeprefix(HOST)
            return browser.get(address, follow=True, headers=accept)
        page = Page(sent["data"])
        return browser.post(page.action.removeprefix(HOST), page.fields, follow=True, headers=accept)

    def read(self, answer):
        """Return what the library reads in the answer that the browser is to post to it."""
        page = Page(answer.content.decode())
        assert page.action, answer.content.decode()
        return self.library.parse_authn_request_response(page.fields["SAMLResponse"], BINDING_HTTP_POST, self.asked)
