"""The timestamp protocol of RFC 3161 (with the RFC 5816 certificate identifier), both sides, on bytes.

A token is always the same but for its time, number, imprint and signature, so a responder takes one apart when it is
made and puts each later one together from the pieces: what is left is nearly the cost of the signature.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from asn1crypto import cms, core, tsp
from cryptography import x509
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import certificates, der, messages, signing

SM3: Final = "1.2.156.10197.1.401"  # GM/T 0006
HASHES: Final = ("sha256", "sha384", "sha512", SM3)
REQUEST_TYPE, REPLY_TYPE = "application/timestamp-query", "application/timestamp-reply"
LARGEST: Final = 16 * 1024
_NAMES: Final = {SM3: "sm3"}
_NULL: Final = b"\x05\x00"
_SAMPLE: Final = tsp.TSTInfo(
    {
        "version": "v1",
        "policy": "1.2.3",
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(range(32))},
        "serial_number": 1,
        "gen_time": datetime(2000, 1, 1, tzinfo=UTC),
    }
).dump()
# Imprints that are served: the name of the algorithm (DER, without parameters) and how long its digests are.
_SERVED: Final = {
    der.oid(dotted): length
    for dotted, length in (
        ("2.16.840.1.101.3.4.2.1", 32),
        ("2.16.840.1.101.3.4.2.2", 48),
        ("2.16.840.1.101.3.4.2.3", 64),
        (SM3, 32),
    )
}
_NONCE_LONGEST: Final = 64
_VERSION: Final = b"\x02\x01\x01"
# PKIFailureInfo of RFC 3161 section 2.4.2, by the numbers of its bits.
_FAILURES: Final = {
    "bad_alg": 0,
    "bad_request": 2,
    "bad_data_format": 5,
    "time_not_available": 14,
    "unaccepted_policy": 15,
    "unaccepted_extensions": 16,
}


class _Reply(core.Sequence):
    """TimeStampResp with the token optional, as RFC 3161 section 2.4.2 has it and asn1crypto has not."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class Refused(ValueError):
    """A request that gets no token; `failure` is a PKIFailureInfo name."""

    def __init__(self, failure: str, text: str) -> None:
        super().__init__(text)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token states: when something with this digest existed, and who says so. `algorithm` as hashlib has it."""

    at: datetime
    serial: int
    algorithm: str
    digest: bytes
    chain: tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for; `imprint` and `nonce` are DER as they came, `nonce` empty when there is none."""

    imprint: bytes
    nonce: bytes
    with_chain: bool


def request(digest: bytes, *, algorithm: str = "sha256", nonce: int | None = None) -> bytes:
    """Return a request (DER) for a token with certificate over `digest`."""
    named = SM3 if algorithm == "sm3" else algorithm
    return tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": named}, "hashed_message": digest},
            "nonce": secrets.randbits(63) if nonce is None else nonce,
            "cert_req": True,
        }
    ).dump()


def read(content: bytes, *, policy: bytes) -> Wish:
    """Return what a request (DER) asks for; `policy` (DER) is the one that is served.

    :raises Refused: when it is malformed or asks for what is not served.
    """
    try:
        version, imprint, *others = der.single(content).parts()
        number = version.expect(der.INTEGER)
        algorithm, digest = imprint.parts()
        name, *parameters = algorithm.parts()
        hashed, wanted = digest.expect(der.OCTETS), name.expect(der.OID)
        found: dict[int, der.Value] = {}
        for place, item in enumerate(others):
            # In this order and each at most once: policy, nonce, certReq, extensions.
            order = (der.OID, der.INTEGER, der.BOOLEAN, 0xA0)
            if item.tag not in order or any(order.index(item.tag) <= order.index(tag) for tag in found):
                raise der.Damaged(f"value {place} is out of place")
            found[item.tag] = item
        nonce = found[der.INTEGER].whole if der.INTEGER in found else b""
        with_chain = der.BOOLEAN in found and _truth(found[der.BOOLEAN])
    except (der.Damaged, ValueError):
        raise Refused("bad_data_format", "the request is not a TimeStampReq") from None
    if number != b"\x01":
        raise Refused("bad_request", "only version 1 is known")
    length = _SERVED.get(der.wrap(der.OID, wanted))
    if length is None or [item.whole for item in parameters] not in ([], [_NULL]):
        raise Refused("bad_alg", "only SHA-256, SHA-384, SHA-512 and SM3 are accepted")
    if len(hashed) != length:
        raise Refused("bad_data_format", "the digest has a wrong length")
    if der.OID in found and found[der.OID].whole != policy:
        raise Refused("unaccepted_policy", "this policy is not served")
    if 0xA0 in found:
        raise Refused("unaccepted_extensions", "no extension is served")
    if der.INTEGER in found and not _is_number(found[der.INTEGER].content):
        raise Refused("bad_data_format", "the nonce is not a number in DER, or too long")
    return Wish(imprint.whole, nonce, with_chain)


def _truth(value: der.Value) -> bool:
    # DER leaves FALSE out, because it is the default; openssl writes it nevertheless.
    if value.content not in {b"\x00", b"\xff"}:
        raise der.Damaged("a truth value is not written in DER")
    return value.content == b"\xff"


def _is_number(content: bytes) -> bool:
    padded = len(content) > 1 and (content[0], content[1] >> 7) in {(0x00, 0), (0xFF, 1)}
    return 1 <= len(content) <= _NONCE_LONGEST and not padded


