"""A search understands what people call things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.systems.portal import rules

SYNONYMS = {"饭店": "餐饮", "店": "商铺", "招牌": "店招"}


class TestWords:
    def test_puts_the_official_word_first_and_drops_the_filler(self):
        assert rules.words("我想开个饭店", {"饭店": "餐饮"}) == ("餐饮", "饭店")

    def test_keeps_words_that_nobody_translated(self):
        assert rules.words("食品经营 许可", {}) == ("食品经营", "许可")

    def test_a_single_character_counts_only_when_it_is_all_there_is(self):
        assert rules.words("泉", {}) == ("泉",)
        assert rules.words("泉 保护", {}) == ("保护",)

    @given(st.text(max_size=80))
    def test_never_repeats_itself_and_never_fails(self, text):
        found = rules.words(text, SYNONYMS)

        assert len(found) == len(set(found))
        assert all(found)


class TestScore:
    def test_a_word_in_the_title_outweighs_the_same_word_in_the_text(self):
        assert rules.score(["餐饮"], title="餐饮许可", text="") > rules.score(["餐饮"], title="许可", text="餐饮")

    def test_one_shared_pair_of_characters_is_an_accident(self):
        assert rules.score(["营业执照"], title="", text="不营业") == 0

    def test_most_pairs_of_a_longer_word_are_no_accident(self):
        assert rules.score(["食品经营许可证"], title="食品经营许可和备案管理办法", text="") > 0

    @given(st.lists(st.text(min_size=1, max_size=6), max_size=4), st.text(max_size=20), st.text(max_size=40))
    def test_is_never_negative(self, wanted, title, text):
        assert rules.score(wanted, title=title, text=text) >= 0


class TestExcerpt:
    @pytest.mark.parametrize("length", [10, 40])
    def test_shows_the_wanted_word_and_marks_what_is_left_out(self, length):
        text = "前" * 100 + "餐饮服务" + "后" * 100

        shown = rules.excerpt(text, ["餐饮"], length=length)

        assert "餐饮" in shown
        assert shown.startswith("…")
        assert shown.endswith("…")
        assert len(shown) <= length + 2
