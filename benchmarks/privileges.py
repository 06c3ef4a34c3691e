"""Privilege decisions per second: ours against Cedar (cedarpy), same policies, same requests, one run.

A clerk with two hundred privileges from three posts, some with conditions; requests on things all over a city's tree.
Both sides get everything prepared: ours an `Actor`, Cedar a parsed policy set and parsed entities.

- ours: `rules.decide`, the decision with its grant or with what is lacking;
- ours_short: `Actor.may`, yes or no;
- peer: `cedarpy.is_authorized` with `PolicySet` and `Entities`, one call a request;
- peer_batch: `cedarpy.is_authorized_batch`, all requests in one call.

`limit` is a look-up in a dict with the request as its key. The answers are compared before anything is timed.
Run: python benchmarks/privileges.py
"""

# ruff: noqa: E402 - the path is set before our own modules are read

import json
import random
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]

import cedarpy

from quancheng.security.pmi.rules import Actor, Agreed, Grant, Hours, Scope, Target, Terms, decide

MONDAY, ROUNDS, GOAL = datetime(2026, 11, 23, 4, 0, tzinfo=UTC), 5, 10.0
PLACES = tuple(
    f"370100/{code}/{below}"
    for code in ("370100-spfw", "370100-scjg", "370102", "370103")
    for below in ("", "a/", "b/")
)
WORKING = Hours("Asia/Shanghai", (((510, 720), (810, 1050)),) * 5 + ((), ()))


def policies(actor: Actor) -> str:
    """Return the actor's grants as Cedar policies, one a grant."""
    return "\n".join(_policy(grant) for grant in actor.grants)


def _policy(grant: Grant) -> str:
    terms, needs = grant.terms, []
    if terms.scope is Scope.OWN:
        needs.append("resource.owner == principal.id")
    elif terms.scope is Scope.UNIT:
        needs.append(f'resource.place == "{grant.reach}" && resource.place != ""')
    elif grant.reach:
        whole = ' || resource.place == ""' if grant.reach.count("/") <= 1 else ""
        needs.append(f'(resource in Org::"{grant.reach}"{whole})')
    if terms.since:
        needs.append(f"context.day >= {terms.since.toordinal()}")
    if terms.until:
        needs.append(f"context.day <= {terms.until.toordinal()}")
    if terms.purposes:
        needs.append(f"{json.dumps(list(terms.purposes), ensure_ascii=False)}.contains(context.purpose)")
    if terms.hours:
        spans = [
            f"(context.weekday == {day} && context.minute >= {start} && context.minute < {end})"
            for day, found in enumerate(terms.hours.days)
            for start, end in found
        ]
        needs.append(f"({' || '.join(spans) or 'false'})")
    if terms.consent:
        asked = [f"{terms.consent}@{code}" for code in grant.organisation.split("/") if code]
        needs.append(f"resource.agreed.containsAny({json.dumps(asked)})")
    if terms.assurance:
        needs.append(f"context.assurance >= {terms.assurance}")
    when = f" when {{ {' && '.join(needs)} }}" if needs else ""
    return f'permit(principal, action == Action::"{grant.privilege}", resource){when};'


def entities(actor: Actor, things: Iterable[tuple[str, str]], agreed: Iterable[Agreed] = ()) -> list[dict[str, Any]]:
    """Return the tree of organisations, the actor, and things at a place with an owner, as Cedar entities.

    `agreed` is what the people have agreed to whom the things are about.
    """
    consents = sorted(f"{item.matter}@{item.recipient}" for item in agreed)
    found: dict[str, dict[str, Any]] = {}
    for place, owner in things:
        codes = place.split("/")[:-1]
        paths = ["/".join(codes[: depth + 1]) + "/" for depth in range(len(codes))]
        for path, above in zip(paths, ["", *paths], strict=False):
            parents = [{"type": "Org", "id": above}] if above else []
            found[path] = {"uid": {"type": "Org", "id": path}, "attrs": {}, "parents": parents}
        uid = {"type": "Thing", "id": f"{place}|{owner}"}
        found[f"{place}|{owner}"] = {
            "uid": uid,
            "attrs": {"place": place, "owner": owner, "agreed": consents},
            "parents": [{"type": "Org", "id": place}] if place else [],
        }
    found[actor.id] = {"uid": {"type": "User", "id": actor.id}, "attrs": {"id": actor.id}, "parents": []}
    return list(found.values())


