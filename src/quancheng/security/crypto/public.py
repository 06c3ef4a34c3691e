"""The front door of crypto."""

from quancheng.security.crypto.actions import (
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
    timestamp,
    verify,
)
from quancheng.security.crypto.queries import CallerUsage, usage

__all__ = [
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
    "timestamp",
    "usage",
    "verify",
]
