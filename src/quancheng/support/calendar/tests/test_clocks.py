"""Clocks: what business systems do with them inside their actions, and what the calendar does by itself."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from quancheng.kernel import events as kernel
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public as calendar
from quancheng.support.calendar.models import Clock
from quancheng.support.calendar.rules import YearTable, parse_notice
from quancheng.support.documents import public as documents

pytestmark = pytest.mark.django_db

HEAD = pmi.Actor(id="h", name="局长", kind="staff", grants=(pmi.Grant("calendar.extension.agency-head"),))
MAYOR = pmi.Actor(id="m", name="区长", kind="staff", grants=(pmi.Grant("calendar.extension.government-head"),))

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
SUBJECT = "application:1"


@pytest.fixture
def told(monkeypatch):
    """Every fact that is announced, in order."""
    facts = []
    monkeypatch.setattr(kernel, "publish", facts.append)
    return facts


def at(day, hour=10):
    """A moment on `day` in the city's time zone."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def start(**more):
    """A clock for the joint handling of a restaurant."""
    return calendar.start_clock(**{"rule": "CN-AL-42-joint", "subject": SUBJECT, "started_at": at(MONDAY), **more})


class TestStart:
    def test_gives_the_legal_date_and_the_promise(self):
        view = start(rule="CN-AL-42-decision", promised_days=5)

        assert view.due_on == date(2026, 12, 21)
        assert view.promised_due_on == date(2026, 11, 30)
        assert (view.remaining_days, view.state) == (20, "normal")
        assert view.why.article == "第四十二条第一款"

    def test_uses_the_day_in_the_city(self):
        late_evening_in_utc = datetime(2026, 11, 22, 17, tzinfo=ZoneInfo("UTC"))

        assert start(started_at=late_evening_in_utc).started_on == MONDAY

    def test_marks_a_date_in_an_unannounced_year(self):
        assert start().provisional

    def test_refuses_a_second_open_clock_of_the_same_rule(self):
        start()
        with pytest.raises(calendar.ClockRuns):
            start()

    def test_refuses_a_rule_that_is_not_there(self):
        with pytest.raises(calendar.UnknownRule):
            start(rule="CN-NONE")


class TestPauses:
    def test_a_pause_moves_the_date_and_the_promise_by_its_working_days(self):
        clock = start(rule="CN-AL-42-decision", promised_days=5)

        calendar.suspend(clock.id, at=date(2026, 11, 25), reason="inspection", document="doc:1")
        view = calendar.resume(clock.id, at=date(2026, 12, 2))

        assert view.due_on == date(2026, 12, 28)
        assert view.promised_due_on == date(2026, 12, 7)
        assert view.why.pauses[0].reason == "检验"
        assert sum(day.kind == "pause" for day in view.why.excluded) == 7

    def test_a_suspended_clock_shows_the_date_as_if_it_resumed_today(self):
        clock = start(rule="CN-AL-42-decision")
        calendar.suspend(clock.id, at=date(2026, 11, 25), reason="hearing")

        view = calendar.clock(SUBJECT, today=date(2026, 11, 27))

        assert (view.state, view.due_on) == ("suspended", date(2026, 12, 23))

    def test_a_restart_equals_a_fresh_start(self):
        clock = start(rule="CN-AL-32-correction")
        calendar.suspend(clock.id, at=date(2026, 11, 24), reason="补正")

        again = calendar.reset(clock.id, at=date(2026, 12, 1), reason="收到补正材料")

        assert again.due_on == calendar.due(rule="CN-AL-32-correction", start=date(2026, 12, 1)).date
        assert again.why.restarted == ((date(2026, 12, 1), "收到补正材料"),)

    def test_a_pause_after_the_last_day_does_not_hide_that_it_has_passed(self):
        clock = start(rule="CN-AL-32-correction")
        calendar.suspend(clock.id, at=date(2026, 12, 2), reason="hearing")

        view = calendar.clock(SUBJECT, today=date(2026, 12, 4))

        assert (view.state, view.remaining_days, view.due_on) == ("overdue", -4, date(2026, 11, 30))

    def test_only_a_running_clock_can_be_suspended_and_only_a_suspended_one_resumed(self):
        clock = start()
        with pytest.raises(calendar.ClockStands):
            calendar.resume(clock.id, at=MONDAY)
        calendar.suspend(clock.id, at=MONDAY, reason="hearing")
        with pytest.raises(calendar.ClockStands):
            calendar.suspend(clock.id, at=MONDAY, reason="hearing")


class TestExtensions:
    @pytest.fixture
    def notice(self):
        return documents.keep(b"%PDF-1.4\n% extension approved\n", name="extension.pdf").digest

    def extend(self, clock, notice, *, days=10, approver=HEAD, at=MONDAY):
        return calendar.extend(clock.id, at=at, days=days, reason="复杂", document=notice, approver=approver)

    def test_what_is_over_cannot_be_extended(self, notice):
        with pytest.raises(calendar.ClockStands):
            self.extend(start(rule="CN-AL-42-decision"), notice, at=date(2026, 12, 22))

    def test_stay_within_the_law_and_happen_once(self, notice):
        clock = start(rule="CN-AL-42-decision")
        with pytest.raises(calendar.NotExtendable):
            self.extend(clock, notice, days=11)

        view = self.extend(clock, notice)

        assert (view.days, view.due_on) == (30, date(2027, 1, 5))
        assert view.why.extensions == (calendar.Extension(MONDAY, 10, "复杂", notice),)
        with pytest.raises(calendar.NotExtendable):
            self.extend(clock, notice, days=1)

    def test_need_the_level_that_the_law_names_or_a_higher_one(self, notice):
        joint, single = start(), start(rule="CN-AL-42-decision")
        with pytest.raises(calendar.TooLow):
            self.extend(joint, notice, approver=HEAD)
        with pytest.raises(calendar.TooLow):
            self.extend(single, notice, approver=pmi.Actor(id="x", name="", kind="staff"))

        assert self.extend(joint, notice, days=15, approver=MAYOR).why.extended == 15
        assert self.extend(single, notice, approver=MAYOR).why.extended == 10

    def test_need_the_notice_on_file_first(self):
        clock = start(rule="CN-AL-42-decision")
        with pytest.raises(calendar.NoNotice):
            self.extend(clock, "0" * 64)

        assert calendar.clock_by_id(clock.id, today=MONDAY).due_on == clock.due_on

    def test_are_refused_where_the_law_knows_none(self, notice):
        with pytest.raises(calendar.NotExtendable):
            self.extend(start(rule="CN-AL-32-correction"), notice, days=1, approver=MAYOR)


