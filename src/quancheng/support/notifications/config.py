"""This app's settings."""

from dataclasses import dataclass
from pathlib import Path

from quancheng.kernel.config import data_dir, read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_NOTIFICATIONS_*.

    `mail`: "file" (one .eml per letter in the site's data folder, for demonstrations), "smtp" (Django's mail settings)
    or "off". `sms` and `voice`: "http" (the JSON gateway at `sms_url`, `voice_url`), "file" or "off"; the tokens are
    shown to the gateway, the receipt secrets sign what it calls back. `json_fields` renames the fields of the request
    for a gateway with other names: "to=mobile,text=content". `sms_signature` stands before every text message, as the
    operators ask. `push`: "on" or "off"; `push_hosts` are the push services that browsers may name, `push_contact`
    tells them whom to ask (RFC 8292 2.1), `push_key` is the file of this site's key.
    `attempts`: how often a delivery is tried before it is given up. `*_per_second`: what a gateway takes.
    `sender_domain`: the right-hand side of Message-IDs. `public_url`: where this site is reached, for links.
    `quiet_from`, `quiet_until`, `digest_at`: city time. `second_look`: whoever wrote a text may not publish it.
    `keep_days`: how long the ledger knows addresses and texts; the inbox keeps its messages.
    """

    mail: str = "file"
    sms: str = "off"
    sms_url: str = ""
    sms_token: str = ""
    sms_receipt_secret: str = ""
    json_fields: tuple[str, ...] = ()
    sms_signature: str = "泉城"
    voice: str = "off"
    voice_url: str = ""
    voice_token: str = ""
    voice_receipt_secret: str = ""
    push: str = "off"
    push_hosts: tuple[str, ...] = (
        "fcm.googleapis.com",
        ".push.services.mozilla.com",
        ".notify.windows.com",
        ".push.apple.com",
    )
    push_contact: str = "mailto:admin@quancheng.example"
    push_key: str = ""
    gateway_timeout: float = 5.0
    attempts: int = 8
    email_per_second: float = 20.0
    sms_per_second: float = 20.0
    voice_per_second: float = 2.0
    push_per_second: float = 50.0
    sender_domain: str = "quancheng.example"
    public_url: str = ""
    quiet_from: str = "22:00"
    quiet_until: str = "08:00"
    digest_at: str = "08:00"
    second_look: bool = False
    keep_days: int = 180

    @property
    def outbox(self) -> Path:
        return data_dir() / "notifications"

    @property
    def key_file(self) -> Path:
        return Path(self.push_key) if self.push_key else data_dir() / "notifications" / "push-key.pem"

    def is_on(self, channel: str) -> bool:
        """Test whether this site has a gateway for the channel."""
        return {"email": self.mail, "sms": self.sms, "voice": self.voice, "push": self.push}[channel] != "off"

    def per_second(self, channel: str) -> float:
        """Return how many deliveries the gateway of the channel takes in a second."""
        return float(getattr(self, f"{channel}_per_second"))

    def receipt_secret(self, channel: str) -> str:
        """Return the secret that signs the receipts of the channel's gateway, "" where none are taken."""
        return str(getattr(self, f"{channel}_receipt_secret", ""))


config = read(Config, prefix="QC_NOTIFICATIONS_")
