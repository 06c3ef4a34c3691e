"""The guide's examples, run as they stand against a live site."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from quancheng.security.crypto.tests.conftest import EVERYTHING, System

ROOT = Path(__file__).resolve().parents[5]
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "guide-crypto.md").read_text(), re.DOTALL)
TOOLS = ("bash", "curl", "jq", "openssl")


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"one of {TOOLS} is absent")
@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_guide_work(site, live_server):
    system = System(EVERYTHING)
    facts = {"SITE": live_server.url, "CLIENT": system.id, "SECRET": system.secret, "PATH": "/usr/bin:/bin"}

    done = subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + "\n".join(BLOCKS)],
        cwd=site, env=facts, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
