"""What people wish: ways, hours, language, and the browsers that may be told."""

import uuid
from collections.abc import Mapping
from datetime import datetime, time
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric import ec
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications.adapters import is_push_service
from quancheng.support.notifications.adapters.encryption import unpadded
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import Choice, PushSubscription, Wishes
from quancheng.support.notifications.queries import inbox, wishes

MOST_BROWSERS = 10


def _account(actor: pmi.Actor) -> uuid.UUID:
    """Return the account of whoever wishes. :raises pmi.Forbidden: for services, which are told nothing."""
    found = inbox.account_of(actor)
    if found is None:
        raise pmi.Forbidden(privilege="notifications.wishes.change")
    return found


class NoPushService(Refusal):
    """What the browser sent is no subscription at a push service that this site calls."""

    code: ClassVar[str] = "notifications.no-push-service"
    message = _("This browser's notice service cannot be used here.")
    status: ClassVar[int] = 422


class TooManyBrowsers(Refusal):
    """Somebody lets more browsers be told than anybody uses."""

    code: ClassVar[str] = "notifications.too-many-browsers"
    message = _("You already have %(most)s browsers in the list. Remove one first.")


@pmi.action("notifications.wishes.change", open_to=("citizen", "staff"))
def change_wishes(
    *,
    actor: pmi.Actor,
    language: str,
    digest: str,
    quiet: str,
    quiet_from: time | None,
    quiet_until: time | None,
    choices: Mapping[tuple[str, str], bool],
) -> None:
    """Keep how the actor wants to be told. `choices` says for (kind, channel) whether it is wanted.

    What the kind always sends is not heard about; what equals the kind's default is not stored, so that a later default
    reaches whoever never chose.
    """
    account = _account(actor)
    if quiet == Wishes.Quiet.OWN and (quiet_from is None or quiet_until is None):
        quiet = Wishes.Quiet.CITY
    Wishes.objects.update_or_create(
        account_id=account,
        defaults={
            "language": language, "digest": digest, "quiet": quiet,
            "quiet_from": quiet_from, "quiet_until": quiet_until,
        },
    )  # fmt: skip
    known = kinds.all_kinds()
    for (code, channel), wanted in choices.items():
        kind = known.get(code)
        if kind is None or actor.kind not in kind.audience or (kind.always and channel in kind.channels):
            continue
        of_this = Choice.objects.filter(account_id=account, kind=code, channel=channel)
        if wanted == (channel in kind.channels):
            of_this.delete()
        else:
            Choice.objects.update_or_create(account_id=account, kind=code, channel=channel, defaults={"wanted": wanted})


@pmi.action("notifications.browser.subscribe", open_to=("citizen", "staff"))
def subscribe(*, actor: pmi.Actor, endpoint: str, p256dh: str, auth: str, browser: str, at: datetime) -> int:
    """Let a browser be told; return its number. A browser that somebody else used before is now the actor's.

    :raises NoPushService: if the address or the keys are none that can be used. :raises TooManyBrowsers:
    """
    if len(endpoint) > 500 or "\0" in endpoint + browser or not is_push_service(endpoint):
        raise NoPushService
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpadded(p256dh))
        if len(unpadded(auth)) != 16 or len(p256dh) > 120:
            raise NoPushService
    except ValueError as error:
        raise NoPushService from error
    account = _account(actor)
    others = PushSubscription.objects.filter(account_id=account).exclude(endpoint=endpoint)
    if others.count() >= MOST_BROWSERS:
        raise TooManyBrowsers(most=MOST_BROWSERS)
    # Told anew under a new number: what still waits for its former owner does not reach the new one.
    PushSubscription.objects.filter(endpoint=endpoint).exclude(account_id=account).delete()
    row, _made = PushSubscription.objects.update_or_create(
        endpoint=endpoint,
        defaults={"account_id": account, "p256dh": p256dh, "auth": auth, "browser": browser[:120], "made_at": at},
    )
    return row.pk


def _of_browser(*, subscription_id: int, **_rest: object) -> pmi.Target:
    return pmi.Target(owner=wishes.owner_of_browser(subscription_id), subjects=(f"browser:{subscription_id}",))


@pmi.action("notifications.browser.unsubscribe", scope=_of_browser, open_to=("citizen", "staff"))
def unsubscribe(*, actor: pmi.Actor, subscription_id: int) -> None:
    """Let one of the actor's browsers be told nothing more."""
    PushSubscription.objects.filter(pk=subscription_id, account_id=_account(actor)).delete()
