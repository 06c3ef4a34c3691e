"""Run a command beside a PostgreSQL server of its own: `postgres.py -- command …` sees it in QC_DATABASE_URL.

With QC_POSTGRES_FSYNC=on it is durable and set as deploy/postgresql/quancheng.conf says, as benchmarks want it.

The server lives in a temporary folder, listens on a free loopback port and is gone afterwards. Debian's packages keep
the programs under /usr/lib/postgresql/<version>/bin. The server refuses to run as root, so root lends it to `postgres`.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

SETTINGS = Path(__file__).resolve().parents[1] / "deploy" / "postgresql" / "quancheng.conf"


def programs() -> Path:
    """Return the folder of the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        sys.exit("no PostgreSQL server is installed; `make setup` installs it")
    return found[-1].parent


def main() -> int:
    """Start the server, run the command, stop the server; return the command's exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server goes, too
    command = sys.argv[sys.argv.index("--") + 1 :]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="quancheng-postgres-"))
    lend = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if lend:
        shutil.chown(folder, "postgres")
    data, binaries = folder / "data", programs()
    quiet = {"stdout": subprocess.DEVNULL, "cwd": folder}
    subprocess.run(
        [*lend, binaries / "initdb", "-D", data, "-A", "trust", "-U", "quancheng", "-E", "UTF8", "--no-sync"],
        check=True,
        **quiet,
    )
    # Tests need no durability and little memory; benchmarks say that they want a server as it is deployed.
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c max_connections=200"
    if os.environ.get("QC_POSTGRES_FSYNC") == "on":
        with (data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS.read_text(encoding="utf-8"))
    else:
        options += " -c fsync=off"
    server = [*lend, binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    subprocess.run([*server, "-o", options, "start"], check=True, **quiet)
    try:
        url = f"postgresql://quancheng@127.0.0.1:{port}/postgres"
        return subprocess.run(command, env={**os.environ, "QC_DATABASE_URL": url}, check=False).returncode
    finally:
        subprocess.run([*server, "-m", "immediate", "stop"], check=True, **quiet)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
