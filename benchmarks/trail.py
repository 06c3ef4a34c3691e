"""Durable appends to the trail against bare inserts with the same durability, and proofs at a million leaves.

- ours: `trail.record` as every action and look calls it: canonical body, salt, seal, hashed names, one row that waits
  for its place, committed with fsync (SQLite: WAL, synchronous=FULL; PostgreSQL: fsync, synchronous_commit on);
- peer: one INSERT of the same facts as JSON text into a table with no index but its key, through the same Django
  connection: the same server, fsync and driver, a statement an entry, as callers have it;
- columns: the peer with the facts in columns of their own, as a table that is to be searched has them;
- limit: what the database can do at all: the peer's rows by one `executemany` a commit, past Django.

`single` commits after each entry, `grouped` after 100, as a request or a batch does. All take turns commit by commit,
so that a busy machine slows all alike; the ratio is the median of the rounds' ratios. What the sequencer does later
(seal, leaf, names, indexes, tiles, register) is measured after that as `integration`. Then the time of an inclusion
proof from tiles of a million leaves.
Run: make bench NAME=trail; on PostgreSQL with
QC_POSTGRES_FSYNC=on python scripts/postgres.py -- python benchmarks/trail.py
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]
SITE = tempfile.TemporaryDirectory(prefix="quancheng-bench-")
os.environ |= {"QC_DATA": SITE.name, "QC_ZONE": "all"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from quancheng.security.trail import public as trail
from quancheng.security.trail.engine import merkle, tiles

SINGLE, GROUP, GROUPS, ROUNDS, LEAVES, PROOFS = 120, 100, 24, 9, 1_000_000, 200
GOALS = {"single": 0.5, "grouped": 0.8}


def facts(number: int) -> dict[str, object]:
    """Return what a look at somebody's data enters."""
    return {
        "action": "population.person.read",
        "actor_id": "staff:0c8e3c3e-5f5e-4d43-9a14-2f0b6a1d7c55",
        "actor_name": "张敏",
        "subjects": (f"person:{number % 5000}",),
        "organisation": "370100/370100-spfw/",
        "detail": {"purpose": "办理餐饮服务许可"},
    }


def ours(number: int) -> None:
    trail.record(**facts(number))


def group_of(append: Callable[[int], None]) -> Callable[[range], None]:
    """Return what appends several entries, one after the other."""

    def run(numbers: range) -> None:
        for number in numbers:
            append(number)

    return run


def peer(number: int) -> None:
    content = json.dumps(facts(number), ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare (at, content) VALUES (%s, %s)",
            [connection.ops.adapt_datetimefield_value(timezone.now()), content],
        )


def columns(number: int) -> None:
    told = facts(number)
    names = ("action", "actor_id", "actor_name", "organisation")
    content = json.dumps({"subjects": told["subjects"], "detail": told["detail"]}, ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare_columns (at, action, actor_id, actor_name, organisation, outcome, content) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                connection.ops.adapt_datetimefield_value(timezone.now()),
                *(told[name] for name in names),
                "done",
                content,
            ],
        )


def limit(numbers: range) -> None:
    at = str(timezone.now())
    rows = [(at, json.dumps(facts(number), ensure_ascii=False)) for number in numbers]
    mark = "%s" if connection.vendor == "postgresql" else "?"
    connection.connection.cursor().executemany(f"INSERT INTO bare (at, content) VALUES ({mark}, {mark})", rows)


SIDES = {"ours": group_of(ours), "peer": group_of(peer), "columns": group_of(columns), "limit": limit}


def rates(group: int, groups: int) -> dict[str, float]:
    """Return how many entries per second each side stores durably, `group` to a commit; they take turns by commits."""
    spent, sides = dict.fromkeys(SIDES, 0.0), list(SIDES.items())
    for at in range(groups):
        numbers = range(at * group, at * group + group)
        for side, append in sides[at % len(sides) :] + sides[: at % len(sides)]:
            begun = time.perf_counter()
            with transaction.atomic():
                append(numbers)
            spent[side] += time.perf_counter() - begun
    return {side: group * groups / seconds for side, seconds in spent.items()}


def appends() -> dict[str, dict[str, float]]:
    """Return all sides' rates, single and grouped, and the ratio of ours to the peer's: medians of the rounds."""
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in GOALS}
    for turn in range(ROUNDS):
        found["single"].append(rates(1, SINGLE))
        found["grouped"].append(rates(GROUP, GROUPS))
        print(
            f"round {turn + 1}:",
            {kind: {side: round(value) for side, value in rounds[-1].items()} for kind, rounds in found.items()},
        )
    return {
        kind: {side: median(one[side] for one in rounds) for side in SIDES}
        | {"ratio": median(one["ours"] / one["peer"] for one in rounds)}
        for kind, rounds in found.items()
    }


def integration() -> float:
    """Return how many waiting entries per second get their places, tiles, names and checkpoints."""
    begun, done = time.perf_counter(), 0
    while step := trail.integrate(at=timezone.now()):
        done += step
    return done / (time.perf_counter() - begun)


def proof() -> tuple[float, float]:
    """Return the median milliseconds of an inclusion proof at a million leaves, from tiles, and of its check."""
    store, leaves = tiles.Tiles(Path(SITE.name) / "million"), [b"%d" % number for number in range(LEAVES)]
    root = store.extend(0, leaves)
    made, checked = [], []
    for index in random.Random(7).sample(range(LEAVES), PROOFS):
        begun = time.perf_counter()
        path = merkle.inclusion_proof(store.node(LEAVES), index, LEAVES)
        made.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        merkle.verify_inclusion(leaf=merkle.leaf_hash(leaves[index]), index=index, size=LEAVES, proof=path, root=root)
        checked.append(time.perf_counter() - begun)
    return median(made) * 1000, median(checked) * 1000


def main() -> None:
    """Measure, and print a line of JSON for each figure."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        key = "BIGSERIAL" if connection.vendor == "postgresql" else "INTEGER"
        cursor.execute(f"CREATE TABLE bare (id {key} PRIMARY KEY, at TIMESTAMP, content TEXT)")
        names = ("action", "actor_id", "actor_name", "organisation", "outcome", "content")
        texts = ", ".join(f"{name} TEXT" for name in names)
        cursor.execute(f"CREATE TABLE bare_columns (id {key} PRIMARY KEY, at TIMESTAMP, {texts})")
        for wish in ("fsync", "synchronous_commit") if connection.vendor == "postgresql" else ("synchronous",):
            cursor.execute(f"SHOW {wish}" if connection.vendor == "postgresql" else f"PRAGMA {wish}")
            print(f"{wish}:", cursor.fetchone()[0])
    for kind, sides in appends().items():
        ratio = sides["ratio"]
        print(
            json.dumps(
                {
                    "name": f"trail appends, {kind}, {connection.vendor}",
                    "unit": "entries/s",
                    "ours": round(sides["ours"]),
                    "peer": round(sides["peer"]),
                    "columns": round(sides["columns"]),
                    "limit": round(sides["limit"]),
                    "ratio": round(ratio, 2),
                    "goal": GOALS[kind],
                    "met": ratio >= GOALS[kind],
                }
            )
        )
    print(json.dumps({"name": "trail integration", "unit": "entries/s", "ours": round(integration())}))
    made, checked = proof()
    print(
        json.dumps(
            {
                "name": "inclusion proof at 1,000,000 leaves",
                "unit": "ms",
                "ours": round(made, 3),
                "check": round(checked, 3),
                "goal": 2,
                "met": made < 2,
            }
        )
    )


if __name__ == "__main__":
    main()
