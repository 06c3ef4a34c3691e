"""Time of the errand's pages against a bare Django view on the same server.

A town of two sites is built and the errand done once, so that the pages have something to show. Then a server with the
product's settings, middleware and database serves both the pages and one bare view (session and account read, three
letters answered). Requests come one after the other over one connection, pages and bare view taking turns.

`ours` is the mean over the pages of their median times, `peer` the bare view's median, both in milliseconds;
`limit` is the bare view without a session. Run: make bench NAME=errand
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")
SITE = tempfile.TemporaryDirectory(prefix="quancheng-bench-", ignore_cleanup_errors=True)
os.environ["QC_DATA"] = SITE.name

from quancheng.project.errand.restaurant import OpenRestaurant  # noqa: E402
from quancheng.project.errand.visitor import Visitor  # noqa: E402
from quancheng.support.demo.engine.town import Site, Town, free_port  # noqa: E402

GOAL, ROUNDS = 4.0, 60


def serve(site: Site, port: int) -> subprocess.Popen[bytes]:
    """Start a server of `site` that knows the bare view, on `port`."""
    static = subprocess.run(
        [sys.executable, "-m", "quancheng.project", "collectstatic", "--noinput", "-v0"],
        env={**os.environ, "QC_ZONE": "all", "QC_STATIC_ROOT": str(Path(SITE.name) / "static")},
        check=False,
    )
    assert static.returncode == 0
    words = [
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--blocking-threads",
        "2",
        "--no-ws",
        "benchmarks.bare:application",
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "granian", *words],
        cwd=ROOT,
        env={
            **os.environ,
            **site.settings,
            "QC_ZONE": site.zone,
            "QC_DATA": str(site.data),
            "QC_STATIC_ROOT": str(Path(SITE.name) / "static"),
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def visitor(port: int, username: str) -> Visitor:
    """Return `username`, signed in at the server on `port` as soon as it is up."""
    person = Visitor(f"http://localhost:{port}", username)
    for _ in range(200):
        try:
            person.sign_in(username, "quancheng-demo-2026")
            return person
        except OSError:
            time.sleep(0.1)
        except Exception as error:
            if "ConnectError" not in type(error).__name__:
                raise
            time.sleep(0.1)
    raise RuntimeError("the server did not come up")


def milliseconds(person: Visitor, path: str) -> float:
    """Return how long one request of `path` takes."""
    begun = time.perf_counter()
    answer = person.client.get(path)
    taken = (time.perf_counter() - begun) * 1000
    assert answer.status_code == 200, (path, answer.status_code)
    return taken


def main() -> None:
    """Build, measure, print a table and the line of JSON."""
    town = Town(Path(SITE.name) / "town")
    town.prepare()
    town.start()
    try:
        errand = OpenRestaurant(town)
        for step in errand.steps:
            errand.take(step)
    finally:
        town.stop()
    ports = free_port(), free_port()
    servers = [serve(town.extranet, ports[0]), serve(town.intranet, ports[1])]
    try:
        citizen, clerk = visitor(ports[0], "wangxiaomei"), visitor(ports[1], "window")
        pages = [
            (citizen, "/"),
            (citizen, "/hall/service/JN-YJS-0001/"),
            (citizen, errand.submission),
            (clerk, "/workbench/tasks/"),
            (clerk, errand.case),
        ]
        stranger = Visitor(citizen.base, "stranger")
        times: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for person, path in [*pages, (citizen, "/bare/"), (clerk, "/bare/")]:
                times.setdefault(path, []).append(milliseconds(person, path))
            times.setdefault("without session", []).append(milliseconds(stranger, "/bare/"))
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    found = {path: median(taken) for path, taken in times.items()}
    for path, taken in found.items():
        print(f"{taken:8.2f} ms  {path}")
    ours, peer = mean(found[path] for _, path in pages), found["/bare/"]
    print(
        json.dumps(
            {
                "name": "errand pages",
                "unit": "ms",
                "ours": round(ours, 2),
                "peer": round(peer, 2),
                "limit": round(found["without session"], 2),
                "ratio": round(ours / peer, 2),
                "goal": GOAL,
                "met": ours / peer <= GOAL,
            }
        )
    )


if __name__ == "__main__":
    main()
