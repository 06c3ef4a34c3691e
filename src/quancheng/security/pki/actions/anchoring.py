"""Anchors the trail's checkpoints in time: by this site's timestamp service and by a second, independent authority."""

import base64
import binascii
import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils import timezone

from quancheng.kernel import config as kernel
from quancheng.kernel import events, zone
from quancheng.security.pki import config
from quancheng.security.pki.actions import sealing, timestamping
from quancheng.security.pki.adapters import authorities
from quancheng.security.pki.engine import chains, outside, signing, timestamps
from quancheng.security.pki.events import AnchorMade, AnchorWanted
from quancheng.security.pki.queries import seconds
from quancheng.security.trail import public as trail

# At most so many checkpoints in one round; a bundle carries what was asked, so it is asked again only after long, or
# soon where the other zone said no.
ROUND, AGAIN, SOON = 50, timedelta(hours=24), timedelta(minutes=10)


def anchor(*, at: datetime) -> None:
    """Timestamp the trail's latest checkpoint, unless it has been, and want the second authority's token over it."""
    latest = trail.checkpoint()
    if latest is None or latest.timestamped:
        return
    token = sealing.timestamp(_digest(latest.note))
    trail.attach_timestamp(size=latest.size, token=token)
    if seconds.address() or seconds.by_zone():
        trail.want_second(size=latest.size, at=at)


def ask_second(*, at: datetime) -> int:
    """Ask the second authority for what is wanted of it, the newest first; return how many tokens came at once."""
    if seconds.address():
        settings = config.settings()
        return _ask_outside(authorities.HttpAuthority(seconds.address(), timeout=settings.second_tsa_timeout))
    if seconds.by_zone():
        _ask_zone(at)
    return 0


def _ask_outside(authority: authorities.Authority) -> int:
    """Ask one after the other; who gives none now will give none for the next one either."""
    made = 0
    for wanted in trail.wanted_seconds(most=ROUND):
        trail.note_second(size=wanted.size, at=timezone.now())
        try:
            token, stated = _stamped(authority, _digest(wanted.note))
            # As every later verification will, which also sees whether it is our own service by another name.
            found = seconds.judged(token, wanted.note.encode(), trail.first_token(size=wanted.size))
            if found.problem:
                raise signing.Wrong(found.problem)
        except (authorities.Away, signing.Malformed, signing.Wrong, chains.Untrusted, kernel.BadSetting) as error:
            trail.note_second(size=wanted.size, at=timezone.now(), problem=str(error))
            break
        _keep(wanted, token, authority=stated.authority, at=stated.at)
        made += 1
    return made


def _stamped(authority: authorities.Authority, digest: bytes) -> tuple[bytes, outside.Stated]:
    settings, nonce = config.settings(), secrets.randbits(63)
    trusted = seconds.trusted()
    response = authority.ask(timestamps.request(digest, nonce=nonce))
    return outside.judge(
        response,
        digest=digest,
        nonce=nonce,
        policies=settings.policies,
        trusted=trusted,
        at=timezone.now(),
        tolerance=timedelta(seconds=settings.second_tsa_tolerance),
    )


def _ask_zone(at: datetime) -> None:
    for wanted in trail.wanted_seconds(most=ROUND):
        waits = SOON if wanted.problem else AGAIN
        if wanted.asked_at is None or wanted.asked_at + waits <= at:
            events.publish(
                AnchorWanted(zone=zone.current(), size=wanted.size, digest=_digest(wanted.note).hex()),
            )
            trail.note_second(size=wanted.size, at=at)


def answer(*, wanted_by: str, size: int, digest: str) -> None:
    """Stamp the digest of another zone's checkpoint and send the token back, or say why there is none."""
    if wanted_by == zone.current():
        return
    token, problem = b"", ""
    try:
        content = bytes.fromhex(digest)
        if len(content) != hashlib.sha256().digest_size:
            raise ValueError(digest)
        token = sealing.timestamp(content)
    except ValueError:
        problem = "no SHA-256 digest"
    except timestamping.TimeDoubtful as refusal:
        problem = refusal.code
    events.publish(
        AnchorMade(zone=wanted_by, size=size, token=base64.b64encode(token).decode(), problem=problem),
    )


def receive(*, wanted_by: str, size: int, token: str, problem: str, by: str, at: datetime) -> None:
    """Judge and keep the token that the other zone made over our checkpoint of `size`."""
    wanted = trail.wanted_second(size=size) if wanted_by == zone.current() and by != zone.current() else None
    if wanted is None:
        return
    try:
        content = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if problem or not content:
        said = str(timestamping.TimeDoubtful.message) if problem == timestamping.TimeDoubtful.code else problem
        trail.note_second(size=size, at=at, problem=said or "no token")
        return
    first = trail.first_token(size=size)
    found = seconds.judged(content, wanted.note.encode(), first)
    if found.at is not None and not seconds.time_fits(found.at, made_at=wanted.made_at, now=at):
        found = trail.Stamp("", None, seconds.OTHER_TIME)
    if found.problem or found.at is None:
        trail.note_second(size=size, at=at, problem=str(found.problem))
        trail.record(
            action="pki.second-timestamp.attach",
            actor_id=f"zone:{by}",
            actor_name=by,
            outcome="pki.bad-timestamp",
            subjects=(f"checkpoint:{size}",),
            detail={"why": str(found.problem)},
        )
        return
    _keep(wanted, content, authority=found.authority, at=found.at)


def _keep(wanted: trail.Wanted, token: bytes, *, authority: str, at: datetime) -> None:
    trail.attach_second(size=wanted.size, token=token, authority=authority, stamped_at=at)


def _digest(note: str) -> bytes:
    return hashlib.sha256(note.encode()).digest()
