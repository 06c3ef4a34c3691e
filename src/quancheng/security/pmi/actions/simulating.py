"""Trying a change of privileges on what the trail holds, before it is made. Nothing of the policy is written here."""

import hashlib
import json
import math
import sys
import time
import uuid
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import adapters, queries, rules
from quancheng.security.pmi.actions.ways_in import action, actions
from quancheng.security.pmi.config import config
from quancheng.security.pmi.models import Simulation
from quancheng.security.pmi.rules import Actor, Change, ChangeKind, Reach, Roles, Target
from quancheng.security.trail import public as trail

SIMULATE: Final = "pmi.change.simulate"
# Ids of the trail looked at in one transaction; for how many seconds a request, or a round of the worker, goes on.
STRETCH, AT_ONCE = 2000, 1.5
LONGEST = timedelta(days=366)
GROUPS, EXAMPLES = 300, 3
KEPT = timedelta(days=7)


class NothingToTry(Refusal):
    code = "pmi.nothing-to-try"
    message = _("This change names a role, privilege, post or person that does not exist.")


class BadPeriod(Refusal):
    code = "pmi.bad-period"
    message = _("The period begins after it ends, lies in the future or is longer than a year.")


class TooManyRunning(Refusal):
    code = "pmi.too-many-simulations"
    message = _("Too many of your simulations are running still. Wait for them, or delete them.")


def _of_change(*, change: Change, **_rest: object) -> Target:
    named = {"role": change.role, "privilege": change.privilege, "post": change.post}
    subjects = [f"{kind}:{name}" for kind, name in named.items() if name]
    return Target(subjects=(*subjects, *((change.actor,) if change.actor else ())))


@action(SIMULATE, scope=_of_change)
def simulate(*, actor: Actor, change: Change, since: date, until: date, at: datetime) -> uuid.UUID:
    """Begin to try `change` on the entries of the days from `since` to `until`; return the simulation's id.

    It sees only entries of places where its maker may simulate. `advance` goes on with it.

    :raises NothingToTry: :raises BadPeriod: :raises TooManyRunning:
    """
    if since > until or since > timezone.localdate(at) or until - since > LONGEST:
        raise BadPeriod
    _check(change)
    if Simulation.objects.filter(maker_id=actor.id, finished_at=None).count() >= config.simulations:
        raise TooManyRunning
    reach = actor.reach(SIMULATE)
    first, last = trail.span(since=queries.begins(since), until=queries.begins(until + timedelta(days=1)))
    row = Simulation.objects.create(
        maker_id=actor.id,
        maker_name=actor.name,
        made_at=at,
        change=change.plain(),
        since=since,
        until=until,
        sight={"branches": list(reach.branches), "units": list(reach.units)},
        first=first,
        cursor=first,
        last=max(first, last),
    )
    return row.pk


@action("pmi.simulation.delete", scope=lambda *, simulation_id: queries.target_of(simulation_id), open_to=("staff",))
def delete_simulation(*, actor: Actor, simulation_id: uuid.UUID) -> None:
    """Delete a simulation, running or not. :raises NoSuchSimulation:"""
    Simulation.objects.filter(pk=simulation_id).delete()


def advance(*, simulation_id: uuid.UUID, at: datetime, stretches: int = sys.maxsize, seconds: float = math.inf) -> bool:
    """Go on with a simulation for so many stretches or about so long; return whether it is finished or gone.

    Each stretch is a transaction of its own, with where it came to: after a crash it goes on from there.
    """
    begun = time.monotonic()
    while stretches > 0 and time.monotonic() - begun < seconds:
        stretches -= 1
        with transaction.atomic():
            row = Simulation.objects.select_for_update().filter(pk=simulation_id, finished_at=None).first()
            if row is None:
                return True
            _step(row, at)
            if row.finished_at:
                return True
    return False


def advance_all(*, at: datetime) -> int:
    """Go on with every running simulation, a while each, and forget old ones; return how many still run."""
    Simulation.objects.filter(made_at__lt=at - KEPT).delete()
    running = list(Simulation.objects.filter(finished_at=None).order_by("made_at").values_list("pk", flat=True))
    return sum(not advance(simulation_id=key, seconds=AT_ONCE, at=at) for key in running)


