"""Unusual access to people's data is told; a normal day is not."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from quancheng.kernel import posture as kernel
from quancheng.security.trail import actions, adapters, rules
from quancheng.security.trail.models import Entry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)  # a Monday, two in the afternoon in Jinan
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
READ, EXPORT = "population.person.read", "look.table.export"


def look(actor, at, *subjects, action=READ, outcome="done", **wishes):
    standard = {"actor_id": f"account:{actor}", "actor_name": actor}
    actions.record(action=action, subjects=subjects, outcome=outcome, at=at, **(standard | wishes))


def people(count, first=0):
    return [f"person:{number}" for number in range(first, first + count)]


def found(code, at=NOW):
    (check,) = [item for item in kernel.checks() if item.code == code]
    return tuple(check.look(at))


def who(code, at=NOW):
    return {item.key.partition(" ")[0].removeprefix("account:") for item in found(code, at)}


@pytest.fixture(autouse=True)
def quiet():
    """Setting up the database makes other apps act, and acting is recorded."""
    Entry.objects.all().delete()


class TestBulkLooks:
    CODE = "trail.bulk-looks"

    @pytest.fixture(autouse=True)
    def few(self, settings_of):
        settings_of(watch_things=20, watch_always=100)

    def test_somebody_who_goes_through_the_register_is_told_with_the_number(self):
        for person in people(20):
            look("clerk", NOW - HOUR, person)

        (told,) = found(self.CODE)

        assert "20" in str(told.sentence)
        assert told.url == "/trail/?actor=account%3Aclerk"
        assert told.since == NOW - HOUR

    def test_the_same_few_people_looked_at_again_and_again_are_no_bulk(self):
        for person in people(19) * 3:
            look("clerk", NOW - HOUR, person)

        assert not found(self.CODE)

    def test_many_spread_over_the_day_are_normal_work(self):
        for number, person in enumerate(people(60)):
            look("clerk", NOW - (number % 6 + 1) * HOUR, person)

        assert not found(self.CODE)

    def test_a_list_about_many_people_taken_away_as_a_file_counts_for_each_of_them(self):
        look("small", NOW - HOUR, "table:people", *people(18), action=EXPORT)
        look("large", NOW - HOUR, "table:people", *people(50), action=EXPORT)

        assert who(self.CODE) == {"large"}

    def test_whoever_does_so_every_day_is_quiet_until_it_is_far_more_than_usual(self, site):
        for day in range(1, 8):
            for person in people(12):
                look("registrar", NOW - day * DAY - HOUR, person)
        actions.integrate(at=NOW)
        for person in people(36):
            look("registrar", NOW - HOUR, person)
            look("newcomer", NOW - HOUR, person)
        assert who(self.CODE) == {"newcomer"}

        look("registrar", NOW - HOUR, "person:one-more")

        assert who(self.CODE) == {"newcomer", "registrar"}

    def test_beyond_a_bound_no_habit_excuses_it(self, site):
        for day in range(1, 8):
            look("registrar", NOW - day * DAY - HOUR, *people(90), action=EXPORT)
        actions.integrate(at=NOW)
        look("registrar", NOW - HOUR, *people(99), action=EXPORT)
        assert not found(self.CODE)

        look("registrar", NOW - HOUR, "person:one-more")

        assert who(self.CODE) == {"registrar"}

    def test_what_was_looked_at_yesterday_or_written_today_is_not_counted(self):
        for person in people(30):
            look("clerk", NOW - 25 * HOUR, person)
            look("clerk", NOW - HOUR, person, action="population.person.import")
            look("clerk", NOW - HOUR, person, outcome="pmi.forbidden")

        assert not found(self.CODE)

    def test_the_questions_to_the_database_do_not_grow_with_the_looks(self):
        def questions(count):
            for person in people(count):
                look("clerk", NOW - HOUR, person)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert found(self.CODE)
            return len(asked)

        few, many = questions(20), questions(60)

        # Where the last day begins is found by halving.
        assert many - few <= 16


class TestOutOfHours:
    CODE = "trail.looks-out-of-hours"

    def test_night_and_sunday_are_told_and_the_afternoon_is_not(self):
        look("day", NOW - 3 * HOUR)
        look("night", NOW - 15 * HOUR)
        assert who(self.CODE) == {"night"}

        look("sunday", NOW - DAY - HOUR)

        assert who(self.CODE, at=NOW - DAY) >= {"sunday"}

    def test_holidays_and_make_up_days_are_those_of_the_calendar(self):
        noon = datetime(2026, 10, 1, 4, tzinfo=UTC)  # National Day, a Thursday
        look("holiday", noon)
        assert who(self.CODE, at=noon + HOUR) == {"holiday"}

        made_up = datetime(2026, 10, 10, 4, tzinfo=UTC)  # a Saturday that is worked
        look("diligent", made_up)
        assert not found(self.CODE, at=made_up + HOUR)

    def test_without_a_calendar_the_days_of_the_settings_count(self, monkeypatch, settings_of):
        monkeypatch.setattr(adapters, "_workdays", [])
        look("sunday", NOW - DAY - HOUR)
        assert who(self.CODE, at=NOW - DAY) == {"sunday"}

        settings_of(watch_days=("1", "2", "3", "4", "5", "6", "7"))
        assert not found(self.CODE, at=NOW - DAY)

    def test_who_works_in_shifts_looks_at_night(self, settings_of):
        settings_of(watch_shifts=("370100/fire/",))
        look("fireman", NOW - 15 * HOUR, organisation="370100/fire/first/")
        look("clerk", NOW - 15 * HOUR, organisation="370100/market/")

        assert who(self.CODE) == {"clerk"}

    def test_citizens_of_the_other_zone_look_at_their_own_data_whenever_they_like(self):
        # Their accounts are unknown here: the catalogue says who asks.
        look("far-citizen", NOW - 15 * HOUR, action="catalogue.items.read", detail={"asker": "citizen"})
        look("far-staff", NOW - 15 * HOUR, action="catalogue.items.read", detail={"asker": "staff"})

        assert who(self.CODE) == {"far-staff"}

    def test_somebody_of_the_other_zone_without_a_name_here_is_told_in_words(self):
        number = "account:5e3c5a49-4ed3-4f88-9650-a541d7159ea3"
        look("", NOW - 15 * HOUR, "person:1", actor_id=number, actor_name=number)

        (told,) = found(self.CODE)

        assert "account:" not in str(told.sentence)
        assert "5e3c5a49" in str(told.sentence)

    def test_ones_own_sessions_are_nobody_else_s_data(self):
        look("clerk", NOW - 15 * HOUR, action="identity.session.read")

        assert not found(self.CODE)


class TestCuriosity:
    CODE = "trail.curiosity"

    def test_one_person_looked_up_by_many_is_told_and_the_neighbour_is_not(self):
        for number in range(7):
            look(f"clerk {number}", NOW - DAY, "person:star")
            look("clerk 1", NOW - DAY, "person:neighbour")
        assert not found(self.CODE)

        look("clerk 8", NOW - HOUR, "person:star")

        assert {item.key for item in found(self.CODE)} == {"person:star"}

    def test_it_is_told_once_the_looks_have_their_places_too(self, site):
        for number in range(8):
            look(f"clerk {number}", NOW - DAY, "person:star", "firm:1")
        actions.integrate(at=NOW)

        assert {item.key for item in found(self.CODE)} == {"person:star"}

    def test_other_names_of_people_may_be_watched_by_setting(self, settings_of):
        for number in range(8):
            look(f"clerk {number}", NOW - DAY, "subject:5f2a")
        assert not found(self.CODE)

        settings_of(watch_people=("person:", "subject:"))
        assert {item.key for item in found(self.CODE)} == {"subject:5f2a"}

    def test_what_is_old_or_was_no_look_is_not_told(self):
        for number in range(20):
            look(f"clerk {number}", NOW - 8 * DAY, "person:star")
            look(f"clerk {number}", NOW - 16 * HOUR, "person:star", action="population.person.import")

        assert not found(self.CODE)


class TestRefusals:
    CODE = "trail.refusals"

    def refused(self, actor, times, **wishes):
        for _ in range(times):
            look(actor, NOW - HOUR, outcome="pmi.forbidden", **wishes)

    def test_many_in_a_row_are_told_with_the_way_to_them(self):
        self.refused("prober", 10)

        (told,) = found(self.CODE)

        assert "10" in str(told.sentence)
        assert told.since == NOW - HOUR
        assert told.url == "/trail/?actor=account%3Aprober&outcome=refused"

    def test_whatever_succeeds_in_between_breaks_the_row(self):
        self.refused("clerk", 9)
        look("clerk", NOW - HOUR)
        self.refused("clerk", 9)

        assert not found(self.CODE)

    def test_the_platform_itself_and_visitors_are_nobody_who_tries_doors(self):
        self.refused("", 30, actor_id="service:exchange")
        self.refused("", 30, actor_id="anonymous")
        self.refused("", 30, actor_id="system:probing", actor_name="老系统")

        assert [item.key for item in found(self.CODE)] == ["system:probing"]

    def test_what_is_older_than_a_day_is_not_told(self):
        for _ in range(10):
            look("clerk", NOW - 25 * HOUR, outcome="pmi.forbidden")

        assert not found(self.CODE)


class TestRules:
    @given(st.lists(st.booleans(), max_size=60))
    def test_the_longest_row_is_the_longest_stretch_without_success(self, refused):
        outcomes = [("x" if item else "done", NOW + n * HOUR) for n, item in enumerate(refused)]

        count, first = rules.longest_refusals(outcomes)

        rows = "".join("x" if item else " " for item in refused).split()
        assert count == max(map(len, rows), default=0)
        assert first is None if not count else all(refused[(start := (first - NOW) // HOUR) : start + count])

    @given(st.integers(0, 3000), st.lists(st.integers(1, 500), max_size=30))
    def test_below_the_least_nothing_is_unusual_and_from_the_bound_on_everything(self, things, earlier):
        told = rules.unusual(things, earlier, least=200, times=3, always=1000)

        assert told if things >= 1000 else not (told and things < 200)

    def test_a_few_days_make_no_habit(self):
        limits = {"least": 200, "times": 3, "always": 1000}

        assert rules.unusual(300, [250] * 4, **limits)
        assert not rules.unusual(300, [250] * 5, **limits)