def refusal(refused: Refused) -> bytes:
    """Return the response (DER) that rejects a request."""
    bit = _FAILURES[refused.failure]
    flags = bytes(bit // 8) + bytes((0x80 >> bit % 8,))
    failure = der.wrap(der.BITS, bytes((7 - bit % 8,)) + flags)
    text = der.wrap(der.SEQUENCE, der.wrap(0x0C, str(refused).encode()))
    return der.wrap(der.SEQUENCE, der.wrap(der.SEQUENCE, b"\x02\x01\x02" + text + failure))


class Responder:
    """Makes tokens with one certificate under one policy."""

    def __init__(self, signer: signing.Signer, *, arc: str) -> None:
        self._sign, self._hash = signer.sign, signer.suite.hash
        self.policy = der.oid(certificates.absolute(".1.3", arc))
        identifier = tsp.SigningCertificateV2(
            {"certs": [tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(certificates.der(signer.certificate)).digest()})]}
        )
        named = cms.CMSAttribute({"type": "signing_certificate_v2", "values": [identifier]})
        whole = messages.make(
            signer, _SAMPLE, content_type="tst_info", enclosed=True, at=None, with_chain=True, extra=(named,)
        )
        self._take_apart(whole)

    def _take_apart(self, whole: bytes) -> None:
        self._outer, body = der.single(whole).parts()
        version, digests, inner, chain, infos = der.single(body.expect(0xA0)).parts()
        self._before, self._chain = version.whole + digests.whole, chain.whole
        self._content_type = inner.parts()[0].whole
        info = der.single(infos.expect(0x31))
        number, names, digest, attributes, algorithm, _signature = info.parts()
        self._info_before, self._info_after = number.whole + names.whole + digest.whole, algorithm.whole
        # The digest of the sample stands once in the attributes: before and after it they are the same for all tokens.
        marks = attributes.content.split(self._hash(_SAMPLE))
        if len(marks) != 2:
            raise ValueError("the attributes of a token do not hold its digest exactly once")
        self._attributes = marks[0], marks[1]

    def answer(self, content: bytes, *, at: datetime) -> bytes:
        """Return the response (DER) to a request: a token made at `at`, or a rejection that says why."""
        try:
            wish = read(content, policy=self.policy)
        except Refused as refused:
            return refusal(refused)
        return der.wrap(der.SEQUENCE, b"\x30\x03\x02\x01\x00" + self.token(wish, at=at))

    def token(self, wish: Wish, *, at: datetime) -> bytes:
        """Return a token (DER) that `wish` asks for, made at `at`."""
        # Unique without a shared counter: microseconds, and chance within one.
        serial = int(at.timestamp() * 1_000_000) << 48 | secrets.randbits(48)
        moment = der.wrap(der.TIME, at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())
        # Accuracy one second; tokens of several processes are not ordered among each other.
        state = der.wrap(
            der.SEQUENCE,
            _VERSION + self.policy + wish.imprint + der.integer(serial) + moment + b"\x30\x03\x02\x01\x01" + wish.nonce,
        )
        before, after = self._attributes
        attributes = before + self._hash(state) + after
        signature = der.wrap(der.OCTETS, self._sign(der.wrap(0x31, attributes)))
        info = self._info_before + der.wrap(0xA0, attributes) + self._info_after + signature
        body = self._before + der.wrap(der.SEQUENCE, self._content_type + der.wrap(0xA0, der.wrap(der.OCTETS, state)))
        if wish.with_chain:
            body += self._chain
        body += der.wrap(0x31, der.wrap(der.SEQUENCE, info))
        return der.wrap(der.SEQUENCE, self._outer.whole + der.wrap(0xA0, der.wrap(der.SEQUENCE, body)))


def token_of(response: bytes) -> bytes:
    """Return the token (DER) in a response.

    :raises Refused: when it is a rejection.
    :raises ValueError: when it is malformed.
    """
    reply = _Reply.load(response, strict=True)
    if reply["status"]["status"].native not in ("granted", "granted_with_mods"):
        failure = sorted(reply["status"]["fail_info"].native or {"system_failure"})[0]
        raise Refused(failure, "; ".join(reply["status"]["status_string"].native or ()))
    return reply["time_stamp_token"].dump()


def read_token(token: bytes, *, known: tuple[x509.Certificate, ...] = ()) -> Stamp:
    """Return what a token states after checking its signature; who signed is for the caller to judge.

    :raises signing.Malformed: when it is no timestamp token.
    :raises signing.Wrong: when its signature or the certificate it names does not fit.
    """
    body, chain, attributes = messages.read(token, known=known)
    try:
        state = tsp.TSTInfo.load(body, strict=True)
        imprint = state["message_imprint"]
        (named,) = [item for item in attributes if item["type"].native == "signing_certificate_v2"]
        identifier = named["values"][0]["certs"][0]
        stated, algorithm = identifier["cert_hash"].native, identifier["hash_algorithm"]["algorithm"].native
        hashed_with = imprint["hash_algorithm"]["algorithm"].native
        stamp = Stamp(
            at=state["gen_time"].native,
            serial=state["serial_number"].native,
            algorithm=_NAMES.get(hashed_with, hashed_with),
            digest=imprint["hashed_message"].native,
            chain=chain,
        )
        if hashed_with not in HASHES:
            raise ValueError(hashed_with)
    except messages.UNREADABLE:
        raise signing.Malformed(_("the timestamp token cannot be read")) from None
    if algorithm != "sha256" or stated != hashlib.sha256(certificates.der(chain[0])).digest():
        raise signing.Wrong(_("the token was made with another certificate than it names"))
    return stamp
