"""How long it takes until ten thousand certificates are revoked, and everybody who asks hears so.

From the order to the moment when the rows are committed, the OCSP responder knows all of them, and the complete and the
delta list name them (openssl reads and counts). Goal: less than a minute (TR15). No peer is known to publish such a
figure; `limit` is how long the bare UPDATE of as many rows takes. Run: python benchmarks/revocation.py
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]
FOLDER = Path(tempfile.mkdtemp(prefix="quancheng-bench-"))
os.environ |= {"QC_DATA": str(FOLDER), "QC_ZONE": "all"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from quancheng.security.pki import public as pki
from quancheng.security.pki import queries
from quancheng.security.pki.actions import responder, setup
from quancheng.security.pki.engine import certificates, keys, suites
from quancheng.security.pki.models import Certificate
from quancheng.security.pmi import public as pmi

MANY, GOAL = 10_000, 60.0


def issue() -> tuple[str, ...]:
    """Issue the certificates, and return their serial numbers."""
    public = keys.new(suites.MODERN).public
    serials = []
    with transaction.atomic():
        for number in range(MANY):
            row = setup.certify(certificates.DEVICE, public, code=f"d{number}", name="Bench", at=timezone.now())
            serials.append(row.serial)
    return tuple(serials)


def listed(name: str) -> int:
    """Return how many certificates openssl finds on a list."""
    (FOLDER / "crl").write_bytes(queries.authority_crl(name))
    command = ["openssl", "crl", "-inform", "DER", "-in", str(FOLDER / "crl"), "-noout", "-text"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.count("Serial Number:")


def main() -> None:
    call_command("migrate", verbosity=0)
    pki.zone_signer()
    serials = issue()
    responder.service()
    begun = time.perf_counter()
    at = timezone.now() - timedelta(seconds=1)
    done = pki.revoke_many(actor=pmi.service_actor("pki"), serials=serials, reason="keyCompromise", at=at)
    committed = time.perf_counter() - begun
    board = responder.service().board
    known = all((state := board.state(int(serial, 16))) and state.revoked_at for serial in serials)
    answered = time.perf_counter() - begun
    full, delta = listed("issuing-all"), listed("issuing-all-delta")
    ours = time.perf_counter() - begun
    begun = time.perf_counter()
    with transaction.atomic():
        Certificate.objects.filter(profile="device").update(revocation_reason="superseded")
    limit = time.perf_counter() - begun
    print(
        json.dumps(
            {
                "certificates": done,
                "ours_s": round(ours, 2),
                "committed_s": round(committed, 2),
                "ocsp_s": round(answered, 2),
                "on_list": full,
                "on_delta": delta,
                "limit_s": round(limit, 3),
                "goal_s": GOAL,
                "met": ours < GOAL and known and full == delta == done == MANY,
            }
        )
    )


if __name__ == "__main__":
    main()
