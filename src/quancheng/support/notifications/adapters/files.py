"""Messages as files, for demonstrations and tests."""

import os
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from django.conf import settings

from quancheng.support.notifications import rules
from quancheng.support.notifications.adapters.protocol import Never, NotNow, Outgoing
from quancheng.support.notifications.config import config


class FileGateway:
    """Writes every message as `<id>@<domain>.eml` into a folder.

    Addresses at `refused.invalid` are refused for good, those at `busy.invalid` for now.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Outgoing) -> str:
        if message.to.endswith("@refused.invalid"):
            raise Never
        if message.to.endswith("@busy.invalid"):
            raise NotNow
        letter = EmailMessage(policy=SMTP)
        name = rules.message_id(message.id, domain=config.sender_domain)
        letter["Message-ID"], letter["From"], letter["To"] = name, settings.DEFAULT_FROM_EMAIL, message.to
        letter["Subject"] = rules.tidy(message.subject)
        letter.set_content(message.text)
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{name.strip('<>')}.eml"
        draft = file.with_suffix(".draft")
        draft.write_bytes(letter.as_bytes())
        os.replace(draft, file)  # noqa: PTH105 - a rename, so that a reader never sees half a letter
        return rules.SENT
