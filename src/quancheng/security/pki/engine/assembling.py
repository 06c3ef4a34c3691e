"""Certificates, lists and requests in either suite.

`cryptography` writes the structures but knows no SM2 and no keys in tokens. So it signs with a stand-in, and then the
public key, the algorithm's name and the signature are put in their places.
"""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from quancheng.security.pki.engine import der, keys, libcrypto
from quancheng.security.pki.engine.keys import Key, Public
from quancheng.security.pki.engine.suites import GUOMI, MODERN, Suite

# Below this number of signatures to check, a thread costs more than it saves.
WORTH_A_THREAD: Final = 50


class NotSigned(ValueError):
    """A request that its own key did not sign."""


@cache
def _stand_in() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(builder: x509.CertificateBuilder, public: Public, key: Key) -> x509.Certificate:
    """Return the certificate for `public` that `key` signs."""
    return x509.load_der_x509_certificate(signed(body(builder, public, key.suite), key))


def body(builder: x509.CertificateBuilder, public: Public, suite: Suite) -> list[bytes]:
    """Return the parts of the certificate for `public` that are to be signed in a suite, each in DER."""
    stand_in = _stand_in()
    built = builder.public_key(stand_in.public_key()).sign(stand_in, hashes.SHA256())
    parts = _parts(built.tbs_certificate_bytes)
    parts[2], parts[6] = suite.signature, public.der
    return parts


def revocation_list(builder: x509.CertificateRevocationListBuilder, key: Key) -> bytes:
    """Return the revocation list (DER) that `key` signs."""
    built = builder.sign(_stand_in(), hashes.SHA256())
    parts = _parts(built.tbs_certlist_bytes)
    parts[1] = key.suite.signature
    return signed(parts, key)


def request(builder: x509.CertificateSigningRequestBuilder, key: Key) -> x509.CertificateSigningRequest:
    """Return the certificate request (PKCS#10) for `key`, signed by itself."""
    built = builder.sign(_stand_in(), hashes.SHA256())
    parts = _parts(built.tbs_certrequest_bytes)
    parts[2] = key.public.der
    return x509.load_der_x509_csr(signed(parts, key))


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that whoever makes a request holds its key: the signature over it.

    `outside` is the request itself where the signature is of neither suite (P-384, RSA, P-256 with another digest).
    """

    public: Public
    signature: bytes
    content: bytes
    outside: x509.CertificateSigningRequest | None = None

    def holds(self) -> bool:
        """Test whether the key made the signature."""
        if self.outside is not None:
            return self.public.suite is not GUOMI and self.outside.is_signature_valid
        return self.public.verifies(self.signature, self.content)

    def holds_beside(self) -> bool:
        """Test the same in a way that lets other threads run meanwhile, where there is one."""
        if self.outside is not None or self.public.suite is not MODERN:
            return self.holds()
        return libcrypto.p256_verifies(self.public.bits, self.signature, MODERN.hash(self.content))


def request_proof(found: x509.CertificateSigningRequest, whole: bytes = b"") -> Proof:
    """Return the proof in a request; `whole` is its DER where that is at hand. :raises ValueError: when damaged."""
    content, algorithm, _signature = der.single(whole or found.public_bytes(serialization.Encoding.DER)).parts()
    public = keys.read(content.parts()[2].whole)
    of_suite = public.suite is not None and algorithm.whole == public.suite.signature
    return Proof(public, found.signature, content.whole, None if of_suite else found)


def request_key(found: x509.CertificateSigningRequest) -> Public:
    """Return the key of a request that is signed by it. :raises ValueError: when it is damaged or not so signed."""
    proof = request_proof(found)
    if not proof.holds():
        raise NotSigned("the request is not signed by its own key")
    return proof.public


@cache
def _processors() -> int:
    return os.cpu_count() or 1


def hold(proofs: Sequence[Proof]) -> list[bool]:
    """Test many proofs, on all processors when they are many."""
    hands = min(_processors(), len(proofs) // WORTH_A_THREAD)
    if hands < 2 or not libcrypto.present():
        return [proof.holds() for proof in proofs]
    found = [False] * len(proofs)

    def work(first: int) -> None:
        found[first::hands] = [proof.holds_beside() for proof in proofs[first::hands]]

    with ThreadPoolExecutor(hands) as pool:
        list(pool.map(work, range(hands)))
    return found


def _parts(tbs: bytes) -> list[bytes]:
    return [item.whole for item in der.single(tbs).parts()]


def signed(parts: Iterable[bytes], key: Key) -> bytes:
    """Return what consists of `parts` (DER) with the signature that `key` makes over it."""
    content = der.wrap(der.SEQUENCE, b"".join(parts))
    signature = der.wrap(der.BITS, b"\x00" + key.sign(content))
    return der.wrap(der.SEQUENCE, content + key.suite.signature + signature)
