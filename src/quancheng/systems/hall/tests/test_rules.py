from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.systems.hall import rules
from quancheng.systems.hall.tests.factories import GUIDE, QUESTIONS

ANSWERS = st.dictionaries(
    st.sampled_from(["kind", "cold", "else"]), st.sampled_from(["individual", "company", "yes", "no", "spaceship"])
)


class TestNumber:
    def test_names_day_and_serial(self):
        assert rules.number(day=date(2026, 11, 23), serial=123) == "JN20261123-000123"

    @pytest.mark.parametrize("serial", [0, -1, 1_000_000])
    def test_refuses_a_serial_that_does_not_fit(self, serial):
        with pytest.raises(ValueError, match="serial"):
            rules.number(day=date(2026, 11, 23), serial=serial)

    @given(st.integers(1, 999_999), st.integers(1, 999_999))
    def test_differs_for_different_serials(self, one, other):
        numbers = {rules.number(day=date(2026, 11, 23), serial=serial) for serial in (one, other)}

        assert len(numbers) == len({one, other})


class TestQuestions:
    @given(ANSWERS)
    def test_keeps_only_answers_that_were_asked_for(self, answers):
        kept = rules.kept_answers(QUESTIONS, answers)

        assert kept.keys() <= {question["key"] for question in rules.shown_questions(QUESTIONS, answers)}
        assert rules.kept_answers(QUESTIONS, kept) == kept

    @given(ANSWERS)
    def test_comes_to_an_end_when_each_question_is_answered(self, answers):
        given_answers = dict(answers)
        for _round in QUESTIONS:
            found = rules.next_question(QUESTIONS, given_answers)
            if found is None:
                break
            given_answers[found[1]["key"]] = found[1]["options"][0]["value"]

        assert rules.next_question(QUESTIONS, given_answers) is None

    def test_a_condition_sees_only_what_was_asked_before(self):
        questions = [
            {"key": "a", "text": "?", "shown_when": 'b = "1"', "options": [{"value": "1", "label": "1"}]},
            {"key": "b", "text": "?", "options": [{"value": "1", "label": "1"}]},
        ]

        assert [item["key"] for item in rules.shown_questions(questions, {"a": "1", "b": "1"})] == ["b"]


class TestMaterials:
    def test_follow_the_answers(self):
        assert [item.code for item in rules.needed_materials(GUIDE["materials"], answers={"kind": "individual"})] == [
            "M01"
        ]

    def test_an_unknown_name_in_a_condition_does_not_demand_anything(self):
        material = {"code": "M09", "title": "?", "required_when": "nothing_known > 3"}

        assert rules.needed_materials([material], answers={}) == ()

    def test_what_the_office_fetches_is_never_missing(self):
        material = {"code": "M01", "title": "?", "from_registry": True}
        needed = rules.needed_materials([material], answers={})

        assert rules.missing_materials(needed, ()) == ()

    @given(st.sets(st.sampled_from(["M01", "M02"])))
    def test_missing_and_held_are_disjoint(self, held):
        needed = rules.needed_materials(GUIDE["materials"], answers={"kind": "company"})

        missing = {item.code for item in rules.missing_materials(needed, held)}

        assert missing | held >= {item.code for item in needed}
        assert not missing & held


class TestSearch:
    @given(st.text(max_size=30))
    def test_scores_between_nothing_and_everything(self, query):
        assert 0 <= rules.match_score(query, title="开办餐饮店", summary="一次办好", words=("开饭店",)) <= 1

    @pytest.mark.parametrize("query", ["餐饮", "开饭店", "我想开饭店", "开办餐饮店需要什么"])
    def test_finds_what_people_call_it(self, query):
        assert rules.match_score(query, title="开办餐饮店", summary="", words=("开饭店",)) > 0.3

    @pytest.mark.parametrize("query", ["开饭店", "我想开个奶茶店", "开餐馆"])
    def test_understands_everyday_words_that_the_service_does_not_list(self, query):
        assert rules.match_score(query, title="开办餐饮店“一件事”", summary="") >= 0.3

    def test_does_not_find_everything(self):
        assert rules.match_score("结婚登记", title="开办餐饮店", summary="一次办好", words=("开饭店",)) < 0.3


class TestForms:
    def test_finds_fields_inside_groups(self):
        form = {"components": [{"type": "group", "components": [{"key": "a"}, {"components": [{"key": "b"}]}]}]}

        assert [item["key"] for item in rules.fields(form)] == ["a", "b"]

    def test_names_the_catalogue_item_of_a_field(self):
        form = {"components": [{"key": "a", "properties": {"catalogue": "population.person.name"}}, {"key": "b"}]}

        assert rules.catalogue_items(form) == {"a": "population.person.name"}
