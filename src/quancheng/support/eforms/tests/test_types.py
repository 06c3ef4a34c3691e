"""Repeating groups, addresses, calculations, signatures and the conditions that require, disable and lock."""

import base64
import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from PIL import Image

from quancheng.support.eforms import public as eforms
from quancheng.support.eforms.engine import choices, hooks


def box(key, kind="textfield", **more):
    return {"type": kind, "key": key, "label": more.pop("label", key.upper()), **more}


STAFF = {
    "type": "dynamiclist",
    "path": "staff",
    "label": "人员",
    "properties": {"most": 3},
    "components": [
        box("who", validate={"required": True}),
        box("hours", "number", validate={"max": 12}),
        box("pay", "expression", expression="=hours * rate"),
        box("why", conditional={"hide": "=hours = null or hours < 10"}, validate={"required": True}),
    ],
}
ROWS = eforms.load(
    {"components": [box("rate", "number"), STAFF, box("total", "expression", expression="=sum(staff.pay)")]}
)


class TestRows:
    def test_are_kept_as_a_list_with_their_own_calculations(self):
        bound = ROWS.bind({"rate": 2, "staff": [{"who": "王", "hours": "3"}, {"who": "李", "hours": 4}]})

        assert bound.is_valid()
        assert bound.cleaned["staff"] == [{"who": "王", "hours": 3, "pay": 6}, {"who": "李", "hours": 4, "pay": 8}]
        assert bound.cleaned["total"] == 14

    def test_are_read_from_what_a_browser_sends(self):
        sent = QueryDict("rate=2&staff=2&staff.0.who=王&staff.0.hours=3&staff.1.who=&staff.1.hours=")

        assert ROWS.bind(sent).cleaned["staff"] == [{"who": "王", "hours": 3, "pay": 6}]

    def test_say_which_row_is_wrong(self):
        bound = ROWS.bind({"staff": [{"who": "王"}, {"hours": 13}]})

        assert bound.errors == {"staff": "Row 2: Fill in: WHO"}
        html = eforms.render(bound)
        assert 'href="#F_staff-2-F_who"' in html
        assert 'href="#F_staff-2-F_hours"' in html

    def test_have_conditions_of_their_own(self):
        bound = ROWS.bind({"staff": [{"who": "王", "hours": 9, "why": "-"}, {"who": "李", "hours": 11}]})

        assert bound.errors == {"staff": "Row 2: Fill in: WHY"}
        assert "why" not in bound.cleaned["staff"][0]

    def test_more_than_allowed_are_refused_with_a_sentence(self):
        assert ROWS.bind({"staff": [{"who": "王"}] * 400}).errors == {"staff": "At most 3 rows."}
        assert ROWS.bind(QueryDict("staff=9999")).errors == {"staff": "At most 3 rows."}
        assert "cannot be read" in ROWS.bind({"staff": ["王"]}).errors["staff"]

    def test_a_button_adds_or_takes_out_a_row_and_pressed_twice_does_so_once(self):
        field = ROWS.fields["staff"]
        sent = {"staff": [{"who": "王"}, {"who": "李"}]}
        more, fewer = ({**sent, "_rows": f"staff:{wish}"} for wish in ("add:2", "remove:0"))

        assert len(ROWS.bind(more).rows(field)) == 3
        assert ROWS.bind(more).kept["staff"] == [{"who": "王"}, {"who": "李"}, {}]
        # The second press comes with the rows that the first one left.
        assert len(ROWS.bind({"staff": ROWS.bind(more).kept["staff"], "_rows": "staff:add:2"}).rows(field)) == 3
        assert [row.values["who"] for row in ROWS.bind(fewer).rows(field)] == ["李"]
        assert not ROWS.bind(more).is_valid()

    def test_from_a_register_stay_with_their_source_and_others_can_be_added(self):
        known = {"staff": [{"who": "王", "hours": 8}]}
        sent = QueryDict("staff=2&staff.0.who=张&staff.0.hours=&staff.1.who=李&_rows=staff:remove:0")

        bound = ROWS.bind(sent, initial=known, sources={"staff.0": "社保"})

        assert bound.kept["staff"] == [{"who": "王", "hours": 8}, {"who": "李"}]
        html = eforms.render(bound)
        assert html.count("From 社保") == 2
        assert 'value="staff:remove:0"' not in html
        assert 'value="staff:remove:1"' in html

    def test_are_written_out_in_the_read_view(self):
        rows = eforms.sections(ROWS, {"rate": 2, "staff": [{"who": "王", "hours": 3}]})[0].rows

        assert ("Row 1: 人员", "WHO: 王\nHOURS: 3\nPAY: 6") in [(row.label, row.value) for row in rows]

    def test_cannot_hold_files_nor_each_other(self):
        for kind in ("filepicker", "signature"):
            with pytest.raises(eforms.BadForm, match="cannot hold"):
                eforms.load({"components": [{**STAFF, "components": [box("a", kind)]}]})
        with pytest.raises(eforms.BadForm, match="cannot hold"):
            eforms.load({"components": [{**STAFF, "components": [STAFF]}]})


