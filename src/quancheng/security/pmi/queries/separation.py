"""Questions about who must stand apart from what."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import plain_sql
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import adapters
from quancheng.security.pmi.models import ConflictRule, Recusal
from quancheng.security.pmi.queries.visibility import EVERYTHING
from quancheng.security.trail import public as trail


class NoSuchRecusal(Refusal):
    code = "pmi.no-such-recusal"
    message = _("There is no such recusal.")
    status = 404


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Two privileges that one person may not use on the same subject."""

    id: int
    first: str
    second: str
    reason: str
    basis: str

    def other(self, privilege: str) -> str:
        """Return the one of the pair that `privilege` is not."""
        return self.second if privilege == self.first else self.first


@dataclass(frozen=True, slots=True)
class RecusalView:
    """That somebody is barred from a subject; `matter` is what the subject is called, empty where nobody knows."""

    id: uuid.UUID
    actor_id: str
    actor_name: str
    subject: str
    reason: str
    made_at: datetime
    ended_at: datetime | None
    organisation: str = ""
    matter: str = ""


def conflicts(privilege: str = "") -> tuple[ConflictView, ...]:
    """Return all rules of separation, or those that name `privilege`."""
    found = ConflictRule.objects.order_by("first", "second")
    if privilege:
        found = found.filter(Q(first=privilege) | Q(second=privilege))
    return tuple(ConflictView(item.pk, item.first, item.second, item.reason, item.basis) for item in found)


def conflict(actor_id: str, privilege: str, subjects: Iterable[str]) -> ConflictView | None:
    """Return the rule that keeps the actor from using `privilege` on one of `subjects`, None when none does.

    The trail knows: a rule counts when the actor has done the pair's other half on the same subject, in whose name
    soever.
    """
    subjects = tuple(subjects)
    for rule in conflicts(privilege):
        for subject in subjects:
            if trail.entries(subject=subject, action=rule.other(privilege), actor=actor_id, outcome="done").total:
                return rule
    return None


def concerned(actor_id: str, privilege: str, subjects: Iterable[str]) -> bool:
    """Test whether the actor is barred from one of `subjects`, or a rule names `privilege` at all.

    Every act asks this, and the answer is nearly always no: so it is one statement, built once.
    """
    places = tuple(subjects)
    return bool(plain_sql.fetch(_concerned(len(places)), (actor_id, *places, privilege, privilege))[0][0])


@cache
def _concerned(count: int) -> str:
    recusals, rules = (connection.ops.quote_name(model._meta.db_table) for model in (Recusal, ConflictRule))
    places = ", ".join(["%s"] * count)
    return (
        f"SELECT EXISTS (SELECT 1 FROM {recusals} WHERE actor_id = %s AND subject IN ({places}) AND ended_at IS NULL)"  # noqa: S608
        f" OR EXISTS (SELECT 1 FROM {rules} WHERE first = %s OR second = %s)"
    )


def recused(actor_id: str, subjects: Iterable[str]) -> bool:
    """Test whether the actor is barred from one of `subjects`."""
    return Recusal.objects.filter(actor_id=actor_id, subject__in=tuple(subjects), ended_at=None).exists()


def recusals(*, actor_id: str = "", seen: Q = EVERYTHING) -> tuple[RecusalView, ...]:
    """Return the recusals that may be seen, the newest first; only those of one person when `actor_id` is given."""
    found = Recusal.objects.filter(seen).order_by("-made_at", "id")
    rows = list(found.filter(actor_id=actor_id) if actor_id else found)
    called = adapters.directory().names_of_subjects({item.subject for item in rows})
    return tuple(_view(item, called.get(item.subject, "")) for item in rows)


def recusal(recusal_id: uuid.UUID) -> RecusalView:
    """Return one recusal. :raises NoSuchRecusal: if there is none."""
    found = Recusal.objects.filter(pk=recusal_id).first()
    if found is None:
        raise NoSuchRecusal
    return _view(found)


def _view(item: Recusal, matter: str = "") -> RecusalView:
    return RecusalView(
        item.pk, item.actor_id, item.actor_name, item.subject, item.reason, item.made_at, item.ended_at,
        item.organisation, matter,
    )  # fmt: skip
