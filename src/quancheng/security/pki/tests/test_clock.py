"""No token is made while the time is in doubt, and somebody is told why."""

import json
import socket
import struct
import threading
import time
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.security.pki import config
from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import timestamping
from quancheng.security.pki.adapters import clocks
from quancheng.security.pki.engine import timestamps
from quancheng.security.pki.rules import Baseline, Reading, State, doubts
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

NOW = 1_800_000_000.0
OFFICER = pmi.Actor(id="staff:1", name="管理员", kind="staff", grants=(pmi.Grant("pki.clock.accept"),))


class Machine:
    """A machine whose wall clock can be set."""

    def __init__(self):
        self.wall, self.count = NOW, 100.0

    def __call__(self):
        return Baseline(self.wall, self.count)

    def passes(self, seconds):
        self.wall += seconds
        self.count += seconds


class Said:
    """A source that says what it is told to."""

    name = "said"

    def __init__(self, machine):
        self.machine, self.offset, self.problem, self.asked = machine, 0.0, "", 0

    def read(self):
        self.asked += 1
        return Reading(self.name, self.machine.wall, self.offset, 0.01, self.problem)


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def gate(machine, tmp_path, db):
    return timestamping.Clock(tmp_path, sources=(), tolerance=1.0, now=machine)


@pytest.fixture
def source(machine):
    return Said(machine)


@pytest.fixture
def guarded(machine, source, tmp_path, db):
    return timestamping.Clock(tmp_path, sources=(source,), tolerance=1.0, now=machine)


def kinds(gate):
    return [item.kind for item in gate.check()]


class TestStep:
    @pytest.mark.parametrize("seconds", [5, -5, 3600, -86400])
    def test_of_the_clock_ends_the_tokens(self, gate, machine, seconds):
        assert kinds(gate) == []

        machine.wall += seconds

        assert "step" in kinds(gate)

    def test_is_not_what_time_does_by_itself(self, gate, machine):
        for _day in range(10):
            machine.passes(86400)
            assert kinds(gate) == []

    def test_within_the_tolerance_is_bearable(self, gate, machine):
        machine.wall += 0.5

        assert kinds(gate) == []

    def test_is_remembered_by_every_process(self, gate, machine, tmp_path):
        gate.check()
        machine.wall += 60
        gate.check()

        assert "step" in kinds(timestamping.Clock(tmp_path, sources=(), tolerance=1.0, now=machine))

    def test_is_accepted_by_somebody(self, gate, machine):
        gate.check()
        machine.wall += 60
        gate.check()

        gate.accept("管理员")

        assert kinds(gate) == []
        assert gate.view().accepted_by == "管理员"

    def test_is_forgiven_when_a_source_agrees_afterwards(self, guarded, machine, source):
        source.offset = -60.0
        assert kinds(guarded) == ["disagreement"]

        machine.wall += 60
        source.offset = 0.0

        assert kinds(guarded) == []


class TestBehind:
    def test_a_clock_that_went_back_while_nothing_ran_ends_the_tokens(self, gate, machine, tmp_path):
        gate.check()

        machine.wall -= 3600
        later = timestamping.Clock(tmp_path, sources=(), tolerance=1.0, now=machine)

        assert kinds(later) == ["behind"]

    def test_a_restart_alone_is_no_reason(self, gate, machine, tmp_path):
        gate.check()

        assert kinds(timestamping.Clock(tmp_path, sources=(), tolerance=1.0, now=machine)) == []

    @given(ahead=st.floats(0, 1e6), tolerance=st.floats(0.01, 5))
    def test_is_found_however_far_within_two_seconds_and_the_tolerance(self, ahead, tolerance):
        found = doubts(State(mark=NOW + 1.0), now=NOW - ahead, sources=0, tolerance=tolerance)

        # The mark stands at most one second ahead of the last token.
        assert bool(found) == (NOW - ahead < NOW - tolerance)

    def test_a_state_that_cannot_be_read_is_doubtful(self, gate, machine, tmp_path):
        gate.check()
        (tmp_path / "clock.json").write_text("{")

        assert kinds(timestamping.Clock(tmp_path, sources=(), tolerance=1.0, now=machine)) == ["step"]


class TestSources:
    def test_that_disagree_end_the_tokens(self, guarded, machine, source):
        source.offset = 1.5

        assert kinds(guarded) == ["disagreement"]

    def test_that_are_all_silent_end_the_tokens(self, guarded, source):
        source.problem = "does not answer"

        assert kinds(guarded) == ["silence"]

    def test_are_asked_again_after_a_while(self, guarded, machine, source):
        guarded.check()
        source.offset = 9.0
        assert kinds(guarded) == []

        machine.passes(timestamping.ASK_EVERY + 1)

        assert kinds(guarded) == ["disagreement"]
        assert source.asked == 2

    def test_are_not_overruled_by_somebody_s_word(self, guarded, source):
        source.offset = 9.0
        guarded.check()

        guarded.accept("管理员")

        assert kinds(guarded) == ["disagreement"]


