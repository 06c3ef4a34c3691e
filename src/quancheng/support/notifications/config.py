"""This app's settings."""

from dataclasses import dataclass
from pathlib import Path

from quancheng.kernel.config import data_dir, read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_NOTIFICATIONS_*.

    `mail`: "file" (one .eml per letter in the site's data folder, for demonstrations), "smtp" (Django's mail settings)
    or "off" (messages stay in the app). `attempts`: how often a letter is tried before it is given up.
    `sender_domain`: the right-hand side of Message-IDs. `public_url`: where this site is reached, for links in letters.
    """

    mail: str = "file"
    attempts: int = 8
    sender_domain: str = "quancheng.example"
    public_url: str = ""

    @property
    def outbox(self) -> Path:
        return data_dir() / "notifications"


config = read(Config, prefix="QC_NOTIFICATIONS_")
