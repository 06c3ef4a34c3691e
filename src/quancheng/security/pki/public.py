"""The front door of the PKI."""

from quancheng.security.pki.actions import (
    AlreadyRevoked,
    SealExists,
    create_seal,
    issue,
    revoke,
    revoke_many,
)
from quancheng.security.pki.actions.acme import Leave
from quancheng.security.pki.actions.acme import create_key as create_acme_key
from quancheng.security.pki.actions.acme import withdraw_key as withdraw_acme_key
from quancheng.security.pki.actions.batches import NoBatch, sign_batch
from quancheng.security.pki.actions.enrolment import (
    AlreadyDecided,
    NotRenewable,
    OwnRequest,
    UnfitRequest,
    renew,
)
from quancheng.security.pki.actions.enrolment import approve as approve_certificate
from quancheng.security.pki.actions.enrolment import refuse as refuse_certificate
from quancheng.security.pki.actions.enrolment import request as request_certificate
from quancheng.security.pki.actions.fleets import request_many
from quancheng.security.pki.actions.recipients import certify_recipient
from quancheng.security.pki.actions.recovery import Parcel
from quancheng.security.pki.actions.recovery import approve as approve_recovery
from quancheng.security.pki.actions.recovery import collect as collect_key
from quancheng.security.pki.actions.recovery import confirm as confirm_recovery_officer
from quancheng.security.pki.actions.recovery import dismiss as dismiss_recovery_officer
from quancheng.security.pki.actions.recovery import issue_pair as issue_encryption_certificate
from quancheng.security.pki.actions.recovery import offer as offer_as_recovery_officer
from quancheng.security.pki.actions.recovery import request as request_recovery
from quancheng.security.pki.actions.recovery import withdraw as withdraw_recovery
from quancheng.security.pki.actions.sealing import (
    Unsealable,
    Unsignable,
    answer_timestamp_request,
    seal_pdf,
    sign_cades,
    sign_xml,
    timestamp,
)
from quancheng.security.pki.actions.setup import attribute_list, attribute_signer, ensure_organisation_seal, zone_signer
from quancheng.security.pki.actions.timestamping import ClockView, TimeDoubtful, accept_clock, clock_view
from quancheng.security.pki.engine.bundles import Brought
from quancheng.security.pki.engine.drawing import picture as picture_seal
from quancheng.security.pki.engine.drawing import seal as draw_seal
from quancheng.security.pki.engine.signing import Signer
from quancheng.security.pki.engine.site import NotInstalled
from quancheng.security.pki.engine.verdicts import Box, PdfVerdict, SealVerdict
from quancheng.security.pki.queries import (
    AuthorityView,
    BadSignature,
    BadTimestamp,
    CertificateView,
    NoSeal,
    NoSuchCertificate,
    Timestamped,
    Verified,
    authorities,
    issued,
    organisation_signer,
    sign_cms,
    sign_jws,
    suite,
    trusted_roots,
    verify_cms,
    verify_jws,
    verify_pdf,
    verify_timestamp,
)
from quancheng.security.pki.queries.batches import BatchVerified, verify_batch
from quancheng.security.pki.queries.documents import LongVerified, verify_cades, verify_xml
from quancheng.security.pki.queries.holders import seal_holders
from quancheng.security.pki.queries.inventory import person_certificate
from quancheng.security.pki.queries.persons import PersonVerified, verify_person
from quancheng.security.pki.queries.shown import judge_person

__all__ = [
    "AlreadyDecided",
    "AlreadyRevoked",
    "AuthorityView",
    "BadSignature",
    "BadTimestamp",
    "BatchVerified",
    "Box",
    "Brought",
    "CertificateView",
    "ClockView",
    "Leave",
    "LongVerified",
    "NoBatch",
    "NoSeal",
    "NoSuchCertificate",
    "NotInstalled",
    "NotRenewable",
    "OwnRequest",
    "Parcel",
    "PdfVerdict",
    "PersonVerified",
    "SealExists",
    "SealVerdict",
    "Signer",
    "TimeDoubtful",
    "Timestamped",
    "UnfitRequest",
    "Unsealable",
    "Unsignable",
    "Verified",
    "accept_clock",
    "answer_timestamp_request",
    "approve_certificate",
    "approve_recovery",
    "attribute_list",
    "attribute_signer",
    "authorities",
    "certify_recipient",
    "clock_view",
    "collect_key",
    "confirm_recovery_officer",
    "create_acme_key",
    "create_seal",
    "dismiss_recovery_officer",
    "draw_seal",
    "ensure_organisation_seal",
    "issue",
    "issue_encryption_certificate",
    "issued",
    "judge_person",
    "offer_as_recovery_officer",
    "organisation_signer",
    "person_certificate",
    "picture_seal",
    "refuse_certificate",
    "renew",
    "request_certificate",
    "request_many",
    "request_recovery",
    "revoke",
    "revoke_many",
    "seal_holders",
    "seal_pdf",
    "sign_batch",
    "sign_cades",
    "sign_cms",
    "sign_jws",
    "sign_xml",
    "suite",
    "timestamp",
    "trusted_roots",
    "verify_batch",
    "verify_cades",
    "verify_cms",
    "verify_jws",
    "verify_pdf",
    "verify_person",
    "verify_timestamp",
    "verify_xml",
    "withdraw_acme_key",
    "withdraw_recovery",
    "zone_signer",
]
