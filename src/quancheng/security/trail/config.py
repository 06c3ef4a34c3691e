"""This app's settings and the files that it keeps."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from quancheng.kernel import config as kernel
from quancheng.kernel import zone


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_TRAIL_*."""

    # The name under which the log and this site's witness sign; it must never change while a log lives.
    origin: str = ""
    batch: int = 4096
    announce_seconds: int = 5
    # Network logs are kept for six months at least (Cybersecurity Law, 网络安全法); until then nothing is erased.
    retention_days: int = 184
    # More entries than this do not go into one proof of completeness.
    proof_entries: int = 10_000


@cache
def settings() -> Config:
    """Return the settings, read once."""
    return kernel.read(Config, prefix="QC_TRAIL_")


def origin() -> str:
    """Return the log's name, e.g. `quancheng.example/intranet/trail`."""
    return settings().origin or f"quancheng.example/{zone.current()}/trail"


def folder() -> Path:
    """Return the folder of keys, tiles and the published checkpoint."""
    return kernel.data_dir() / "trail"
