"""The timestamp protocol of RFC 3161 (with the RFC 5816 certificate identifier), both sides, on bytes."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import cms, core, tsp
from cryptography import x509
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import certificates, messages, signing

HASHES = {"sha256": 32, "sha384": 48, "sha512": 64}
REQUEST_TYPE, REPLY_TYPE = "application/timestamp-query", "application/timestamp-reply"


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
    """What a token states: when something with this digest existed, and who says so."""

    at: datetime
    serial: int
    algorithm: str
    digest: bytes
    chain: tuple[x509.Certificate, ...]


def request(digest: bytes, *, algorithm: str = "sha256", nonce: int | None = None) -> bytes:
    """Return a request (DER) for a token with certificate over `digest`."""
    return tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest},
            "nonce": secrets.randbits(63) if nonce is None else nonce,
            "cert_req": True,
        }
    ).dump()


def answer(content: bytes, *, signer: signing.Signer, arc: str, at: datetime) -> bytes:
    """Return the response (DER) to a request: a token, or a rejection that says why."""
    try:
        token = _token(content, signer=signer, policy=certificates.absolute(".1.3", arc), at=at)
    except Refused as refused:
        return _Reply(
            {
                "status": {
                    "status": "rejection",
                    "status_string": [str(refused)],
                    "fail_info": {refused.failure},
                }
            }
        ).dump()
    return _Reply({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}).dump()


def _token(content: bytes, *, signer: signing.Signer, policy: str, at: datetime) -> bytes:
    wish = _read_request(content)
    _check_wish(wish, policy)
    state: dict[str, object] = {
        "version": "v1",
        "policy": policy,
        "message_imprint": wish["message_imprint"],
        # Unique without a shared counter: nanoseconds, and chance within one.
        "serial_number": int(at.timestamp() * 1_000_000) << 48 | secrets.randbits(48),
        "gen_time": core.GeneralizedTime(at.astimezone(UTC).replace(microsecond=0)),
        "accuracy": {"seconds": 1},
        "ordering": False,
    }
    if wish["nonce"].native is not None:
        state["nonce"] = wish["nonce"].native
    identifier = tsp.SigningCertificateV2(
        {"certs": [tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(certificates.der(signer.certificate)).digest()})]}
    )
    return messages.make(
        signer,
        tsp.TSTInfo(state).dump(),
        content_type="tst_info",
        enclosed=True,
        at=None,
        with_chain=bool(wish["cert_req"].native),
        extra=(cms.CMSAttribute({"type": "signing_certificate_v2", "values": [identifier]}),),
    )


def _read_request(content: bytes) -> tsp.TimeStampReq:
    try:
        wish = tsp.TimeStampReq.load(content, strict=True)
        # asn1crypto parses lazily; asking for everything finds what is malformed.
        assert wish.native is not None  # noqa: S101
    except (AssertionError, *messages.UNREADABLE):
        raise Refused("bad_data_format", "the request is not a TimeStampReq") from None
    return wish


def _check_wish(wish: tsp.TimeStampReq, policy: str) -> None:
    if wish["version"].native != "v1":
        raise Refused("bad_request", "only version 1 is known")
    imprint = wish["message_imprint"]
    length = HASHES.get(imprint["hash_algorithm"]["algorithm"].native)
    if length is None:
        raise Refused("bad_alg", "only SHA-256, SHA-384 and SHA-512 are accepted")
    if len(imprint["hashed_message"].native) != length:
        raise Refused("bad_data_format", "the digest has a wrong length")
    if wish["req_policy"].native not in (None, policy):
        raise Refused("unaccepted_policy", "this policy is not served")
    if wish["extensions"].native:
        raise Refused("unaccepted_extensions", "no extension is served")


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
        stamp = Stamp(
            at=state["gen_time"].native,
            serial=state["serial_number"].native,
            algorithm=imprint["hash_algorithm"]["algorithm"].native,
            digest=imprint["hashed_message"].native,
            chain=chain,
        )
    except messages.UNREADABLE:
        raise signing.Malformed(_("the timestamp token cannot be read")) from None
    if algorithm != "sha256" or stated != hashlib.sha256(certificates.der(chain[0])).digest():
        raise signing.Wrong(_("the token was made with another certificate than it names"))
    return stamp
