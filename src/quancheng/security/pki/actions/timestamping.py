"""The timestamp service: makes tokens as long as this machine's time can be believed."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import config
from quancheng.security.pki.actions import setup
from quancheng.security.pki.adapters import clocks
from quancheng.security.pki.engine import timestamps
from quancheng.security.pki.rules import MARK_EVERY, Baseline, Doubt, Reading, State, doubts
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

# How long a comparison with the sources counts, and how long the certificate and the shared state are not looked at.
ASK_EVERY, GLANCE = 30.0, 1.0


class TimeDoubtful(Refusal):
    """This machine's time cannot be believed at the moment, so nothing is timestamped."""

    code = "pki.time-doubtful"
    message = _("Nothing can be timestamped now: the clock of this machine is in doubt.")
    status = 503


@dataclass(frozen=True, slots=True)
class ClockView:
    """What is known about the clock. `good` is whether tokens are made; `doubts` say why not."""

    good: bool
    doubts: tuple[Doubt, ...]
    readings: tuple[Reading, ...]
    tolerance: float
    last_token: datetime | None
    stepped_at: datetime | None
    accepted_by: str
    accepted_at: datetime | None


def _now() -> Baseline:
    """Return both clocks. CLOCK_BOOTTIME counts on while the machine sleeps and is never set."""
    return Baseline(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME))


class Clock:
    """The gate in front of the tokens of one site: two clocks, and the state that all processes share."""

    def __init__(self, folder: Path, *, sources: tuple[clocks.Source, ...], tolerance: float, now=_now) -> None:
        self._file, self._sources, self._tolerance, self._now = folder / "clock.json", sources, tolerance, now
        self._baseline, self._lock, self._state = now(), Lock(), State()
        self._glanced = float("-inf")

    def check(self) -> tuple[Doubt, ...]:
        """Return why time is doubtful now. Tokens are made right after it returns nothing."""
        now = self._now()
        if self._stepped(now) or now.count - self._glanced >= GLANCE or self._due(now) or self._beyond(now):
            with self._lock:
                self._look(now)
        return doubts(self._state, now=now.wall, sources=len(self._sources), tolerance=self._tolerance)

    def accept(self, who: str) -> None:
        """Let somebody say that the clock is right as it is now: after a step, or ahead of which tokens were made."""
        now = self._now()
        with self._lock, self._shared() as state:
            state.stepped, state.mark = 0.0, 0.0
            state.accepted_by, state.accepted_at = who, now.wall
            self._baseline = now

    def view(self) -> ClockView:
        """Return what is known."""
        found, state = self.check(), self._state
        return ClockView(
            good=not found,
            doubts=found,
            readings=tuple(state.readings),
            tolerance=self._tolerance,
            last_token=_moment(state.mark),
            stepped_at=_moment(state.stepped_at),
            accepted_by=state.accepted_by,
            accepted_at=_moment(state.accepted_at),
        )

    def _stepped(self, now: Baseline) -> bool:
        return abs(self._baseline.step(now)) > self._tolerance

    def _due(self, now: Baseline) -> bool:
        asked = [item.at for item in self._state.readings]
        return bool(self._sources) and (not asked or abs(now.wall - min(asked)) > ASK_EVERY)

    def _beyond(self, now: Baseline) -> bool:
        return now.wall > self._state.mark

    def _look(self, now: Baseline) -> None:
        """Bring the shared state up to date: a step seen here, fresh readings, the mark ahead of the next tokens."""
        with self._shared() as state:
            self._state = state
            if self._stepped(now):
                state.stepped, state.stepped_at = self._baseline.step(now), now.wall
                self._baseline = now
                state.readings = []
            if self._due(now):
                state.readings = [source.read() for source in self._sources]
            found = doubts(state, now=now.wall, sources=len(self._sources), tolerance=self._tolerance)
            if not found and self._beyond(now):
                state.mark = now.wall + MARK_EVERY
            if not found:
                state.stepped = 0.0
            news, state.told = bool(found) != state.told, bool(found)
        self._glanced = now.count
        if news:
            self._tell(found)

    def _tell(self, found: tuple[Doubt, ...]) -> None:
        """Enter in the trail that the time is in doubt, or no longer."""
        trail.record(
            action="pki.clock.doubt" if found else "pki.clock.trust",
            actor_id="service:pki",
            actor_name="pki",
            subjects=("clock:timestamp",),
            detail={"doubts": [f"{item.kind} {item.seconds:.3f} {item.source}".strip() for item in found]},
        )

    @contextmanager
    def _shared(self) -> Iterator[State]:
        """Hold the shared state alone; what was changed is on the disk before anybody goes on."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            state = self._load()
            before = state.to_json()
            yield state
            if state.to_json() != before:
                draft = self._file.with_suffix(".new")
                with draft.open("w") as file:
                    json.dump(state.to_json(), file)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(self._file)
            self._state = state

    def _load(self) -> State:
        try:
            return State.from_json(json.loads(self._file.read_text()))
        except FileNotFoundError:
            return State()
        except (ValueError, KeyError, TypeError, OSError):
            # What was remembered is lost, so nobody knows whether the clock went back: somebody must look.
            return State(stepped=0.001, stepped_at=self._now().wall)


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


@lru_cache(maxsize=4)
def _clock(folder: Path, names: str, tolerance: float) -> Clock:
    return Clock(folder, sources=clocks.sources(names), tolerance=tolerance)


def clock() -> Clock:
    """Return the gate of this site."""
    settings = config.settings()
    return _clock(config.folder(), settings.clock_sources, settings.clock_tolerance)


def clock_view() -> ClockView:
    """Return what is known about this site's clock."""
    return clock().view()


@pmi.action("pki.clock.accept", scope=lambda **_wishes: pmi.Target(subjects=("clock:timestamp",)))
def accept_clock(*, actor: pmi.Actor) -> None:
    """Say that the clock is right as it is now, after somebody set it: tokens are made again.

    What reference sources say is not overruled.
    """
    clock().accept(actor.name)


class Service:
    """Answers requests with one certificate."""

    def __init__(self, responder: timestamps.Responder, gate: Clock) -> None:
        self._responder, self._gate = responder, gate

    def answer(self, request: bytes) -> bytes:
        """Return the response (DER): a token, or a rejection that says why."""
        if self._gate.check():
            return timestamps.refusal(timestamps.Refused("time_not_available", "the clock of this service is in doubt"))
        return self._responder.answer(request, at=timezone.now())

    def insist(self, request: bytes) -> bytes:
        """Return the response (DER) to a request of our own. :raises TimeDoubtful: when there is none."""
        if self._gate.check():
            raise TimeDoubtful
        return self._responder.answer(request, at=timezone.now())


_held: dict[Path, tuple[float, Service]] = {}


def service() -> Service:
    """Return the timestamp service of this site; its certificate is looked at once a second, not for each token."""
    folder, moment = config.folder(), time.monotonic()
    until, held = _held.get(folder, (moment, None))
    if held is None or moment >= until:
        held = Service(_responder(folder, setup.timestamp_signer().holder.serial), clock())
        _held.clear()
        _held[folder] = moment + GLANCE, held
    return held


@lru_cache(maxsize=2)
def _responder(_folder: Path, _serial: str) -> timestamps.Responder:
    return timestamps.Responder(setup.timestamp_signer(), arc=config.settings().arc)
