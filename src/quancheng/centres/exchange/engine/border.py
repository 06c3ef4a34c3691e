"""The exchange at the border: signs and packs what must cross, checks and takes over what arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from quancheng.kernel import zone
from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import public as trail
from quancheng.support.documents import public as documents
from quancheng.zones.gateway import public as gateway

from .. import rules
from ..config import config
from ..models import Message
from . import routes, seals, transport

# The trails of the zones tell each other how far they are. Entering those crossings would make the trails grow, which
# would make them tell each other again, without end; the gateway's books still show them.
UNRECORDED = "trail."


@dataclass(frozen=True, slots=True)
class Opened:
    """A message of a bundle after its signature was checked."""

    envelope: rules.Envelope
    body: str
    signature: str


class ExchangeDesk:
    """What the gateway asks of the exchange (`gateway.Desk`)."""

    def __init__(self) -> None:
        self._opened: dict[str, list[Opened]] = {}

    def sign(self, payload: bytes) -> str:
        return seals.sign_as_zone(payload)

    def verify(self, payload: bytes, signature: str, sender: str) -> None:
        try:
            seals.verify_zone(payload, signature, sender)
        except (Refusal, ValueError) as refusal:
            raise gateway.ForgedBundle(f"{sender}: {refusal}"[:300]) from refusal

    def prepare(self, bundle: gateway.Bundle) -> None:
        """Check every message before storing the first file. :raises BrokenMessage: naming message and reason."""
        opened = [_open(letter, bundle) for letter in bundle.letters()]
        names = {digest: name for item in opened for digest, name in item.envelope.files.items()}
        for entry in bundle.manifest.files:
            if entry.sha256 not in names:
                raise gateway.BrokenMessage(f"file {entry.sha256}: no message names it")
            _keep(bundle, entry.sha256, names[entry.sha256])
        for digest in names:
            if not documents.exists(digest):
                raise gateway.BrokenMessage(f"file {digest}: neither enclosed nor known")
        self._opened[bundle.digest] = opened

    def unpack(self, bundle: gateway.Bundle) -> None:
        opened = self._opened.pop(bundle.digest)
        for item in opened:
            transport.store(item.envelope, body=item.body, signature=item.signature, bundle=bundle.manifest.sequence)
        page = bundle.manifest
        record("exchange.bundle.apply", page.sender, page.sequence, bundle.digest, [item.envelope for item in opened])

    def refused(self, item: gateway.Quarantined) -> None:
        trail.record(
            action="exchange.bundle.apply",
            actor_id="service:exchange",
            actor_name="exchange",
            outcome=item.fault,
            subjects=(f"bundle:{item.file}",),
            detail={"digest": item.digest, "detail": item.detail},
        )


def _open(letter: gateway.Letter, bundle: gateway.Bundle) -> Opened:
    try:
        body = letter.body.decode()
        envelope = rules.decode(body)
        seals.verify_message(letter.body, letter.signature, envelope.organisation)
    except (Refusal, ValueError) as fault:
        raise gateway.BrokenMessage(f"{letter.id}: {fault}"[:300]) from fault
    if envelope.id != letter.id:
        raise gateway.BrokenMessage(f"{letter.id}: id")
    if envelope.zone != bundle.manifest.sender:
        raise gateway.BrokenMessage(f"{letter.id}: source")
    if routes.topic(envelope.topic).destination(envelope.zone) != bundle.manifest.receiver:
        raise gateway.BrokenMessage(f"{letter.id}: {envelope.topic} does not cross here")
    return Opened(envelope, body, letter.signature)


def _keep(bundle: gateway.Bundle, digest: str, name: str) -> None:
    """Store an enclosed file. The other zone's word on its type is not taken: the same checks run as at an upload."""
    if documents.exists(digest):
        return
    try:
        with bundle.open(digest) as stream:
            kept = documents.keep(stream, name=name, actor="service:exchange", limit=config.bundle_size * 1024 * 1024)
    except Refusal as refusal:
        raise gateway.BrokenMessage(f"file {digest}: {refusal.code}") from refusal
    if kept.digest != digest:
        raise gateway.TamperedBundle(f"files/{digest}")


