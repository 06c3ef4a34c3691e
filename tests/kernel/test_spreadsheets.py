"""No cell of a table that leaves as a file is a formula."""

from hypothesis import given
from hypothesis import strategies as some

from quancheng.kernel.spreadsheets import disarmed


class TestDisarming:
    @given(some.text(), some.sampled_from(["=", "+", "-", "@", "\t", "\r", "＝", " =", "\u3000=", "\ufeff="]))
    def test_leaves_nothing_that_begins_like_a_formula(self, text, start):
        told = disarmed(start + text)

        assert told.lstrip()[0] == "'" or told[0] == "'"
        assert told.removeprefix("'") == start + text

    @given(some.integers() | some.floats(allow_nan=False) | some.dates())
    def test_leaves_values_that_are_no_texts(self, value):
        assert disarmed(value) is value
