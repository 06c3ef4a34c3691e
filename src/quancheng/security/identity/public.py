"""The front door of identity."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.translation import gettext

from quancheng.kernel import zone
from quancheng.security.identity.actions import (
    change_roles,
    choose_seat,
    create_account,
    create_organisation,
    create_post,
    deactivate_account,
    end_appointment,
    end_delegation,
    ensure_account,
    ensure_client,
    ensure_delegation,
    ensure_organisation,
    ensure_planned_name,
    ensure_post,
    make_appointment,
    make_delegation,
    register,
    rename_organisation,
)
from quancheng.security.identity.adapters.certificates import judge_with as judge_certificates_with
from quancheng.security.identity.adapters.work import OpenWork
from quancheng.security.identity.adapters.work import ask as show_open_work_of
from quancheng.security.identity.queries import (
    AccountView,
    AppointmentView,
    Contact,
    Duty,
    OrganisationView,
    Seat,
    StaffMember,
    UnknownAccount,
    UnknownOrganisation,
    account,
    actor,
    actor_for,
    actor_of,
    children,
    citizen_of,
    contact,
    duties,
    holders,
    name_of,
    names_by_code,
    names_of,
    offer_scope,
    organisation,
    organisation_at,
    organisations,
    resolve,
    seats,
    staff_of,
    system_of,
)
from quancheng.security.identity.queries.proofs import owns_certificate
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
    "AppointmentView",
    "Contact",
    "Duty",
    "OpenWork",
    "OrganisationView",
    "Seat",
    "StaffMember",
    "UnknownAccount",
    "UnknownOrganisation",
    "account",
    "actor",
    "actor_for",
    "actor_of",
    "change_roles",
    "children",
    "choose_seat",
    "citizen_of",
    "contact",
    "create_account",
    "create_organisation",
    "create_post",
    "deactivate_account",
    "duties",
    "end_appointment",
    "end_delegation",
    "ensure_account",
    "ensure_client",
    "ensure_delegation",
    "ensure_organisation",
    "ensure_planned_name",
    "ensure_post",
    "frame",
    "holders",
    "is_identity_number",
    "is_mobile",
    "judge_certificates_with",
    "make_appointment",
    "make_delegation",
    "masked_identity_number",
    "masked_mobile",
    "name_of",
    "names_by_code",
    "names_of",
    "normal_identity_number",
    "offer_scope",
    "organisation",
    "organisation_at",
    "organisations",
    "owns_certificate",
    "register",
    "rename_organisation",
    "resolve",
    "seats",
    "serving",
    "show_open_work_of",
    "staff_of",
    "system_of",
]


def frame(request: HttpRequest) -> str:
    """Return the base template of a page that both citizens and staff see.

    Staff get the workbench; everybody else the public site, or a bare page where only the intranet is served.
    """
    if getattr(request, "actor", pmi.ANONYMOUS).kind == "staff":
        return "look/workbench.html"
    return "look/public.html" if zone.serves({zone.EXTRANET}) else "look/plain.html"


def serving(request: HttpRequest) -> dict[str, Any]:
    """Context processor for the top bar: `organisation_name`, `post_title` and `acting_for`, worked out when shown.

    `post_title` leads to the page where another post is chosen, and says in whose name the person acts. `acting_for` is
    that name alone, empty for whoever acts in posts of their own.
    """
    # A page about an early error may be shown before anybody has been recognised.
    actor: Any = SimpleLazyObject(lambda: getattr(request, "actor", pmi.ANONYMOUS))
    return {
        "organisation_name": SimpleLazyObject(lambda: actor.organisation_name),
        "post_title": SimpleLazyObject(lambda: _post_title(actor)),
        "acting_for": SimpleLazyObject(lambda: actor.on_behalf_of_name),
    }


def _post_title(actor: pmi.Actor) -> str:
    if not actor.post:
        return ""
    text = actor.post
    if actor.on_behalf_of:
        text = gettext("%(post)s, acting for %(name)s") % {"post": actor.post, "name": actor.on_behalf_of_name}
    return format_html('<a href="{}">{}</a>', reverse("identity:seats"), text)
