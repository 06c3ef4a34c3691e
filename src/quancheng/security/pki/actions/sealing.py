"""Timestamps and seals on documents, with the keys that this site holds."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import queries
from quancheng.security.pki.actions import timestamping
from quancheng.security.pki.engine import cades, timestamps, verdicts, xades


class Unsealable(Refusal):
    """The file is no PDF that can take a seal."""

    code = "pki.unsealable"
    message = _("The file cannot be sealed: %(why)s.")
    status = 422


class Unsignable(Refusal):
    """The document cannot be signed in the form that was asked for."""

    code = "pki.unsignable"
    message = _("The document cannot be signed: %(why)s.")
    status = 422


def answer_timestamp_request(request: bytes) -> bytes:
    """Return the response (DER) to an RFC 3161 request: a token, or a rejection that says why."""
    return timestamping.service().answer(request)


def timestamp(digest: bytes, *, algorithm: str = "sha256") -> bytes:
    """Return a timestamp token (DER) over a digest; `algorithm` is sha256, sha384, sha512 or sm3.

    :raises queries.BadTimestamp: if the digest does not fit the algorithm.
    :raises timestamping.TimeDoubtful: if this machine's time cannot be believed.
    """
    try:
        return timestamps.token_of(timestamping.service().insist(timestamps.request(digest, algorithm=algorithm)))
    except timestamps.Refused as refused:
        raise queries.BadTimestamp(why=str(refused)) from refused


def seal_pdf(pdf: bytes, *, organisation: str, reason: str, box: verdicts.Box | None = None) -> bytes:
    """Return `pdf` with the organisation's visible seal: PAdES B-LTA with timestamps of this site.

    `box` is (page, left, bottom, right, top), pages from 0 (-1 is the last), points from the lower left corner; by
    default the seal stands at its true size, 42 mm, lower right on the last page.

    :raises queries.NoSeal: if the organisation has no valid seal.
    :raises Unsealable: if the file is no PDF that can take a seal.
    :raises timestamping.TimeDoubtful: if this machine's time cannot be believed.
    """
    from quancheng.security.pki.engine import pdfs

    signer = queries.organisation_signer(organisation)
    serve, trust = timestamping.service().insist, queries.trust()
    try:
        return pdfs.seal(pdf, signer=signer, trust=trust, reason=reason, box=box, serve_timestamp=serve)
    except verdicts.Unsealable as error:
        raise Unsealable(why=str(error)) from error


def sign_xml(content: bytes, *, organisation: str, name: str = "") -> bytes:
    """Return the XML document `content` with the organisation's signature in it (XAdES B-LT, enveloped).

    With `name`, that of a file without its folders, a detached signature over `content`, whatever it is.

    :raises queries.NoSeal: if the organisation has no valid seal.
    :raises Unsignable: if it is no XML that can be signed, or the city signs with SM2.
    :raises timestamping.TimeDoubtful: if this machine's time cannot be believed.
    """
    trust = queries.trust()
    try:
        return xades.sign(
            content,
            signer=queries.organisation_signer(organisation),
            name=name,
            brought=trust.roots,
            lists=trust.crls,
            at=timezone.now(),
            timestamp=timestamp,
        )
    except xades.Unfit as error:
        raise Unsignable(why=str(error)) from error


def sign_cades(content: bytes, *, organisation: str, enclosed: bool = False) -> bytes:
    """Return the organisation's CMS signature with timestamp and revocation lists (CAdES B-LT, DER).

    :raises queries.NoSeal: if the organisation has no valid seal.
    :raises Unsignable: if the city signs with SM2.
    :raises timestamping.TimeDoubtful: if this machine's time cannot be believed.
    """
    trust = queries.trust()
    try:
        return cades.sign(
            content,
            signer=queries.organisation_signer(organisation),
            enclosed=enclosed,
            roots=trust.roots,
            lists=trust.crls,
            at=timezone.now(),
            timestamp=timestamp,
        )
    except cades.Unfit as error:
        raise Unsignable(why=str(error)) from error
