"""Text messages and voice calls through a gateway that takes JSON over HTTP.

CMPP and SGIP, the operators' own protocols, are not spoken: a gateway in between does that.
"""

from http import HTTPStatus

import httpx

from quancheng.support.notifications import rules
from quancheng.support.notifications.adapters.protocol import Down, Never, NotNow, Outgoing
from quancheng.support.notifications.config import config

LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.LOCKED}
# The gateway does not know us, or has enough of us: nothing about the receiver, and no message fares better.
OURS = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.PAYMENT_REQUIRED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.TOO_MANY_REQUESTS,
}


class JsonGateway:
    """POSTs {"id", "to", "text"} with the id as Idempotency-Key; whatever begins with 2 means taken.

    `fields` renames those: ("to=mobile", "text=content").
    """

    def __init__(self, *, url: str, token: str = "", fields: tuple[str, ...] = ()) -> None:
        self.url, self.token = url, token
        self.names = dict(pair.split("=", 1) for pair in fields if "=" in pair)

    def send(self, message: Outgoing) -> str:
        facts = {"id": message.id, "to": message.to, "text": message.text}
        body = {self.names.get(name, name): value for name, value in facts.items()}
        headers = {"Idempotency-Key": message.id}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        answer = post(self.url, json=body, headers=headers)
        judge(answer)
        return rules.PENDING


def post(url: str, **request: object) -> httpx.Response:
    """Send a POST request and return the answer, whatever it says. :raises Down: when there is none."""
    try:
        # Neither proxies of the environment nor redirects: a gateway is where the settings say.
        with httpx.Client(timeout=config.gateway_timeout, trust_env=False, follow_redirects=False) as client:
            return client.post(url, **request)  # type: ignore[arg-type]
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Down(f"{type(error).__name__}: {error}"[:300]) from error


def judge(answer: httpx.Response) -> None:
    """Read an answer. :raises Down: :raises NotNow: :raises Never: unless the message was taken."""
    if answer.is_success:
        return
    why = f"HTTP {answer.status_code} {answer.text[:200]}".strip()
    if answer.status_code in OURS or answer.is_server_error or answer.is_redirect:
        raise Down(why)
    raise (NotNow if answer.status_code in LATER else Never)(why)
