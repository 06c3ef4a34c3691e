"""Organisations with their history, posts, people, appointments, and the accounts they sign in with."""

from quancheng.security.identity.models.importing import ImportDraft
from quancheng.security.identity.models.people import Account, AccountManager, Person
from quancheng.security.identity.models.places import (
    Organisation,
    OrganisationName,
    OrganisationPlace,
    Post,
    Restructuring,
)
from quancheng.security.identity.models.proofs import CertificateBinding, RealNameCheck
from quancheng.security.identity.models.service import Appointment, Delegation, Session
from quancheng.security.identity.models.staffing import Departure, Invitation
from quancheng.security.identity.models.systems import AnsweredRequest, LogoutNotice, SystemSignIn

__all__ = [
    "Account",
    "AccountManager",
    "AnsweredRequest",
    "Appointment",
    "CertificateBinding",
    "Delegation",
    "Departure",
    "ImportDraft",
    "Invitation",
    "LogoutNotice",
    "Organisation",
    "OrganisationName",
    "OrganisationPlace",
    "Person",
    "Post",
    "RealNameCheck",
    "Restructuring",
    "Session",
    "SystemSignIn",
]
