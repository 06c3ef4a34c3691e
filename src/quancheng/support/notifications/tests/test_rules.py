"""When a letter is tried again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quancheng.support.notifications import rules

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


class TestNextTry:
    def test_doubles_the_pause(self):
        pauses = [rules.next_try(attempts=attempts, now=NOW, limit=9) - NOW for attempts in (1, 2, 3, 4)]

        assert pauses == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]

    def test_gives_up_at_the_limit(self):
        assert rules.next_try(attempts=8, now=NOW, limit=8) is None

    @given(attempts=st.integers(1, 10_000))
    def test_never_waits_longer_than_six_hours_nor_less_than_a_minute(self, attempts):
        pause = rules.next_try(attempts=attempts, now=NOW, limit=10_001) - NOW

        assert timedelta(minutes=1) <= pause <= timedelta(hours=6)

    @given(attempts=st.integers(1, 1000))
    def test_never_becomes_more_impatient(self, attempts):
        sooner, later = (rules.next_try(attempts=n, now=NOW, limit=2000) for n in (attempts, attempts + 1))

        assert sooner <= later


def test_a_letter_keeps_its_message_id():
    assert rules.message_id("abc", domain="quancheng.example") == "<abc@quancheng.example>"
