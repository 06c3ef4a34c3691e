"""Whose certificate somebody shows when signing in."""

from datetime import datetime

from cryptography import x509

from quancheng.security.pki import queries
from quancheng.security.pki.engine import certificates, chains


def judge_person(certificate: bytes, *, at: datetime) -> queries.Verified:
    """Return whom a person's certificate (PEM) names: of this city's authority, valid and not revoked at `at`.

    :raises BadSignature: when it is damaged, of another authority, not for a person's signing in, over or revoked.
    """
    try:
        shown = x509.load_pem_x509_certificate(certificate)
        found = queries._trusted((shown,), at=at, profiles=(certificates.PERSON_SIGNATURE,))
    except chains.Untrusted as error:
        raise queries.BadSignature(why=str(error)) from error
    except chains.DAMAGED as error:
        raise queries.BadSignature(why=str(chains.Untrusted(error))) from error
    return queries._verified(found)
