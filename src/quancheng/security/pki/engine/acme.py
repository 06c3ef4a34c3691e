"""What ACME (RFC 8555) signs and proves: JWS in flattened JSON, account keys, key authorizations, on plain values."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from quancheng.security.pki.engine import signing

JOSE_TYPE, PROBLEM_TYPE = "application/jose+json", "application/problem+json"
CHAIN_TYPE = "application/pem-certificate-chain"
ALGORITHMS: Final = ("ES256", "RS256")
ERRORS: Final = "urn:ietf:params:acme:error:"
COORDINATE = 32
RSA_BITS = range(2048, 4097)
# The part of a JWK that makes the key (RFC 7638 section 3.2).
MEMBERS: Final = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}

Jwk = dict[str, str]


class Problem(Exception):
    """An answer after RFC 7807; `kind` is one of the error types of RFC 8555 section 6.7."""

    def __init__(
        self, kind: str, detail: str, *, status: int = 400, headers: dict[str, str] | None = None, **more: Any
    ):
        super().__init__(detail)
        self.kind, self.detail, self.status, self.headers, self.more = kind, detail, status, headers or {}, more

    @property
    def document(self) -> dict[str, Any]:
        """The problem document."""
        return {"type": ERRORS + self.kind, "detail": self.detail, "status": self.status, **self.more}


@dataclass(frozen=True, slots=True)
class Signed:
    """A JWS that was read and not yet verified."""

    header: dict[str, Any]
    payload: bytes
    content: bytes
    signature: bytes

    def json(self) -> dict[str, Any]:
        """Return the payload as a JSON object. :raises Problem: when it is none."""
        try:
            found = load(self.payload)
        except (ValueError, RecursionError):
            raise Problem("malformed", "The payload is no JSON.") from None
        if not isinstance(found, dict):
            raise Problem("malformed", "The payload is no JSON object.")
        return found


def load(content: bytes | str) -> Any:
    """Return what is written in JSON (RFC 8259). :raises ValueError: when it is none, or nobody can store it."""
    found = json.loads(content)
    # Half a surrogate has no UTF-8 and fails here; NUL is refused by databases.
    if b"\\u0000" in json.dumps(found, ensure_ascii=False).encode():
        raise ValueError("NUL in a text")
    return found


def read(body: bytes | str | dict[str, Any]) -> Signed:
    """Return a flattened JWS. :raises Problem: when it is malformed."""
    try:
        whole = body if isinstance(body, dict) else load(body)
        if not isinstance(whole, dict) or "header" in whole or "signatures" in whole:
            raise ValueError
        protected, payload, signature = (whole[name] for name in ("protected", "payload", "signature"))
        header = load(signing.decode(protected))
        if not isinstance(header, dict) or "b64" in header or "crit" in header:
            raise ValueError
        content = f"{protected}.{payload}".encode("ascii")
        return Signed(header, signing.decode(payload), content, signing.decode(signature))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Problem("malformed", "The request is no flattened JWS.") from None


def check_algorithm(header: dict[str, Any]) -> None:
    """Refuse what is not ES256 or RS256. :raises Problem: badSignatureAlgorithm."""
    if header.get("alg") not in ALGORITHMS:
        raise Problem("badSignatureAlgorithm", "Only ES256 and RS256 are accepted.", algorithms=list(ALGORITHMS))


def public_key(jwk: Any) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    """Return the key in a JWK: P-256, or RSA with 2048 to 4096 bits. :raises Problem: when it is another one."""
    try:
        if jwk["kty"] == "EC" and jwk["crv"] == "P-256":
            x, y = (signing.decode(jwk[name]) for name in "xy")
            if len(x) == len(y) == COORDINATE:
                numbers = ec.EllipticCurvePublicNumbers(
                    int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
                )
                return numbers.public_key()
        if jwk["kty"] == "RSA":
            parts = [signing.decode(jwk[name]) for name in "ne"]
            n, e = (int.from_bytes(part, "big") for part in parts)
            # One key, one thumbprint: no zeros in front (RFC 7518 section 6.3.1).
            if n.bit_length() in RSA_BITS and e == 65537 and all(part[0] for part in parts):
                return rsa.RSAPublicNumbers(e, n).public_key()
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    raise Problem("badPublicKey", "The account key must be P-256 or RSA with 2048 to 4096 bits.")


def bare(jwk: Any) -> Jwk:
    """Return the JWK without anything that is not the key. :raises Problem: when it is no key that is accepted."""
    public_key(jwk)
    return {name: jwk[name] for name in MEMBERS[jwk["kty"]]}


def thumbprint(jwk: Jwk) -> str:
    """Return the thumbprint of a bare JWK (RFC 7638)."""
    content = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()
    return signing.encode(hashlib.sha256(content).digest()).decode()


def verify(signed: Signed, jwk: Any) -> None:
    """Check the signature by the key in `jwk`. :raises Problem: when it does not fit."""
    check_algorithm(signed.header)
    key = public_key(jwk)
    try:
        if signed.header["alg"] == "ES256" and isinstance(key, ec.EllipticCurvePublicKey):
            if len(signed.signature) != 2 * COORDINATE:
                raise InvalidSignature
            r, s = (int.from_bytes(signed.signature[at : at + COORDINATE], "big") for at in (0, COORDINATE))
            key.verify(utils.encode_dss_signature(r, s), signed.content, ec.ECDSA(hashes.SHA256()))
            return
        if signed.header["alg"] == "RS256" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signed.signature, signed.content, padding.PKCS1v15(), hashes.SHA256())
            return
    except InvalidSignature:
        pass
    raise Problem("malformed", "The signature does not fit the key.", status=403)


def verify_binding(binding: Any, *, url: str, jwk: Jwk, secret: bytes) -> None:
    """Check an external account binding (section 7.3.4). :raises Problem: when it does not fit."""
    signed = read(binding)
    fits = hmac.compare_digest(hmac.new(secret, signed.content, hashlib.sha256).digest(), signed.signature)
    header = signed.header
    if header.get("alg") != "HS256" or "nonce" in header or header.get("url") != url:
        raise Problem("malformed", "The external account binding must be HS256 over this address, without nonce.")
    if not fits or bare(signed.json()) != jwk:
        raise Problem("unauthorized", "The external account binding is not genuine.", status=403)


def key_authorization(token: str, account: str) -> str:
    """Return what proves a challenge: its token and the thumbprint of the account's key (section 8.1)."""
    return f"{token}.{account}"


