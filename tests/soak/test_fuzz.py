"""Whatever is sent to the services for machines: no fault, no answer that hangs, no memory that is not given back."""

import json
import threading
import time
from random import Random

import pytest

from tests.soak.acme import Acme
from tests.soak.attacks import Attack, Ocsp, Requests, Timestamps
from tests.soak.site import Line, serving

THREADS = 3
WARM_UP = 0.25  # the part of the requests after which memory is measured for the first time
GROWTH = 24.0  # MB that the server may hold more at the end than after that

pytestmark = [pytest.mark.timeout(4 * 3600)]
SHORT, FULL = pytest.mark.heavy, pytest.mark.soak


@pytest.fixture(scope="module")
def site(tmp_path_factory, migrated):
    """A site with a database of its own behind the product's server."""
    with serving(tmp_path_factory.mktemp("site"), migrated) as site:
        yield site


def send_many(attack: Attack, first: int, last: int) -> list[str]:
    """Send the requests from `first` to before `last` from several threads; return what was wrong."""
    wrong: list[str] = []
    numbers = iter(range(first, last))
    lock = threading.Lock()

    def work() -> None:
        line = Line(attack.site.port)
        while len(wrong) < 10:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            # Each request has a seed of its own: a fault is made again by its number alone.
            try:
                sentence = attack.send(line, Random(f"{type(attack).__name__} {number}"), number)
            except Exception as error:  # noqa: BLE001  (whatever goes wrong is told with its number)
                sentence = f"{type(error).__name__}: {error}"
                line = Line(attack.site.port)
            if sentence:
                wrong.append(f"request {number}: {sentence}")

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.mark.parametrize(
    ("service", "many"),
    [
        pytest.param(Ocsp, 1200, marks=SHORT),
        pytest.param(Timestamps, 600, marks=SHORT),
        pytest.param(Requests, 200, marks=SHORT),
        pytest.param(Acme, 400, marks=SHORT),
        pytest.param(Ocsp, 50_000, marks=FULL),
        pytest.param(Timestamps, 35_000, marks=FULL),
        pytest.param(Requests, 15_000, marks=FULL),
        pytest.param(Acme, 10_000, marks=FULL),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_damaged_requests_neither_break_nor_delay_nor_fill_the_server(site, service, many):
    attack, begun, warm = service(site), time.monotonic(), int(many * WARM_UP)
    faults = len(site.faults())
    try:
        wrong = send_many(attack, 0, warm)
        before = site.memory()
        wrong += send_many(attack, warm, many)
        grown = site.memory() - before
    finally:
        attack.stop()
    figures = {"requests": many, "seconds": round(time.monotonic() - begun), "statuses": attack.statuses}
    print("\n", service.__name__, json.dumps(figures | {"MB": round(before), "grown MB": round(grown, 1)}))

    assert wrong == []
    assert site.faults()[faults:] == []
    assert grown <= GROWTH
