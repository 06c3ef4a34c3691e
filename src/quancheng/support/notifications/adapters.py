"""The outside world: where e-mail goes."""

import os
import smtplib
from email.message import EmailMessage as Eml
from email.policy import SMTP
from pathlib import Path
from typing import ClassVar, Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.notifications.config import config

PERMANENT_REPLIES = range(500, 600)


class NotNow(Refusal):
    """The post office could not take the letter; another try may help."""

    code: ClassVar[str] = "notifications.not-now"
    message = _("The mail server did not take the letter.")


class Never(Refusal):
    """The post office will never take this letter, for instance because there is no such mailbox."""

    code: ClassVar[str] = "notifications.never"
    message = _("The mail server refused the letter for good.")


class MailGateway(Protocol):
    """Takes a letter to the post office. The same `message_id` may be given again after a crash."""

    def send(self, *, to: str, subject: str, text: str, message_id: str) -> None:
        """Hand over one letter. :raises NotNow: :raises Never:"""


class SmtpGateway:
    """Django's mail backend (EMAIL_*), usually SMTP to the city's mail server."""

    def send(self, *, to: str, subject: str, text: str, message_id: str) -> None:
        letter = EmailMessage(one_line(subject), text, to=[to], headers={"Message-ID": message_id})
        try:
            letter.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            raise (Never if codes and all(code in PERMANENT_REPLIES for code in codes) else NotNow)(
                str(error)
            ) from error
        except smtplib.SMTPResponseException as error:
            raise (Never if error.smtp_code in PERMANENT_REPLIES else NotNow)(str(error)) from error
        except OSError as error:
            raise NotNow(str(error)) from error


class FileGateway:
    """Writes every letter as `<message id>.eml` into a folder: the fake for demonstrations and tests.

    Addresses at `refused.invalid` are refused for good, those at `busy.invalid` for now.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, *, to: str, subject: str, text: str, message_id: str) -> None:
        if to.endswith("@refused.invalid"):
            raise Never
        if to.endswith("@busy.invalid"):
            raise NotNow
        letter = Eml(policy=SMTP)
        letter["Message-ID"], letter["From"], letter["To"] = message_id, settings.DEFAULT_FROM_EMAIL, to
        letter["Subject"] = one_line(subject)
        letter.set_content(text)
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{message_id.strip('<>')}.eml"
        draft = file.with_suffix(".draft")
        draft.write_bytes(letter.as_bytes())
        os.replace(draft, file)  # noqa: PTH105 - a rename, so that a reader never sees half a letter


def one_line(text: str) -> str:
    """Return `text` without line breaks, which a header must not hold (RFC 5322 2.2)."""
    return " ".join(text.split())


def gateway() -> MailGateway:
    """Return the gateway that QC_NOTIFICATIONS_MAIL names."""
    return SmtpGateway() if config.mail == "smtp" else FileGateway(config.outbox)
