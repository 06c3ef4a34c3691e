"""Working days, due dates and what keeps them honest."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.support.calendar import rules

FOLDER = Path(__file__).parents[1]
YEARS, FIXED = rules.read_years(tomllib.loads((FOLDER / "holidays.toml").read_text(encoding="utf-8")))
TABLE = rules.CalendarTable(YEARS, fixed=FIXED)
FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
LENGTHS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 45)
DAYS = st.dates(FIRST, date(2026, 6, 30))
ONE_DAY = timedelta(days=1)


def pauses(start=FIRST, end=date(2026, 6, 30)):
    """A few pauses of up to sixty days."""
    return st.lists(
        st.builds(
            lambda since, length: rules.Pause(since, since + timedelta(days=length), "检验"),
            st.dates(start, end),
            st.integers(0, 60),
        ),
        max_size=4,
    )


class TestTable:
    def test_equals_chinesecalendar_for_every_start_and_length(self):
        chinese_calendar = pytest.importorskip("chinese_calendar")
        days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
        worked = [day for day in days if chinese_calendar.is_workday(day)]
        position, compared = 0, 0

        for start in days:
            while position < len(worked) and worked[position] <= start:
                position += 1
            for n in LENGTHS:
                if position + n <= len(worked):
                    assert TABLE.add(start, n) == worked[position + n - 1]
                    compared += 1

        assert compared > 80_000

    def test_knows_make_up_workdays_and_names_holidays(self):
        assert TABLE.kind(date(2026, 10, 10)) is rules.DayKind.MAKEUP
        assert TABLE.is_workday(date(2026, 10, 10))
        assert TABLE.kind(date(2026, 10, 5)) is rules.DayKind.HOLIDAY
        assert TABLE.name(date(2026, 10, 5)) == "国庆节"
        assert TABLE.kind(date(2026, 11, 22)) is rules.DayKind.WEEKEND

    def test_an_unannounced_year_is_marked_and_keeps_the_fixed_festivals(self):
        assert TABLE.announced(date(2026, 12, 31))
        assert not TABLE.announced(date(2027, 1, 4))
        assert not TABLE.is_workday(date(2027, 1, 1))

    def test_refuses_days_it_knows_nothing_of(self):
        with pytest.raises(rules.OutsideCalendar):
            TABLE.is_workday(date(1999, 1, 1))
        with pytest.raises(rules.OutsideCalendar):
            TABLE.add(date(2030, 1, 1), 100_000)

    @given(start=DAYS, n=st.integers(1, 90))
    def test_the_nth_working_day_is_worked_and_has_n_before_it(self, start, n):
        found = TABLE.add(start, n)

        assert TABLE.is_workday(found)
        assert TABLE.count(start, found) == n

    @given(start=st.dates(date(2005, 1, 1), LAST), n=st.integers(1, 90))
    def test_counting_back_finds_the_nth_working_day_before(self, start, n):
        found = TABLE.add(start, -n)

        assert TABLE.is_workday(found)
        assert TABLE.count(found, start - ONE_DAY) == n - 1

    def test_a_changed_notice_changes_the_digest(self):
        changed = [*YEARS, rules.YearTable(2027, off={date(2027, 1, 1): "元旦"})]

        assert rules.CalendarTable(changed, fixed=FIXED).digest != TABLE.digest
        assert rules.CalendarTable(YEARS, fixed=FIXED).digest == TABLE.digest


class TestDue:
    def test_the_day_after_the_event_is_the_first(self):
        found = rules.due_date(TABLE, start=date(2026, 11, 23), n=1)

        assert found.date == date(2026, 11, 24)

    def test_explains_each_day_that_is_not_counted(self):
        found = rules.due_date(TABLE, start=date(2026, 9, 30), n=3)

        assert found.date == date(2026, 10, 10)
        assert [day.reason for day in found.excluded] == ["国庆节"] * 7
        assert found.working_days == 3

    def test_a_period_that_reaches_an_unannounced_year_is_provisional(self):
        assert rules.due_date(TABLE, start=date(2026, 11, 23), n=45).provisional
        assert not rules.due_date(TABLE, start=date(2026, 11, 23), n=20).provisional

    def test_calendar_days_and_months_roll_to_a_working_day(self):
        in_days = rules.due_date(TABLE, start=date(2026, 9, 22), n=10, unit="day")
        in_months = rules.due_date(TABLE, start=date(2026, 1, 31), n=1, unit="month")

        assert (in_days.rolled_from, in_days.date) == (date(2026, 10, 2), date(2026, 10, 8))
        assert (in_months.rolled_from, in_months.date) == (None, date(2026, 2, 28))

    def test_counts_back_from_an_event(self):
        found = rules.due_date(TABLE, start=date(2026, 12, 31), n=30, unit="day", direction="before")

        assert found.date == date(2026, 12, 1)

    @given(start=DAYS, n=st.sampled_from(LENGTHS), unit=st.sampled_from(["workday", "day", "month"]))
    def test_never_falls_as_the_start_gets_later(self, start, n, unit):
        first, second = (rules.due_date(TABLE, start=day, n=n, unit=unit) for day in (start, start + ONE_DAY))

        assert first.date <= second.date

    @given(start=DAYS, n=st.sampled_from(LENGTHS), stops=pauses())
    def test_is_the_nth_day_that_is_worked_and_not_paused(self, start, n, stops):
        found = rules.due_date(TABLE, start=start, n=n, pauses=stops)

        counted, day = 0, start
        while counted < n:
            day += ONE_DAY
            counted += TABLE.is_workday(day) and not any(p.since < day <= p.until for p in stops)
        assert found.date == day
        assert found.working_days == n
        assert len(found.excluded) == (found.date - start).days - n

    @given(start=DAYS, n=st.sampled_from(LENGTHS), offset=st.integers(0, 40), length=st.integers(0, 60))
    def test_a_pause_of_k_working_days_moves_the_date_by_exactly_k(self, start, n, offset, length):
        plain = rules.due_date(TABLE, start=start, n=n).date
        since = min(start + timedelta(days=offset), plain - ONE_DAY)
        pause = rules.Pause(since, since + timedelta(days=length))

        moved = rules.due_date(TABLE, start=start, n=n, pauses=[pause]).date

        assert moved == TABLE.add(plain, TABLE.count(pause.since, pause.until))

    @given(start=DAYS, n=st.sampled_from(LENGTHS), stops=pauses())
    def test_overlapping_pauses_count_once(self, start, n, stops):
        once = rules.due_date(TABLE, start=start, n=n, pauses=stops)
        doubled = rules.due_date(TABLE, start=start, n=n, pauses=[*stops, *stops])
        joined = rules.due_date(
            TABLE, start=start, n=n, pauses=[rules.Pause(*span) for span in rules.merged(stops, as_of=start)]
        )

        assert once.date == doubled.date == joined.date

    @given(start=DAYS, n=st.sampled_from(LENGTHS))
    def test_an_open_pause_moves_the_date_with_every_working_day(self, start, n):
        since = start + ONE_DAY
        plain = rules.due_date(TABLE, start=start, n=n + 1).date

        for as_of in (since, since + timedelta(days=9)):
            found = rules.due_date(TABLE, start=start, n=n + 1, pauses=[rules.Pause(since)], as_of=as_of)
            assert found.date == (TABLE.add(plain, TABLE.count(since, as_of)) if since < plain else plain)


class TestState:
    @pytest.mark.parametrize(
        ("remaining", "state"),
        [(10, "normal"), (4, "normal"), (3, "near"), (2, "near"), (1, "warning"), (0, "warning"), (-1, "overdue")],
    )
    def test_follows_the_days_left(self, remaining, state):
        assert rules.state_of(remaining, near_days=3, warning_days=1) == state


class TestNotice:
    def test_reads_a_pasted_table(self):
        text = "2027-01-01\t2027-01-03\t元旦\t放假\n1月10日 元旦 上班\n"

        found = rules.parse_notice(2027, text, document="通知")

        assert sorted(found.off) == [date(2027, 1, day) for day in (1, 2, 3)]
        assert found.work == {date(2027, 1, 10): "元旦"}
        assert found.announced

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "shape"),
            ("1月1日 元旦", "shape"),
            ("1月32日 元旦 放假", "day"),
            ("2026-01-01 元旦 放假", "year"),
            ("1月3日 1月1日 元旦 放假", "order"),
            ("1月1日 元旦 旅行", "word"),
            ("1月1日 元旦 放假\n1月1日 元旦 上班", "clash"),
            ("1月4日 元旦 上班", "weekday"),
        ],
    )
    def test_refuses_what_it_cannot_read_and_names_the_line(self, text, reason):
        with pytest.raises(rules.BadNotice) as caught:
            rules.parse_notice(2027, text, document="通知")

        assert caught.value.reason == reason
        assert caught.value.line == (2 if reason == "clash" else 1)
