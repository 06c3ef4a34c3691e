"""Certificates of encryption for keys that another app of this site keeps."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from quancheng.security.pki.actions import setup
from quancheng.security.pki.engine import certificates, keys
from quancheng.security.trail import public as trail


def certify_recipient(public: ec.EllipticCurvePublicKey, *, code: str, name: str, at: datetime) -> x509.Certificate:
    """Return a certificate to which messages for an organisation can be encrypted, issued in the caller's transaction.

    The caller keeps the private key (P-256).
    """
    made = setup.certify(certificates.RECIPIENT, keys.public(public), code=code, name=name, at=at)
    trail.record(
        action="pki.certificate.issue",
        actor_id="service:pki",
        actor_name="pki",
        subjects=(f"certificate-holder:{code}", f"certificate:{made.serial}"),
        detail={"name": name, "profile": made.profile},
        at=at,
    )
    return x509.load_der_x509_certificate(bytes(made.der))
