from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.registries.population import rules

TODAY = date(2026, 11, 23)
NUMBERS = st.builds(
    rules.number,
    division=st.sampled_from(["370102", "370103", "110101"]),
    born=st.dates(date(1900, 1, 1), TODAY),
    sequence=st.integers(0, 999),
)


class TestIdentityNumber:
    @given(NUMBERS)
    def test_made_numbers_are_read_back(self, number):
        found = rules.read(number.lower(), today=TODAY)

        assert found.number == number
        assert found.sex == ("male" if int(number[16]) % 2 else "female")

    @given(NUMBERS, st.integers(0, 16), st.integers(1, 9))
    def test_one_wrong_digit_is_always_noticed(self, number, place, shift):
        wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]

        with pytest.raises(rules.WrongNumber):
            rules.read(wrong, today=TODAY)

    @given(NUMBERS, st.integers(0, 15))
    def test_two_neighbours_swapped_are_always_noticed(self, number, place):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

        if swapped != number:
            with pytest.raises(rules.WrongNumber):
                rules.read(swapped, today=TODAY)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("123", "number-length"),
            ("37010219900315002X", "number-check"),
            ("３７０１０２199003150024", "number-length"),
        ],
    )
    def test_says_what_is_wrong(self, text, reason):
        with pytest.raises(rules.WrongNumber, match=reason):
            rules.read(text, today=TODAY)
