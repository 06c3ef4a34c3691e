"""The border office of one site: keeps the books of both directions and decides over every file that arrives.

It knows neither keys nor messages: the exchange hands in a `Desk` that signs, verifies and unpacks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal

from ..config import config
from ..models import Alarm, IncomingBundle, OutgoingBundle, Quarantined, Wanted
from ..rules import Address, Step, address, is_due_again, judge, missing
from . import faults
from .bundle import Bundle, Enclosure, Letter, Written, publish, read, write
from .manifest import Limits
from .spool import Spool, digest, move


class Desk(Protocol):
    """What the office cannot do itself because it stands below the security layer."""

    def sign(self, payload: bytes) -> str:
        """Return the own zone's detached signature."""

    def verify(self, payload: bytes, signature: str, sender: str) -> None:
        """Check a zone's signature. :raises ForgedBundle: if it is not that zone's."""

    def prepare(self, bundle: Bundle) -> None:
        """Check the messages and store the files, before the transaction: large files must not hold its lock.

        Called again after a kill, so storing twice must do no harm.
        :raises BundleFault: to refuse the whole bundle; nothing of it is then applied.
        """

    def unpack(self, bundle: Bundle) -> None:
        """Take over the messages, inside the transaction that marks the bundle as applied."""

    def refused(self, item: Quarantined) -> None:
        """Hear of a refused file, inside the transaction that books it."""


@dataclass(slots=True)
class Round:
    """What one look into the incoming folder brought: sequences, and files refused."""

    applied: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.applied) + len(self.again) + len(self.refused)


class Overtaken(Refusal):
    """Another process wrote a bundle at the same moment; nothing was sent, the next round tries again."""

    code = "gateway.overtaken"
    message = _("Another process wrote a bundle at the same moment.")


