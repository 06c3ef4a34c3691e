"""The decisions of approvals on plain values."""

import copy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.business.approvals import queries, rules

CODES = st.sampled_from(["M01", "M02", "M03", "M04", "address", "area"])


class TestUncited:
    def test_finds_nothing_in_the_items_of_the_city(self):
        missing = {item.code: rules.uncited(item.body, item.form) for item in queries.drafts()}

        assert not any(missing.values()), missing

    @pytest.mark.parametrize("group", ["condition", "material"])
    def test_names_the_entry_without_a_law(self, group):
        item = queries.draft("JN-YJS-0001")
        body = copy.deepcopy(dict(item.body))
        body[group][0]["law"] = " "

        assert rules.uncited(body, item.form) == (body[group][0].get("text") or body[group][0]["title"],)

    def test_names_the_field_without_a_basis(self):
        item = queries.draft("JN-YJS-0001")
        form = copy.deepcopy(dict(item.form))
        form["components"][1]["components"][0]["properties"]["basis"] = ""

        assert rules.uncited(item.body, form) == ("店铺名称",)


class TestDoubts:
    FORM = {"components": [{"key": "area", "properties": {"basis": "《乙办法》第三条"}}]}

    def test_name_an_unverified_law_once_wherever_it_is_cited(self):
        body = {"basis": [{"law": "甲办法"}], "material": [{"title": "图", "law": "甲办法"}]}

        found = rules.doubts(body, self.FORM, {"甲办法": "未见原文", "乙办法": "已修订", "丙办法": "未用到"})

        assert found == (("《甲办法》", "未见原文"), ("《乙办法》", "已修订"))

    def test_name_the_entry_that_its_law_does_not_fully_carry(self):
        body = {"condition": [{"text": "良好", "law": "甲办法", "doubt": "没有写明"}], "part": [{"title": "审查"}]}

        assert rules.doubts(body, {}, {}) == (("良好", "没有写明"),)


class TestRepeatedDemands:
    @given(st.lists(CODES), st.lists(CODES), st.lists(CODES))
    def test_never_names_what_was_asked_in_the_first_round(self, present, asked, demanded):
        items = [{"material": code} for code in demanded]

        found = rules.repeated_demands(items=items, present=present, asked=asked)

        assert not set(found) & set(asked)
        assert set(found) <= set(present) & set(demanded)

    @given(st.lists(CODES), st.lists(CODES))
    def test_is_empty_for_what_was_handed_in_anew(self, present, demanded):
        items = [{"material": code} for code in demanded]

        assert rules.repeated_demands(items=items, present=present, asked=[], changed=demanded) == ()


class TestUscc:
    @given(st.integers(1, 31**5 - 1), st.sampled_from(["individual", "company"]))
    def test_passes_both_check_characters(self, sequence, kind):
        code = rules.uscc(kind=kind, division="370102", sequence=sequence)

        total = sum(
            rules.USCC_ALPHABET.index(char) * 3**place % 31 for place, char in enumerate(code[:17])
        ) + rules.USCC_ALPHABET.index(code[17])
        assert total % 31 == 0
        assert (len(code), code[2:8]) == (18, "370102")

    def test_agrees_with_a_published_example(self):
        assert rules._uscc_check("91350100M000100Y4") == "3"  # the example of GB 32100-2015

    @given(st.integers(1, 31**5 - 2))
    def test_never_gives_one_code_twice(self, sequence):
        first, second = (rules.uscc(kind="company", division="370102", sequence=n) for n in (sequence, sequence + 1))

        assert first != second

    @pytest.mark.parametrize(("division", "sequence"), [("37010", 1), ("37010a", 1), ("370102", 0), ("370102", 31**5)])
    def test_refuses_what_does_not_fit(self, division, sequence):
        with pytest.raises(ValueError):
            rules.uscc(kind="company", division=division, sequence=sequence)


class TestFoodPermitNumber:
    @given(st.integers(1, 999_999))
    def test_passes_mod_11_10(self, sequence):
        digits = rules.food_permit_number(division="370102", sequence=sequence)[2:]

        rest = 10
        for char in digits[:-1]:
            rest = ((rest + int(char)) % 10 or 10) * 2 % 11
        assert (rest + int(digits[-1])) % 10 == 1
        assert len(digits) == 14

    def test_agrees_with_the_example_of_the_standard(self):
        # ISO/IEC 7064, MOD 11,10: 0794 has the check digit 5.
        assert rules.mod_11_10("0794") == "5"


class TestValidUntil:
    @given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(1, 10))
    def test_is_the_day_before_the_anniversary(self, issued_on, years):
        last = rules.valid_until(issued_on=issued_on, years=years)

        following = date.fromordinal(last.toordinal() + 1)
        assert following.year == issued_on.year + years
        assert (following.month, following.day) in {(issued_on.month, issued_on.day), (3, 1)}

    def test_is_open_for_a_licence_without_a_period(self):
        assert rules.valid_until(issued_on=date(2026, 11, 23), years=0) is None


class TestDeciding:
    def test_is_not_for_who_accepted(self):
        assert not rules.may_decide(accepted_by="staff:1", decider="staff:1")
        assert rules.may_decide(accepted_by="staff:1", decider="staff:2")

    def test_is_for_anybody_when_silence_accepted(self):
        assert rules.may_decide(accepted_by="", decider="staff:1")

    @given(st.lists(st.sampled_from(["FAVOURABLE", "CONDITIONAL", "UNFAVOURABLE"])))
    def test_can_grant_exactly_when_nobody_said_no(self, verdicts):
        assert rules.can_be_granted(verdicts) == ("UNFAVOURABLE" not in verdicts)


class TestSummary:
    def test_masks_the_identity_number_and_words_the_codes(self):
        form = queries.draft("JN-YJS-0001").form
        values = {"identity_number": "370102199003150024", "kitchen": "open", "statement": True}

        rows = dict(row for _title, group in rules.summary(form, values) for row in group)

        assert rows["身份证号码"] == "3701**********0024"
        assert rows["厨房形式"] == "透明厨房（明厨亮灶）"
        assert "是" in rows.values()
