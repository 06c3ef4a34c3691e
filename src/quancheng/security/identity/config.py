"""This app's settings."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_IDENTITY_*.

    `require_totp`: staff may work only after they have enrolled a second factor. `delegation_days`: how long a post may
    be delegated at most.
    """

    require_totp: bool = False
    delegation_days: int = 90


config = read(Config, prefix="QC_IDENTITY_")
