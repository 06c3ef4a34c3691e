"""Delivering to departments' systems that somebody has signed out."""

from datetime import datetime, timedelta
from typing import Final

from allauth.idp.oidc.models import Client
from django.db import transaction

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import adapters, queries
from quancheng.security.identity.actions import saml
from quancheng.security.identity.adapters import signing_out
from quancheng.security.identity.engine.saml import bindings, requests
from quancheng.security.identity.models import LogoutNotice
from quancheng.security.trail import public as trail

# How long to wait after each try; after the last one it is given up.
WAITS: Final = tuple(timedelta(seconds=wait) for wait in (5, 30, 120, 600, 1800, 7200, 21600))
ROUND: Final = 20


def deliver_notices(*, at: datetime) -> int:
    """Try the notices that are due; return how many. Each stands in the trail once it is heard or given up."""
    due = LogoutNotice.objects.filter(done_at=None, given_up_at=None, due_at__lte=at)
    keys = list(due.order_by("due_at").values_list("pk", flat=True)[:ROUND])
    for key in keys:
        notice = due.select_related("account").filter(pk=key).first()
        if notice is None:
            continue
        # Nothing is held while a slow system is waited for: told twice is harmless, the token has the same name.
        client = Client.objects.filter(pk=notice.client).first()
        address = signing_out.address_of(client) if client else ""
        heard, again, answer = False, False, "gone"
        if notice.by_browser:
            answer = "no answer" if notice.tries else "no browser"
        elif address and client and signing_out.is_saml(client):
            heard, again, answer = _say_by_soap(notice, client, address, at=at)
        elif address:
            text = signing_out.token(notice, pem=adapters.signing_key(), at=at)
            heard, again, answer = signing_out.deliver(address, text)
        _note(notice, heard=heard, again=again, answer=answer, at=at)
    return len(keys)


def _say_by_soap(notice: LogoutNotice, client: Client, address: str, *, at: datetime) -> tuple[bool, bool, str]:
    entity = queries.saml_client(client.pk).system.entity
    request = saml.request_for(notice, address, entity=entity, at=at)
    content, again, answer = signing_out.deliver_envelope(
        address, bindings.envelope(saml.signing_key(at).sign(request))
    )
    try:
        heard = bool(content) and requests.heard(content, f"_{notice.pk.hex}")
    except Refusal:
        heard = False
    return heard, again and not heard, answer


def _note(notice: LogoutNotice, *, heard: bool, again: bool, answer: str, at: datetime) -> None:
    with transaction.atomic():
        notice.tries, notice.answer = notice.tries + 1, answer
        if heard:
            notice.done_at = at
        elif again and notice.tries <= len(WAITS):
            notice.due_at = at + WAITS[notice.tries - 1]
        else:
            notice.given_up_at = at
        notice.save(update_fields=["tries", "answer", "done_at", "given_up_at", "due_at"])
        if notice.done_at or notice.given_up_at:
            trail.record(
                action="identity.client.sign-out",
                actor_id="service:identity",
                actor_name="identity",
                outcome="done" if heard else "identity.system-did-not-hear",
                subjects=(notice.account.actor_id, f"client:{notice.client}"),
                detail={"tries": notice.tries, "answer": answer},
            )
