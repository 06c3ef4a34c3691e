"""The front door of the attribute authority."""

from quancheng.security.attributes.actions import NoAppointment, follow_duties, issue, revoke
from quancheng.security.attributes.queries import NoSuchCertificate, View, authority, certificates, revocation_list

__all__ = [
    "NoAppointment",
    "NoSuchCertificate",
    "View",
    "authority",
    "certificates",
    "follow_duties",
    "issue",
    "revocation_list",
    "revoke",
]