def dns_proof(authorization: str) -> str:
    """Return the TXT record for a key authorization (section 8.4)."""
    return signing.encode(hashlib.sha256(authorization.encode()).digest()).decode()


def renewal_name(authority_key: bytes, serial: int) -> str:
    """Return a certificate's name in renewal information (RFC 9773 section 4.1)."""
    number = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    return f"{signing.encode(authority_key).decode()}.{signing.encode(number).decode()}"


def read_renewal_name(name: str) -> tuple[bytes, int]:
    """Return the authority's key identifier and the serial number. :raises Problem: when it is no such name."""
    try:
        key, serial = name.split(".")
        return signing.decode(key), int.from_bytes(signing.decode(serial), "big")
    except (ValueError, AttributeError):
        raise Problem("malformed", "This names no certificate.") from None


def make_nonce(secret: bytes, *, moment: int, chance: bytes) -> str:
    """Return a nonce that carries its own proof: made here at `moment` (seconds)."""
    body = moment.to_bytes(6, "big") + chance
    return signing.encode(body + hmac.new(secret, b"acme-nonce" + body, hashlib.sha256).digest()[:16]).decode()


def nonce_moment(secret: bytes, nonce: Any) -> int | None:
    """Return when a nonce was made here, None when it was not."""
    try:
        content = signing.decode(nonce) if isinstance(nonce, str) else b""
    except ValueError:
        return None
    body, proof = content[:-16], content[-16:]
    expected = hmac.new(secret, b"acme-nonce" + body, hashlib.sha256).digest()[:16]
    return int.from_bytes(body[:6], "big") if hmac.compare_digest(proof, expected) else None
