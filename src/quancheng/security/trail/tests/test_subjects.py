"""Proofs of completeness from a whole site, and the register through crashes and losses."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from quancheng.security.trail import actions, queries, rules
from quancheng.security.trail.engine import merkle, note, register
from quancheng.security.trail.models import EntryName, Log, RegisterLine, RegisterPage
from quancheng.security.trail.tests.test_actions import PowerCut, power_for

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def checked(proof):
    """Check a proof as somebody without the server does; return the bodies that it shows."""
    stated = note.verify(proof["checkpoint"], note.Verifier.parse(proof["verifier"]))
    end = proof["register"]["end"]
    path = register.Path(
        tuple(bytes.fromhex(value) or register.EMPTY for value in proof["register"]["siblings"]),
        end and register.Line(bytes.fromhex(end["key"]), end["count"], bytes.fromhex(end["head"])),
    )
    line = register.verify(rules.key(proof["kind"], proof["name"]), path, stated.register)
    indexes = [item["index"] for item in proof["entries"]]
    assert (line.count, line.head) == (len(indexes), register.chained(indexes))
    for item in proof["entries"]:
        merkle.verify_inclusion(
            leaf=merkle.leaf_hash(item["leaf"].encode()),
            index=item["index"],
            size=stated.size,
            proof=[bytes.fromhex(value) for value in item["path"]],
            root=stated.root,
        )
    return [item["body"] and json.loads(item["body"]) for item in proof["entries"]]


class TestSubjectProof:
    def test_shows_all_entries_about_a_subject_and_no_other(self, site, recorded):
        for _step in range(3):
            recorded(4)
            recorded(2, subjects=("person:7", "application:9"))
            actions.integrate(at=NOW)

        bodies = checked(queries.subject_proof(name="person:7"))

        assert [body["subjects"] for body in bodies] == [["application:9", "person:7"]] * 6

    def test_shows_all_entries_by_an_actor(self, site, recorded):
        recorded(2)
        recorded(3, actor_id="staff:5")
        actions.integrate(at=NOW)

        bodies = checked(queries.subject_proof(name="staff:5", kind=rules.BY))

        assert [body["actor_id"] for body in bodies] == ["staff:5"] * 3

    def test_shows_that_there_is_none(self, site, recorded):
        recorded(20)
        actions.integrate(at=NOW)

        assert checked(queries.subject_proof(name="person:8")) == []

    def test_an_erased_entry_still_counts(self, site, recorded, erased):
        ids = recorded(3, subjects=("person:7",))
        actions.integrate(at=NOW)
        erased(ids[1])
        actions.integrate(at=NOW)

        assert [bool(body) for body in checked(queries.subject_proof(name="person:7"))] == [True, False, True]
        assert queries.verify().problems == ()

    def test_too_many_for_a_file_are_refused(self, site, recorded, settings_of):
        settings_of(proof_entries=2)
        recorded(3, subjects=("person:7",))
        actions.integrate(at=NOW)

        with pytest.raises(queries.TooMany):
            queries.subject_proof(name="person:7")

    def test_needs_a_checkpoint(self, site, recorded):
        with pytest.raises(queries.NotIntegrated):
            queries.subject_proof(name="person:7")


class TestRegister:
    @pytest.mark.parametrize("steps", range(12))
    def test_a_power_cut_at_any_step_leaves_it_in_step_with_the_log(self, site, recorded, steps):
        recorded(30)
        actions.integrate(at=NOW)
        recorded(5, subjects=("person:7",))
        with suppress(PowerCut), power_for(steps):
            actions.integrate(at=NOW)
        recorded(2, subjects=("person:7",))
        actions.integrate(at=NOW)

        assert len(checked(queries.subject_proof(name="person:7"))) == 7
        assert queries.verify().problems == ()

    def test_is_rebuilt_from_the_entries_as_it_was_signed(self, site, recorded, erased):
        ids = recorded(40)
        actions.integrate(at=NOW)
        erased(ids[3])
        actions.integrate(at=NOW)
        RegisterLine.objects.all().delete()
        RegisterPage.objects.all().delete()
        EntryName.objects.filter(entry__index__in=(5, 6)).delete()

        assert actions.rebuild_register() == RegisterLine.objects.count() > 40
        assert queries.verify().problems == ()

    def test_is_not_rebuilt_to_something_that_was_never_signed(self, site, recorded, erased):
        ids = recorded(4)
        actions.integrate(at=NOW)
        erased(ids[3])
        actions.integrate(at=NOW)
        EntryName.objects.filter(entry__index=3).delete()

        with pytest.raises(actions.RegisterDiverged):
            actions.rebuild_register()
        assert RegisterLine.objects.exists()

    def test_a_log_from_before_the_register_is_entered_with_the_next_entry(self, site, recorded):
        recorded(6, subjects=("person:7",))
        actions.integrate(at=NOW)
        RegisterLine.objects.all().delete()
        RegisterPage.objects.all().delete()
        Log.objects.update(registered=0)

        recorded(1)
        actions.integrate(at=NOW)

        assert len(checked(queries.subject_proof(name="person:7"))) == 6
        assert queries.verify().problems == ()