class Office:
    """One site's end of the border between `here` and `peer`."""

    def __init__(self, *, here: str, peer: str, spool: Spool, desk: Desk) -> None:
        self.here, self.peer, self.spool, self.desk = here, peer, spool, desk
        self.limits = Limits(messages=config.bundle_messages, total_size=config.bundle_size * 1024 * 1024)
        self._sent = OutgoingBundle.objects.filter(receiver=peer)
        self._received = IncomingBundle.objects.filter(sender=peer)
        self._wanted = Wanted.objects.filter(sender=peer)

    # Sending

    def applied(self) -> int:
        """Return the highest sequence of the peer that is applied; there are no gaps below it."""
        return self._received.filter(applied_at__isnull=False).aggregate(top=Max("sequence"))["top"] or 0

    def must_answer(self, at: datetime) -> bool:
        """Test whether a bundle has to go out even without a message: to acknowledge, or to ask for a missing one."""
        return self._received.filter(is_acknowledgement_due=True).exists() or bool(self._requests(at))

    def _requests(self, at: datetime) -> list[int]:
        # Doubling pauses: asking for a file that is refused each time must not fill the border.
        return [
            item.sequence
            for item in self._wanted.all()
            if item.asked_at is None
            or at - item.asked_at >= timedelta(seconds=config.ask_again_after * 2 ** min(item.times, 10))
        ]

    def pack(
        self,
        *,
        at: datetime,
        letters: Sequence[Letter] = (),
        enclosures: Sequence[Enclosure] = (),
        booked: Callable[[OutgoingBundle], None] = lambda _row: None,
    ) -> OutgoingBundle:
        """Write the next bundle and put it into `out`. `booked` runs in the transaction that books the bundle.

        :raises Overtaken: if another process packed meanwhile. :raises OversizedBundle: naming the limit.
        """
        last = self._sent.order_by("-sequence").first()
        applied, requests = self.applied(), self._requests(at)[: self.limits.requests]
        written = write(
            self.spool.sent,
            sender=self.here,
            receiver=self.peer,
            sequence=last.sequence + 1 if last else 1,
            previous=last.digest if last else "",
            created_at=at,
            sign=self.desk.sign,
            letters=letters,
            enclosures=enclosures,
            acknowledges=applied,
            requests=requests,
            limits=self.limits,
        )
        try:
            with transaction.atomic():
                row = self._book(written, at)
                self._received.filter(sequence__lte=applied).update(is_acknowledgement_due=False)
                self._wanted.filter(sequence__in=requests).update(asked_at=at, times=F("times") + 1)
                booked(row)
                # Last in the transaction: the row above is the lock under which the name may be taken, and a file
                # whose row was lost with the process is simply written over by the next bundle of that number.
                publish(written.path, self.spool.sent / written.manifest.address.file_name())
        except IntegrityError as error:
            raise Overtaken(written.manifest.address.file_name()) from error
        finally:
            written.path.unlink(missing_ok=True)
        self._emit(row, at)
        return row

    def _book(self, written: Written, at: datetime) -> OutgoingBundle:
        page = written.manifest
        return OutgoingBundle.objects.create(
            receiver=self.peer,
            sequence=page.sequence,
            digest=written.digest,
            size=written.size,
            messages=len(page.messages),
            files=len(page.files),
            acknowledges=page.acknowledges,
            requests=list(page.requests),
            created_at=at,
        )

    def _emit(self, row: OutgoingBundle, at: datetime) -> bool:
        name = Address(self.here, self.peer, row.sequence).file_name()
        try:
            if not self.spool.emit(name) and row.sent_at:
                return False
        except FileNotFoundError:
            self._alarm(faults.KeptFileMissing.code, name, at)
            return False
        OutgoingBundle.objects.filter(pk=row.pk).update(sent_at=at, sendings=F("sendings") + 1)
        return True

    def send_again(self, at: datetime) -> int:
        """Put bundles into `out` that never got there, or that the peer has not confirmed in time; return how many."""
        count = 0
        for row in self._sent.filter(acknowledged_at=None).order_by("sequence")[:200]:
            has_content = bool(row.messages or row.files)
            if row.sent_at is None or is_due_again(
                sent_at=row.sent_at, has_content=has_content, now=at, after_seconds=config.send_again_after
            ):
                count += self._emit(row, at)
        return count

    # Receiving

    def receive(self, at: datetime) -> Round:
        """Look at every file that has arrived, in order, and apply what can be applied."""
        result = Round()
        for file in self.spool.arrivals():
            with suppress(FileNotFoundError):
                self._examine(file, at, result)
        self._note_missing(at)
        return result

    def _examine(self, file: Path, at: datetime, result: Round) -> None:
        named = address(file.name)
        is_known_ahead = (
            named is not None
            and named.sequence > self.applied() + 1
            and self._received.filter(sequence=named.sequence).exists()
        )
        if is_known_ahead and named is not None:
            result.waiting.append(named.sequence)
            return
        try:
            if named is None:
                raise faults.MisnamedBundle(file.name[:200])
            with read(file, here=self.here, peer=self.peer, verify=self.desk.verify, limits=self.limits) as bundle:
                self._decide(bundle, file, at, result)
        except faults.BundleFault as fault:
            self._set_aside(file, fault, at)
            result.refused.append(file.name)

    def _decide(self, bundle: Bundle, file: Path, at: datetime, result: Round) -> None:
        page, applied = bundle.manifest, self.applied()
        known = self._received.filter(sequence=page.sequence).first()
        step = judge(
            sequence=page.sequence,
            digest=bundle.digest,
            previous=page.previous,
            applied=applied,
            applied_digest=self._received.get(sequence=applied).digest if applied else "",
            known_digest=known.digest if known else None,
        )
        if step is Step.REPLAYED:
            raise faults.ReplayedBundle(f"{page.sequence}: {bundle.digest}")
        if step is Step.BROKEN_CHAIN:
            raise faults.BrokenChain(f"{page.sequence}: {page.previous or '-'}")
        if step is Step.ACKNOWLEDGE_AGAIN:
            self._received.filter(sequence=page.sequence).update(is_acknowledgement_due=page.has_content)
            self._settle(bundle, at)
            result.again.append(page.sequence)
        elif step is Step.WAIT:
            self._enter(bundle, file, at)
            self._settle(bundle, at)
            result.waiting.append(page.sequence)
            return
        else:
            self.desk.prepare(bundle)
            with transaction.atomic():
                self._enter(bundle, file, at)
                # The condition is the lock: of two processes only one turns the row, the other finds nothing to do.
                turned = self._received.filter(sequence=page.sequence, applied_at=None).update(
                    applied_at=at, is_acknowledgement_due=page.has_content
                )
                if turned:
                    self.desk.unpack(bundle)
                    self._settle(bundle, at)
                    self._wanted.filter(sequence=page.sequence).delete()
            result.applied.append(page.sequence)
        move(file, self.spool.received / file.name)

    def _enter(self, bundle: Bundle, file: Path, at: datetime) -> None:
        page = bundle.manifest
        IncomingBundle.objects.get_or_create(
            sender=self.peer,
            sequence=page.sequence,
            defaults={
                "digest": bundle.digest,
                "size": file.stat().st_size,
                "messages": len(page.messages),
                "files": len(page.files),
                "received_at": at,
            },
        )

    def _settle(self, bundle: Bundle, at: datetime) -> None:
        """Take the peer's confirmation and its wishes; both may be heard twice and out of turn without harm."""
        page = bundle.manifest
        sent = self._sent.aggregate(top=Max("sequence"))["top"] or 0
        if page.acknowledges > sent:
            self._alarm(faults.UnknownAcknowledgement.code, f"{page.acknowledges} > {sent}", at)
        self._sent.filter(sequence__lte=page.acknowledges, acknowledged_at=None).update(acknowledged_at=at)
        for row in self._sent.filter(sequence__in=page.requests).order_by("sequence"):
            self._emit(row, at)

    def _note_missing(self, at: datetime) -> None:
        applied = self.applied()
        lying = {found.sequence for file in self.spool.arrivals() if (found := address(file.name))}
        waiting = self._received.filter(applied_at=None, sequence__gt=applied).values_list("sequence", flat=True)
        refused = self._wanted.filter(is_refused=True).values_list("sequence", flat=True)
        wanted = missing(applied=applied, waiting=lying & set(waiting), refused=set(refused))
        for sequence in wanted:
            Wanted.objects.get_or_create(sender=self.peer, sequence=sequence, defaults={"since": at})
        self._wanted.filter(Q(sequence__lte=applied) | Q(sequence__in=lying)).delete()

    # Refusing

    def _set_aside(self, file: Path, fault: faults.BundleFault, at: datetime) -> None:
        """Book the refusal first and move the file afterwards: a kill between repeats both without doubling either."""
        content = digest(file)
        kept_as = f"{content[:16]}-{file.name}"[:255]
        with transaction.atomic():
            item, is_new = Quarantined.objects.get_or_create(
                zone=self.here,
                file=file.name[:255],
                digest=content,
                defaults={"kept_as": kept_as, "fault": fault.code, "detail": fault.detail[:300], "at": at},
            )
            if not is_new:
                item.times, item.at, item.fault, item.detail = item.times + 1, at, fault.code, fault.detail[:300]
                item.save(update_fields=["times", "at", "fault", "detail"])
            named = address(file.name)
            if named and (named.sender, named.sequence) == (self.peer, self.applied() + 1):
                Wanted.objects.update_or_create(
                    sender=self.peer,
                    sequence=named.sequence,
                    defaults={"is_refused": True},
                    create_defaults={"is_refused": True, "since": at},
                )
            if is_new:
                self._alarm(fault.code, f"{file.name}: {fault.detail}"[:400], at)
                self.desk.refused(item)
        move(file, self.spool.quarantine / kept_as)

    def _alarm(self, code: str, detail: str, at: datetime) -> None:
        Alarm.objects.get_or_create(
            zone=self.here, code=code, detail=detail, closed_at=None, defaults={"raised_at": at}
        )

    def try_again(self, item: Quarantined) -> None:
        """Put a quarantined file back to be examined anew, after its cause was removed.

        :raises FileNotFoundError: if the file is no longer kept.
        """
        move(self.spool.quarantine / item.kept_as, self.spool.incoming / item.file)

    def tidy(self, at: datetime) -> int:
        """Delete the kept files of bundles that both sides finished with long ago; the books stay."""
        border, count = at - timedelta(days=config.keep_days), 0
        kept = [
            (self.spool.sent, self._sent.filter(acknowledged_at__lt=border), (self.here, self.peer)),
            (self.spool.received, self._received.filter(applied_at__lt=border), (self.peer, self.here)),
        ]
        for folder, rows, (sender, receiver) in kept:
            for sequence in rows.values_list("sequence", flat=True):
                file = folder / Address(sender, receiver, sequence).file_name()
                if file.exists():
                    file.unlink()
                    count += 1
        return count
