"""The front door of the attribute authority."""

from quancheng.security.attributes.actions import NoAppointment, issue, revoke, revoke_ended
from quancheng.security.attributes.queries import NoSuchCertificate, View, authority, certificates, revocation_list

__all__ = [
    "NoAppointment",
    "NoSuchCertificate",
    "View",
    "authority",
    "certificates",
    "issue",
    "revocation_list",
    "revoke",
    "revoke_ended",
]
