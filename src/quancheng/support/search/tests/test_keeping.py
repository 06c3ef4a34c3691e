"""The index follows what changes, and is built anew without a moment of emptiness."""

import pytest
from django.db import transaction

from quancheng.security.pmi import public as pmi
from quancheng.support.search import actions, queries
from quancheng.support.search.engine import sources, writing
from quancheng.support.search.models import Audience, Body, Document, Generation, Touched, Word
from quancheng.support.search.tests.factories import NOW, TODAY, Shelf, build, entry, only

pytestmark = pytest.mark.django_db


def found(text):
    return [hit.title for hit in queries.find(actor=pmi.ANONYMOUS, text=text, today=TODAY).hits]


def follow():
    while actions.follow(at=NOW):
        pass


@pytest.fixture
def shelf():
    shelf = Shelf(entry(1, "供热通知"), entry(2, "供水通知"))
    with only(shelf):
        build()
        yield shelf


class TestAChange:
    def test_is_found_after_the_next_round(self, shelf):
        shelf.put(entry(2, "燃气通知"), entry(3, "道路通知"))
        del shelf.entries["1"]
        sources.touch("library.book", "1", "2", "3")
        follow()

        assert sorted(found("通知")) == ["燃气通知", "道路通知"]
        assert not Word.objects.filter(text__in=["供热", "供水"]).exists()
        assert not Touched.objects.filter(kind="library.book").exists()

    def test_of_many_at_once_is_compared_as_a_whole(self, shelf):
        shelf.put(entry(4, "桥梁通知"))
        del shelf.entries["2"]
        sources.touch("library.book")
        follow()

        assert sorted(found("通知")) == ["供热通知", "桥梁通知"]

    def test_is_forgotten_with_the_transaction_that_made_it(self, shelf):
        with pytest.raises(RuntimeError), transaction.atomic():
            sources.touch("library.book", "1")
            raise RuntimeError

        assert not Touched.objects.filter(kind="library.book").exists()

    def test_that_changes_nothing_writes_nothing(self, shelf):
        before = list(Document.objects.order_by("pk").values_list("pk", flat=True))
        sources.touch("library.book", "1", "2")
        follow()

        assert list(Document.objects.order_by("pk").values_list("pk", flat=True)) == before

    def test_is_noted_by_the_action_that_touches_a_subject(self, shelf, monkeypatch):
        monkeypatch.setattr(sources, "_subjects", {})
        monkeypatch.setattr(sources, "_actions", {})
        sources.indexes("library.book", title="", subjects=("book",), actions=("library.import",))(shelf)
        sources.follow("library.book.lend", pmi.Target(subjects=("book:1", "person:5")))
        sources.follow("library.import", pmi.Target())

        noted = Touched.objects.filter(kind="library.book").order_by("id").values_list("key", flat=True)
        assert list(noted) == ["1", ""]

    def test_that_fails_half_way_leaves_the_index_and_the_list_of_changes_as_they_were(self, shelf, monkeypatch):
        sources.touch("library.book", "1")
        shelf.put(entry(1, "桥梁通知"))

        def killed(*_rows):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(writing, "_count", killed)
            actions.follow(at=NOW)
        between = found("通知")
        follow()

        assert sorted(between) == ["供水通知", "供热通知"]
        assert sorted(found("通知")) == ["供水通知", "桥梁通知"]


class TestARebuild:
    def test_takes_over_only_when_it_is_whole(self, shelf, monkeypatch):
        seen = []
        shelf.put(entry(3, "桥梁通知"))
        put = writing.put

        def watched(*rest, **more):
            seen.append(sorted(found("通知")))
            return put(*rest, **more)

        monkeypatch.setattr(writing, "put", watched)
        build()

        assert set(map(tuple, seen)) == {("供水通知", "供热通知")}
        assert sorted(found("通知")) == ["供水通知", "供热通知", "桥梁通知"]

    def test_learns_of_what_changes_while_it_is_built(self, shelf, monkeypatch):
        put = writing.put

        def busy(generation, *rest, **more):
            done = put(generation, *rest, **more)
            if not more.get("replace", True):
                shelf.put(entry(1, "燃气通知"))
                sources.touch("library.book", "1")
                monkeypatch.setattr(writing, "put", put)
                actions.follow(at=NOW)
            return done

        monkeypatch.setattr(writing, "put", busy)
        build()

        assert sorted(found("通知")) == ["供水通知", "燃气通知"]
        assert not Touched.objects.filter(kind="library.book").exists()

    def test_killed_half_way_changes_nothing_and_can_be_begun_again(self, shelf, monkeypatch):
        def killed(*_rest, **_more):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(actions, "_take_over", killed)
            build()
        between = sorted(found("通知"))
        build()

        assert between == sorted(found("通知")) == ["供水通知", "供热通知"]

    def test_leaves_nothing_of_the_old_one_after_the_sweep(self, shelf):
        build()
        while actions.sweep():
            pass

        assert Generation.objects.count() == Audience.objects.count() == 1
        assert Document.objects.count() == Body.objects.count() == 2
        assert sorted(found("通知")) == ["供水通知", "供热通知"]


def test_the_first_round_builds_the_index():
    with only(Shelf(entry(1, "供热通知"))):
        follow()

        assert found("供热") == ["供热通知"]


def test_an_app_that_was_added_comes_into_the_index_that_is_there(shelf):
    with only(shelf, Shelf(entry(9, "城区图"))):
        follow()

        assert found("城区图") == ["城区图"]
        assert len(found("通知")) == 2
