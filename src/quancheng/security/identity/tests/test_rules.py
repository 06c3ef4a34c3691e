"""Identity numbers, mobile numbers, paths."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.security.identity import rules

TODAY = date(2026, 11, 23)
BIRTHDAYS = st.dates(date(1880, 1, 1), TODAY)
SEQUENCES = st.integers(0, 999)
CODES = st.from_regex(r"[0-9a-z][0-9a-z-]{0,9}", fullmatch=True)
PATHS = st.lists(CODES, min_size=1, max_size=5).map(lambda codes: "/".join(codes) + "/")


def number_of(born: date, sequence: int) -> str:
    first = f"370102{born:%Y%m%d}{sequence:03d}"
    return first + rules.check_character(first)


class TestIsIdentityNumber:
    def test_accepts_the_example_of_the_standard(self):
        assert rules.is_identity_number("11010519491231002X", today=TODAY)

    @given(born=BIRTHDAYS, sequence=SEQUENCES)
    def test_accepts_every_number_with_its_own_check_character(self, born, sequence):
        assert rules.is_identity_number(number_of(born, sequence), today=TODAY)

    @given(born=BIRTHDAYS, sequence=SEQUENCES, place=st.integers(0, 16), shift=st.integers(1, 9))
    def test_notices_every_single_wrong_digit(self, born, sequence, place, shift):
        right = number_of(born, sequence)

        wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]

        assert not rules.is_identity_number(wrong, today=TODAY)

    @pytest.mark.parametrize("text", ["", "1" * 18, "37010219900231002X", "370102900315002", "１1010519491231002X"])
    def test_refuses_what_cannot_be_one(self, text):
        assert not rules.is_identity_number(text, today=TODAY)

    def test_refuses_a_birthday_in_the_future(self):
        assert not rules.is_identity_number(number_of(date(2026, 11, 24), 1), today=TODAY)


class TestMasked:
    @given(born=BIRTHDAYS, sequence=SEQUENCES)
    def test_hides_birthday_and_sequence(self, born, sequence):
        number = number_of(born, sequence)

        assert rules.masked_identity_number(number) == f"{number[:4]}**********{number[-4:]}"

    def test_hides_all_of_something_short(self):
        assert rules.masked_identity_number("1234") == "****"


class TestIsMobile:
    @pytest.mark.parametrize(("text", "good"), [("13800530001", True), ("12800530001", False), ("138005300011", False)])
    def test_knows_the_ranges_in_use(self, text, good):
        assert rules.is_mobile(text) is good


class TestCommonPath:
    def test_is_the_organisation_itself_for_one_place(self):
        assert rules.common_path(["370100/370100-scjg/"]) == "370100/370100-scjg/"

    def test_is_the_city_for_two_departments(self):
        assert rules.common_path(["370100/370100-scjg/", "370100/370100-xfjy/"]) == "370100/"

    def test_does_not_take_a_common_beginning_for_a_common_organisation(self):
        assert rules.common_path(["370100/370100-s/", "370100/370100-sp/"]) == "370100/"

    def test_is_nothing_for_nobody(self):
        assert rules.common_path([]) == ""

    @given(paths=st.lists(PATHS, min_size=1, max_size=4))
    def test_stands_at_or_above_every_path(self, paths):
        assert all(path.startswith(rules.common_path(paths)) for path in paths)


class TestInOrderOfTree:
    @given(ranks=st.dictionaries(PATHS, st.integers(0, 3), max_size=8))
    def test_puts_nothing_before_what_it_lies_below(self, ranks):
        ordered = rules.in_order_of_tree(ranks)

        assert not [
            path for place, path in enumerate(ordered) for earlier in ordered[:place] if earlier.startswith(path)
        ]
        assert sorted(ordered) == sorted(ranks)


class TestPathOf:
    @given(path=PATHS, code=CODES)
    def test_puts_the_child_directly_below(self, path, code):
        assert rules.ancestors(rules.path_of(code, parent=path))[-2] == path