class TestConditions:
    FORM = eforms.load(
        {
            "components": [
                box("kind", "radio", values=[{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]),
                box("oven", disabled='=kind != "b"', validate={"required": '=kind = "b"'}),
                box("name", readonly='=kind = "b"'),
            ]
        }
    )

    def test_require_disable_and_lock(self):
        first = self.FORM.bind({"kind": "a", "oven": "x", "name": "新"}, initial={"name": "旧"})
        second = self.FORM.bind({"kind": "b", "name": "新"}, initial={"name": "旧"})

        assert first.cleaned == {"kind": "a", "name": "新"}
        assert second.errors == {"oven": "Fill in: OVEN"}
        assert second.cleaned["name"] == "旧"
        assert " disabled" in eforms.render(first)

    def test_a_calculation_of_itself_is_refused(self):
        items = [box("a", "expression", expression="=b + 1"), box("b", "expression", expression="=a + 1")]

        with pytest.raises(eforms.BadForm, match="circle"):
            eforms.load({"components": items})

    def test_what_is_sent_for_a_calculation_does_not_count(self):
        form = eforms.load({"components": [box("n", "number"), box("t", "expression", expression="=n * 1.005")]})

        assert form.bind({"n": 100, "t": 999}).as_data == {"n": 100, "t": "100.5"}
        assert form.bind({"t": 999}).as_data == {}


class TestAddress:
    FORM = {"components": [{"type": "address", "key": "home", "label": "住址", "validate": {"required": True}}]}
    LEVELS = {"properties": {"levels": "province,city,district,street,community"}}

    def test_is_chosen_level_by_level_and_read_as_one(self):
        choices.provides_choices("geography.districts")(lambda parent: [("370102", "历下区")])
        choices.provides_choices("geography.streets")(lambda parent: [("370102001", "解放路街道")])
        choices.provides_choices("geography.communities")(lambda parent: [])
        form = eforms.load(self.FORM)
        sent = {"home_district": "370102", "home_street": "370102001", "home_line": "1 号"}

        assert form.bind(sent).is_valid()
        rows = eforms.sections(form, sent)[0].rows
        assert [(row.label, row.value) for row in rows] == [("住址", "历下区解放路街道1 号")]
        assert set(form.bind({}).errors) == {"home_district", "home_street", "home_line"}
        # The register knows no communities there, so one may be written down.
        assert form.bind({**sent, "home_community": "泉城社区"}).cleaned["home_community"] == "泉城社区"

    def test_can_begin_with_the_province_and_knows_no_other_levels(self):
        form = eforms.load({"components": [{**self.FORM["components"][0], **self.LEVELS}]})

        assert list(form.fields)[:2] == ["home_province", "home_city"]
        with pytest.raises(eforms.BadForm, match="level"):
            eforms.load({"components": [{"type": "address", "key": "a", "properties": {"levels": "planet"}}]})


def drawn(size=(300, 100)):
    content = io.BytesIO()
    Image.new("L", size, 255).save(content, "PNG")
    return content.getvalue()


def as_data(content):
    return "data:image/png;base64," + base64.b64encode(content).decode()


class TestSignature:
    FORM = eforms.load({"components": [box("sign", "signature", validate={"required": True})]})

    def test_is_drawn_or_typed(self):
        picture = as_data(drawn())

        assert (
            self.FORM.bind(QueryDict(mutable=True) | {"sign": "李明", "sign.drawn": picture}).cleaned["sign"] == picture
        )
        assert self.FORM.bind({"sign": " 李  明 "}).cleaned["sign"] == "李 明"
        assert self.FORM.bind({}).errors == {"sign": "Sign: SIGN"}
        assert f'src="{picture}"' in eforms.as_summary(self.FORM, {"sign": picture})

    @pytest.mark.parametrize(
        "value",
        [
            as_data(b"GIF89a"),
            as_data(drawn()[:-5]),
            as_data(drawn()[:-30] + b"\x00" * 30),
            as_data(drawn((2001, 10))),
            as_data(drawn() + b"<script>"),
            "data:text/html;base64,AAAA",
            "data:image/png;base64,!",
        ],
    )
    def test_is_a_whole_picture_or_refused(self, value):
        assert "cannot be read" in self.FORM.bind({"sign": value}).errors["sign"]


class TestDays:
    FORM = eforms.load({"components": [box("on", "datetime", properties={"format": "working-day"})]})

    def test_the_calendar_says_which_days_are_working_days(self, monkeypatch):
        monkeypatch.setattr(hooks, "_days", {})

        assert "closed" in self.FORM.bind({"on": "2026-10-10"}).errors["on"]
        eforms.judges_working_days(lambda day: day == date(2026, 10, 10))
        assert self.FORM.bind({"on": "2026-10-10"}).is_valid()
        assert "closed" in self.FORM.bind({"on": "2026-10-09"}).errors["on"]


class TestFiles:
    FORM = eforms.load({"components": [box("f", "filepicker", multiple=True, properties={"most_files": 2})]})

    def test_the_content_must_be_what_the_name_says(self):
        assert "not what its name says" in self.FORM.bind({}, {"f": [SimpleUploadedFile("a.pdf", b"MZ")]}).errors["f"]

    def test_a_scanner_can_refuse_a_file(self, monkeypatch):
        monkeypatch.setattr(hooks, "_files", {})
        eforms.checks_files("scan")(lambda file: "这是病毒。" if b"EICAR" in file.read() else "")

        assert self.FORM.bind({}, {"f": [SimpleUploadedFile("a.txt", b"EICAR")]}).errors == {"f": "这是病毒。"}

    def test_no_more_than_said(self):
        files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(3)]

        assert self.FORM.bind({}, {"f": files}).errors == {"f": "Add at most 2 files."}


