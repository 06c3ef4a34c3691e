"""The front door of identity."""

from django.http import HttpRequest

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
    staff_of,
)
from quancheng.security.identity.rules import (
    is_identity_number,
    is_mobile,
    masked_identity_number,
    masked_mobile,
    normal_identity_number,
)

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
    "staff_of",
]


def frame(request: HttpRequest) -> str:
    """Return the base template of a page that both citizens and staff see.

    Staff get the workbench; everybody else the public site, or a bare page where only the intranet is served.
    """
    if request.actor.kind == "staff":  # type: ignore[attr-defined]
        return "look/workbench.html"
    return "look/public.html" if zone.serves({zone.EXTRANET}) else "look/plain.html"
