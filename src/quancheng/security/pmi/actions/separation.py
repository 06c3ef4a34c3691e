"""Writes about who must stand apart: pairs of privileges, and people barred from a matter."""

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import queries
from quancheng.security.pmi.actions.ways_in import action
from quancheng.security.pmi.models import ConflictRule, Recusal
from quancheng.security.pmi.rules import Actor, Target


class SamePrivilege(Refusal):
    code = "pmi.same-privilege"
    message = _("A rule needs two different privileges.")


class RuleExists(Refusal):
    code = "pmi.rule-exists"
    message = _("There is a rule about these two privileges already.")


class NoSuchRule(Refusal):
    code = "pmi.no-such-rule"
    message = _("There is no such rule.")
    status = 404


class AlreadyRecused(Refusal):
    code = "pmi.already-recused"
    message = _("This person has been recused from this matter already.")


def _of_person(*, actor_id: str, subject: str, organisation: str = "", **_rest: object) -> Target:
    return Target(organisation, owner=actor_id, subjects=(actor_id, f"recusal:{subject}"))


def _of_recusal(*, recusal_id: uuid.UUID, **_rest: object) -> Target:
    found = queries.recusal(recusal_id)
    return Target(found.organisation, subjects=(found.actor_id, f"recusal:{found.subject}"))


@action("pmi.conflict.make")
def make_conflict(*, actor: Actor, first: str, second: str, reason: str, basis: str = "") -> None:
    """Forbid that one person uses both privileges on the same subject. :raises SamePrivilege: :raises RuleExists:"""
    if first == second:
        raise SamePrivilege
    first, second = sorted((first, second))
    _rule, created = ConflictRule.objects.get_or_create(
        first=first, second=second, defaults={"reason": reason, "basis": basis}
    )
    if not created:
        raise RuleExists


@action("pmi.conflict.end", scope=lambda *, rule_id: Target(subjects=(f"conflict-rule:{rule_id}",)), step_up=True)
def end_conflict(*, actor: Actor, rule_id: int) -> None:
    """Lift a rule; from now on one person may do both. :raises NoSuchRule:"""
    if not ConflictRule.objects.filter(pk=rule_id).delete()[0]:
        raise NoSuchRule


@action("pmi.recusal.make", scope=_of_person, open_to=("staff",))
def make_recusal(
    *, actor: Actor, actor_id: str, actor_name: str, subject: str, reason: str, at: datetime, organisation: str = ""
) -> uuid.UUID:
    """Bar somebody from a subject, e.g. "application:<id>"; all staff may for themselves. :raises AlreadyRecused:

    `organisation` is the path where the person serves.
    """
    if Recusal.objects.filter(actor_id=actor_id, subject=subject, ended_at=None).exists():
        raise AlreadyRecused
    return Recusal.objects.create(
        actor_id=actor_id,
        actor_name=actor_name,
        organisation=organisation,
        subject=subject,
        reason=reason,
        made_at=at,
    ).pk


@action("pmi.recusal.end", scope=_of_recusal)
def end_recusal(*, actor: Actor, recusal_id: uuid.UUID, at: datetime) -> None:
    """Lift a recusal; nobody lifts their own, for the privilege alone opens this. :raises NoSuchRule:"""
    if not Recusal.objects.filter(pk=recusal_id, ended_at=None).exclude(actor_id=actor.id).update(ended_at=at):
        raise NoSuchRule
