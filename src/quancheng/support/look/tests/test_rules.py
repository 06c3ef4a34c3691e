"""Dates, sums, numbers and states as people read them."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.support.look import rules


class TestState:
    def test_always_has_a_word_and_a_known_icon(self):
        assert all(shown.word and shown.icon in rules.ICONS for shown in rules.STATES.values())

    def test_never_is_told_by_colour_alone(self):
        looks = [(shown.word, shown.icon) for shown in rules.STATES.values()]

        assert len(set(looks)) == len(looks)

    def test_of_an_unknown_code_is_its_own_name(self):
        assert rules.state("ON_HOLIDAY").word == "on holiday"


class TestDates:
    def test_are_written_the_chinese_way(self):
        assert rules.when(datetime(2026, 11, 3, 4, 5), language="zh-hans") == "2026年11月3日 04:05"

    def test_are_written_the_english_way(self):
        assert rules.day(date(2026, 11, 3), language="en") == "3 November 2026"


class TestMasked:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [("370102199001011234", "3701**********1234"), ("13853112345", "138****2345"), ("王泉", "王*"), ("", "")],
    )
    def test_keeps_only_the_ends(self, text, shown):
        assert rules.masked(text) == shown

    @given(st.text(min_size=5, max_size=40))
    def test_hides_something_and_keeps_the_length(self, text):
        shown = rules.masked(text)

        assert len(shown) == len(text)
        assert "*" in shown


class TestMoney:
    def test_groups_thousands_and_keeps_two_places(self):
        assert rules.money(Decimal("1234.5")) == "¥1,234.50"

    def test_puts_the_minus_before_the_sign(self):
        assert rules.money("-3") == "-¥3.00"


class TestPagesAround:
    @given(st.integers(1, 500), st.data())
    def test_always_offers_first_last_and_this_page_in_order(self, total, data):
        number = data.draw(st.integers(1, total))

        offered = [page for page in rules.pages_around(number, total) if page is not None]

        assert offered == sorted(set(offered))
        assert {1, number, total} <= set(offered)


class TestSize:
    @pytest.mark.parametrize(("octets", "said"), [(820, "820 B"), (12_700, "12.4 KB"), (3_250_000, "3.1 MB")])
    def test_is_said_in_the_unit_people_use(self, octets, said):
        assert rules.size(octets) == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("王小美", "王**"),
        ("370102199003150024", "3701**********0024"),
        ("历下区泉城路1号2单元501室", "历*******"),
        ("1990-03-15", "1*******"),
        ("", ""),
    ],
)
def test_veiled_data_keep_neither_door_nor_day(text, shown):
    assert rules.veiled(text) == shown
