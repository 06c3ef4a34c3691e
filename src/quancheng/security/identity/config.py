"""This app's settings."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_IDENTITY_*.

    `require_totp`: staff may work only after they have enrolled a second factor.
    """

    require_totp: bool = False


config = read(Config, prefix="QC_IDENTITY_")
