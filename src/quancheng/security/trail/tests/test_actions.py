"""Recording, integrating after any crash, witnessing."""

import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction

from quancheng.kernel import events
from quancheng.security.trail import actions, config, queries, rules, subscriptions
from quancheng.security.trail.engine import merkle, note
from quancheng.security.trail.models import Checkpoint, Entry, Log, WitnessedLog
from quancheng.security.trail.tests.factories import convinces

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class PowerCut(BaseException):
    """Ends a process in the middle of its work."""


@contextmanager
def power_for(count):
    """Let `count` more files, names and folders reach the disk, then cut the power."""
    left = [count]

    def guard(real):
        def run(*args, **wishes):
            if left[0] == 0:
                raise PowerCut
            left[0] -= 1
            return real(*args, **wishes)

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", guard(os.fsync))
        patch.setattr(Path, "replace", guard(Path.replace))
        yield


class TestRecord:
    def test_goes_with_the_caller_s_transaction(self, site, recorded):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            recorded(1)
            _ = 1 / 0

        assert not Entry.objects.exists()

    def test_keeps_what_is_personal_out_of_the_leaf(self, site, recorded):
        recorded(1, detail={"note": "秘密", "when": NOW})
        actions.integrate(at=NOW)

        leaf = Entry.objects.get().leaf
        assert "张三" not in leaf
        assert "秘密" not in leaf
        assert "citizen" not in leaf
        assert '"action":"hall.submission.lodge"' in leaf

    def test_two_equal_bodies_have_different_leaves(self, site, recorded):
        recorded(2, at=NOW, subjects=())
        actions.integrate(at=NOW)

        first, second = Entry.objects.order_by("id")
        assert queries.opened(first) == queries.opened(second)
        assert first.leaf != second.leaf


class TestIntegrate:
    def test_gives_entries_their_places_in_order_and_signs_the_tree(self, site, recorded):
        recorded(3)
        assert actions.integrate(at=NOW) == 3
        recorded(300)
        assert actions.integrate(at=NOW) == 300
        assert actions.integrate(at=NOW) == 0

        assert list(Entry.objects.order_by("id").values_list("index", flat=True)) == list(range(303))
        frontier = merkle.Frontier()
        for leaf in Entry.objects.order_by("index").values_list("leaf", flat=True):
            frontier.append(merkle.leaf_hash(leaf.encode()))
        published = note.verify((site / "checkpoint").read_text(), note.Verifier.parse(queries.verifier()))
        assert (published.size, published.root) == (303, frontier.root())

    @pytest.mark.parametrize("steps", range(20))
    def test_a_power_cut_at_any_step_leaves_a_log_that_goes_on(self, site, recorded, steps):
        recorded(250)
        actions.integrate(at=NOW)
        recorded(20)

        with suppress(PowerCut), power_for(steps):
            actions.integrate(at=NOW)
        recorded(5)
        actions.integrate(at=NOW)

        report = queries.verify()
        assert report.problems == ()
        assert report.size == 275

    def test_twenty_steps_reach_the_end(self, site, recorded):
        recorded(250)
        actions.integrate(at=NOW)
        recorded(20)

        with power_for(20):
            assert actions.integrate(at=NOW) == 20

    def test_signs_nothing_when_the_database_is_older_than_what_was_published(self, site, recorded):
        recorded(2)
        actions.integrate(at=NOW)
        Checkpoint.objects.all().delete()
        Entry.objects.update(index=None)
        Log.objects.update(size=0, registered=0)

        with pytest.raises(actions.LogDiverged):
            actions.integrate(at=NOW)


class TestProofs:
    def test_every_entry_is_shown_to_be_in_the_latest_checkpoint(self, site, recorded):
        recorded(20)
        actions.integrate(at=NOW)

        for index in range(20):
            proof = queries.inclusion_proof(index=index)
            stated = note.parse(proof.checkpoint)
            assert convinces(
                merkle.verify_inclusion,
                leaf=merkle.leaf_hash(proof.leaf.encode()),
                index=index,
                size=stated.size,
                proof=[bytes.fromhex(value) for value in proof.path],
                root=stated.root,
            )

    def test_what_is_not_integrated_has_no_proof(self, site, recorded):
        recorded(1)

        with pytest.raises(queries.NotIntegrated):
            queries.inclusion_proof(index=0)