class TestStop:
    def test_keeps_the_date_and_allows_another_clock(self):
        clock = start(rule="CN-AL-44-issue")

        stopped = calendar.stop(clock.id, at=date(2026, 11, 26))

        assert (stopped.state, stopped.stopped_on, stopped.due_on) == ("stopped", date(2026, 11, 26), clock.due_on)
        assert start(rule="CN-AL-44-issue").state == "normal"
        with pytest.raises(calendar.ClockStands):
            calendar.stop(clock.id, at=MONDAY)


class TestTravel:
    def test_a_clock_comes_back_from_its_data_and_ages(self):
        clock = start(rule="CN-AL-42-decision", promised_days=5)
        calendar.suspend(clock.id, at=date(2026, 11, 25), reason="testing")
        view = calendar.resume(clock.id, at=date(2026, 11, 26))

        data = kernel.plain(view.as_data())

        assert calendar.ClockView.from_data(data) == view
        assert calendar.from_data(data, today=date(2026, 12, 21)).state == "warning"
        assert calendar.from_data(data, today=date(2026, 12, 26)).remaining_days == -3
        assert calendar.from_data({}) is None


class TestLists:
    def test_many_clocks_cost_three_queries(self, django_assert_num_queries):
        for number in range(5):
            start(subject=f"application:{number}")
            start(subject=f"application:{number}", rule="CN-AL-42-decision")

        with django_assert_num_queries(3):
            found = calendar.clocks_due([f"application:{number}" for number in range(6)])

        assert len(found) == 5
        assert {clock.rule for clock in found.values()} == {"CN-AL-42-decision"}


class TestRounds:
    def test_each_nearness_is_told_once_and_expiry_once(self, told):
        start(rule="CN-AL-32-correction")

        for day in (date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30)):
            calendar.announce_due(at=at(day))
            calendar.announce_due(at=at(day))
        assert [(fact.topic, fact.state) for fact in told] == [
            ("calendar.clock-near", "near"),
            ("calendar.clock-near", "warning"),
        ]

        calendar.announce_due(at=at(date(2026, 12, 1), 0))
        calendar.announce_due(at=at(date(2026, 12, 2)))
        assert [fact.topic for fact in told[2:]] == ["calendar.clock-expired"]
        assert told[2].on_expiry == "deemed-accepted"

    def test_a_stopped_or_suspended_clock_does_not_expire(self, told):
        stopped = start(rule="CN-AL-32-correction")
        calendar.stop(stopped.id, at=MONDAY)
        paused = start(rule="CN-AL-42-decision")
        calendar.suspend(paused.id, at=MONDAY, reason="hearing")

        assert calendar.announce_due(at=at(date(2027, 3, 1))) == 0
        assert told == []


class TestLoading:
    ADMINISTRATOR = pmi.Actor(id="a", name="管理员", kind="staff", grants=(pmi.Grant("calendar.year.load"),))
    NOTICE = "1月1日 1月3日 元旦 放假\n2027-02-05 2027-02-11 春节 放假\n2月14日 春节 上班"

    def load(self, text=NOTICE, year=2027, actor=ADMINISTRATOR):
        table = parse_notice(year, text, document="国务院办公厅关于2027年部分节假日安排的通知")
        return calendar.load_year(actor=actor, year=table, at=at(MONDAY))

    @pytest.mark.django_db(transaction=True)
    def test_dates_running_clocks_anew_and_says_so(self, told):
        with transaction.atomic():
            before = start(started_at=date(2026, 12, 10))
            with_no_change = start(rule="CN-AL-32-correction", started_at=MONDAY)

        moved = self.load()

        after = calendar.clock(SUBJECT, rule="CN-AL-42-joint", today=MONDAY)
        assert moved == 1
        assert (before.provisional, after.provisional) == (True, False)
        assert after.due_on > before.due_on
        assert [fact.topic for fact in told] == ["calendar.year-loaded", "calendar.clock-redated"]
        assert told[1].was_due_on == before.due_on.isoformat()
        assert calendar.clock_by_id(with_no_change.id, today=MONDAY).due_on == with_no_change.due_on
        assert "春节" in {day.reason for day in after.why.excluded}

    @pytest.mark.django_db(transaction=True)
    def test_loading_again_changes_nothing(self, told):
        self.load()
        assert self.load() == 0
        assert {fact.topic for fact in told} == {"calendar.year-loaded"}
        assert Clock.objects.count() == 0

    @pytest.mark.django_db(transaction=True)
    def test_needs_the_privilege_and_a_year_that_is_not_over(self):
        with pytest.raises(pmi.Forbidden):
            self.load(actor=pmi.Actor(id="b", name="", kind="staff"))
        with pytest.raises(calendar.PastYear):
            calendar.load_year(actor=self.ADMINISTRATOR, year=YearTable(2025), at=at(MONDAY))
