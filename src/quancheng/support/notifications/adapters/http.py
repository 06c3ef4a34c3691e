"""Text messages and voice calls through a gateway that takes JSON over HTTP.

CMPP and SGIP, the operators' own protocols, are not spoken: a gateway in between does that.
"""

import time
from http import HTTPStatus
from typing import Any, Final

import httpx

from quancheng.support.notifications import rules
from quancheng.support.notifications.adapters.protocol import Down, Never, NotNow, Outgoing
from quancheng.support.notifications.config import config

LONGEST: Final = 4096  # bytes of an answer; what counts is its status, and some words for whoever looks into a fault
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


def post(url: str, **request: Any) -> httpx.Response:
    """Send a POST request and return the beginning of the answer, whatever it says. :raises Down: when there is none.

    An answer without end, or one that trickles, is let go after LONGEST bytes or the time that a gateway has.
    """
    until = time.monotonic() + config.gateway_timeout
    # As it is: a little that unfolds to very much is read as the little it is.
    headers = {"Accept-Encoding": "identity", **request.pop("headers", {})}
    try:
        # Neither proxies of the environment nor redirects: a gateway is where the settings say.
        with (
            httpx.Client(timeout=config.gateway_timeout, trust_env=False, follow_redirects=False) as client,
            client.stream("POST", url, headers=headers, **request) as answer,
        ):
            said = b""
            for piece in answer.iter_raw():
                said += piece
                if len(said) >= LONGEST or time.monotonic() > until:
                    break
            kind = answer.headers.get("Content-Type", "text/plain; charset=utf-8")
            return httpx.Response(answer.status_code, headers={"Content-Type": kind}, content=said[:LONGEST])
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
