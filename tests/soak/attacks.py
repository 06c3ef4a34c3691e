"""Damaged DER to each service that takes it, and what the service must answer whatever was sent."""

import base64
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import ocsp

from quancheng.project.errand.restaurant import PASSWORD
from quancheng.project.errand.visitor import Visitor
from quancheng.security.pki.engine import timestamps
from tests.soak import mutations
from tests.soak.site import TREE, Answer, Line, Site

DER = serialization.Encoding.DER
CONTROL = 200  # one request in so many is sound, and must be answered as such


@dataclass(slots=True)
class Attack:
    """One service under attack."""

    site: Site
    statuses: dict[int, int] = field(default_factory=dict)

    def send(self, line: Line, rng: Random, number: int) -> str:
        """Damage and send request `number`. Return what is wrong with its answer, empty when nothing is."""
        raise NotImplementedError

    def stop(self) -> None:
        """End what runs beside the attack."""

    def seen(self, answer: Answer) -> str:
        """Count an answer. Return what is wrong with it, whatever was asked."""
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        return "broke" if answer.status >= 500 else ""


class Ocsp(Attack):
    """OCSP requests by POST and GET (RFC 6960)."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        issuer = x509.load_der_x509_certificate(site.issuing)
        self.good = _ocsp_request(issuer, 5, hashes.SHA1())
        self.seeds = [
            self.good,
            _ocsp_request(issuer, 1, hashes.SHA256()),
            _ocsp_request(issuer, 2**150, hashes.SHA512()),
            _ocsp_request(issuer, 5, hashes.SHA1(), nonce=b"n" * 32),
            _ocsp_request(issuer, 6, hashes.SHA384(), nonce=b"n"),
        ]
        (many,) = mutations.tree(self.good)
        wishes = many.parts[0].parts[0]
        wishes.parts = wishes.parts * 20
        self.seeds.append(many.bytes())

    def send(self, line: Line, rng: Random, number: int) -> str:
        sound = number % CONTROL == 0
        body = self.good if sound else mutations.damaged(rng, self.seeds)
        if rng.random() < 0.7:
            answer = line.ask("POST", "/pki/ocsp/", body, content_type="application/ocsp-request")
        else:
            text = base64.b64encode(body).decode()
            ways = (quote(text, safe=""),) if sound else (quote(text, safe=""), quote(text, safe="/+="), quote(body))
            answer = line.ask("GET", f"/pki/ocsp/{rng.choice(ways)}")
        if wrong := self.seen(answer):
            return wrong
        if answer.status != 200:
            return f"answered {answer.status}"
        reply = ocsp.load_der_ocsp_response(answer.body)
        if sound and reply.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return f"a sound request was answered {reply.response_status}"
        return ""


def _ocsp_request(issuer: x509.Certificate, serial: int, kind: Any, nonce: bytes = b"") -> bytes:
    key = issuer.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    # The key's bits without their header: a point of P-256.
    digests = [hashes.Hash(kind), hashes.Hash(kind)]
    for digest, content in zip(digests, (issuer.subject.public_bytes(), key[-65:]), strict=True):
        digest.update(content)
    names = [digest.finalize() for digest in digests]
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(*names, serial, kind)
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(DER)


class Timestamps(Attack):
    """Timestamp requests (RFC 3161)."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.good = timestamps.request(b"d" * 32)
        more = tsp.TimeStampReq.load(self.good).native | {
            "req_policy": "1.3.6.1.4.1.32473.1.1.3",
            "extensions": [{"extn_id": "1.3.6.1.4.1.32473.9", "critical": True, "extn_value": b"\x05\x00"}],
        }
        self.seeds = [
            self.good,
            timestamps.request(b"d" * 48, algorithm="sha384", nonce=0),
            timestamps.request(b"d" * 64, algorithm="sha512", nonce=2**200),
            timestamps.request(b"d" * 20, algorithm="sha1"),
            tsp.TimeStampReq(more).dump(),
        ]

    def send(self, line: Line, rng: Random, number: int) -> str:
        sound = number % CONTROL == 0
        body = self.good if sound else mutations.damaged(rng, self.seeds)
        answer = line.ask("POST", "/pki/tsa/", body, content_type=timestamps.REQUEST_TYPE)
        if wrong := self.seen(answer):
            return wrong
        if answer.status != 200:
            return f"answered {answer.status}"
        (status, *_token) = mutations.tree(answer.body)[0].parts
        granted = status.parts[0].content in (b"\0", b"\1")
        return "a sound request was rejected" if sound and not granted else ""


class Requests(Attack):
    """Certificate requests (PKCS#10), uploaded by an officer who has signed in."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        visitor = Visitor(f"http://localhost:{site.port}", "admin")
        visitor.sign_in("admin", PASSWORD)
        form = visitor.open("/pki/enrolments/new/").form("csr")
        self.token = form.values["csrfmiddlewaretoken"][0]
        self.cookies = "; ".join(f"{item.name}={item.value}" for item in visitor.client.cookies.jar)
        keys = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP384R1()),
            ec.generate_private_key(ec.SECP521R1()),
            rsa.generate_private_key(65537, 2048),
            rsa.generate_private_key(65537, 1024),
            ed25519.Ed25519PrivateKey.generate(),
        )
        self.seeds = [certificate_request(key) for key in keys]

    def send(self, line: Line, rng: Random, number: int) -> str:
        sound = number % CONTROL == 0
        body = self.seeds[0] if sound else mutations.damaged(rng, self.seeds)
        if rng.random() < 0.5:
            lines = base64.encodebytes(body)
            body = b"-----BEGIN CERTIFICATE REQUEST-----\n" + lines + b"-----END CERTIFICATE REQUEST-----\n"
            if not sound and rng.random() < 0.3:
                body = mutations.damaged(rng, [body])
        profile = "device" if sound else rng.choice(("device", "device", "server", "person-signature", "root", "\0"))
        fields = {"csrfmiddlewaretoken": self.token, "profile": profile, "code": f"d-{number}", "name": "水表"}
        content, kind = multipart(fields, "csr", body)
        answer = line.ask("POST", "/pki/enrolments/new/", content, content_type=kind, cookie=self.cookies)
        if wrong := self.seen(answer):
            return wrong
        if sound and answer.status != 302:
            return f"a sound request was answered {answer.status}"
        if answer.status == 403 or "/login/" in answer.headers.get("location", ""):
            return "the officer was not recognised, so nothing was tried"
        return ""


def certificate_request(key: Any) -> bytes:
    """Return a request; those for other keys than P-256 ask for more than they may."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"a.{TREE}")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    names: list[x509.GeneralName] = [x509.DNSName(f"a.{TREE}")]
    if not isinstance(getattr(key, "curve", None), ec.SECP256R1):
        names += [x509.RFC822Name("a@b.cn"), x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\5\0")]
        builder = builder.add_attribute(x509.oid.AttributeOID.CHALLENGE_PASSWORD, b"secret")
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()).public_bytes(DER)


def multipart(fields: dict[str, str], name: str, file: bytes) -> tuple[bytes, str]:
    """Return a form with a file as a browser sends it, and its media type."""
    mark, head = "b" * 30, 'Content-Disposition: form-data; name="'
    parts = [f'--{mark}\r\n{head}{key}"\r\n\r\n{text}\r\n'.encode() for key, text in fields.items()]
    parts += [f'--{mark}\r\n{head}{name}"; filename="a.csr"\r\n\r\n'.encode(), file, f"\r\n--{mark}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={mark}"
