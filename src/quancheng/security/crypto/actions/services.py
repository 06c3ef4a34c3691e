"""The services themselves. Each call is entered in the trail with the digest of what it is about, never the content."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.crypto import rules
from quancheng.security.crypto.actions import keys, quotas, seals
from quancheng.security.crypto.engine import enveloping
from quancheng.security.crypto.queries import seals as seal_queries
from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi


class NoOrganisation(Refusal):
    """The caller serves in no organisation and named none."""

    code = "crypto.no-organisation"
    message = _("Say for which organisation; you serve in none.")
    status = 422


class NotTheDigest(Refusal):
    """The digest does not fit its algorithm."""

    code = "crypto.not-the-digest"
    message = _("The digest does not fit its algorithm.")
    status = 422


class Unencryptable(Refusal):
    """The certificate cannot be encrypted to."""

    code = "crypto.unencryptable"
    message = _("Nothing can be encrypted to this certificate: %(why)s.")
    status = 422


class Unopened(Refusal):
    """The message cannot be opened with the organisation's keys."""

    code = "crypto.unopened"
    message = _("The message cannot be opened: %(why)s.")
    status = 422


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature: CMS or the sealed PDF as it is, a JWS as its ASCII."""

    form: str
    signature: bytes
    digest: str
    organisation: str
    name: str
    serial: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A proof for each document of a batch."""

    proofs: tuple[bytes, ...]
    organisation: str
    name: str
    serial: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of a signature; who and when are empty when it is not genuine."""

    valid: bool
    problems: tuple[str, ...] = ()
    organisation: str = ""
    name: str = ""
    serial: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A message (CMS, DER) and for which certificate it is."""

    message: bytes
    serial: str


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest with its algorithm."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Stamped:
    """A timestamp token and what it states."""

    token: bytes
    at: datetime
    serial: str
    authority: str


def _over(content: bytes) -> tuple[str, ...]:
    return (f"digest:{hashlib.sha256(content).hexdigest()}",)


def _of_content(*, organisation: str, content: bytes, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=organisation, subjects=_over(content))


def _of_message(*, organisation: str, message: bytes, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=organisation, subjects=_over(message))


def _of_signature(*, organisation: str, signature: bytes, content: bytes | None, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=organisation, subjects=_over(signature if content is None else content))


def _of_digest(*, organisation: str, digest: bytes, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=organisation, subjects=(f"digest:{digest.hex()}",))


def _code(organisation: str) -> str:
    if not organisation:
        raise NoOrganisation
    return rules.code_of(organisation)


def _seal_code(organisation: str) -> str:
    """Return the code of an organisation whose seal one caller alone may use."""
    code = _code(organisation)
    if seal_queries.needs_two(code):
        raise seals.SealNeedsTwo(organisation=identity.organisation(code).name)
    return code


@pmi.action("crypto.signature.make", scope=_of_content)
def sign(
    *,
    actor: pmi.Actor,
    organisation: str,
    content: bytes,
    form: str,
    enclosed: bool,
    reason: str,
    at: datetime,
    name: str = "content",
) -> Signed:
    """Sign with the seal of the organisation at that path; `form` is cms, cades, xades, jws or pades.

    `name` is that of the file which a detached XAdES is about.

    :raises QuotaSpent: :raises NoOrganisation: :raises pki.NoSeal: :raises pki.Unsealable: :raises pki.Unsignable:
    """
    quotas.count(actor, "sign", octets=len(content), at=at)
    code = _seal_code(organisation)
    holder = pki.organisation_signer(code).holder
    if form == "pades":
        made = pki.seal_pdf(content, organisation=code, reason=reason)
    elif form == "xades":
        made = pki.sign_xml(content, organisation=code, name="" if enclosed else name)
    elif form == "cades":
        made = pki.sign_cades(content, organisation=code, enclosed=enclosed)
    elif form == "jws":
        made = pki.sign_jws(content, organisation=code).encode()
    else:
        made = pki.sign_cms(content, organisation=code, enclosed=enclosed)
    return Signed(form, made, hashlib.sha256(content).hexdigest(), holder.organisation, holder.name, holder.serial)


def _of_digests(*, organisation: str, digests: Sequence[bytes], **_rest: object) -> pmi.Target:
    # The entry names the batch by the digest of its digests; each document is found by its proof.
    return pmi.Target(organisation=organisation, subjects=_over(b"".join(digests)))


@pmi.action("crypto.batch.make", scope=_of_digests)
def sign_batch(*, actor: pmi.Actor, organisation: str, digests: Sequence[bytes], at: datetime) -> Batch:
    """Sign many documents, given by their SHA-256, with one signature of the organisation at that path.

    :raises QuotaSpent: :raises NoOrganisation: :raises pki.NoSeal: :raises pki.NoBatch:
    """
    quotas.count(actor, "batch", octets=sum(map(len, digests)), at=at)
    code = _seal_code(organisation)
    holder = pki.organisation_signer(code).holder
    return Batch(tuple(pki.sign_batch(digests, organisation=code)), holder.organisation, holder.name, holder.serial)


