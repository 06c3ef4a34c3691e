"""Settings of documents."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_DOCUMENTS_*. `largest_bytes` is the limit for one file."""

    largest_bytes: int = 50 * 1024 * 1024


config = read(Config, prefix="QC_DOCUMENTS_")
