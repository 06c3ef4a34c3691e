"""The operations of the service: what each takes and answers."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from quancheng.security.crypto import rules
from quancheng.security.crypto.engine.shapes import Field, Operation

HASHES: Final = ("sha256", "sha384", "sha512", "sm3")
FORMS: Final = ("cms", "cades", "xades", "jws", "pades")
CHECKED: Final = (*FORMS, "timestamp", "batch", "person")
LARGEST_BATCH: Final = 1000
LONGEST_REASON: Final = 200
_CONTENT = Field("content", "base64", _("The content itself."))
_OF = Field("organisation", "text", _("Code of the organisation; by default the caller's own."), most=40)
_BY = (
    Field("organisation", "text", _("Code of the organisation whose signature it is.")),
    Field("name", "text", _("Name of the organisation.")),
    Field("serial", "text", _("Serial number of the certificate, hexadecimal.")),
)
_ALGORITHM = Field("algorithm", "text", _("The digest's algorithm."), choices=HASHES, default="sha256")
_AT = Field("at", "time", _("When, as the timestamp service says."))

OPERATIONS: Final = {
    item.name: item
    for item in (
        Operation(
            "sign",
            rules.PRIVILEGES["sign"],
            _("Sign with the organisation's seal"),
            (
                Field("content", "base64", _("What is signed; for pades a PDF, for xades XML."), required=True),
                Field("form", "text", _("Form of the signature."), choices=FORMS, default="cms"),
                Field(
                    "enclosed",
                    "flag",
                    _("Whether a CMS message brings its content along, and whether XAdES goes into the document."),
                    default=False,
                ),
                Field(
                    "name", "text", _("Name of the file that a detached XAdES is about."), most=200, default="content"
                ),
                Field("reason", "text", _("Reason shown with the seal of a PDF."), most=LONGEST_REASON, default=""),
                _OF,
            ),
            (
                Field("form", "text", _("Form of the signature.")),
                Field("signature", "base64", _("CMS (DER), XML, the compact detached JWS as UTF-8, the sealed PDF.")),
                Field("digest", "hex", _("SHA-256 of the content, as the trail has it.")),
                *_BY,
            ),
            remark=_(
                "CMS is detached unless `enclosed`; JWS is compact and detached (RFC 7515 appendix F) with x5c; pades "
                "returns the PDF with the visible seal, B-LTA with timestamps of this site; cades and xades are B-LT: "
                "with timestamp, chain and revocation lists (EN 319 122-1, EN 319 132-1)."
            ),
        ),
        Operation(
            "batch",
            rules.PRIVILEGES["batch"],
            _("Sign many documents with one signature"),
            (
                Field("digests", "list", _("SHA-256 of each document."), required=True, most=LARGEST_BATCH),
                _OF,
            ),
            (
                Field("proofs", "list", _("A proof for each document, in their order; it stands alone.")),
                *_BY,
            ),
            remark=_("One signature and one timestamp over a Merkle root; `verify` with form batch judges a proof."),
        ),
        Operation(
            "verify",
            rules.PRIVILEGES["verify"],
            _("Check a signature, a sealed PDF or a timestamp"),
            (
                Field("signature", "base64", _("What `sign` or `timestamp` answered."), required=True),
                Field("form", "text", _("Form of the signature."), choices=CHECKED, default="cms"),
                Field("content", "base64", _("What a detached signature or a timestamp is about.")),
                Field("digest", "hex", _("For a timestamp or a batch, the digest instead of the content.")),
            ),
            (
                Field("valid", "flag", _("Whether it is genuine, over this content and by whom the root vouches for.")),
                Field("problems", "list", _("What is wrong, in words.")),
                *_BY,
                _AT,
            ),
            remark=_("Whatever is sent, the answer is a verdict: a bad signature is `valid: false` with status 200."),
        ),
        Operation(
            "encrypt",
            rules.PRIVILEGES["encrypt"],
            _("Encrypt to a certificate"),
            (
                Field("content", "base64", _("What is encrypted."), required=True),
                Field("certificate", "text", _("The recipient's certificate as PEM."), most=20_000),
                Field("recipient", "text", _("Or the code of an organisation of this site."), most=40),
            ),
            (
                Field("message", "base64", _("CMS AuthEnvelopedData (DER).")),
                Field("serial", "text", _("Serial number of the recipient's certificate, hexadecimal.")),
            ),
            either=(("certificate", "recipient"),),
            remark=_(
                "AES-256-GCM (RFC 5083, 5084). The key is agreed by ECDH (RFC 5753) or transported by RSA-OAEP "
                "(RFC 3560), as the certificate's key asks."
            ),
        ),
        Operation(
            "decrypt",
            rules.PRIVILEGES["decrypt"],
            _("Decrypt with the organisation's key"),
            (Field("message", "base64", _("CMS AuthEnvelopedData (DER)."), required=True), _OF),
            (_CONTENT,),
            remark=_("EnvelopedData without authentication (CBC) is refused: it could be read by asking often enough."),
        ),
        Operation(
            "hash",
            rules.PRIVILEGES["hash"],
            _("Make a digest"),
            (Field("content", "base64", _("What is digested."), required=True), _ALGORITHM),
            (_ALGORITHM, Field("digest", "hex", _("The digest."))),
        ),
        Operation(
            "timestamp",
            rules.PRIVILEGES["timestamp"],
            _("Have a moment certified"),
            (_CONTENT, Field("digest", "hex", _("Or its digest.")), _ALGORITHM),
            (
                Field("token", "base64", _("Timestamp token of RFC 3161 (DER).")),
                _AT,
                Field("serial", "text", _("Serial number of the token.")),
                Field("authority", "text", _("Name of the timestamp service.")),
            ),
            either=(("content", "digest"),),
        ),
    )
}


def openapi(address: str, token_address: str) -> dict:
    """Return the OpenAPI 3.1 document of the service at `address`, with tokens from `token_address`."""
    return {
        "openapi": "3.1.0",
        "info": {"title": str(_("Cryptographic services")), "version": "1"},
        "servers": [{"url": address}],
        "paths": {f"/{name}": item.schema() for name, item in OPERATIONS.items()},
        "components": {
            "securitySchemes": {
                "oauth": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": token_address,
                            "scopes": {item.privilege: str(item.title) for item in OPERATIONS.values()},
                        }
                    },
                }
            },
            "schemas": {"Problem": PROBLEM},
        },
    }


PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "resets_at": {"type": "string", "format": "date-time"},
    },
}
