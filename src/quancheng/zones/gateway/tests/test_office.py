"""Two border offices and a ferry: order, repetition, refusal, and no loss whatever fails."""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.zones.gateway.engine import bundle, faults, office
from quancheng.zones.gateway.models import Alarm, IncomingBundle, OutgoingBundle, Quarantined, Wanted
from quancheng.zones.gateway.tests.world import World, copy, letter, sign_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


class TestCrossing:
    def test_brings_messages_and_files_over_in_order(self, world):
        world.send("one", "two", files=(b"lease",))
        world.send("three")

        world.turn()

        assert world.clerks["intranet"].taken == ["one", "two", "three"]
        assert list(world.clerks["intranet"].files.values()) == [b"lease"]

    def test_is_confirmed_by_the_reverse_bundle_and_then_falls_silent(self, world):
        world.send("one")

        world.settle()

        assert not OutgoingBundle.objects.filter(receiver="intranet", acknowledged_at=None).exists()
        assert OutgoingBundle.objects.count() == 2

    def test_does_not_wait_for_the_confirmation_to_send_the_next(self, world):
        world.send("one")
        world.send("two")

        assert len(world.ferry()) == 2


class TestOrder:
    def test_holds_back_what_comes_too_early_and_asks_for_the_missing_one(self, world):
        world.send("one")
        world.send("two")
        lost = world.extranet.spool.out / "extranet-intranet-00000001.qcb"
        lost.unlink()

        world.turn()
        assert world.clerks["intranet"].taken == []
        assert list(Wanted.objects.values_list("sequence", flat=True)) == [1]

        world.turn()
        world.turn()
        assert world.clerks["intranet"].taken == ["one", "two"]
        assert not Wanted.objects.exists()

    def test_applies_in_sequence_however_the_files_arrive(self, world):
        for text in ("one", "two", "three"):
            world.send(text)
        waiting = sorted(world.extranet.spool.out.iterdir())
        for file in reversed(waiting):
            copy(file, world.intranet.spool.incoming)
            file.unlink()
            world.intranet.receive(world.now)

        assert world.clerks["intranet"].taken == ["one", "two", "three"]

    def test_repeats_an_unconfirmed_bundle_as_the_same_file(self, world):
        world.send("one")
        first = (world.extranet.spool.out / "extranet-intranet-00000001.qcb").read_bytes()
        (world.extranet.spool.out / "extranet-intranet-00000001.qcb").unlink()
        world.now += timedelta(seconds=31)

        assert world.extranet.send_again(world.now) == 1

        assert (world.extranet.spool.out / "extranet-intranet-00000001.qcb").read_bytes() == first

    def test_refuses_a_bundle_that_does_not_follow_the_one_before(self, world):
        world.send("one")
        world.turn()
        written = bundle.write(
            world.extranet.spool.sent, sender="extranet", receiver="intranet", sequence=2, previous="f" * 64,
            created_at=world.now, sign=sign_as("extranet"), letters=[letter("two")],
        )  # fmt: skip
        bundle.publish(written.path, world.intranet.spool.incoming / "extranet-intranet-00000002.qcb")

        world.intranet.receive(world.now)

        assert world.clerks["intranet"].taken == ["one"]
        assert Quarantined.objects.get().fault == faults.BrokenChain.code


class TestReplay:
    def test_of_the_same_file_is_confirmed_again_and_changes_nothing(self, world):
        world.send("one")
        world.turn()
        world.settle()
        copy(world.extranet.spool.sent / "extranet-intranet-00000001.qcb", world.intranet.spool.incoming)

        world.intranet.receive(world.now)

        assert world.clerks["intranet"].taken == ["one"]
        assert world.intranet.must_answer(world.now)
        assert not Quarantined.objects.exists()

    def test_of_a_number_with_other_content_is_refused_with_an_alarm(self, world):
        world.send("one")
        world.turn()
        written = bundle.write(
            world.extranet.spool.sent, sender="extranet", receiver="intranet", sequence=1, previous="",
            created_at=world.now, sign=sign_as("extranet"), letters=[letter("other")],
        )  # fmt: skip
        bundle.publish(written.path, world.intranet.spool.incoming / "extranet-intranet-00000001.qcb")

        world.intranet.receive(world.now)

        assert world.clerks["intranet"].taken == ["one"]
        assert Alarm.objects.get(closed_at=None).code == faults.ReplayedBundle.code


