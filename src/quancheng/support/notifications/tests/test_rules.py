"""When a delivery is tried again, when it is quiet, how long a text message is, and what stands in the places."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quancheng.support.notifications import rules

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CITY = ZoneInfo("Asia/Shanghai")
TEN, EIGHT = time(22, 0), time(8, 0)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=400)


class TestNextTry:
    def test_doubles_the_pause(self):
        pauses = [rules.next_try(attempts=attempts, now=NOW, limit=9) - NOW for attempts in (1, 2, 3, 4)]

        assert pauses == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]

    def test_gives_up_at_the_limit(self):
        assert rules.next_try(attempts=8, now=NOW, limit=8) is None

    @given(attempts=st.integers(1, 10_000))
    @settings(max_examples=30)
    def test_never_waits_longer_than_six_hours_nor_less_than_a_minute(self, attempts):
        pause = rules.next_try(attempts=attempts, now=NOW, limit=10_001) - NOW

        assert timedelta(minutes=1) <= pause <= timedelta(hours=6)


class TestRest:
    def test_of_a_gateway_begins_with_the_fifth_failure_in_a_row_and_grows_to_half_an_hour(self):
        assert [rules.rest(failures=n) // timedelta(minutes=1) for n in (1, 4, 5, 6, 7, 50)] == [0, 0, 1, 2, 4, 30]


class TestTokens:
    def test_never_pile_up_to_more_than_a_second_s_worth(self):
        assert rules.tokens_now(tokens=3, seconds=3600, per_second=20) == 20

    def test_of_a_slow_gateway_fill_up_to_one(self):
        assert rules.tokens_now(tokens=0, seconds=10, per_second=0.1) == 1

    def test_do_not_shrink_when_a_clock_was_set_back(self):
        assert rules.tokens_now(tokens=3, seconds=-60, per_second=20) == 3


class TestReceipts:
    @pytest.mark.parametrize("final", sorted(rules.FINAL))
    @pytest.mark.parametrize("state", ["sent", "pending", "delivered", "temporary-failure", "permanent-failure"])
    def test_change_nothing_that_is_final(self, final, state):
        assert not rules.follows(state, known=final)

    @pytest.mark.parametrize("known", ["sending", "sent", "pending", "temporary-failure"])
    def test_of_delivery_are_heard_in_every_state_on_the_way(self, known):
        assert rules.follows("delivered", known=known)

    def test_of_what_was_never_handed_over_are_not_believed(self):
        assert not rules.follows("delivered", known="created")

    def test_do_not_lead_back(self):
        assert not rules.follows("sent", known="pending")


class TestQuietHours:
    @pytest.mark.parametrize(
        ("hour", "minute", "quiet"),
        [(21, 59, False), (22, 0, True), (0, 0, True), (7, 59, True), (8, 0, False), (12, 0, False)],
    )
    def test_pass_midnight(self, hour, minute, quiet):
        assert rules.is_quiet(time(hour, minute), begins=TEN, ends=EIGHT) is quiet

    def test_that_begin_when_they_end_are_none(self):
        assert not rules.is_quiet(time(23), begins=TEN, ends=TEN)

    def test_in_the_evening_end_the_next_morning_and_after_midnight_the_same(self):
        evening, night = datetime(2026, 11, 23, 23, 0, tzinfo=CITY), datetime(2026, 11, 24, 3, 0, tzinfo=CITY)

        ends = {rules.next_loud(moment, begins=TEN, ends=EIGHT) for moment in (evening, night)}

        assert ends == {datetime(2026, 11, 24, 8, 0, tzinfo=CITY)}

    @given(
        moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=CITY)),
        begins=st.times(),
        ends=st.times(),
    )
    @settings(max_examples=60)
    def test_are_never_disturbed_and_never_longer_than_a_day(self, moment, begins, ends):
        loud = rules.next_loud(moment, begins=begins, ends=ends)

        assert not rules.is_quiet(loud.time(), begins=begins, ends=ends)
        assert timedelta(0) <= loud - moment <= timedelta(days=1)


class TestDigest:
    @pytest.mark.parametrize(
        ("period", "day", "hour", "expected"),
        [
            ("daily", 23, 7, 23),
            ("daily", 23, 8, 24),
            ("daily", 23, 9, 24),
            ("weekly", 23, 7, 23),
            ("weekly", 23, 9, 30),
        ],
    )
    def test_goes_out_at_eight_each_day_or_on_mondays(self, period, day, hour, expected):
        moment = datetime(2026, 11, day, hour, 0, tzinfo=CITY)

        assert rules.next_digest(moment, period=period, at=EIGHT) == datetime(2026, 11, expected, 8, 0, tzinfo=CITY)


class TestTextMessage:
    @pytest.mark.parametrize(
        ("text", "alphabet", "units", "parts"),
        [
            ("", "GSM-7", 0, 0),
            ("a" * 160, "GSM-7", 160, 1),
            ("a" * 161, "GSM-7", 161, 2),
            ("a" * 306, "GSM-7", 306, 2),
            ("a" * 307, "GSM-7", 307, 3),
            ("€" * 80, "GSM-7", 160, 1),
            ("€" * 81, "GSM-7", 162, 2),
            ("济" * 70, "UCS-2", 70, 1),
            ("济" * 71, "UCS-2", 71, 2),
            ("济" * 134, "UCS-2", 134, 2),
            ("济" * 135, "UCS-2", 135, 3),
            ("😀" * 35, "UCS-2", 70, 1),
            ("😀" * 36, "UCS-2", 72, 2),
            # 67 is odd: a pair that would be cut goes to the next part as a whole.
            ("😀" * 67, "UCS-2", 134, 3),
        ],
    )
    def test_is_counted_as_the_operators_do(self, text, alphabet, units, parts):
        assert rules.count(text) == rules.Count(alphabet, units, parts)

    @given(TEXTS)
    @settings(max_examples=60)
    def test_loses_nothing_when_it_is_cut(self, text):
        parts = rules.split(text)

        assert "".join(parts) == text
        assert len(parts) == 1 or all(rules.count(part).units <= 153 for part in parts)


class TestPlaces:
    def test_are_found_once_each_in_their_order(self):
        assert rules.places("{b} {a}{b}\n{ c }") == ("b", "a", "c")

    def test_nobody_knows_are_named(self):
        assert rules.unknown("{service}: {sate}", names=("service", "state")) == ("sate",)

    def test_are_filled_once_whatever_the_words_say(self):
        assert rules.fill("{a}{b}", {"a": "{b}", "b": "x"}) == "{b}x"

    def test_that_are_all_empty_take_their_line_with_them(self):
        assert rules.fill("{a}\n{b}\n\n—", {"a": "x", "b": ""}) == "x\n\n—"

    @given(TEXTS)
    @settings(max_examples=40)
    def test_a_text_without_any_stays_as_it_is(self, text):
        plain = text.replace("{", "").strip()

        assert rules.fill(plain, {}) == "\n".join(plain.splitlines()).strip()


def test_a_letter_keeps_its_message_id():
    assert rules.message_id("abc", domain="quancheng.example") == "<abc@quancheng.example>"
