"""A town on one machine: two sites with a database each, their workers, and the ferry between them."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from quancheng.kernel.zone import EXTRANET, INTRANET

QUANCHENG = [sys.executable, "-m", "quancheng.project"]
PATIENCE = 60.0  # seconds that a process may take to come up, with every import cold


class TownFailed(RuntimeError):
    """A set-up command failed or a process did not come up; the message ends with what it printed last."""


@dataclass(frozen=True, slots=True)
class Site:
    """One site of the town: its zone, its folder and its port on loopback."""

    zone: str
    data: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the site's pages, without a slash at the end."""
        return f"http://localhost:{self.port}"


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Town:
    """The processes of a town, by name: `extranet-site`, `extranet-worker`, `intranet-…`, `ferry`.

    :param root: folder for everything the town writes; a prepared town in it is used again.
    :param ports: the ports of the extranet and the intranet site; free ones by default.
    :param settings: more environment variables for both sites, e.g. `QC_STATIC_ROOT`.
    :param databases: database URLs by zone; the embedded SQLite by default.
    """

    def __init__(
        self,
        root: Path,
        *,
        ports: tuple[int, int] | None = None,
        settings: Mapping[str, str] | None = None,
        databases: Mapping[str, str] | None = None,
    ) -> None:
        self.root = root.resolve()
        out, inside = ports or (free_port(), free_port())
        shared = {**(settings or {}), "QC_PUBLIC_URL": f"http://localhost:{out}"}
        shared["QC_APPROVALS_VERIFY_URL"] = f"http://localhost:{out}/hall/verify"
        self.extranet, self.intranet = (
            Site(
                zone,
                self.root / zone,
                port,
                {
                    **shared,
                    "QC_DATABASE_URL": (databases or {}).get(zone, ""),
                    "QC_NOTIFICATIONS_PUBLIC_URL": f"http://localhost:{port}",
                },
            )
            for zone, port in ((EXTRANET, out), (INTRANET, inside))
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the town's processes, in the order in which they start."""
        return (*(f"{zone}-{part}" for zone in (EXTRANET, INTRANET) for part in ("site", "worker")), "ferry")

    @property
    def prepared(self) -> bool:
        """Whether an earlier run has finished preparing this folder."""
        return (self.root / "prepared").exists()

    def prepare(self, say: Callable[[str], None] = lambda _line: None) -> None:
        """Make keys, tables and the sample city in both sites; a prepared town is only brought up to date.

        :raises TownFailed: when a command fails.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        ceremony = self.root / "ceremony"
        if not (ceremony / "root.crt").exists():
            say("key ceremony: the city's root certificate and an issuing authority for each zone")
            self._command(self.extranet, "pki", "ceremony", "--out", str(ceremony), "--city", "济南市")
        say("tables, calendar, drawings, sample city: both zones")
        steps = [["prepare"], ["pki", "install", "--ceremony", str(ceremony)], ["seed"]]
        for step in steps:
            running = [self._begin(site, *step) for site in (self.extranet, self.intranet)]
            for process, line in running:
                self._finish(process, line)
        (self.root / "prepared").touch()

    def start(self) -> None:
        """Start every process that is not running and wait until both sites answer."""
        for name in self.names:
            self.start_one(name)
        for site in (self.extranet, self.intranet):
            self.wait_for(site)

    def start_one(self, name: str) -> None:
        """Start the process `name` unless it runs."""
        if name in self.processes and self.processes[name].poll() is None:
            return
        site = self.intranet if name.startswith(INTRANET) else self.extranet
        words = {
            "site": ["serve", "--port", str(site.port)],
            "worker": ["worker"],
            "ferry": ["ferry", "--a", str(self._spool(self.extranet)), "--b", str(self._spool(self.intranet))],
        }[name.rpartition("-")[2]]
        log = (self.root / f"{name}.log").open("ab")
        with log:
            self.processes[name] = subprocess.Popen(
                [*QUANCHENG, *words], env=self._environment(site), stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """Kill the process `name` and its children with SIGKILL, as a power cut would."""
        process = self.processes.get(name)
        if process and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """Ask every process to end, and end those that do not."""
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def wait_for(self, site: Site) -> None:
        """Wait until `site` answers. :raises TownFailed: when it does not within a minute, or its process ended."""
        name, why = f"{site.zone}-site", "its process ended"
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.processes[name].poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{site.url}/accounts/login/", timeout=5):  # noqa: S310  (our own address)
                    return
            except urllib.error.HTTPError:
                return
            except OSError as error:
                why = str(error)
                time.sleep(0.1)
        raise TownFailed(f"{name} does not answer at {site.url} ({why}):\n{self.log(name)}")

    def log(self, name: str, lines: int = 30) -> str:
        """Return the last lines that the process `name` printed."""
        file = self.root / f"{name}.log"
        return "\n".join(file.read_text(errors="replace").splitlines()[-lines:]) if file.exists() else ""

    def run(self, site: Site, *words: str) -> str:
        """Run a `quancheng` command in `site` and return what it printed. :raises TownFailed: when it fails."""
        return self._command(site, *words)

    def _spool(self, site: Site) -> Path:
        return site.data / "gateway"

    def _environment(self, site: Site) -> dict[str, str]:
        own = {"QC_ZONE": site.zone, "QC_DATA": str(site.data), "PYTHONUNBUFFERED": "1", **site.settings}
        return {**os.environ, **own}

    def _command(self, site: Site, *words: str) -> str:
        return self._finish(*self._begin(site, *words))

    def _begin(self, site: Site, *words: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [*QUANCHENG, *words],
            env=self._environment(site),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return process, f"{site.zone}: quancheng {' '.join(words)}"

    def _finish(self, process: subprocess.Popen[str], line: str) -> str:
        printed, _ = process.communicate()
        if process.returncode:
            raise TownFailed(f"{line} failed:\n{printed[-3000:]}")
        return printed
