"""A worker that is really killed, between the gateway's taking a message and the note that it did."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from django.db import connection

from quancheng.support.notifications.tests.test_channels import server

pytestmark = [pytest.mark.heavy, pytest.mark.django_db]
START = """
from datetime import UTC, date, datetime, timedelta
import django
django.setup()
from quancheng.security.identity import public as identity
from quancheng.support.notifications import adapters
from quancheng.support.notifications import public as notifications
noon = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""
TELL = """
account = identity.ensure_account(username="li", name="李建国", kind="staff", mobile="13800000002")
facts = {"name": "王", "privilege": "导入", "place": "市局", "reason": "抢修", "day": date(2026, 11, 26)}
notifications.notify(to=account, kind="pmi.emergency", facts=facts, at=noon)
"""
SEND = "notifications.send_due(channel='sms', gateway=adapters.gateway('sms'), now=noon + timedelta(minutes={minutes}))"


def test_hands_it_over_again_under_the_same_id_so_that_it_arrives_once(migrated, tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("the site of this test has a database file of its own")
    database, running = tmp_path / "quancheng.sqlite3", []
    shutil.copy(migrated, database)

    def run(script):
        env = os.environ | {
            "QC_DATA": str(tmp_path), "QC_NOTIFICATIONS_SMS": "http", "QC_NOTIFICATIONS_SMS_URL": url,
            "QC_NOTIFICATIONS_GATEWAY_TIMEOUT": "30", "DJANGO_SETTINGS_MODULE": "quancheng.project.settings",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip
        running[:] = [subprocess.Popen([sys.executable, "-c", START + script], env=env)]
        return running[0].wait()

    def kill_the_first():
        if len(got) == 1:
            running[0].send_signal(signal.SIGKILL)
            running[0].wait()

    with server(202, before=kill_the_first) as (url, got):
        first = run(TELL + SEND.format(minutes=0))
        too_early = run(SEND.format(minutes=9))
        second = run(SEND.format(minutes=11))

    assert (first, too_early, second) == (-signal.SIGKILL, 0, 0)
    assert len(got) == 2
    assert len({headers["Idempotency-Key"] for headers, _body in got}) == 1
    with closing(sqlite3.connect(database)) as kept:
        states = kept.execute("select state from notifications_delivery where channel = 'sms'").fetchall()
    assert states == [("pending",)]
