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
from quancheng.security.identity.models.service import Appointment, Delegation, Session
from quancheng.security.identity.models.staffing import Departure, Invitation

__all__ = [
    "Account",
    "AccountManager",
    "Appointment",
    "Delegation",
    "Departure",
    "ImportDraft",
    "Invitation",
    "Organisation",
    "OrganisationName",
    "OrganisationPlace",
    "Person",
    "Post",
    "Restructuring",
    "Session",
]
