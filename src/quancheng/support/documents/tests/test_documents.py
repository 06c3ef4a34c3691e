"""Documents: versions, locks, retention, holds, destroying; two at once; who sees what."""

import threading
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import public as documents
from quancheng.support.documents import queries
from quancheng.support.documents.actions import documents as acts
from quancheng.support.documents.actions import keeping, retention, sweeping
from quancheng.support.documents.models import Destruction, Document, StoredFile, Version
from quancheng.support.documents.queries.documents import passages
from quancheng.support.documents.tests import factories
from quancheng.support.documents.tests.factories import ELSEWHERE, document, person

ME, OTHER = person(), person("张伟")


def kept(content, name="minutes.txt"):
    return keeping.keep(content, name=name, shared=False)


def add(document_id, content, *, actor=ME, base=1):
    return acts.add_version(actor=actor, document_id=document_id, kept=kept(content), base=base, at=timezone.now())


@pytest.mark.django_db
@pytest.mark.usefixtures("offices")
class TestVersions:
    def test_are_numbered_and_none_changes(self):
        made = document(b"first")

        assert [add(made, b"second"), add(made, b"third", base=2)] == [2, 3]

        page = documents.look(actor=ME, document_id=made)
        assert [one.number for one in page.versions] == [3, 2, 1]
        with documents.download(actor=ME, document_id=made, number=1).stream as stream:
            assert stream.read() == b"first"

    def test_the_same_bytes_again_make_none(self):
        made = document(b"first")

        assert (add(made, b"second"), add(made, b"second")) == (2, 2)

    def test_one_made_meanwhile_is_not_overwritten(self):
        made = document(b"first")
        add(made, b"of the other", actor=OTHER)

        with pytest.raises(documents.StaleVersion, match="张伟"):
            add(made, b"mine", base=1)

    def test_an_earlier_one_comes_back_as_a_new_one(self):
        made = document(b"first")
        add(made, b"second")

        number = acts.restore(actor=ME, document_id=made, number=1, base=2, at=timezone.now())

        assert (number, documents.look(actor=ME, document_id=made).current.size) == (3, len(b"first"))

    def test_a_form_sent_twice_makes_one_document(self):
        key = uuid4()
        facts = {"actor": ME, "key": key, "title": "a", "organisation": factories.PLACE, "at": timezone.now()}

        made = {acts.create(**facts, kept=kept(content)) for content in (b"one", b"two")}

        assert (len(made), Version.objects.count()) == (1, 1)

    @pytest.mark.parametrize(
        ("title", "place", "code"),
        [
            ("  ", factories.PLACE, "documents.no-title"),
            ("通知（机密）", factories.PLACE, "documents.classified"),
            ("通知", "370100/370100-spfw/nowhere/", "documents.unknown-place"),
        ],
    )
    def test_a_document_without_title_or_place_is_refused(self, title, place, code):
        with pytest.raises(Refusal) as refused:
            acts.create(actor=ME, key=uuid4(), title=title, organisation=place, kept=kept(b"text"), at=timezone.now())

        assert refused.value.code == code
        assert not Document.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("offices")
class TestLock:
    def test_keeps_others_from_adding_versions_until_it_is_given_back(self):
        made = document()
        acts.check_out(actor=ME, document_id=made, at=timezone.now())

        with pytest.raises(documents.CheckedOut, match="李建国"):
            add(made, b"of the other", actor=OTHER)
        assert add(made, b"mine") == 2
        acts.check_in(actor=ME, document_id=made, at=timezone.now())
        assert add(made, b"of the other", actor=OTHER, base=2) == 3

    def test_may_be_taken_twice_by_the_same_and_broken_by_privilege(self):
        made = document()
        acts.check_out(actor=ME, document_id=made, at=timezone.now())
        acts.check_out(actor=ME, document_id=made, at=timezone.now())

        with pytest.raises(pmi.Forbidden):
            acts.break_lock(actor=person("客人", verbs=("document.read",)), document_id=made, at=timezone.now())
        acts.break_lock(actor=OTHER, document_id=made, at=timezone.now())

        with pytest.raises(acts.NotCheckedOut):
            acts.check_in(actor=ME, document_id=made, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_check_out_at_once_one_gets_it(database_of_many):
    factories.offices()
    made, results, start = document(), [], threading.Barrier(2)

    def take(actor):
        start.wait()
        try:
            acts.check_out(actor=actor, document_id=made, at=timezone.now())
            results.append(actor.id)
        except documents.CheckedOut:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(actor,)) for actor in (ME, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    holder = Document.objects.get().locked_by
    assert sorted(results) == sorted(["refused", holder])


@pytest.mark.django_db(transaction=True)
def test_of_two_versions_sent_at_once_one_is_added(database_of_many):
    factories.offices()
    made, results, start = document(b"first"), [], threading.Barrier(2)
    files = {actor: kept(f"of {actor.id}".encode()) for actor in (ME, OTHER)}

    def send(actor):
        start.wait()
        try:
            acts.add_version(actor=actor, document_id=made, kept=files[actor], base=1, at=timezone.now())
            results.append("added")
        except documents.StaleVersion:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(actor,)) for actor in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["added", "refused"]
    assert Version.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("offices")