def announced(count, recorded):
    """Record and integrate, and return the announcement."""
    recorded(count)
    actions.integrate(at=NOW)
    latest = queries.checkpoint()
    return {"checkpoint": latest.text, "origin": latest.origin, "verifier": queries.verifier(), "at": NOW}


class TestCosign:
    def test_a_log_that_grows_is_cosigned(self, site, recorded):
        first = actions.cosign(old_size=0, proof=(), **announced(3, recorded))
        grown = announced(4, recorded)

        second = actions.cosign(old_size=3, proof=queries.consistency_proof(old=3, new=7), **grown)

        witness = queries.signer(note.WITNESS).verifier
        text, _ = note.split(grown["checkpoint"])
        assert note.verify_line(text, second, witness) == int(NOW.timestamp())
        assert first != second
        assert WitnessedLog.objects.get().size == 7

    def test_a_shorter_log_is_a_rollback(self, site, recorded):
        old = announced(3, recorded)
        actions.cosign(old_size=0, proof=(), **announced(4, recorded))

        with pytest.raises(actions.Rollback):
            actions.cosign(old_size=0, proof=(), **old)

    def test_another_tree_of_the_same_log_is_a_fork(self, site, recorded):
        actions.cosign(old_size=0, proof=(), **announced(3, recorded))
        text = note.Checkpoint(config.origin(), 5, bytes(32)).text
        forged = f"{text}\n{queries.signer().line(text)}\n"
        facts = {"origin": config.origin(), "verifier": queries.verifier(), "at": NOW}

        with pytest.raises(actions.Fork):
            actions.cosign(checkpoint=forged, old_size=3, proof=["00" * 32, "11" * 32], **facts)

    def test_another_tree_of_the_same_size_is_a_fork(self, site, recorded):
        actions.cosign(old_size=0, proof=(), **announced(3, recorded))
        text = note.Checkpoint(config.origin(), 3, bytes(32)).text
        forged = f"{text}\n{queries.signer().line(text)}\n"
        facts = {"origin": config.origin(), "verifier": queries.verifier(), "at": NOW}

        with pytest.raises(actions.Fork):
            actions.cosign(checkpoint=forged, old_size=3, proof=(), **facts)

    def test_another_key_is_refused(self, site, recorded):
        facts = announced(3, recorded)
        stranger = note.Signer(config.origin(), note.LOG, queries.signer(note.WITNESS).private)

        with pytest.raises(actions.UnknownKey):
            actions.cosign(old_size=0, proof=(), **{**facts, "verifier": str(stranger.verifier)})


class Wire:
    """Carries events between two sites that share this test's database one after the other."""

    def __init__(self):
        self.messages = []

    def publish(self, message):
        self.messages.append(message)

    def take(self):
        taken, self.messages = self.messages, []
        return taken


@pytest.fixture
def wire(monkeypatch):
    wire = Wire()
    monkeypatch.setattr(events, "_transport", wire)
    return wire