def request(actor: Actor, privilege: str, place: str, owner: str) -> dict[str, Any]:
    """Return a request as Cedar takes it; the context says what our actor carries."""
    assert actor.at is not None
    local = actor.at.astimezone(ZoneInfo(WORKING.zone))
    return {
        "principal": f'User::"{actor.id}"',
        "action": f'Action::"{privilege}"',
        "resource": f'Thing::"{place}|{owner}"',
        "context": {
            "day": actor.at.toordinal(),
            "weekday": local.weekday(),
            "minute": local.hour * 60 + local.minute,
            "purpose": actor.purpose,
            "assurance": actor.assurance,
        },
    }


def clerk(dice: random.Random) -> Actor:
    """Return a clerk of three posts with two hundred privileges, a tenth of them with conditions."""
    conditions = [
        Terms(purposes=("审计检查",)),
        Terms(assurance=2),
        Terms(Scope.UNIT),
        Terms(hours=WORKING),
        Terms(Scope.OWN),
    ]
    grants = tuple(
        Grant(
            f"app.noun.verb{number % 150}",
            dice.choice(PLACES),
            terms=dice.choice(conditions) if number % 10 == 0 else Terms(),
        )
        for number in range(200)
    )
    return Actor(
        "account:1", "张敏", "staff", grants=grants, assurance=1, purpose="", at=MONDAY.astimezone(), person=""
    )


def rate(run: Callable[[], Any], count: int, seconds: float = 0.4) -> float:
    """Return how many decisions a second `run` takes; it makes `count` of them a call."""
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        run()
        done += count
    return done / spent


def main() -> int:
    """Print the rates as JSON; return 1 when the goal is missed."""
    dice = random.Random(20261123)
    actor = clerk(dice)
    things = [(place, owner) for place in PLACES for owner in ("account:1", "account:2")]
    asked = [(f"app.noun.verb{dice.randrange(170)}", *dice.choice(things)) for _ in range(500)]
    wishes = [request(actor, *wish) for wish in asked]
    targets = [(privilege, Target(place, owner)) for privilege, place, owner in asked]
    written, known = (
        cedarpy.PolicySet.from_str(policies(actor)),
        cedarpy.Entities.from_json_str(json.dumps(entities(actor, things))),
    )
    ours = [decide(actor, privilege, target).allowed for privilege, target in targets]
    theirs = [found.allowed for found in cedarpy.is_authorized_batch(wishes, written, known)]
    if ours != theirs:
        raise SystemExit("the two do not answer alike")
    answers = dict(zip(asked, ours, strict=True))
    sides: dict[str, Callable[[], Any]] = {
        "ours": lambda: [decide(actor, privilege, target) for privilege, target in targets],
        "ours_short": lambda: [actor.may(*wish) for wish in asked],
        "peer": lambda: [cedarpy.is_authorized(wish, written, known) for wish in wishes],
        "peer_batch": lambda: cedarpy.is_authorized_batch(wishes, written, known),
        "limit": lambda: [answers[wish] for wish in asked],
    }
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _round in range(ROUNDS):
        for name, run in sides.items():
            found[name].append(rate(run, len(asked)))
    result: dict[str, Any] = {name: round(median(rates)) for name, rates in found.items()}
    result["ratio"] = round(result["ours"] / max(result["peer"], result["peer_batch"]), 1)
    result |= {"goal": GOAL, "policies": len(actor.grants), "requests": len(asked), "allowed": sum(ours), "equal": True}
    head = {"name": "privilege decisions", "unit": "decisions/s"}
    print(json.dumps(head | result | {"met": result["ratio"] >= result["goal"]}))
    return 0 if result["ratio"] >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
