"""What waits for its place is found by every search, and becomes the same entry when it has it."""

from datetime import UTC, datetime

import pytest

from quancheng.security.trail import actions, config, queries, rules
from quancheng.security.trail.checks import log as checks
from quancheng.security.trail.engine import note
from quancheng.security.trail.models import BodyKey, Checkpoint, Entry, EntryName, Log, RegisterLine, RegisterPage
from quancheng.security.trail.tests.conftest import LATER

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def told(view):
    """What an entry says, without its place and leaf."""
    names = ("id", "at", "action", "outcome", "actor_id", "actor_name", "organisation", "subjects", "detail", "erased")
    return {name: getattr(view, name) for name in names}


class TestSearch:
    @pytest.mark.parametrize(
        "wish",
        [
            {"subject": "person:7"},
            {"key": rules.key(rules.ABOUT, "person:7")},
            {"key": rules.key(rules.BY, "citizen:1"), "subject": "application:9"},
            {"action": "hall"},
            {"actor": "张三"},
            {"organisation": "370100/"},
            {"outcome": "done", "since": NOW},
        ],
        ids="+".join,
    )
    def test_finds_an_entry_before_it_has_its_place_and_the_same_one_after(self, site, recorded, wish):
        facts = {"detail": {"note": "秘密", "n": 1.5}, "organisation": "370100/1/", "at": NOW}
        recorded(1, subjects=("person:7", "application:9"), **facts)
        before = queries.entries(**wish)
        actions.integrate(at=NOW)
        after = queries.entries(**wish)

        assert (before.total, before.items[0].index, after.items[0].index) == (1, None, 0)
        assert told(before.items[0]) == told(after.items[0]) == told(queries.entry(entry_id=after.items[0].id))
        assert before.items[0].detail == {"note": "秘密", "n": 1.5}
        assert not before.items[0].erased

    @pytest.mark.parametrize(
        "wish", [{"subject": "person:8"}, {"subject": "person"}, {"actor": "citizen:2"}, {"action": "hal"}]
    )
    def test_does_not_find_what_waits_about_something_else(self, site, recorded, wish):
        recorded(2, subjects=("person:7", "person:77"))

        assert queries.entries(**wish).total == 0

    def test_shows_what_waits_first_and_every_entry_on_one_page_only(self, site, recorded):
        recorded(60)
        actions.integrate(at=NOW)
        recorded(30)

        pages = [queries.entries(page=number) for number in (1, 2)]

        assert [(page.total, page.pages) for page in pages] == [(90, 2)] * 2
        places = [item.index for page in pages for item in page.items]
        assert places == [None] * 30 + list(reversed(range(60)))

    def test_the_count_of_a_name_says_how_many_wait_beyond_the_checkpoint(self, site, recorded):
        recorded(3, subjects=("person:7",))
        actions.integrate(at=NOW)
        recorded(2, subjects=("person:7",))

        found = queries.standing(key=rules.key(rules.ABOUT, "person:7"))
        assert (found.size, found.count, found.waiting, found.sound) == (3, 3, 2, True)

    def test_what_waits_must_be_kept(self, site, recorded):
        recorded(3, subjects=("person:7",), at=NOW)

        for kind, name in ((rules.ABOUT, "person:7"), (rules.BY, "citizen:1")):
            found = queries.extent(kind=kind, name=name, at=LATER)
            assert (found.erasable, found.kept, found.erased) == (0, 3, 0)
        one = str(Entry.objects.latest("id").pk)
        assert queries.extent(kind=rules.ENTRY, name=one, at=LATER).kept == 1


class TestPlacing:
    def test_leaves_nothing_in_the_clear(self, site, recorded):
        recorded(5, detail={"note": "秘密"})
        actions.integrate(at=NOW)

        assert set(Entry.objects.values_list("waiting", "keys")) == {(None, None)}
        assert (BodyKey.objects.count(), EntryName.objects.count()) == (5, 10)

    @pytest.mark.parametrize("damage", ["", "{", "[1]", '{"subjects": 1, "detail": {}}', '{"detail": {"note": "x"}}'])
    def test_a_damaged_row_holds_nothing_up_and_shows_its_damage(self, site, recorded, damage):
        recorded(3)
        Entry.objects.filter(pk=Entry.objects.earliest("id").pk).update(waiting=damage)

        assert actions.integrate(at=NOW) == 3
        assert queries.entries().items[-1].detail == {"unreadable": damage}
        assert queries.verify().problems == ()

    def test_a_trail_from_before_goes_on_with_what_waited_then(self, site, recorded):
        """Such entries had leaf, salt, sealed body and names already, and no place."""
        recorded(4, subjects=("person:7",))
        actions.integrate(at=NOW)
        leaves = list(Entry.objects.order_by("id").values_list("leaf", flat=True))
        for model in (Checkpoint, RegisterLine, RegisterPage):
            model.objects.all().delete()
        Entry.objects.update(index=None)
        Log.objects.update(size=0, registered=0)
        (site / "checkpoint").unlink()
        recorded(2, subjects=("person:7",))
        assert queries.entries(subject="person:7").total == 6

        assert actions.integrate(at=NOW) == 6

        assert list(Entry.objects.order_by("index").values_list("leaf", flat=True))[:4] == leaves
        assert queries.verify().problems == ()
        assert len(queries.subject_proof(name="person:7")["entries"]) == 6


class TestAlarm:
    def test_rings_when_entries_wait_and_no_worker_comes(self, site, recorded):
        recorded(2, at=NOW)
        (finding,) = checks.waiting(LATER)
        assert "2" in str(finding.sentence)
        assert len(queries.state(at=LATER).alarms) == 1

        actions.integrate(at=LATER)

        assert list(checks.waiting(LATER)) == []
        assert queries.state(at=LATER).alarms == ()

    def test_the_published_checkpoint_covers_what_has_a_place(self, site, recorded):
        recorded(2)
        actions.integrate(at=NOW)
        recorded(1)

        published = note.parse((config.folder() / "checkpoint").read_text())
        assert (published.size, queries.state(at=NOW).size, queries.state(at=NOW).waiting) == (2, 2, 1)
