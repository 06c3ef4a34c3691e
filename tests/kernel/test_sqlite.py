"""Waiting for SQLite's one writer: whoever has waited longest asks most often."""

from quancheng.kernel.sqlite import base


def test_who_has_waited_for_long_asks_sooner_than_anybody_who_has_just_come():
    assert max(base.pause(10) for _time in range(100)) < min(base.pause(0) for _time in range(100))


def test_nobody_asks_without_a_pause():
    assert min(base.pause(30) for _time in range(100)) > 0
