"""Writes about organisations and posts."""

import uuid
from collections.abc import Iterable
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries, rules
from quancheng.security.identity.actions.announcing import announce
from quancheng.security.identity.models import Account, Organisation, OrganisationName, OrganisationPlace, Post
from quancheng.security.pmi import public as pmi

CREATE = "identity.organisation.create"


class OfficersSeparate(Refusal):
    code = "identity.officers-separate"
    message = _(
        "%(name)s would be two of the three officers at once (system, security, audit). They exclude each other."
    )


class BadCode(Refusal):
    code = "identity.bad-code"
    message = _("A code consists of small letters, digits and hyphens.")


class CodeTaken(Refusal):
    code = "identity.code-taken"
    message = _("There is already an organisation with the code %(code)s.")


class PostExists(Refusal):
    code = "identity.post-exists"
    message = _("This organisation already has the post %(title)s.")


class UnknownRole(Refusal):
    code = "identity.unknown-role"
    message = _("There is no role %(codes)s.")


def _of_organisation(*, organisation: str = "", parent: str = "", **_rest: object) -> pmi.Target:
    code = organisation or parent
    if not code:
        return pmi.Target()
    return pmi.Target(organisation=queries.organisation(code).path, subjects=(f"organisation:{code}",))


def _of_post(*, post_id: uuid.UUID, **_rest: object) -> pmi.Target:
    post = post_of(post_id)
    return pmi.Target(organisation=post.organisation.path, subjects=(f"post:{post.pk}",))


@pmi.action(CREATE, scope=_of_organisation)
def create_organisation(
    *,
    actor: pmi.Actor,
    code: str,
    name: str,
    kind: str,
    valid_from: date,
    short_name: str = "",
    parent: str = "",
) -> str:
    """Create an organisation below the organisation with the code `parent`; return its path.

    One without a parent is the root of a whole city: only who may everywhere founds it.

    :raises BadCode: :raises CodeTaken: :raises UnknownOrganisation: for the parent.
    """
    if not parent and not actor.may(CREATE, ""):
        raise pmi.Forbidden(privilege=CREATE)
    made = new_organisation(
        code=code, name=name, kind=kind, valid_from=valid_from, short_name=short_name, parent=parent
    )
    plan = {"name": name, "short_name": short_name, "kind": kind, "parent": parent}
    announce(str(made.pk), "CREATE", code, valid_from, plan)
    return made.path


@pmi.action("identity.post.create", scope=_of_organisation)
def create_post(*, actor: pmi.Actor, organisation: str, title: str, roles: Iterable[str] = ()) -> uuid.UUID:
    """Create a post in the organisation with that code, with the roles of these codes; return its id.

    :raises PostExists: :raises UnknownRole:
    """
    found = Organisation.objects.get(code=organisation)
    if Post.objects.filter(organisation=found, title=title).exists():
        raise PostExists(title=title)
    post = Post.objects.create(organisation=found, title=title)
    post.roles.set(role_ids(roles))
    return post.pk


@pmi.action("identity.post.change-roles", scope=_of_post)
def change_roles(*, actor: pmi.Actor, post_id: uuid.UUID, roles: Iterable[str]) -> None:
    """Hang these roles, and no others, on the post. :raises UnknownRole: :raises OfficersSeparate:"""
    post = post_of(post_id)
    post.roles.set(role_ids(roles))
    today = timezone.localdate()
    for account in Account.objects.filter(appointments__post=post).exclude(appointments__valid_until__lt=today):
        # The roles are set already: what the holder is now is what the change would make of them.
        if pmi.officers_clash(queries.officers_of(account.pk)):
            raise OfficersSeparate(name=account.name)


def post_of(post_id: uuid.UUID) -> Post:
    """Return the post. :raises UnknownPost:"""
    found = Post.objects.select_related("organisation").filter(pk=post_id).first()
    if found is None:
        raise queries.UnknownPost
    return found


def role_ids(codes: Iterable[str]) -> list[int]:
    """Return the keys of the roles with these codes. :raises UnknownRole: naming those that do not exist."""
    wanted = set(codes)
    roles = Post.roles.rel.model._default_manager.filter(code__in=wanted)
    found: dict[str, int] = dict(roles.values_list("code", "pk"))
    if missing := wanted - found.keys():
        raise UnknownRole(codes=", ".join(sorted(missing)))
    return list(found.values())


def new_organisation(
    *, code: str, name: str, kind: str, valid_from: date, short_name: str = "", parent: str = "", rank: int = 0
) -> Organisation:
    """Store an organisation with its first name. :raises BadCode: :raises CodeTaken: :raises UnknownOrganisation:"""
    if not rules.is_code(code):
        raise BadCode
    if Organisation.objects.filter(code=code).exists():
        raise CodeTaken(code=code)
    above = Organisation.objects.filter(code=parent).first() if parent else None
    if parent and above is None:
        raise queries.UnknownOrganisation(code=parent)
    made = Organisation.objects.create(
        code=code,
        name=name,
        short_name=short_name,
        kind=kind,
        parent=above,
        path=rules.path_of(code, parent=above.path if above else ""),
        valid_from=valid_from,
        rank=rank,
    )
    OrganisationName.objects.create(organisation=made, name=name, short_name=short_name, valid_from=valid_from)
    OrganisationPlace.objects.create(organisation=made, path=made.path, valid_from=valid_from)
    return made