@pmi.action("crypto.signature.verify", scope=_of_signature)
def verify(
    *,
    actor: pmi.Actor,
    organisation: str,  # noqa: ARG001  (read by the scope)
    signature: bytes,
    form: str,
    content: bytes | None,
    digest: bytes | None,
    at: datetime,
) -> Verdict:
    """Judge a signature; whatever bytes come, a verdict comes out. :raises QuotaSpent:"""
    quotas.count(actor, "verify", octets=len(signature) + len(content or b""), at=at)
    try:
        return _judge(signature, form=form, content=content, digest=digest)
    except (pki.BadSignature, pki.BadTimestamp) as refusal:
        return Verdict(False, (str(refusal),))


def _judge(signature: bytes, *, form: str, content: bytes | None, digest: bytes | None) -> Verdict:
    if form == "pades":
        found = pki.verify_pdf(signature)
        problems = tuple(str(problem) for problem in found.problems)
        return Verdict(found.valid, problems, found.organisation, found.name, found.serial, found.timestamped_at)
    if form == "timestamp":
        stamp = pki.verify_timestamp(signature, content=content, digest=digest or b"")
        return Verdict(True, name=stamp.authority, serial=f"{stamp.serial:X}", at=stamp.at)
    if form == "person":
        person = pki.verify_person(signature, content=content, digest=digest)
        return Verdict(True, (), person.organisation, person.name, person.serial)
    if form == "batch":
        batch = pki.verify_batch(signature, content=content, digest=digest)
        return Verdict(True, (), batch.organisation, batch.name, batch.serial, batch.at)
    if form in ("xades", "cades"):
        lasting = (pki.verify_xml if form == "xades" else pki.verify_cades)(signature, content=content)
        return Verdict(True, (), lasting.organisation, lasting.name, lasting.serial, lasting.at)
    if form == "jws":
        holder = pki.verify_jws(content or b"", signature.decode("ascii", "replace"))
    else:
        holder = pki.verify_cms(signature, content=content)
    return Verdict(True, (), holder.organisation, holder.name, holder.serial)


@pmi.action("crypto.message.encrypt", scope=_of_content)
def encrypt(
    *,
    actor: pmi.Actor,
    organisation: str,  # noqa: ARG001  (read by the scope)
    content: bytes,
    certificate: str,
    recipient: str,
    at: datetime,
) -> Encrypted:
    """Encrypt to a certificate (PEM), or to the organisation with the code `recipient`.

    :raises QuotaSpent: :raises Unencryptable: :raises identity.UnknownOrganisation:
    """
    quotas.count(actor, "encrypt", octets=len(content), at=at)
    if recipient:
        found = keys.certificate_for(recipient, at=at)
    else:
        try:
            found = x509.load_pem_x509_certificate(certificate.encode())
        except ValueError:
            raise Unencryptable(why=_("it cannot be read as PEM")) from None
    try:
        message = enveloping.seal(content, to=found)
    except (enveloping.Unfit, ValueError) as error:
        raise Unencryptable(why=str(error)) from error
    return Encrypted(message, f"{found.serial_number:X}")


@pmi.action("crypto.message.decrypt", scope=_of_message)
def decrypt(*, actor: pmi.Actor, organisation: str, message: bytes, at: datetime) -> bytes:
    """Return what a message holds for the organisation at that path.

    :raises QuotaSpent: :raises NoOrganisation: :raises Unopened:
    """
    quotas.count(actor, "decrypt", octets=len(message), at=at)
    code = _code(organisation)
    try:
        return keys.open_for(code, message)
    except enveloping.Unopenable as error:
        raise Unopened(why=str(error)) from error


@pmi.action("crypto.digest.make", scope=_of_content)
def digest(
    *,
    actor: pmi.Actor,
    organisation: str,  # noqa: ARG001  (read by the scope)
    content: bytes,
    algorithm: str,
    at: datetime,
) -> Digest:
    """Return a digest. :raises QuotaSpent:"""
    quotas.count(actor, "hash", octets=len(content), at=at)
    return Digest(algorithm, hashed(content, algorithm))


def hashed(content: bytes, algorithm: str) -> bytes:
    """Return the digest of `content`; counts for nobody."""
    return hashlib.new(algorithm, content).digest()


@pmi.action("crypto.timestamp.make", scope=_of_digest)
def timestamp(
    *,
    actor: pmi.Actor,
    organisation: str,  # noqa: ARG001  (read by the scope)
    digest: bytes,
    algorithm: str,
    at: datetime,
) -> Stamped:
    """Have the site's timestamp service certify the moment at which something with this digest exists.

    :raises QuotaSpent: :raises NotTheDigest: :raises pki.BadTimestamp: if the service refuses.
    """
    quotas.count(actor, "timestamp", octets=len(digest), at=at)
    if len(digest) != hashlib.new(algorithm).digest_size:
        raise NotTheDigest
    token = pki.timestamp(digest, algorithm=algorithm)
    stamp = pki.verify_timestamp(token, digest=digest)
    return Stamped(token, stamp.at, f"{stamp.serial:X}", stamp.authority)
