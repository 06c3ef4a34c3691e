"""Writes about roles: on what terms they hold a privilege, and that they hold it no longer."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import queries, rules
from quancheng.security.pmi.actions.obliging import NothingToMask, can_mask
from quancheng.security.pmi.actions.ways_in import action
from quancheng.security.pmi.models import Role
from quancheng.security.pmi.rules import Actor, Obligation, Target, Terms
from quancheng.security.trail import public as trail


class OwnRole(Refusal):
    """Nobody changes what they may do themselves."""

    code = "pmi.own-role"
    message = _("You hold this role yourself. Somebody else must change it.")
    status = 403


class UnknownPrivilege(Refusal):
    code = "pmi.unknown-privilege"
    message = _("There is no such privilege.")


class UnreadableTerms(Refusal):
    code = "pmi.unreadable-terms"
    message = _("These terms cannot be read.")


class OtherOfficer(Refusal):
    """System, security and audit officer exclude each other, so no role of one holds what belongs to another."""

    code = "pmi.other-officer"
    message = _("%(privilege)s belongs to another of the three officers (system, security, audit), not to this role.")

    def __str__(self) -> str:
        """Return the sentence with what the privilege is called."""
        return str(self.message) % {"privilege": trail.action_title(str(self.facts["privilege"]))}


def _of_role(*, code: str, **_rest: object) -> Target:
    return Target(subjects=(f"role:{code}",))


def _locked(actor: Actor, code: str) -> Role:
    role = Role.objects.select_for_update().filter(code=code).first()
    if role is None:
        raise queries.NoSuchRole
    if any(grant.role == role.title for grant in actor.grants):
        raise OwnRole
    return role


def check_fit(privileges: Iterable[str], *, officer: str, terms: Mapping[str, Terms]) -> None:
    """Refuse what a role cannot hold, or not on these terms. :raises OtherOfficer: :raises NothingToMask:"""
    for name in rules.unfit(privileges, officer, queries.reserved()):
        raise OtherOfficer(privilege=name)
    if any(Obligation.MASK in held.obligations and not can_mask(name) for name, held in terms.items()):
        raise NothingToMask


@action("pmi.role.change", scope=_of_role, step_up=True)
def change_terms(*, actor: Actor, code: str, privilege: str, terms: Mapping[str, Any]) -> None:
    """Let the role hold `privilege` on these terms from now on; it is added when the role did not hold it.

    :raises NoSuchRole: :raises OwnRole: :raises UnknownPrivilege: :raises UnreadableTerms: :raises NothingToMask:
    :raises OtherOfficer:
    """
    role = _locked(actor, code)
    try:
        found = rules.read(terms)
    except rules.BadTerms as error:
        raise UnreadableTerms from error
    check_fit([privilege], officer=role.officer, terms={privilege: found})
    plain = found.plain()
    if privilege not in role.privileges:
        if privilege not in queries.known_privileges():
            raise UnknownPrivilege
        role.privileges = [*role.privileges, privilege]
    role.terms = {name: held for name, held in role.terms.items() if name != privilege}
    if plain:
        role.terms[privilege] = plain
    role.save(update_fields=["privileges", "terms"])


@action("pmi.role.withdraw", scope=_of_role, step_up=True)
def withdraw_privilege(*, actor: Actor, code: str, privilege: str) -> None:
    """Take `privilege` from the role. :raises NoSuchRole: :raises OwnRole: :raises UnknownPrivilege:"""
    role = _locked(actor, code)
    if privilege not in role.privileges:
        raise UnknownPrivilege
    role.privileges = [name for name in role.privileges if name != privilege]
    role.terms = {name: held for name, held in role.terms.items() if name != privilege}
    role.save(update_fields=["privileges", "terms"])
