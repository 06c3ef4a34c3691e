"""Two real sites and the ferry, killed again and again: nothing is lost, nothing comes twice."""

import random
import sqlite3
import time

import pytest

from quancheng.support.demo import public as demo

pytestmark = pytest.mark.soak

REQUESTS = 60
KILLS = 12
ANNOUNCE = """
from django.db import transaction
from quancheng.kernel import events
from quancheng.centres.catalogue.events import ItemsRequested
for number in range({count}):
    with transaction.atomic():
        events.publish(ItemsRequested(
            request_id=f"soak-{{number}}", items=("population.person.name",), subject="370102199003150024",
            purpose="soak", requester={{"id": "citizen:1", "kind": "citizen", "person": "370102199003150024"}},
        ))
"""


def ask(site: demo.Site, question: str) -> list[tuple]:
    connection = sqlite3.connect(site.data / "quancheng.sqlite3", timeout=30)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    made = demo.Town(tmp_path_factory.mktemp("town"))
    made.prepare()
    yield made
    made.stop()


def test_every_request_is_answered_exactly_once_however_often_workers_and_ferry_are_killed(town):
    processes = ("extranet-worker", "intranet-worker", "ferry")
    for name in processes:
        town.start_one(name)
    town.run(town.extranet, "shell", "-c", ANNOUNCE.format(count=REQUESTS))
    chance = random.Random(20261123)

    for _ in range(KILLS):
        time.sleep(chance.uniform(0.2, 3))
        victim = chance.choice(processes)
        town.kill(victim)
        town.start_one(victim)

    answered = "select count(*), count(distinct key) from exchange_message where topic = 'catalogue.items-delivered'"
    deadline = time.monotonic() + 180
    while ask(town.extranet, answered)[0][0] < REQUESTS and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(2)

    assert ask(town.extranet, answered) == [(REQUESTS, REQUESTS)]
    for site in (town.extranet, town.intranet):
        assert ask(site, "select count(*) from gateway_quarantined") == [(0,)]
        assert ask(site, "select count(*) from exchange_delivery where state = 'DEAD'") == [(0,)]
