"""One real site on loopback, behind the product's own server, and lines to it that give up on an answer that hangs."""

import http.client
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from quancheng.support.demo.engine.town import free_port

ROOT = Path(__file__).resolve().parents[2]
QUANCHENG = [sys.executable, "-m", "quancheng.project"]
PATIENCE = 60.0  # seconds that the server may take to come up
WATCHDOG = 15.0  # seconds after which a request counts as hanging
TREE = "jinan.example"


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Line:
    """A connection that is kept; one that the server closed is opened anew once."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=WATCHDOG)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send a request. :raises TimeoutError: when the answer hangs."""
        given = {"Host": f"localhost:{self.port}"} | {name.replace("_", "-"): text for name, text in headers.items()}
        for last in (False, True):
            try:
                self.http.request(method, path, body, given)
                reply = self.http.getresponse()
                return Answer(reply.status, {name.lower(): text for name, text in reply.getheaders()}, reply.read())
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.http.close()
                if last:
                    raise
        raise AssertionError


class Site:
    """The site's process: one worker, the product's application and settings."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.prover_port = folder, free_port(), free_port()
        self.names, self.output = folder / "names.json", folder / "site.log"
        self.names.write_text(f'{{"A": {{"a.{TREE}": ["127.0.0.1"], "b.{TREE}": ["127.0.0.1"]}}}}')
        self.environment = {
            **os.environ,
            "QC_ZONE": "all",
            "QC_DATA": str(folder / "data"),
            "QC_PKI_ACME_ZONE_FILE": str(self.names),
            "QC_PKI_ACME_NETWORKS": "127.0.0.0/8",
            "QC_PKI_ACME_HTTP_PORT": str(self.prover_port),
            "PYTHONPATH": str(ROOT / "src"),
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> str:
        """The address of the site's pages, without a slash at the end."""
        return f"http://localhost:{self.port}"

    @cached_property
    def issuing(self) -> bytes:
        """The certificate (DER) of the site's issuing authority."""
        (name,) = (line.split()[0] for line in self.run("pki", "show").splitlines() if not line.startswith("root "))
        return Line(self.port).ask("GET", f"/pki/ca/{name}.crt").body

    def run(self, *words: str) -> str:
        """Run a command of the product in the site."""
        done = subprocess.run([*QUANCHENG, *words], env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Serve, and wait for the first answer."""
        with self.output.open("wb") as log:
            words = [*QUANCHENG, "serve", "--port", str(self.port), "--threads", "4"]
            self.process = subprocess.Popen(words, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                Line(self.port).ask("GET", "/accounts/login/")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(self.output.read_text())

    def stop(self) -> None:
        """End the server."""
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=20)

    def memory(self) -> float:
        """Return what the server's processes hold in memory, in MB: resident and not of files.

        Pages that the worker has from its parent count from the start. Otherwise the first full garbage collection,
        which touches them all, would be taken for growth.
        """
        assert self.process
        found, pages = [self.process.pid], 0
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(status.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent in found:
                found.append(int(status.parent.name))
        for pid in found:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            pages += sum(int(size) for size in re.findall(r"^Anonymous:\s+(\d+) kB", rollup, re.MULTILINE))
        return pages / 1024

    def faults(self) -> list[str]:
        """Return the last lines of the faults that the server reported."""
        text = self.output.read_text(errors="replace")
        return [found[-1500:] for found in re.findall(r"Traceback.*?\n(?=\S[^\n]*\n(?!\s))", text + "\n.\n", re.DOTALL)]


@contextmanager
def serving(folder: Path, tables: Path):
    """Yield a prepared site that serves, with the sample city in it. `tables`, if there, spares it the migrations."""
    site = Site(folder)
    if tables.exists():
        (folder / "data").mkdir()
        shutil.copy(tables, folder / "data" / "quancheng.sqlite3")
    site.run("prepare")
    site.run("seed")
    try:
        site.start()
        yield site
    finally:
        site.stop()