class TestQuarantine:
    @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(place=st.floats(0, 0.999), change=st.integers(1, 255))
    def test_takes_a_changed_bundle_and_nothing_of_it_applies(self, world, place, change):
        before = len(world.clerks["intranet"].taken)
        world.send("one", "two", files=(b"lease",))
        world.ferry()
        (file,) = world.arrivals()
        content = bytearray(file.read_bytes())
        content[int(place * len(content))] ^= change
        file.write_bytes(content)

        world.intranet.receive(world.now)

        assert len(world.clerks["intranet"].taken) == before
        assert world.arrivals() == []
        world.settle(turns=4)
        assert len(world.clerks["intranet"].taken) == before + 2

    def test_raises_one_alarm_and_tells_the_desk(self, world):
        world.send("one")
        world.ferry()
        (file,) = world.arrivals()
        file.write_bytes(file.read_bytes()[:-9])

        world.intranet.receive(world.now)

        assert Alarm.objects.get(closed_at=None).code == faults.TruncatedBundle.code
        assert world.clerks["intranet"].refusals == [faults.TruncatedBundle.code]
        assert [item.name for item in world.intranet.spool.quarantine.iterdir()] == [Quarantined.objects.get().kept_as]

    def test_takes_files_that_are_no_bundles(self, world):
        (world.intranet.spool.incoming / "virus.exe").write_bytes(b"MZ")

        world.intranet.receive(world.now)

        assert Quarantined.objects.get().fault == faults.MisnamedBundle.code

    def test_never_follows_links_or_waits_at_pipes(self, world, tmp_path):
        (tmp_path / "secret").write_bytes(b"elsewhere")
        (world.intranet.spool.incoming / "extranet-intranet-00000001.qcb").symlink_to(tmp_path / "secret")
        os.mkfifo(world.intranet.spool.incoming / "extranet-intranet-00000002.qcb")

        assert world.intranet.receive(world.now).refused == []

    def test_takes_a_bundle_whose_messages_the_desk_refuses(self, world):
        world.clerks["intranet"].trips_over = faults.BrokenMessage("m-one")
        world.send("one")

        world.turn()

        assert not IncomingBundle.objects.filter(sender="extranet", applied_at__isnull=False).exists()
        assert Quarantined.objects.get().fault == faults.BrokenMessage.code

    def test_lets_a_file_be_examined_again_once_the_cause_is_gone(self, world):
        world.clerks["intranet"].trips_over = faults.BrokenMessage("m-one")
        world.send("one")
        world.turn()
        world.clerks["intranet"].trips_over = None

        world.intranet.try_again(Quarantined.objects.get())
        world.intranet.receive(world.now)

        assert world.clerks["intranet"].taken == ["one"]


class Killed(BaseException):
    """Stands for kill -9: nothing in the code under test may catch it."""


STAGES = ("write", "publish", "spool.place", "spool.move", "prepare", "unpack", "settle", "ferry")


class TestKill:
    @settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(kills=st.lists(st.tuples(st.sampled_from(STAGES), st.booleans()), max_size=8))
    def test_anywhere_loses_nothing_and_doubles_nothing(self, tmp_path_factory, kills):
        OutgoingBundle.objects.all().delete()
        IncomingBundle.objects.all().delete()
        Wanted.objects.all().delete()
        Alarm.objects.all().delete()
        world = World(tmp_path_factory.mktemp("world"))
        outbox = [f"n{number}" for number in range(len(kills) + 1)]
        pending = list(outbox)

        for stage, is_after in [*kills, ("", False)]:
            with pytest.MonkeyPatch.context() as patch:
                _arm(patch, stage, is_after)
                try:
                    if pending and not _is_booked(world, pending[0]):
                        world.send(pending[0])
                    world.turn(seconds=40)
                except Killed:
                    pass
            while pending and _is_booked(world, pending[0]):
                pending.pop(0)
        for text in pending:
            world.send(text)
        world.settle(turns=14)

        received = world.clerks["intranet"].taken
        assert received == [text for text in outbox if text in received]
        assert sorted(received) == sorted(outbox)
        assert not Quarantined.objects.exists()


def _is_booked(world: World, text: str) -> bool:
    """Tell whether the transaction that sends this message was committed: the books know how many were."""
    return OutgoingBundle.objects.filter(receiver="intranet", messages=1).count() > int(text[1:])


def _arm(patch: pytest.MonkeyPatch, stage: str, is_after: bool) -> None:
    """Make the next pass of one stage die, before or after it did its work."""
    from quancheng.zones.gateway.engine import ferry, spool
    from quancheng.zones.gateway.tests.world import Clerk

    places = {
        "write": (office, "write"), "publish": (office, "publish"), "spool.place": (spool, "place"),
        "spool.move": (office, "move"), "prepare": (Clerk, "prepare"), "unpack": (Clerk, "unpack"),
        "settle": (office.Office, "_settle"), "ferry": (ferry, "place"),
    }  # fmt: skip
    if stage not in places:
        return
    owner, name = places[stage]
    honest = getattr(owner, name)

    def dying(*arguments, **wishes):
        if is_after:
            honest(*arguments, **wishes)
        raise Killed

    patch.setattr(owner, name, dying)