class TestTrail:
    def test_hears_of_a_step_once_however_many_processes_see_it(self, machine, tmp_path, db):
        gates = [timestamping.Clock(tmp_path, sources=(), tolerance=1.0, now=machine) for _process in range(3)]
        machine.wall += 60
        for gate in gates * 2:
            gate.check()

        assert [item.action for item in trail.entries(subject="clock:timestamp").items] == ["pki.clock.doubt"]

    def test_hears_when_doubt_begins_and_ends(self, guarded, machine, source):
        guarded.check()
        for offset in (60.0, 0.0):
            source.offset = offset
            machine.passes(timestamping.ASK_EVERY + 1)
            guarded.check()

        found = [item.action for item in trail.entries(subject="clock:timestamp").items]
        assert found == ["pki.clock.trust", "pki.clock.doubt"]


class TestService:
    @pytest.fixture
    def doubtful(self, site, db, monkeypatch):
        """A site whose shared state remembers a step."""
        pki.timestamp(bytes(32))
        file = config.folder() / "clock.json"
        state = json.loads(file.read_text())
        file.write_text(json.dumps(state | {"stepped": 60.0, "stepped_at": time.time()}))
        timestamping._clock.cache_clear()
        timestamping._held.clear()
        yield
        timestamping._clock.cache_clear()

    def test_refuses_with_the_protocol_s_own_word(self, doubtful):
        with pytest.raises(timestamps.Refused) as refused:
            timestamps.token_of(pki.answer_timestamp_request(timestamps.request(bytes(32))))

        assert refused.value.failure == "time_not_available"

    def test_refuses_the_site_s_own_wishes(self, doubtful):
        with pytest.raises(pki.TimeDoubtful):
            pki.timestamp(bytes(32))

    def test_serves_again_when_an_officer_has_looked(self, doubtful):
        assert not pki.clock_view().good

        pki.accept_clock(actor=OFFICER)

        assert pki.timestamp(bytes(32))
        assert pki.clock_view().good

    def test_is_accepted_by_officers_only(self, doubtful):
        with pytest.raises(pmi.Forbidden):
            pki.accept_clock(actor=pmi.Actor(id="staff:2", name="其他人", kind="staff"))


@contextmanager
def ntp_server(answer):
    """A server on the loopback that answers one question with what `answer` makes of it."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))

    def serve():
        question, who = line.recvfrom(512)
        line.sendto(answer(question), who)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{line.getsockname()[1]}"
    thread.join(2)
    line.close()


def packet(question, *, off=0.0, leap=0, stratum=2):
    """Return what an NTP server whose clock is `off` seconds ahead of ours answers (RFC 5905 figure 8)."""
    moment = int((time.time() + off + 2_208_988_800) * 2**32)
    stamp = struct.pack("!II", moment >> 32, moment & 0xFFFFFFFF)
    head = struct.pack("!BBBb", leap << 6 | 4 << 3 | 4, stratum, 6, -20)
    return head + bytes(8) + b"LOCL" + bytes(8) + question[40:48] + stamp + stamp


class TestNtp:
    @pytest.mark.parametrize("off", [0.0, 7.0, -7.0])
    def test_says_how_far_our_clock_is_ahead(self, off):
        with ntp_server(lambda question: packet(question, off=off)) as address:
            reading = clocks.Ntp(address).read()

        assert not reading.problem
        assert abs(reading.offset + off) < 0.5

    @pytest.mark.parametrize(
        "answer",
        [
            lambda question: packet(question, leap=3),
            lambda question: packet(question, stratum=0),
            lambda question: packet(bytes(48)),
            lambda _question: b"x",
        ],
        ids=["without the time itself", "a kiss of death", "to another question", "nonsense"],
    )
    def test_that_cannot_be_believed_says_so(self, answer):
        with ntp_server(answer) as address:
            assert clocks.Ntp(address).read().problem

    def test_that_is_not_there_says_so(self):
        assert clocks.Ntp("127.0.0.1:9").read().problem


TRACKING = "A9FEA97B,time.example,3,1800000000.1,{correction},0.0001,0.0002,1.5,0.001,0.05,0.02,0.003,64.2,{leap}"


class TestChrony:
    def test_says_correction_and_bound(self):
        found = clocks.Chrony().judge(TRACKING.format(correction="0.25", leap="Normal"), NOW)

        assert (found.offset, round(found.bound, 6), found.problem) == (-0.25, 0.013, "")

    @pytest.mark.parametrize(
        "line", ["", "506 Cannot talk to daemon", TRACKING.format(correction="0", leap="Not synchronised")]
    )
    def test_without_the_time_says_so(self, line):
        assert clocks.Chrony().judge(line, NOW).problem


def test_the_kernel_answers_something():
    found = clocks.Kernel().read()

    assert found.problem or found.bound >= 0


def test_sources_are_chosen_by_name():
    assert [item.name for item in clocks.sources("kernel, chrony, ntp:10.0.0.1")] == [
        "kernel",
        "chrony",
        "ntp:10.0.0.1",
    ]
    with pytest.raises(ValueError, match="sundial"):
        clocks.sources("sundial")