def _step(row: Simulation, at: datetime) -> None:
    change, roles = rules.change_of(row.change), queries.roles_now()
    basis = _digest(roles)
    if row.basis != basis:
        row.basis, row.cursor, row.found = basis, row.first, {}
    written = [name for name, run in actions().items() if getattr(run, "writes", False)]
    replay = queries.Replay(change, roles, written)
    end = min(row.cursor + STRETCH, row.last)
    total, entries = trail.walk(
        start=row.cursor,
        end=end,
        since=queries.begins(row.since),
        until=queries.begins(row.until + timedelta(days=1)),
        actions=replay.touched,
        subject=change.subject if replay.touched is None else "",
        seen=queries.reached(Reach(tuple(row.sight["branches"]), tuple(row.sight["units"])), "organisation"),
    )
    row.found = _added(row.found, total, replay.judge(entries))
    row.cursor = end
    row.finished_at = at if end >= row.last else None
    row.save(update_fields=["basis", "cursor", "found", "finished_at"])


def _added(found: dict[str, Any], total: int, judged: list[queries.Judged]) -> dict[str, Any]:
    """Return the tallies with a stretch more. As many groups are kept as anybody reads; what is beyond is counted."""
    counts, groups = dict(found.get("counts", {})), dict(found.get("groups", {}))
    beyond = dict(found.get("beyond", {}))
    for item in judged:
        entry, verdict = item.entry, item.verdict.value
        counts[verdict] = counts.get(verdict, 0) + 1
        if item.verdict not in queries.FLIPS:
            continue
        key = "|".join((verdict, entry.actor_id, entry.action, *item.lacking))
        if key not in groups and len(groups) >= GROUPS:
            beyond[verdict] = beyond.get(verdict, 0) + 1
            continue
        group = groups.setdefault(
            key,
            {"verdict": verdict, "actor_id": entry.actor_id, "action": entry.action, "lacking": list(item.lacking),
             "count": 0, "first": entry.at.isoformat(), "examples": []},
        )  # fmt: skip
        group |= {"actor_name": entry.actor_name, "count": group["count"] + 1, "last": entry.at.isoformat()}
        if len(group["examples"]) < EXAMPLES:
            group["examples"].append(entry.id)
    return {
        "seen": found.get("seen", 0) + total,
        "looked": found.get("looked", 0) + len(judged),
        "counts": counts,
        "groups": groups,
        "beyond": beyond,
    }


def _check(change: Change) -> None:
    """Refuse a change of what does not exist. :raises NothingToTry:"""
    roles, directory = queries.roles_now(), adapters.directory()
    known = set(queries.known_privileges()) | actions().keys()
    served = directory.served([change.actor])
    good = {
        ChangeKind.TERMS: change.role in roles and change.privilege in known,
        ChangeKind.WITHDRAW: change.privilege in roles.get(change.role, {}),
        ChangeKind.HANG: change.role in roles and directory.post(change.post) is not None,
        ChangeKind.UNHANG: change.role in roles and directory.post(change.post) is not None,
        ChangeKind.APPOINT: bool(served) and directory.post(change.post) is not None,
        ChangeKind.DISMISS: bool(served) and directory.post(change.post) is not None,
        ChangeKind.RULE: change.first != change.second and {change.first, change.second} <= known,
        ChangeKind.UNRULE: any(
            {item.first, item.second} == {change.first, change.second} for item in queries.conflicts()
        ),
        ChangeKind.RECUSE: bool(change.subject) and bool(served),
        ChangeKind.UNRECUSE: bool(change.actor)
        and any(item.subject == change.subject for item in queries.recusals(actor_id=change.actor)),
    }
    if not good[change.kind]:
        raise NothingToTry


def _digest(roles: Roles) -> str:
    plain = {code: {name: terms and terms.plain() for name, terms in held.items()} for code, held in roles.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()
