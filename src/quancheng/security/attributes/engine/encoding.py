"""Attribute certificates in DER, after the profile of RFC 5755."""

from collections.abc import Iterable
from datetime import datetime

from asn1crypto import algos, cms, core, x509
from cryptography import x509 as crypto_x509

from quancheng.security.pki import public as pki

ROLE = "urn:quancheng:role:"
ORGANISATION = "urn:quancheng:organisation:"
DELEGATION, ACCOUNT = "urn:quancheng:delegation", "urn:quancheng:"


def encode(
    signer: pki.Signer,
    *,
    serial: int,
    holder: cms.Holder,
    roles: Iterable[str],
    organisation: str,
    since: datetime,
    until: datetime,
    list_url: str,
    giver: str = "",
) -> bytes:
    """Return a signed attribute certificate: role (2.5.4.72) and group, valid from `since` until `until`.

    The issuer is named by its subject alone, and its key by the authority key identifier (sections 4.2.3, 4.3.3). Each
    role is a URI (section 4.4.5); the group is the organisation (section 4.4.4). Whoever serves by delegation does so
    in the name of the `giver`, an actor's id: the access identity (section 4.4.2). Chains of such certificates are not
    recommended (section 1.1): this authority says itself what was delegated, and no holder hands it on.
    """
    algorithm = algos.SignedDigestAlgorithm.load(signer.suite.signature)
    issuer = directory_name(signer.certificate.subject)
    info = cms.AttributeCertificateInfoV2(
        {
            "version": "v2",
            "holder": holder,
            "issuer": cms.AttCertIssuer("v2_form", cms.V2Form({"issuer_name": [issuer]})),
            "signature": algorithm,
            "serial_number": serial,
            "att_cert_validity_period": {"not_before_time": since, "not_after_time": until},
            "attributes": [_roles(roles), _group(organisation, issuer), *_in_the_name_of(giver)],
            "extensions": [_key_identifier(signer.certificate), _distribution(list_url)],
        }
    )
    signature = signer.sign(info.dump())
    made = cms.AttributeCertificateV2({"ac_info": info, "signature_algorithm": algorithm, "signature": signature})
    return bytes(made.dump())


def holder_of(certificate: bytes) -> cms.Holder:
    """Return the holder as issuer and serial number of their public key certificate (section 4.2.2)."""
    known = x509.Certificate.load(certificate)
    issuer = x509.GeneralName("directory_name", known.issuer)
    return cms.Holder({"base_certificate_id": {"issuer": [issuer], "serial": known.serial_number}})


def holder_named(*, name: str, account: str, organisation: str) -> cms.Holder:
    """Return the holder by name, for somebody who has no certificate: the account as user id in a directory name."""
    subject = x509.Name.build({"country_name": "CN", "organization_name": organisation[:64], "common_name": name[:64]})
    subject.chosen.append(
        x509.RelativeDistinguishedName(
            [x509.NameTypeAndValue({"type": "user_id", "value": x509.DirectoryString("utf8_string", account)})]
        )
    )
    return cms.Holder({"entity_name": [x509.GeneralName("directory_name", subject)]})


def directory_name(name: crypto_x509.Name) -> x509.GeneralName:
    """Return a subject as a general name."""
    return x509.GeneralName("directory_name", x509.Name.load(name.public_bytes()))


def _roles(roles: Iterable[str]) -> cms.AttCertAttribute:
    values = [{"role_name": x509.GeneralName("uniform_resource_identifier", ROLE + role)} for role in roles]
    return cms.AttCertAttribute({"type": "role", "values": values})


def _group(organisation: str, issuer: x509.GeneralName) -> cms.AttCertAttribute:
    value = {
        "policy_authority": [issuer],
        "values": [cms.IetfAttrValue("string", core.UTF8String(ORGANISATION + organisation))],
    }
    return cms.AttCertAttribute({"type": "group", "values": [value]})


def _in_the_name_of(giver: str) -> list[cms.AttCertAttribute]:
    if not giver:
        return []
    service, ident = (x509.GeneralName("uniform_resource_identifier", uri) for uri in (DELEGATION, ACCOUNT + giver))
    return [cms.AttCertAttribute({"type": "access_identity", "values": [{"service": service, "ident": ident}]})]


def list_address(certificate: bytes) -> str:
    """Return where an attribute certificate says that its revocation list is."""
    info = cms.AttributeCertificateV2.load(certificate)["ac_info"]
    found = {extension["extn_id"].native: extension["extn_value"] for extension in info["extensions"]}
    return str(found["crl_distribution_points"].native[0]["distribution_point"][0])


def _key_identifier(certificate: crypto_x509.Certificate) -> dict[str, object]:
    found = certificate.extensions.get_extension_for_class(crypto_x509.SubjectKeyIdentifier).value
    return {"extn_id": "authority_key_identifier", "extn_value": {"key_identifier": found.digest}}


def _distribution(url: str) -> dict[str, object]:
    point = {
        "distribution_point": x509.DistributionPointName(
            "full_name", [x509.GeneralName("uniform_resource_identifier", url)]
        )
    }
    return {"extn_id": "crl_distribution_points", "extn_value": [point]}
