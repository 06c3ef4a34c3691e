"""Durable appends to the trail against bare inserts with the same durability, and proofs at a million leaves.

- ours: `trail.record` as every action and look calls it: canonical body, salt, commitment, seal, three tables with
  their search indexes, committed with fsync (SQLite: WAL, synchronous=FULL; PostgreSQL: fsync, synchronous_commit on);
- peer: one INSERT of the same facts as JSON text into a table with no index but its key, through the same Django
  connection: the same server, fsync and driver; nothing can be cheaper and still be durable.

`single` commits after each entry, `grouped` after 100, as a request or a batch does. `limit` is the peer's rate. Both
take turns, so that a busy machine slows both alike. Then the sequencer's rate, and the time of an inclusion proof from
tiles of a million leaves. Run: make bench NAME=trail; on PostgreSQL with
QC_POSTGRES_FSYNC=on python scripts/postgres.py -- python benchmarks/trail.py
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import json
import os
import random
import sys
import tempfile
import time
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

SINGLE, GROUP, GROUPS, ROUNDS, LEAVES, PROOFS = 150, 100, 8, 7, 1_000_000, 200
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


def peer(number: int) -> None:
    content = json.dumps(facts(number), ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare (at, content) VALUES (%s, %s)",
            [connection.ops.adapt_datetimefield_value(timezone.now()), content],
        )


def rate(append, group: int, groups: int) -> float:
    """Return how many entries per second `append` stores durably, `group` to a commit."""
    begun = time.perf_counter()
    for at in range(groups):
        with transaction.atomic():
            for number in range(group):
                append(at * group + number)
    return group * groups / (time.perf_counter() - begun)


def appends() -> dict[str, dict[str, float]]:
    """Return both sides' rates, single and grouped."""
    found: dict[str, dict[str, list[float]]] = {kind: {"ours": [], "peer": []} for kind in GOALS}
    for turn in range(ROUNDS):
        for side, append in (("ours", ours), ("peer", peer)) if turn % 2 else (("peer", peer), ("ours", ours)):
            found["single"][side].append(rate(append, 1, SINGLE))
            found["grouped"][side].append(rate(append, GROUP, GROUPS))
        print(
            f"round {turn + 1}:",
            {kind: {side: round(values[-1]) for side, values in both.items()} for kind, both in found.items()},
        )
    return {kind: {side: median(values) for side, values in both.items()} for kind, both in found.items()}


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
        if connection.vendor == "postgresql":
            cursor.execute("SHOW fsync")
            print("fsync:", cursor.fetchone()[0])
    for kind, sides in appends().items():
        ratio = sides["ours"] / sides["peer"]
        print(
            json.dumps(
                {
                    "name": f"trail appends, {kind}, {connection.vendor}",
                    "unit": "entries/s",
                    "ours": round(sides["ours"]),
                    "peer": round(sides["peer"]),
                    "limit": round(sides["peer"]),
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
