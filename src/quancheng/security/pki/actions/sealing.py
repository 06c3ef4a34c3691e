"""Timestamps and seals on documents, with the keys that this site holds."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import queries
from quancheng.security.pki.actions import timestamping
from quancheng.security.pki.engine import timestamps, verdicts


class Unsealable(Refusal):
    """The file is no PDF that can take a seal."""

    code = "pki.unsealable"
    message = _("The file cannot be sealed: %(why)s.")
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
