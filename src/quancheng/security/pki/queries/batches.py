"""Judges a document with its proof of a batch signature."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.security.pki import queries
from quancheng.security.pki.engine import batches, signing


@dataclass(frozen=True, slots=True)
class BatchVerified:
    """Whom a genuine batch signature is by, when it was made, and which of how many documents this one was."""

    organisation: str
    name: str
    serial: str
    at: datetime
    index: int
    size: int


def verify_batch(proof: bytes, *, content: bytes | None = None, digest: bytes | None = None) -> BatchVerified:
    """Return whom the signature over a document is by; `digest` is its SHA-256, instead of the content.

    What counts is whether the certificate was good when the batch was signed, and the timestamp says when.

    :raises queries.BadSignature: :raises queries.BadTimestamp: if anything about it is not genuine.
    """
    try:
        found = batches.load(proof)
    except signing.Malformed as error:
        raise queries.BadSignature(why=str(error)) from error
    if content is not None:
        digest = hashlib.sha256(content).digest()
    if digest is None or not batches.leads_to(digest, found):
        raise queries.BadSignature(why=_("the signature is not over this content"))
    stamp = queries.verify_timestamp(found.timestamp, content=found.signature.encode())
    holder = queries.verify_jws(batches.statement(found.size, found.root), found.signature, at=stamp.at)
    return BatchVerified(holder.organisation, holder.name, holder.serial, stamp.at, found.index, found.size)
