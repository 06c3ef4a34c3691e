"""Forms: read, bound, judged, shown."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from quancheng.support.eforms import public as eforms
from quancheng.support.eforms.engine import choices as registry
from quancheng.support.eforms.engine.binding import REFRESH
from quancheng.support.eforms.tests.samples import GOOD, without


class TestLoading:
    def test_finds_pages_fields_and_bases(self, form):
        assert [(page.number, page.title) for page in form.pages] == [
            (1, "申请人"), (2, "店铺"), (3, "店招"), (4, "声明"),
        ]  # fmt: skip
        assert form.catalogue_items == {"name": "population.person.name"}
        assert form.bases == {"name": "《行政许可法》第二十九条"}

    @pytest.mark.parametrize(
        ("component", "words"),
        [
            ({"type": "iframe", "id": "T"}, "not supported"),
            ({"type": "table", "id": "T"}, "needs columns"),
            ({"type": "textfield"}, "needs a key"),
            ({"type": "select", "key": "a"}, "needs values"),
            ({"type": "textfield", "key": "a", "conditional": {"hide": "=a ="}}, "condition"),
            ({"type": "textfield", "key": "a", "properties": {"format": "iban"}}, "no format"),
            ({"type": "select", "key": "a", "properties": {"options_from": "x", "parent": "b"}}, "parent"),
            ({"type": "select", "key": "a", "properties": {"options_from": "x", "parent": "a"}}, "parent"),
        ],
    )
    def test_refuses_what_it_cannot_keep(self, component, words):
        with pytest.raises(eforms.BadForm, match=words):
            eforms.load({"components": [component]})

    def test_refuses_a_key_that_stands_twice(self):
        field = {"type": "textfield", "key": "a"}
        with pytest.raises(eforms.BadForm, match="twice"):
            eforms.load({"components": [field, field]})

    def test_an_empty_form_is_a_form(self):
        form = eforms.load({})

        assert form.pages == ()
        assert form.bind({}).is_valid()


class TestJudging:
    def test_accepts_a_filled_form_and_gives_typed_values(self, form):
        bound = form.bind(GOOD)

        assert bound.errors == {}
        assert bound.cleaned["area"] == 320
        assert bound.cleaned["rent"] == Decimal("12000.50")
        assert bound.cleaned["opens"] == date(2026, 12, 1)
        assert bound.cleaned["meals"] == ["noon", "evening"]
        assert bound.cleaned["promise"] is True
        assert bound.as_data["opens"] == "2026-12-01"

    def test_what_was_stored_is_accepted_again(self, form):
        stored = form.bind(GOOD).as_data

        assert form.bind(json.loads(json.dumps(stored))).as_data == stored

    def test_reads_what_a_browser_sends(self, form):
        sent = QueryDict(
            "name=李明&number=11010519491231002x&area=３２０&kitchen=none&meals=noon&meals=evening&promise=on"
        )

        bound = form.bind(sent)

        assert bound.errors == {}
        assert bound.cleaned["number"] == "11010519491231002X"
        assert bound.cleaned["meals"] == ["noon", "evening"]

    @pytest.mark.parametrize(
        ("key", "value", "words"),
        [
            ("name", "", "Fill in: 姓名"),
            ("name", "李" * 21, "At most 20 characters"),
            ("number", "110105194912310021", "digit of the identity number is wrong"),
            ("area", "many", "number in digits"),
            ("area", "0", "1 or more"),
            ("area", "NaN", "number in digits"),
            ("rent", "1.234", "two decimals"),
            ("kitchen", "roof", "one of the answers"),
            ("kitchen", None, "Choose: 厨房"),
            ("meals", ["night"], "one of the answers"),
            ("opens", "2026-02-30", "real date"),
            ("district", "999999", "one of the answers"),
            ("street", "370103001", "one of the answers"),
            ("promise", "", "Tick to confirm"),
        ],
    )
    def test_says_what_to_do(self, form, key, value, words):
        bound = form.bind({**GOOD, key: value})

        assert not bound.is_valid()
        assert next(iter(bound.errors)) == key
        assert words in bound.errors[key]

    def test_judges_one_page_and_keeps_the_rest(self, form):
        bound = form.bind({"area": "320", "kitchen": "none"}, initial={"name": "李明"}, page=2)

        assert bound.is_valid()
        assert bound.cleaned == {"area": 320, "kitchen": "none"}
        assert bound.values["name"] == "李明"


class TestConditions:
    def test_a_hidden_field_is_neither_required_nor_kept(self, form):
        bound = form.bind(without(kitchen="none", fuel="煤"))

        assert bound.is_valid()
        assert "fuel" not in bound.cleaned

    def test_a_shown_field_is_required(self, form):
        assert list(form.bind(without("fuel")).errors) == ["fuel"]

    def test_answers_given_elsewhere_count(self, form):
        assert form.bind(GOOD, context={"has_sign": "no"}).is_valid()
        assert list(form.bind(GOOD, context={"has_sign": "yes"}).errors) == ["sign"]
        assert [page.number for page in form.bind(GOOD).visible_pages] == [1, 2, 4]

    def test_a_field_hidden_by_a_hidden_field_counts_as_empty(self):
        def box(key, hide=""):
            return {"type": "textfield", "key": key, "conditional": {"hide": hide}}

        form = eforms.load({"components": [box("a"), box("b", '=a = "x"'), box("c", '=b = "y"')]})

        assert form.bind({"a": "x", "b": "y", "c": "z"}).cleaned == {"a": "x", "c": "z"}
        assert form.bind({"a": "-", "b": "y", "c": "z"}).cleaned == {"a": "-", "b": "y"}

    def test_conditions_that_contradict_each_other_come_to_an_end(self):
        form = eforms.load(
            {
                "components": [
                    {"type": "textfield", "key": "a", "conditional": {"hide": "=b = null"}},
                    {"type": "textfield", "key": "b", "conditional": {"hide": "=a != null"}},
                ]
            }
        )

        assert isinstance(form.bind({"a": "1", "b": "2"}).cleaned, dict)

    def test_a_refresh_is_never_valid_and_accuses_nobody(self, form):
        bound = form.bind({REFRESH: "1"}, page=1)

        assert not bound.is_valid()
        assert bound.errors == {}


class TestPrefilled:
    SOURCES = {"name": "人口库，2026年11月20日", "mobile": "人口库，2026年11月20日"}

    def test_a_value_from_a_register_stays_unless_the_field_is_editable(self, form):
        known = {"name": "李明", "mobile": "13800000000"}
        sent = {"name": "王五", "mobile": "13900000000", "number": GOOD["number"]}

        bound = form.bind(sent, initial=known, sources=self.SOURCES, page=1)

        assert bound.cleaned["name"] == "李明"
        assert bound.cleaned["mobile"] == "13900000000"

    def test_the_source_stands_beside_the_field(self, form):
        html = eforms.render(form.bind(None, initial={"name": "李明"}, sources=self.SOURCES), page=1)

        assert "From 人口库，2026年11月20日" in html
        assert 'id="F_name-source"' in html
        assert "readonly" in html


class TestFiles:
    def upload(self, name="plan.pdf", size=10):
        return MultiValueDict({"plan": [SimpleUploadedFile(name, b"%PDF-1.7 ".ljust(size)[:size])]})

    def test_takes_a_file_of_the_right_type_and_size(self, form):
        bound = form.bind(GOOD, files=self.upload())

        assert bound.is_valid()
        assert bound.cleaned["plan"][0].name == "plan.pdf"
        assert "plan" not in bound.as_data

    @pytest.mark.parametrize(
        ("name", "size", "words"),
        [("plan.exe", 10, "PDF, PNG"), ("plan.pdf", 2 * 1024 * 1024, "larger than 1 MB"), ("plan.pdf", 0, "empty")],
    )
    def test_refuses_others(self, form, name, size, words):
        assert words in form.bind(GOOD, files=self.upload(name, size)).errors["plan"]

    def test_a_file_kept_before_stays(self, form):
        kept = [{"name": "plan.pdf", "size": 10, "digest": "ab"}]

        assert form.bind(GOOD, initial={"plan": kept}).as_data["plan"] == kept


class TestShowing:
    def test_every_control_has_a_label_and_errors_are_linked(self, form):
        html = eforms.render(form.bind(without("name", "kitchen")))

        assert 'href="#F_name"' in html
        assert 'href="#F_kitchen-1"' in html
        assert "身份证号码: A digit" in eforms.render(form.bind(without(number="110105194912310021")))
        assert 'aria-describedby="F_name-help F_name-error"' in html
        assert html.count("<label") == html.count("<input") + html.count("<select") + html.count("<textarea")
        for field in form.fields.values():
            assert f'name="{field.key}"' in html

    def test_values_are_escaped(self, form):
        html = eforms.render(form.bind({"name": '"><script>alert(1)</script>'}), page=1)

        assert "<script>" not in html
        assert "onclick" not in html
        assert "style=" not in html

    def test_hidden_fields_are_there_but_hidden_so_that_script_can_show_them(self, form):
        html = eforms.render(form.bind(without(kitchen="none")), page=2)

        assert 'data-item="F_fuel" hidden' in html
        assert f'name="{REFRESH}"' in html

    def test_a_dependent_choice_waits_for_its_parent(self, form):
        assert "Choose first: 区县" in eforms.render(form.bind(None), page=2)
        assert "解放路街道" in eforms.render(form.bind(None, initial={"district": "370103"}), page=2)

    def test_a_choice_that_is_no_longer_offered_counts_as_none(self, form):
        bound = form.bind({**GOOD, "district": "370103", "street": "370102001"})

        assert bound.errors == {"street": "Choose one of the answers offered."}

    def test_without_a_provider_a_text_is_taken(self, form, monkeypatch):
        monkeypatch.setattr(registry, "_providers", {})

        assert form.bind(without(district="历下区", street="解放路")).is_valid()


class TestReading:
    def test_shows_words_and_masks_identity_numbers(self, form):
        stored = form.bind(GOOD).as_data

        rows = {row.key: row.value for section in eforms.sections(form, stored) for row in section.rows}

        assert rows["number"] == "1101**********002X"
        assert rows["kitchen"] == "明厨"
        assert rows["meals"] == "午餐, 晚餐"
        assert rows["street"] == "解放路街道"
        assert rows["rent"] == "¥12,000.50"
        assert rows["mobile"] == "Not filled in"
        assert "sign" not in rows

    def test_reveals_only_when_told_to(self, form):
        stored = form.bind(GOOD).as_data

        assert GOOD["number"] not in eforms.as_summary(form, stored)
        assert GOOD["number"] in eforms.as_summary(form, stored, reveal=True)

    def test_offers_to_change_a_page(self, form):
        html = eforms.as_summary(form, GOOD, change={2: "/somewhere/2/"}, law=True)

        assert 'href="/somewhere/2/"' in html
        assert "《行政许可法》第二十九条" in html
