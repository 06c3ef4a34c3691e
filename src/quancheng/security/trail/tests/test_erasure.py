"""Erasure by two officers: names and keys are gone, room is freed, every proof remains."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from quancheng.security.trail import actions, queries, rules
from quancheng.security.trail.engine import merkle, note, sealing
from quancheng.security.trail.models import BodyKey, Entry, Erasure
from quancheng.security.trail.tests.conftest import LATER

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
OFFICER = {"actor_id": "staff:1", "actor_name": "安全员"}
AUDITOR = {"actor_id": "staff:2", "actor_name": "审计员"}


def request(name="person:7", kind=rules.ABOUT, at=LATER, **wishes):
    facts = {"basis": "WITHDRAWN", "reason": "撤回同意书 2026-7", "organisation": "370100/", **OFFICER, **wishes}
    return actions.request_erasure(kind=kind, name=name, at=at, **facts)


@pytest.fixture
def log(site, recorded):
    """Three entries about a person among others; returns their ids."""
    recorded(5, at=NOW)
    ids = recorded(3, subjects=("person:7",), detail={"note": "秘密" * 2000}, at=NOW)
    actions.integrate(at=NOW)
    return ids


def room():
    """Return how many bytes the trail's tables take."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        else:
            cursor.execute("SELECT pg_total_relation_size('trail_entry')")
        return cursor.fetchall()[0][0]


class TestApproval:
    def test_destroys_keys_bodies_and_names_and_leaves_a_sound_log(self, log):
        salts = dict(BodyKey.objects.values_list("entry_id", "salt"))
        sealed = {row.pk: bytes(row.sealed) for row in Entry.objects.filter(pk__in=log)}

        assert actions.approve_erasure(erasure_id=request(), at=LATER, **AUDITOR) == 3
        actions.integrate(at=NOW)

        assert not BodyKey.objects.filter(entry_id__in=log).exists()
        assert set(Entry.objects.filter(pk__in=log).values_list("sealed", "actor_id", "actor_name")) == {(None, "", "")}
        report = queries.verify()
        assert (report.problems, report.erased) == ((), 3)
        # A copy of the sealed body that was made before is worth nothing without its salt.
        others = [bytes(salt) for pk, salt in salts.items() if str(pk) not in log]
        for salt in others:
            with pytest.raises(sealing.BadSeal):
                sealing.unseal(salt, sealed[int(log[0])])

    def test_leaves_every_proof_that_was_made_before(self, log):
        index = Entry.objects.get(pk=log[0]).index
        before, listed = queries.inclusion_proof(index=index), queries.subject_proof(name="person:7")
        actions.approve_erasure(erasure_id=request(), at=LATER, **AUDITOR)
        actions.integrate(at=NOW)

        after = queries.inclusion_proof(index=index)
        stated = note.parse(after.checkpoint)
        merkle.verify_inclusion(
            leaf=merkle.leaf_hash(before.leaf.encode()),
            index=index,
            size=stated.size,
            proof=[bytes.fromhex(value) for value in after.path],
            root=stated.root,
        )
        again = queries.subject_proof(name="person:7")
        assert again["register"]["end"] == listed["register"]["end"]
        assert [item["body"] for item in again["entries"]] == [None] * 3

    def test_is_an_entry_that_names_the_law_both_officers_and_the_places_but_not_the_person(self, log):
        actions.approve_erasure(erasure_id=request(), at=LATER, **AUDITOR)
        actions.integrate(at=LATER)

        entry = queries.entries(action="trail.erasure.approve").items[0]
        assert entry.actor_name == "审计员"
        assert entry.detail["requested_by"] == "安全员"
        assert entry.detail["basis"].startswith("个人信息保护法 第四十七条")
        assert '"erases":[5,6,7]' in entry.leaf
        assert "person:7" not in repr([queries.opened(row) for row in Entry.objects.all()])
        assert "person:7" not in repr(list(Erasure.objects.values()))

    def test_shows_on_the_entry_when_by_whom_and_why(self, log):
        number = request()
        actions.approve_erasure(erasure_id=number, at=LATER, **AUDITOR)

        found = queries.entry(entry_id=log[0])
        assert found.erased
        assert (found.erasure.number, found.erasure.at) == (number, LATER)
        assert (found.erasure.requester, found.erasure.decider) == ("安全员", "审计员")

    def test_frees_the_room(self, site, recorded):
        recorded(60, subjects=("person:7",), detail={"note": "秘" * 20_000}, at=NOW)
        actions.integrate(at=NOW)
        before = room()

        actions.approve_erasure(erasure_id=request(), at=LATER, **AUDITOR)
        actions.compact()

        assert room() < before - 60 * 50_000

    def test_of_more_than_a_leaf_can_name_is_entered_in_several(self, site, recorded, monkeypatch):
        monkeypatch.setattr("quancheng.security.trail.actions.erasure.A_LEAF", 2)
        recorded(5, subjects=("person:7",), at=NOW)
        actions.integrate(at=NOW)

        actions.approve_erasure(erasure_id=request(), at=LATER, **AUDITOR)
        actions.integrate(at=LATER)

        assert queries.entries(action="trail.erasure.approve").total == 3
        assert queries.verify().problems == ()

    def test_is_refused_to_who_requested_it(self, log):
        number = request()

        with pytest.raises(actions.SameOfficer):
            actions.approve_erasure(erasure_id=number, at=LATER, **OFFICER)
        with pytest.raises(IntegrityError), transaction.atomic():
            Erasure.objects.update(decider_id="staff:1", state="DONE", decided_at=NOW)

    def test_happens_once(self, log):
        number = request()
        actions.approve_erasure(erasure_id=number, at=LATER, **AUDITOR)

        with pytest.raises(actions.AlreadyDecided):
            actions.approve_erasure(erasure_id=number, at=LATER, **AUDITOR)
        with pytest.raises(actions.AlreadyDecided):
            actions.refuse_erasure(erasure_id=number, reason="x", at=LATER, **AUDITOR)

    def test_can_be_refused_with_a_reason_and_nothing_is_erased(self, log):
        number = request()

        actions.refuse_erasure(erasure_id=number, reason="保存期限未届满", at=LATER, **AUDITOR)

        assert queries.erasure(erasure_id=number).refusal == "保存期限未届满"
        assert not Entry.objects.filter(sealed=None, waiting=None).exists()


class TestRequest:
    def test_spares_what_must_still_be_kept(self, log, recorded):
        recorded(2, subjects=("person:7",), at=LATER - timedelta(days=10))
        actions.integrate(at=LATER)

        found = queries.extent(kind=rules.ABOUT, name="person:7", at=LATER)
        assert (found.erasable, found.kept, found.erased) == (3, 2, 0)
        assert actions.approve_erasure(erasure_id=request(), at=LATER, **AUDITOR) == 3

    def test_of_what_is_young_or_unknown_is_refused(self, log):
        with pytest.raises(actions.NothingToErase):
            request(at=NOW + timedelta(days=180))
        with pytest.raises(actions.NothingToErase):
            request("person:8")
        with pytest.raises(actions.NothingToErase):
            request("x" * 100, kind=rules.ENTRY)

    def test_waits_once(self, log):
        request()

        with pytest.raises(actions.AlreadyRequested):
            request()

    def test_of_one_entry_erases_no_other(self, log):
        actions.approve_erasure(erasure_id=request(log[1], kind=rules.ENTRY), at=LATER, **AUDITOR)

        assert list(Entry.objects.filter(sealed=None, waiting=None).values_list("pk", flat=True)) == [int(log[1])]