class TestAnnounce:
    def test_the_other_zone_s_line_comes_back_under_the_checkpoint(self, at_zone, recorded, wire):
        with at_zone("extranet"):
            events.use_transport(wire)
            recorded(3)
            actions.integrate(at=NOW)
            assert actions.announce(at=NOW) == 1
            assert actions.announce(at=NOW + timedelta(seconds=60)) == 0
            (message,) = wire.take()
        with at_zone("intranet"):
            events.use_transport(wire)
            subscriptions.witness(message)
            (answer,) = wire.take()
        with at_zone("extranet"):
            subscriptions.keep_cosignature(answer)
            actions.publish()

            assert queries.checkpoint().witnesses == ("quancheng.example/intranet/trail/witness",)
            report = queries.verify()
            assert (report.problems, report.cosignatures) == ((), 1)

    def test_a_lost_announcement_is_made_good_from_where_the_witness_stands(self, at_zone, recorded, wire):
        with at_zone("extranet"):
            events.use_transport(wire)
            for step in range(2):
                recorded(3)
                actions.integrate(at=NOW)
                actions.announce(at=NOW + timedelta(minutes=step))
            _lost, message = wire.take()
        with at_zone("intranet"):
            events.use_transport(wire)
            subscriptions.witness(message)
            (answer,) = wire.take()
        with at_zone("extranet"):
            events.use_transport(wire)
            subscriptions.keep_cosignature(answer)
            assert actions.announce(at=NOW + timedelta(minutes=9)) == 1
            (message,) = wire.take()
        with at_zone("intranet"):
            events.use_transport(wire)
            subscriptions.witness(message)

        assert WitnessedLog.objects.get().size == 6

    def test_a_fork_is_answered_without_a_line_and_entered_in_the_witness_s_trail(self, at_zone, recorded, wire):
        with at_zone("extranet"):
            events.use_transport(wire)
            recorded(3)
            actions.integrate(at=NOW)
            actions.announce(at=NOW)
            (message,) = wire.take()
        forged = dict(message.data, checkpoint=message.data["checkpoint"].replace("\n3\n", "\n4\n"))
        with at_zone("intranet"):
            events.use_transport(wire)
            subscriptions.witness(events.Message(topic=message.topic, data=forged))
            (answer,) = wire.take()

        assert answer.data["line"] == ""
        assert Entry.objects.filter(action="trail.checkpoint.cosign", outcome="trail.unknown-key").exists()

    @pytest.mark.parametrize(
        ("size", "root", "refusal"),
        [(2, None, "trail.rollback"), (3, bytes(32), "trail.fork"), (5, bytes(32), "trail.fork")],
    )
    def test_a_log_that_was_rolled_back_or_forked_gets_no_cosignature_and_both_sides_raise_the_alarm(
        self, at_zone, recorded, wire, size, root, refusal
    ):
        with at_zone("extranet"):
            events.use_transport(wire)
            recorded(2)
            actions.integrate(at=NOW)
            short = queries.checkpoint()
            recorded(1)
            actions.integrate(at=NOW)
            actions.announce(at=NOW)
            (message,) = wire.take()
            # Whoever holds the log's own key can sign another history; the witness remembers the first.
            text = note.Checkpoint(short.origin, size, root or bytes.fromhex(short.root)).text
            forged = dict(message.data, checkpoint=f"{text}\n{queries.signer().line(text)}\n", old_size=3)
            forged["proof"] = ["00" * 32] * 2 if size == 5 else []
        with at_zone("intranet"):
            events.use_transport(wire)
            subscriptions.witness(message)
            subscriptions.witness(events.Message(topic=message.topic, data=forged))
            _first, answer = wire.take()
            assert (answer.data["line"], answer.data["refusal"]) == ("", refusal)
            assert WitnessedLog.objects.get().size == 3
            assert queries.entries(action="trail.checkpoint.cosign", outcome=refusal).total == 1
        with at_zone("extranet"):
            subscriptions.keep_cosignature(answer)
            alarms = " ".join(queries.state(at=NOW).alarms)

        assert short.origin in alarms
        assert answer.data["witness"] in alarms

    def test_the_alarm_ends_when_the_log_shows_its_true_history_again(self, at_zone, recorded, wire):
        with at_zone("extranet"):
            events.use_transport(wire)
            recorded(3)
            actions.integrate(at=NOW)
            actions.announce(at=NOW)
            (message,) = wire.take()
        forged = dict(message.data, checkpoint=message.data["checkpoint"].replace("\n3\n", "\n4\n"))
        with at_zone("intranet"):
            events.use_transport(wire)
            subscriptions.witness(message)
            subscriptions.witness(events.Message(topic=message.topic, data=forged))
            subscriptions.witness(message)
            good, bad, again = wire.take()
        with at_zone("extranet"):
            for answer in (good, bad):
                subscriptions.keep_cosignature(answer)
            assert len(queries.state(at=NOW).alarms) == 1
            subscriptions.keep_cosignature(again)

            assert queries.state(at=NOW).alarms == ()


class TestCanonical:
    def test_is_the_same_text_for_the_same_instant(self):
        assert rules.stamp(NOW) == "2026-11-23T06:00:00.000000Z"
        assert rules.canonical({"b": 1, "a": "张"}) == '{"a":"张","b":1}'
