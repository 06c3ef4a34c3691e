"""Letters through Django's mail backend."""

import smtplib

from django.core.mail import EmailMessage

from quancheng.support.notifications import rules
from quancheng.support.notifications.adapters.protocol import Down, Never, NotNow, Outgoing
from quancheng.support.notifications.config import config

PERMANENT_REPLIES = range(500, 600)


class SmtpGateway:
    """Django's mail backend (EMAIL_*), usually SMTP to the city's mail server. It gives no receipts."""

    def send(self, message: Outgoing) -> str:
        headers = {"Message-ID": rules.message_id(message.id, domain=config.sender_domain)}
        letter = EmailMessage(rules.tidy(message.subject), message.text, to=[message.to], headers=headers)
        try:
            letter.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            raise (Never if codes and all(code in PERMANENT_REPLIES for code in codes) else NotNow)(
                str(error)
            ) from error
        except (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError) as error:
            raise Down(str(error)) from error
        except smtplib.SMTPResponseException as error:
            raise (Never if error.smtp_code in PERMANENT_REPLIES else NotNow)(str(error)) from error
        except OSError as error:
            raise Down(str(error)) from error
        return rules.SENT
