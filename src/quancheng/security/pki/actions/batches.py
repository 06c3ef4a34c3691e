"""Signs many documents with one signature."""

import hashlib
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import queries
from quancheng.security.pki.actions import sealing
from quancheng.security.pki.engine import batches


class NoBatch(Refusal):
    """There is nothing to sign, or something that is no SHA-256 digest."""

    code = "pki.no-batch"
    message = _("A batch is one or more SHA-256 digests.")
    status = 422


def sign_batch(digests: Sequence[bytes], *, organisation: str) -> list[bytes]:
    """Return a proof for each of the SHA-256 digests, in their order: one signature and one timestamp for all of them.

    :raises NoBatch: :raises queries.NoSeal: :raises timestamping.TimeDoubtful:
    """
    if not digests or any(len(item) != batches.DIGEST for item in digests):
        raise NoBatch
    tree = batches.Tree(digests)
    signature = queries.sign_jws(batches.statement(len(digests), tree.root), organisation=organisation)
    stamp = sealing.timestamp(hashlib.sha256(signature.encode()).digest())
    return [
        batches.Proof(at, len(digests), tree.path(at), tree.root, signature, stamp).dump() for at in range(len(digests))
    ]