def record(action: str, peer: str, sequence: int, digest: str, messages: Sequence[rules.Envelope | Message]) -> None:
    """Enter a crossing in the trail, once for the bundle with all its messages."""
    told = [item for item in messages if not item.topic.startswith(UNRECORDED)]
    if not told:
        return
    numbers = [item.message_id if isinstance(item, Message) else item.id for item in told]
    trail.record(
        action=action,
        actor_id="service:exchange",
        actor_name="exchange",
        subjects=(f"bundle:{peer}:{sequence}", *(f"message:{number}" for number in numbers)),
        organisation="",
        detail={"digest": digest, "topics": sorted({item.topic for item in told})},
    )


def sign_pending() -> int:
    """Sign the messages announced here that have no signature yet; return how many.

    Messages of an organisation without a seal are held back until it has one; the others go on.
    """
    unsigned = Message.objects.filter(signature="", zone=zone.current())
    count = 0
    for organisation in sorted(set(unsigned.values_list("organisation", flat=True))):
        sign = seals.signer_of(organisation)
        mine = unsigned.filter(organisation=organisation)
        if sign is None:
            mine.filter(hold="").update(hold=f"no seal: {organisation}")
            continue
        for row in mine.order_by("pk")[: config.batch]:
            # Two workers may sign the same text; the first signature stays, because it may be on its way already.
            count += Message.objects.filter(pk=row.pk, signature="").update(signature=sign(row.body.encode()), hold="")
    return count


def pack_pending(office: gateway.Office, at: datetime) -> int:
    """Write one bundle if a message waits or an answer is due; return how many messages it took."""
    rows = list(
        Message.objects.filter(bundle=None, zone=office.here, to_zone=office.peer)
        .exclude(signature="")
        .order_by("pk")[: config.bundle_messages]
    )
    chosen, files = _choose(rows)
    if not chosen and not office.must_answer(at):
        return 0

    def booked(bundle: gateway.OutgoingBundle) -> None:
        taken = Message.objects.filter(pk__in=[row.pk for row in chosen], bundle=None).update(
            bundle=bundle.sequence, packed_at=at, hold=""
        )
        if taken != len(chosen):
            raise gateway.Overtaken
        record("exchange.bundle.send", office.peer, bundle.sequence, bundle.digest, chosen)

    office.pack(
        at=at,
        letters=[gateway.Letter(row.message_id, row.body.encode(), row.signature) for row in chosen],
        enclosures=list(files.values()),
        booked=booked,
    )
    return len(chosen)


def _choose(rows: Sequence[Message]) -> tuple[list[Message], dict[str, gateway.Enclosure]]:
    """Take messages in order as far as they fit. One whose file is missing is held back, and with it only its key."""
    chosen: list[Message] = []
    files: dict[str, gateway.Enclosure] = {}
    held: set[str] = set()
    largest = room = config.bundle_size * 1024 * 1024
    for row in rows:
        if row.key and row.key in held:
            continue
        fresh = [digest for digest in row.files if digest not in files]
        lacking = [digest for digest in fresh if not documents.exists(digest)]
        sizes = {} if lacking else {digest: documents.info(digest).size for digest in fresh}
        if lacking or sum(sizes.values()) > largest:
            held.add(row.key)
            reason = f"file missing: {lacking[0]}" if lacking else "files too large"
            Message.objects.filter(pk=row.pk, hold="").update(hold=reason)
            continue
        if sum(sizes.values()) > room:
            break
        room -= sum(sizes.values())
        chosen.append(row)
        files |= {digest: _enclosure(digest, size) for digest, size in sizes.items()}
    return chosen, files


def _enclosure(digest: str, size: int) -> gateway.Enclosure:
    return gateway.Enclosure(digest, size, lambda: documents.open(digest))


def cross(at: datetime | None = None) -> int:
    """Make one round at the border: take in what arrived, send what waits, repeat what is overdue."""
    if zone.other() is None:
        return 0
    at = at or timezone.now()
    office = gateway.office(ExchangeDesk())
    done = len(office.receive(at)) + office.send_again(at)
    return done + pack_pending(office, at)
