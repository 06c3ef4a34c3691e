"""The two sets of algorithms that a deployment chooses between at its ceremony."""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki.engine import der


@dataclass(frozen=True, slots=True)
class Suite:
    """One set of algorithms. The algorithm identifiers are DER.

    `jose` is the name in JWS headers, `digest` the name of the hash, `cms_signature` the signature's name in a
    SignerInfo, which the Chinese profile of CMS (GM/T 0010) gives otherwise than that of certificates (GM/T 0015).
    """

    code: str
    digest: str
    jose: str
    signature: bytes
    cms_signature: str
    digest_oid: str
    curve: str

    def hash(self, content: bytes) -> bytes:
        """Return the suite's digest of `content`, 32 bytes."""
        state = hashes.Hash(_HASHES[self.digest]())
        state.update(content)
        return state.finalize()


def _algorithm(dotted: str) -> bytes:
    return der.wrap(der.SEQUENCE, der.oid(dotted))


_HASHES: Final = {"sha256": hashes.SHA256, "sm3": hashes.SM3}

MODERN: Final = Suite(
    "modern",
    digest="sha256",
    jose="ES256",
    signature=_algorithm("1.2.840.10045.4.3.2"),
    cms_signature="1.2.840.10045.4.3.2",
    digest_oid="2.16.840.1.101.3.4.2.1",
    curve="P-256",
)
# GM/T 0006: SM2 1.2.156.10197.1.301, SM3 .401, SM2 with SM3 .501. No JOSE name is registered for SM2; ours is private.
GUOMI: Final = Suite(
    "guomi",
    digest="sm3",
    jose="SM2SM3",
    signature=_algorithm("1.2.156.10197.1.501"),
    cms_signature="1.2.156.10197.1.301.1",
    digest_oid="1.2.156.10197.1.401",
    curve="SM2",
)
SUITES: Final = {suite.code: suite for suite in (MODERN, GUOMI)}


class UnknownSuite(Refusal):
    """There is no suite of this name."""

    code = "pki.unknown-suite"
    message = _("There is no suite %(suite)s; a city signs in modern or in guomi.")


def named(code: str) -> Suite:
    """Return the suite with a code. :raises UnknownSuite: when there is none."""
    if code not in SUITES:
        raise UnknownSuite(suite=code)
    return SUITES[code]
