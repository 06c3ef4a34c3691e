"""Two sites in one test: each has its own folders; the books tell the directions apart, so one database serves both."""

import hashlib
import hmac
import io
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from quancheng.zones.gateway.engine import faults, ferry, spool
from quancheng.zones.gateway.engine.bundle import Bundle, Enclosure, Letter
from quancheng.zones.gateway.engine.office import Office
from quancheng.zones.gateway.models import Alarm

START = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
TAKEN = "testing.taken"
KEYS = {"extranet": b"spring", "intranet": b"stone"}


def sign_as(zone: str):
    """Sign with a shared-secret stand-in: the gateway only ever sees the two callables."""
    return lambda payload: "sig." + hmac.new(KEYS[zone], payload, "sha256").hexdigest()


def verify(payload: bytes, signature: str, sender: str) -> None:
    if not hmac.compare_digest(signature.encode(), sign_as(sender)(payload).encode()):
        raise faults.ForgedBundle(sender)


def letter(text: str) -> Letter:
    return Letter(id=f"m-{text}", body=f'{{"text":"{text}"}}'.encode(), signature=f"by-office.{text}")


def enclosure(content: bytes) -> Enclosure:
    return Enclosure(hashlib.sha256(content).hexdigest(), len(content), lambda: io.BytesIO(content))


class Clerk:
    """A desk that remembers what it took over, as a table would."""

    def __init__(self, zone: str) -> None:
        self.zone, self.files, self.refusals = zone, {}, []
        self.trips_over: Exception | None = None

    @property
    def taken(self) -> list[str]:
        """What was taken over, in order: rows, so that a rollback takes them back."""
        rows = Alarm.objects.filter(zone=self.zone, code=TAKEN).order_by("pk")
        return [row.detail.removeprefix("m-") for row in rows]

    def sign(self, payload: bytes) -> str:
        return sign_as(self.zone)(payload)

    def verify(self, payload: bytes, signature: str, sender: str) -> None:
        verify(payload, signature, sender)

    def prepare(self, bundle: Bundle) -> None:
        for entry in bundle.manifest.files:
            with bundle.open(entry.sha256) as stream:
                self.files[entry.sha256] = stream.read()

    def unpack(self, bundle: Bundle) -> None:
        if self.trips_over:
            raise self.trips_over
        for item in bundle.letters():
            Alarm.objects.create(zone=self.zone, code=TAKEN, detail=item.id, raised_at=START, closed_at=START)

    def refused(self, item) -> None:
        self.refusals.append(item.fault)


class World:
    """Extranet, intranet, the ferry between them, and a clock that only moves when told."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.clerks = {zone: Clerk(zone) for zone in KEYS}
        self.extranet = self._office("extranet", "intranet", folder)
        self.intranet = self._office("intranet", "extranet", folder)

    def _office(self, here: str, peer: str, folder: Path) -> Office:
        return Office(here=here, peer=peer, spool=spool.at(folder / here), desk=self.clerks[here])

    def send(self, *texts: str, to: str = "intranet", files: tuple[bytes, ...] = ()):
        office = self.extranet if to == "intranet" else self.intranet
        return office.pack(
            at=self.now, letters=[letter(text) for text in texts], enclosures=[enclosure(content) for content in files]
        )

    def ferry(self) -> list[str]:
        sites = [ferry.Site(office.spool.out, office.spool.incoming) for office in (self.extranet, self.intranet)]
        return ferry.cross(*sites)

    def turn(self, *, seconds: float = 0, ferried: bool = True) -> None:
        """Let both sites work once: receive, answer if they must, send again what is due."""
        self.now += timedelta(seconds=seconds)
        for office in (self.extranet, self.intranet):
            if ferried:
                self.ferry()
            office.receive(self.now)
            office.send_again(self.now)
            if office.must_answer(self.now):
                office.pack(at=self.now)

    def settle(self, turns: int = 12, seconds: float = 40) -> None:
        for _ in range(turns):
            self.turn(seconds=seconds)

    def arrivals(self, at: str = "intranet") -> list[Path]:
        return list((self.intranet if at == "intranet" else self.extranet).spool.arrivals())


def copy(source: Path, target: Path) -> Path:
    return Path(shutil.copy(source, target))