class TestDestroying:
    @pytest.fixture
    def destroy(self, django_capture_on_commit_callbacks):
        def run(made):
            with django_capture_on_commit_callbacks(execute=True):
                retention.destroy(actor=ME, document_id=made, reason="鉴定工作报告第3号", at=timezone.now())

        return run

    def test_leaves_a_line_with_the_digests_and_no_bytes(self, destroy):
        made = document(b"to go")
        digest = StoredFile.objects.get().digest

        destroy(made)

        line = Destruction.objects.get()
        assert (line.digests, line.reason) == ([digest], "鉴定工作报告第3号")
        assert not queries.store().exists(digest)
        with pytest.raises(documents.NoDocument):
            documents.look(actor=ME, document_id=made)

    def test_leaves_bytes_that_others_name_too(self, destroy):
        document(b"shared bytes")
        documents.keep(b"shared bytes", name="elsewhere.txt")
        twice = [document(b"in two documents"), document(b"in two documents")]

        for made in [*Document.objects.exclude(pk__in=twice).values_list("pk", flat=True), twice[0]]:
            destroy(made)

        assert {file.digest for file in StoredFile.objects.all() if queries.store().exists(file.digest)} == {
            keeping.hashlib.sha256(content).hexdigest() for content in (b"shared bytes", b"in two documents")
        }

    def test_is_refused_while_a_hold_stands(self, destroy):
        made = document()
        hold = retention.place_hold(actor=ME, document_id=made, basis="审〔2026〕8号", reason="审计", at=timezone.now())

        with pytest.raises(documents.MayNotGo, match="hold"):
            destroy(made)
        retention.lift_hold(actor=ME, document_id=made, hold_id=hold, reason="结束", at=timezone.now())
        destroy(made)

        assert not Document.objects.exists()

    @pytest.mark.parametrize(
        ("code", "closed_on", "goes"),
        [("permanent", date(1990, 1, 1), False), ("fixed-10", None, False), ("fixed-10", date(2010, 1, 1), True),
         ("fixed-10", date.today() - timedelta(days=3650), False)],
    )  # fmt: skip
    def test_waits_for_the_end_of_retention(self, destroy, code, closed_on, goes):
        made = document()
        retention.set_retention(actor=ME, document_id=made, retention=code, closed_on=closed_on, at=timezone.now())

        if goes:
            destroy(made)
        else:
            with pytest.raises(documents.MayNotGo):
                destroy(made)

        assert Document.objects.exists() is not goes

    def test_needs_a_reason(self):
        made = document()

        with pytest.raises(retention.NoReason):
            retention.destroy(actor=ME, document_id=made, reason=" ", at=timezone.now())


@pytest.mark.django_db
@pytest.mark.usefixtures("offices")
class TestRetention:
    def set(self, made, code, closed_on):
        retention.set_retention(actor=ME, document_id=made, retention=code, closed_on=closed_on, at=timezone.now())

    def test_that_runs_is_not_cut_short(self):
        made = document()
        self.set(made, "fixed-30", date(2020, 1, 1))

        with pytest.raises(retention.Shortened):
            self.set(made, "fixed-10", date(2020, 1, 1))
        self.set(made, "permanent", None)
        with pytest.raises(retention.Shortened):
            self.set(made, "fixed-30", date(2020, 1, 1))

    def test_does_not_begin_in_the_future(self):
        with pytest.raises(retention.ClosedLater):
            self.set(document(), "fixed-10", timezone.localdate() + timedelta(days=2))

    def test_that_has_ended_is_listed_for_appraisal(self):
        ended, running = document(b"old"), document(b"new")
        self.set(ended, "fixed-10", date(2010, 1, 1))
        self.set(running, "fixed-10", date(2025, 1, 1))

        assert [row.id for row in documents.documents(actor=ME, state="due")] == [ended]


@pytest.mark.django_db
@pytest.mark.usefixtures("offices")
class TestWhoSeesWhat:
    def test_a_list_and_its_search_show_only_what_may_be_seen(self):
        here, _there = (
            document(b"spring water"),
            document(b"spring water too", actor=person(place=ELSEWHERE), place=ELSEWHERE),
        )

        found = documents.documents(actor=ME, search="minutes")

        assert ([row.id for row in found], found.count()) == ([here], 1)

    def test_a_look_is_refused_elsewhere_and_stands_in_the_trail(self):
        from quancheng.security.trail import public as trail

        made = document()
        stranger = person("陌生人", place=ELSEWHERE)

        with pytest.raises(pmi.Forbidden):
            documents.look(actor=stranger, document_id=made)
        documents.look(actor=ME, document_id=made)

        seen = [(e.action, e.outcome) for e in trail.entries(subject=f"document:{made}").items]
        assert ("documents.document.read", "pmi.forbidden") in seen
        assert ("documents.document.read", "done") in seen


@pytest.mark.django_db
def test_the_sweep_takes_what_no_document_took_on(offices, tmp_path):
    stays, _goes = document(b"of a document"), kept(b"left over")
    documents.keep(b"of another system", name="a.txt")
    abandoned = queries.drafts() / "abandoned"
    abandoned.write_bytes(b"x")
    import os

    os.utime(abandoned, (0, 0))

    sweeping.sweep(at=timezone.now() + timedelta(days=2))

    assert sorted(StoredFile.objects.values_list("size", flat=True)) == [
        len(b"of a document"),
        len(b"of another system"),
    ]
    assert Document.objects.get().pk == stays
    assert not abandoned.exists()
    assert passages("", "x") == ()
