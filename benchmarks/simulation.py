"""A change of a much-used privilege tried on a long trail: entries a second, and that memory does not grow with it.

A trail of looks and acts by two hundred clerks of a department, half of them by the privilege that is withdrawn; each
carries what its decision rested on, sealed as in earnest. The simulation is carried on a stretch at a time as the
worker does, with tracemalloc's peak taken over its first and its last tenth.

- entries_a_second: entries of the period gone through, those that the change does not touch included;
- judged_a_second: entries unsealed and decided twice.

`limit` is the rate of unsealing alone, without which nothing can be judged. Run: make bench NAME=simulation
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import json
import os
import random
import sys
import tempfile
import time
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]
SITE = tempfile.TemporaryDirectory(prefix="quancheng-bench-")
os.environ |= {"QC_DATA": SITE.name, "QC_ZONE": "intranet"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Appointment
from quancheng.security.pmi import actions, queries
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.actions.simulating import SIMULATE
from quancheng.security.pmi.rules import Change, ChangeKind
from quancheng.security.trail import public as trail
from quancheng.security.trail.models import Entry
from quancheng.security.trail.queries import opened

ENTRIES, CLERKS, BATCH, OPENED, GOAL = int(os.environ.get("ENTRIES", "300000")), 200, 5000, 5000, 3000
PERIOD = timedelta(weeks=4)
PLACE, LOOK, OTHER = "370100/370100-scjg/", "bench.paper.look", "bench.paper.stamp"


def city() -> list[pmi.Actor]:
    """Return the clerks of a department, each in a post of their own with the same role."""
    identity.ensure_organisation(code="370100", name="济南市人民政府", kind="GOVERNMENT")
    identity.ensure_organisation(code="370100-scjg", name="市场监督管理局", kind="DEPARTMENT", parent="370100")
    pmi.define_role(code="bench", title="办件", privileges=[LOOK, OTHER])
    names = [f"clerk{number}" for number in range(CLERKS)]
    for name in names:
        identity.ensure_account(username=name, name=name, kind="staff")
    identity.ensure_post(organisation="370100-scjg", title="办事员", roles=["bench"], holders=names)
    Appointment.objects.update(valid_from=timezone.localdate() - 2 * PERIOD)
    return [identity.actor_of(name) for name in names]


def fill(clerks: list[pmi.Actor]) -> None:
    """Enter the trail's entries, spread over the last four weeks, and let the sequencer seal them."""
    dice, begun = random.Random(20261123), timezone.now() - PERIOD
    for start in range(0, ENTRIES, BATCH):
        with transaction.atomic():
            for number in range(start, min(start + BATCH, ENTRIES)):
                clerk = dice.choice(clerks)
                trail.record(
                    action=LOOK if number % 2 else OTHER,
                    actor_id=clerk.id,
                    actor_name=clerk.name,
                    subjects=(f"paper:{dice.randrange(50_000)}",),
                    organisation=PLACE,
                    detail={"decided": {"by": "grant", "place": PLACE, "assurance": 2}},
                    at=begun + PERIOD * number / ENTRIES,
                )
    while trail.integrate(at=timezone.now()):
        pass


def main() -> int:
    """Print the rates as JSON; return 1 when the goal is missed or memory grows."""
    call_command("migrate", verbosity=0)
    clerks = city()
    fill(clerks)
    rows = list(Entry.objects.select_related("body_key").order_by("id")[:OPENED])
    begun = time.perf_counter()
    for row in rows:
        opened(row)
    limit = len(rows) / (time.perf_counter() - begun)
    watcher = pmi.Actor("account:0", "安全员", "staff", grants=(pmi.Grant(SIMULATE),), at=timezone.now())
    day = timezone.localdate()
    wish = {"since": day - PERIOD - timedelta(days=1), "until": day + timedelta(days=1), "at": timezone.now()}
    change = Change(ChangeKind.WITHDRAW, role="bench", privilege=LOOK)

    def run(most: int) -> tuple[Any, float, list[int]]:
        key, peaks = actions.simulate(actor=watcher, change=change, **wish), []
        begun, over = time.perf_counter(), False
        while not over and len(peaks) < most:
            if tracemalloc.is_tracing():
                tracemalloc.reset_peak()
            over = actions.advance(simulation_id=key, stretches=1, at=timezone.now())
            peaks.append(tracemalloc.get_traced_memory()[1] if tracemalloc.is_tracing() else 0)
        return key, time.perf_counter() - begun, peaks

    key, seconds, _peaks = run(sys.maxsize)
    found = queries.simulation(key)
    tracemalloc.start()
    _key, _slow, peaks = run(sys.maxsize)
    tracemalloc.stop()
    tenth = max(1, len(peaks) // 10)
    first, last = max(peaks[:tenth]), max(peaks[-tenth:])
    result = {
        "entries": found.seen,
        "judged": found.looked,
        "seconds": round(seconds, 2),
        "entries_a_second": round(found.seen / seconds),
        "judged_a_second": round(found.looked / seconds),
        "limit": round(limit),
        "peak_first_tenth_mib": round(first / 2**20, 1),
        "peak_last_tenth_mib": round(last / 2**20, 1),
        "exact": found.refusals == found.looked == ENTRIES // 2,
        "goal": GOAL,
    }
    print(json.dumps(result))
    good = result["exact"] and result["judged_a_second"] >= GOAL and last < 1.5 * first
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
