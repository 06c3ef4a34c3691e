"""What a gateway takes and what it may answer."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal


class NotNow(Refusal):
    """The receiver could not be reached; another try may help."""

    code: ClassVar[str] = "notifications.not-now"
    message = _("The gateway could not reach the receiver.")


class Never(Refusal):
    """The message will never be taken, for instance because there is no such mailbox or number."""

    code: ClassVar[str] = "notifications.never"
    message = _("The gateway refused the message for good.")


class Down(NotNow):
    """The gateway itself does not work, or refuses us: no fault of the receiver's, and other messages fare the same."""

    code: ClassVar[str] = "notifications.gateway-down"
    message = _("The gateway does not answer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What goes out. `id` is the delivery's; a gateway that is given it again must not send twice."""

    id: str
    to: str
    subject: str
    text: str
    url: str = ""
    urgent: bool = False


class Gateway(Protocol):
    """Takes messages out of the house."""

    def send(self, message: Outgoing) -> str:
        """Hand over a message; return the state it then has: "sent", or "pending" when a receipt will follow.

        :raises NotNow: :raises Down: :raises Never:
        """
