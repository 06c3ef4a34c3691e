"""Certificates, lists and requests in either suite.

`cryptography` writes the structures but knows no SM2 and no keys in tokens. So it signs with a stand-in, and then the
public key, the algorithm's name and the signature are put in their places.
"""

from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from quancheng.security.pki.engine import der, keys
from quancheng.security.pki.engine.keys import Key, Public
from quancheng.security.pki.engine.suites import GUOMI


class NotSigned(ValueError):
    """A request that its own key did not sign."""


@cache
def _stand_in() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(builder: x509.CertificateBuilder, public: Public, key: Key) -> x509.Certificate:
    """Return the certificate for `public` that `key` signs."""
    stand_in = _stand_in()
    built = builder.public_key(stand_in.public_key()).sign(stand_in, hashes.SHA256())
    parts = _parts(built.tbs_certificate_bytes)
    parts[2], parts[6] = key.suite.signature, public.der
    return x509.load_der_x509_certificate(_signed(parts, key))


def revocation_list(builder: x509.CertificateRevocationListBuilder, key: Key) -> bytes:
    """Return the revocation list (DER) that `key` signs."""
    built = builder.sign(_stand_in(), hashes.SHA256())
    parts = _parts(built.tbs_certlist_bytes)
    parts[1] = key.suite.signature
    return _signed(parts, key)


def request(builder: x509.CertificateSigningRequestBuilder, key: Key) -> x509.CertificateSigningRequest:
    """Return the certificate request (PKCS#10) for `key`, signed by itself."""
    built = builder.sign(_stand_in(), hashes.SHA256())
    parts = _parts(built.tbs_certrequest_bytes)
    parts[2] = key.public.der
    return x509.load_der_x509_csr(_signed(parts, key))


def request_key(found: x509.CertificateSigningRequest) -> Public:
    """Return the key of a request that is signed by it. :raises ValueError: when it is damaged or not so signed."""
    whole = der.single(found.public_bytes(serialization.Encoding.DER))
    body, algorithm, _signature = whole.parts()
    public = keys.read(body.parts()[2].whole)
    if public.kind == "SM2":
        signed = algorithm.whole == GUOMI.signature and public.verifies(found.signature, body.whole)
    else:
        signed = found.is_signature_valid
    if not signed:
        raise NotSigned("the request is not signed by its own key")
    return public


def _parts(tbs: bytes) -> list[bytes]:
    return [item.whole for item in der.single(tbs).parts()]


def _signed(parts: list[bytes], key: Key) -> bytes:
    body = der.wrap(der.SEQUENCE, b"".join(parts))
    signature = der.wrap(der.BITS, b"\x00" + key.sign(body))
    return der.wrap(der.SEQUENCE, body + key.suite.signature + signature)
