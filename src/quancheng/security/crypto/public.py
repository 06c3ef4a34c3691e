"""The front door of crypto."""

from quancheng.security.crypto.actions import (
    Batch,
    Digest,
    Encrypted,
    QuotaSpent,
    Signed,
    Stamped,
    Verdict,
    change_quota,
    decrypt,
    digest,
    encrypt,
    hashed,
    sign,
    sign_batch,
    timestamp,
    verify,
)
from quancheng.security.crypto.queries import CallerUsage, usage

__all__ = [
    "Batch",
    "CallerUsage",
    "Digest",
    "Encrypted",
    "QuotaSpent",
    "Signed",
    "Stamped",
    "Verdict",
    "change_quota",
    "decrypt",
    "digest",
    "encrypt",
    "hashed",
    "sign",
    "sign_batch",
    "timestamp",
    "usage",
    "verify",
]
