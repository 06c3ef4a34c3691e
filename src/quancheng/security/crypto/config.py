"""This app's settings."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_CRYPTO_*.

    `calls_a_day`: how many calls a caller without a quota of its own may make. `largest`: bytes of the body of a call;
    base64 takes a third more than what it carries.
    """

    calls_a_day: int = 10_000
    largest: int = 4 * 1024 * 1024


config = read(Config, prefix="QC_CRYPTO_")