class TestBetween:
    def test_a_table_shows_what_is_filled_in(self):
        table = {"type": "table", "id": "T", "label": "表", "dataSource": "=staff", "columns": [{"key": "who"}]}
        form = eforms.load({"components": [STAFF, table]})

        assert '<td data-label="who">王</td>' in eforms.render(form.bind({"staff": [{"who": "王"}]}))

    @pytest.mark.parametrize("source", ["https://x.example/a.png", "//x.example/a", "javascript:x", "data:text/html,x"])
    def test_an_image_is_of_this_site(self, source):
        with pytest.raises(eforms.BadForm, match="this site"):
            eforms.load({"components": [{"type": "image", "id": "i", "source": source}]})


class TestMoneyInWords:
    @pytest.mark.parametrize(
        ("amount", "words"),
        [
            ("1409.50", "壹仟肆佰零玖元伍角"),
            ("6007.14", "陆仟零柒元壹角肆分"),
            ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
            ("107000.53", "壹拾万零柒仟元伍角叁分"),
            ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
            ("325.04", "叁佰贰拾伍元零肆分"),
            ("0", "零元整"),
            ("0.05", "伍分"),
            ("100010000", "壹亿零壹万元整"),
            ("1000100000000", "壹万零壹亿元整"),
        ],
    )
    def test_is_written_as_the_rules_for_payment_papers_say(self, amount, words):
        assert eforms.money_in_words(Decimal(amount)) == words


class TestPaper:
    def test_is_empty_with_room_or_filled_in_words(self):
        rent = box("rent", "number", properties={"format": "money"})
        form = eforms.load({"components": [rent, box("x", conditional={"hide": "=rent > 1"}), STAFF]})

        empty, filled = eforms.as_paper(form), eforms.as_paper(form, {"rent": "6007.14"})

        assert "only where it applies" in empty
        assert empty.count("qc-paper__room") == 2 + 3 * 4
        assert "陆仟零柒元壹角肆分" in filled
        assert ">X<" not in filled
