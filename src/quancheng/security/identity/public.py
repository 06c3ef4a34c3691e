"""The front door of identity."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from quancheng.kernel import zone
from quancheng.security.identity.actions import (
    change_roles,
    create_account,
    create_organisation,
    create_post,
    deactivate_account,
    end_appointment,
    ensure_account,
    ensure_organisation,
    ensure_post,
    make_appointment,
    register,
    rename_organisation,
)
from quancheng.security.identity.queries import (
    AccountView,
    Contact,
    OrganisationView,
    StaffMember,
    UnknownAccount,
    UnknownOrganisation,
    account,
    actor,
    actor_for,
    actor_of,
    children,
    contact,
    holders,
    name_of,
    names_of,
    organisation,
    organisations,
    serving_as,
    staff_of,
)
from quancheng.security.identity.rules import (
    is_identity_number,
    is_mobile,
    masked_identity_number,
    masked_mobile,
    normal_identity_number,
)
from quancheng.security.pmi import public as pmi

__all__ = [
    "AccountView",
    "Contact",
    "OrganisationView",
    "StaffMember",
    "UnknownAccount",
    "UnknownOrganisation",
    "account",
    "actor",
    "actor_for",
    "actor_of",
    "change_roles",
    "children",
    "contact",
    "create_account",
    "create_organisation",
    "create_post",
    "deactivate_account",
    "end_appointment",
    "ensure_account",
    "ensure_organisation",
    "ensure_post",
    "frame",
    "holders",
    "is_identity_number",
    "is_mobile",
    "make_appointment",
    "masked_identity_number",
    "masked_mobile",
    "name_of",
    "names_of",
    "normal_identity_number",
    "organisation",
    "organisations",
    "register",
    "rename_organisation",
    "serving",
    "serving_as",
    "staff_of",
]


def frame(request: HttpRequest) -> str:
    """Return the base template of a page that both citizens and staff see.

    Staff get the workbench; everybody else the public site, or a bare page where only the intranet is served.
    """
    if getattr(request, "actor", pmi.ANONYMOUS).kind == "staff":
        return "look/workbench.html"
    return "look/public.html" if zone.serves({zone.EXTRANET}) else "look/plain.html"


def serving(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `organisation_name` and `post_title` for the top bar, looked up only where they are shown."""
    # A page about an early error may be shown before anybody has been recognised.
    names = SimpleLazyObject(lambda: serving_as(getattr(request, "actor", pmi.ANONYMOUS)))
    return {
        "organisation_name": SimpleLazyObject(lambda: names[0]),
        "post_title": SimpleLazyObject(lambda: names[1]),
    }
