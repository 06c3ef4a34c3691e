"""A small ACME client that can also play foul."""

import hashlib
import hmac
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from quancheng.security.pki.engine import acme, signing

TREE = "jinan.example"


def csr(*names, key=None):
    key = key or ec.generate_private_key(ec.SECP256R1())
    found = x509.SubjectAlternativeName([x509.DNSName(item) for item in names])
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.add_extension(found, critical=False).sign(key, hashes.SHA256())


class Client:
    """A small ACME client that can also play foul."""

    def __init__(self, client, leave=None):
        self.http, self.key, self.kid = client, ec.generate_private_key(ec.SECP256R1()), ""
        self.directory = client.get("/pki/acme/directory").json()
        if leave:
            self.register(leave)

    @property
    def jwk(self):
        numbers = self.key.public_key().public_numbers()
        x, y = (signing.encode(item.to_bytes(32, "big")).decode() for item in (numbers.x, numbers.y))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}

    def nonce(self):
        return self.http.head("/pki/acme/new-nonce")["Replay-Nonce"]

    def sign(self, header, payload, key=None):
        protected = signing.encode(json.dumps(header).encode()).decode()
        body = signing.encode(b"" if payload is None else json.dumps(payload).encode()).decode()
        der = (key or self.key).sign(f"{protected}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
        signature = b"".join(part.to_bytes(32, "big") for part in utils.decode_dss_signature(der))
        return {"protected": protected, "payload": body, "signature": signing.encode(signature).decode()}

    def post(self, url, payload=None, *, kind=acme.JOSE_TYPE, key=None, bare=False, **header):
        who = {"jwk": self.jwk} if bare else {"kid": self.kid}
        header = {"alg": "ES256", "nonce": self.nonce(), "url": url} | who | header
        body = self.sign({name: value for name, value in header.items() if value is not None}, payload, key)
        return self.http.post(url.removeprefix("http://testserver"), json.dumps(body), content_type=kind)

    def binding(self, leave, **header):
        head = {"alg": "HS256", "kid": leave.kid, "url": self.directory["newAccount"]} | header
        protected = signing.encode(json.dumps(head).encode()).decode()
        body = signing.encode(json.dumps(self.jwk).encode()).decode()
        mac = hmac.new(signing.decode(leave.secret), f"{protected}.{body}".encode(), hashlib.sha256).digest()
        return {"protected": protected, "payload": body, "signature": signing.encode(mac).decode()}

    def register(self, leave):
        wish = {"contact": ["mailto:a@jinan.example"], "externalAccountBinding": self.binding(leave)}
        reply = self.post(self.directory["newAccount"], wish, bare=True)
        assert reply.status_code == 201, reply.content
        self.kid = reply["Location"]

    def order(self, *hosts, **more):
        identifiers = [{"type": "dns", "value": item} for item in hosts]
        return self.post(self.directory["newOrder"], {"identifiers": identifiers} | more)

    def prove(self, order, kind, show):
        for url in order["authorizations"]:
            proof = self.post(url).json()
            (challenge,) = [item for item in proof["challenges"] if item["type"] == kind]
            show(proof["identifier"]["value"], challenge["token"], self.authorization(challenge["token"]))
            self.post(challenge["url"], {})

    def authorization(self, token):
        return acme.key_authorization(token, acme.thumbprint(self.jwk))

    def obtain(self, shown, *hosts, key=None, **more):
        order = self.order(*hosts, **more).json()
        self.prove(
            order, "http-01", lambda host, token, text: shown.update({f"/.well-known/acme-challenge/{token}": text})
        )
        der = csr(*hosts, key=key).public_bytes(serialization.Encoding.DER)
        done = self.post(order["finalize"], {"csr": signing.encode(der).decode()})
        assert done.status_code == 200, done.content
        chain = self.post(done.json()["certificate"])
        assert chain["Content-Type"] == acme.CHAIN_TYPE
        return x509.load_pem_x509_certificates(chain.content)
