"""Encrypting an assertion for one system (XML Encryption 1.1): AES-256-GCM, its key by RSA-OAEP.

Only this direction is here: opening what strangers encrypted is where the attacks on XML Encryption are.
"""

import base64
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from quancheng.security.identity.engine.saml.signatures import certificate_of
from quancheng.security.identity.engine.saml.xml import DS, SAML, XENC, Element, make, plain

GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
OAEP = f"{XENC}rsa-oaep-mgf1p"
NONCE = 12


def encrypted(assertion: Element, certificate: str) -> Element:
    """Return an EncryptedAssertion for the holder of a certificate (base64 of DER; RSA). :raises ValueError:"""
    public = certificate_of(certificate).public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError(certificate)
    secret, nonce = AESGCM.generate_key(256), secrets.token_bytes(NONCE)
    # SHA-1 is no more than a label here, by definition of the algorithm (section 5.5.2), which all systems know.
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303
    # 5.2.4: the nonce, the text, the tag.
    content = nonce + AESGCM(secret).encrypt(nonce, plain(assertion), None)
    digest = make(DS, "DigestMethod", Algorithm=f"{DS}sha1")
    locked = make(
        XENC, "EncryptedKey",
        make(XENC, "EncryptionMethod", digest, Algorithm=OAEP),
        make(DS, "KeyInfo", make(DS, "X509Data", make(DS, "X509Certificate", certificate))),
        _cipher(public.encrypt(secret, oaep)),
    )  # fmt: skip
    data = make(
        XENC, "EncryptedData",
        make(XENC, "EncryptionMethod", Algorithm=GCM), make(DS, "KeyInfo", locked), _cipher(content),
        Type=f"{XENC}Element",
    )  # fmt: skip
    return make(SAML, "EncryptedAssertion", data)


def _cipher(content: bytes) -> Element:
    return make(XENC, "CipherData", make(XENC, "CipherValue", base64.b64encode(content).decode()))
