"""Settings of the gateway."""

from dataclasses import dataclass
from pathlib import Path

from quancheng.kernel import config as kernel


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_GATEWAY_*. `out` and `incoming` are the two folders that the ferry touches; empty means
    `gateway/out` and `gateway/in` in this site's data folder. Times in seconds, sizes in MiB."""

    out: str = ""
    incoming: str = ""
    send_again_after: float = 30
    ask_again_after: float = 5
    bundle_messages: int = 500
    bundle_size: int = 1024
    keep_days: int = 30


config = kernel.read(Config, prefix="QC_GATEWAY_")


def spool_root() -> Path:
    """Return the folder for this site's bundles, sent and received."""
    return kernel.data_dir() / "gateway"
