"""Every use of the services, and what officers change about it."""

from quancheng.security.crypto.actions.quotas import QuotaSpent, change_quota
from quancheng.security.crypto.actions.services import (
    Batch,
    Digest,
    Encrypted,
    NoOrganisation,
    Signed,
    Stamped,
    Unencryptable,
    Unopened,
    Verdict,
    decrypt,
    digest,
    encrypt,
    hashed,
    sign,
    sign_batch,
    timestamp,
    verify,
)

__all__ = [
    "Batch",
    "Digest",
    "Encrypted",
    "NoOrganisation",
    "QuotaSpent",
    "Signed",
    "Stamped",
    "Unencryptable",
    "Unopened",
    "Verdict",
    "change_quota",
    "decrypt",
    "digest",
    "encrypt",
    "hashed",
    "sign",
    "sign_batch",
    "timestamp",
    "verify",
]
