"""Identifiers: check characters by property and exhaustively."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.support.eforms import rules

TODAY = date(2026, 11, 23)
REGIONS = st.sampled_from(["370102", "370103", "370112", "110101", "820000"])
SERIALS = st.integers(0, 999).map("{:03}".format)
BORN = st.dates(date(1900, 1, 1), TODAY)
USCC_BODY = st.tuples(
    st.sampled_from(["91", "92", "11", "52"]),
    st.sampled_from(["370102", "370100", "100000"]),
    st.text(alphabet=rules.USCC_ALPHABET, min_size=9, max_size=9),
).map("".join)


def numbers():
    """Valid citizen identity numbers."""
    bodies = st.tuples(REGIONS, BORN.map("{:%Y%m%d}".format), SERIALS).map("".join)
    return bodies.map(lambda body: body + rules.identity_check_digit(body))


class TestIdentityNumber:
    # Examples printed in GB 11643-1999 and in the literature on it.
    @pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
    def test_published_examples_are_valid(self, number):
        assert rules.identity_fault(number, today=TODAY) is None

    @given(number=numbers())
    def test_says_region_birth_and_sex(self, number):
        found = rules.identity(number, today=TODAY)

        assert found is not None
        assert found.region == number[:6]
        assert f"{found.born_on:%Y%m%d}" == number[6:14]
        assert (found.sex == "male") == (int(number[16]) % 2 == 1)

    @given(number=numbers(), place=st.integers(0, 16), digit=st.sampled_from("0123456789"))
    def test_every_single_wrong_digit_is_noticed(self, number, place, digit):
        wrong = number[:place] + digit + number[place + 1 :]

        assert (rules.identity_fault(wrong, today=TODAY) is None) == (wrong == number)

    @given(number=numbers(), place=st.integers(0, 16))
    def test_every_swap_of_neighbours_is_noticed(self, number, place):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

        assert (rules.identity_fault(swapped, today=TODAY) is None) == (swapped == number)

    def test_exactly_one_of_eleven_last_characters_fits_each_serial(self):
        for serial in range(1000):
            body = f"37010219850101{serial:03}"
            fitting = [end for end in "0123456789X" if rules.identity_fault(body + end, today=TODAY) is None]
            assert fitting == [rules.identity_check_digit(body)]

    @pytest.mark.parametrize(
        ("number", "fault"),
        [
            ("37010219850101123", "length"),
            ("3701021985010112345", "length"),
            ("37010219850101123x", "characters"),
            ("３７0102198501011234", "characters"),
            ("990102198501011234", "region"),
            ("370102198502301234", "date"),
            ("370102202612011234", "date"),
            ("110105194912310021", "check"),
        ],
    )
    def test_names_what_is_wrong(self, number, fault):
        assert rules.identity_fault(number, today=TODAY) == fault


class TestCreditCode:
    # Codes as published on the licences of well-known companies.
    @pytest.mark.parametrize("code", ["914403001922038216", "9144030071526726XG"])
    def test_published_codes_are_valid(self, code):
        assert rules.uscc_fault(code) is None

    def test_an_example_worked_by_hand(self):
        # 91350100M000100Y43 is the example of GB 32100-2015, appendix A.
        assert rules.uscc_fault("91350100M000100Y43") is None

    @given(body=USCC_BODY)
    def test_exactly_one_last_character_fits(self, body):
        fitting = [char for char in rules.USCC_ALPHABET if rules.uscc_fault(body + char) is None]

        assert fitting == [rules.uscc_check_character(body)]

    @given(body=USCC_BODY, place=st.integers(8, 16), char=st.sampled_from(rules.USCC_ALPHABET))
    def test_every_single_wrong_character_is_noticed(self, body, place, char):
        code = body + rules.uscc_check_character(body)
        wrong = code[:place] + char + code[place + 1 :]

        assert (rules.uscc_fault(wrong) is None) == (wrong == code)

    @pytest.mark.parametrize(
        ("code", "fault"),
        [
            ("9135", "length"),
            ("91350100M000100I43", "characters"),
            ("91990100M000100Y43", "region"),
            ("91350100M000100Y44", "check"),
        ],
    )
    def test_names_what_is_wrong(self, code, fault):
        assert rules.uscc_fault(code) == fault


class TestOthers:
    @pytest.mark.parametrize(
        ("number", "fault"), [("13800000000", None), ("1380000000", "length"), ("12800000000", "characters")]
    )
    def test_mobile(self, number, fault):
        assert rules.mobile_fault(number) == fault

    @pytest.mark.parametrize(
        ("code", "fault"),
        [("370102", None), ("370102001", None), ("370102001001", None), ("3701", "length"), ("000000", "region")],
    )
    def test_division(self, code, fault):
        assert rules.division_fault(code) == fault

    @pytest.mark.parametrize(
        ("amount", "fault"), [("12.34", None), ("-1", None), ("1.234", "characters"), ("1e13", "length")]
    )
    def test_money(self, amount, fault):
        assert rules.money_fault(Decimal(amount)) == fault

    def test_full_width_spaces_and_lower_case_are_tidied(self):
        assert rules.tidy("３７0102 1985-0101 123x") == "37010219850101123X"

    @given(text=st.text(alphabet="0123456789X", min_size=1, max_size=20))
    def test_masking_keeps_the_length_and_hides_something(self, text):
        hidden = rules.masked(text)

        assert len(hidden) == len(text)
        assert "*" in hidden or len(text) == 1
