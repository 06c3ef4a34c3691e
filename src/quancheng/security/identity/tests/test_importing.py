"""Spreadsheets of the directory: what a row brings, what is refused and where, all or nothing, twice is once."""

import io
import zipfile
from contextlib import suppress
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.identity import public as identity
from quancheng.security.identity.actions import importing
from quancheng.security.identity.engine import sheets
from quancheng.security.identity.models import Account, Appointment, ImportDraft, Organisation, Person, Post
from quancheng.security.identity.queries import importing as reading
from quancheng.security.identity.tests.factories import identity_number, prove, proven, staff
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

RIGHTS = ("identity.directory.import", "identity.organisation.read")
NUMBER = identity_number("37010219880101001")
TABLES = {
    "机构": [["370100-jyj", "济南市教育局", "市教育局", "工作部门", "370100", "2019-01-01"]],
    "岗位": [["370100-jyj", "办公室主任", ""], ["370100-scjg", "科员", "clerk-role"]],
    "人员": [["liming", "李明", NUMBER, "13800530077", "liming@quancheng.example"]],
    "任职": [["liming", "370100-jyj", "办公室主任", "2026/1/5", ""]],
}


def book(tables=TABLES, *, notes=True):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for kind in reading.KINDS:
        if kind.titles[0] in tables:
            sheet = made.create_sheet(kind.titles[0])
            sheet.append([column.headings[0] for column in kind.columns])
            for row in tables[kind.titles[0]]:
                sheet.append(row)
    if notes:
        made.create_sheet("说明").append(["anything"])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def table(kind, *rows, encoding="utf-8"):
    found = next(item for item in reading.KINDS if item.name == kind)
    lines = [",".join(column.headings[0] for column in found.columns), *(",".join(row) for row in rows)]
    return "\r\n".join(lines).encode(encoding)


@pytest.fixture
def keeper(db):
    found = staff("keeper", privileges=RIGHTS, organisation="370100")
    pmi.define_role(code="clerk-role", title="科员", privileges=[])
    identity.ensure_organisation(code="370100-scjg", name="济南市市场监督管理局", kind="DEPARTMENT", parent="370100")
    return found


def send_in(keeper, content):
    made = importing.send_in(account_id=keeper.pk, name="directory.xlsx", content=content, at=timezone.localtime())
    return reading.draft(made, keeper.pk)


def take_in(keeper, draft):
    return importing.take_in(actor=proven(keeper), draft_id=draft.id, at=timezone.localtime())


def faults(draft):
    return [
        (row["row"], fault["column"], fault["reason"])
        for _title, rows in draft.tables
        for row in rows
        for fault in row["faults"]
    ]


def counts():
    return [model.objects.count() for model in (Organisation, Post, Account, Person, Appointment)]


class TestABook:
    def test_brings_organisations_posts_people_and_appointments_that_refer_to_one_another(self, keeper):
        before = counts()
        draft = send_in(keeper, book())
        assert (draft.new, draft.same, draft.wrong) == (5, 0, 0)
        assert counts() == before

        assert take_in(keeper, draft) == 5

        found = identity.actor_of("liming")
        assert found.organisation == "370100/370100-jyj/"
        assert Appointment.objects.get(account__username="liming").valid_from == date(2026, 1, 5)
        assert list(Post.objects.get(title="科员").roles.values_list("code", flat=True)) == ["clerk-role"]
        assert not Account.objects.get(username="liming").has_usable_password()
        assert bytes(ImportDraft.objects.get().content) == b""
        assert trail.entries(action="identity.directory.import").items[0].outcome == "done"

    def test_brings_nothing_the_second_time(self, keeper):
        take_in(keeper, send_in(keeper, book()))
        before = counts()

        again = send_in(keeper, book())

        assert (again.new, again.same, again.wrong) == (0, 5, 0)
        assert take_in(keeper, again) == 0
        assert counts() == before

    def test_brings_nothing_at_all_when_one_row_is_wrong(self, keeper):
        before = counts()
        draft = send_in(keeper, book({**TABLES, "任职": [["nobody", "370100-jyj", "办公室主任", "2026-01-05", ""]]}))

        with pytest.raises(importing.RowsWrong):
            take_in(keeper, draft)

        assert counts() == before

    def test_is_shown_again_when_the_city_has_changed_meanwhile(self, keeper):
        draft = send_in(keeper, book())
        identity.ensure_organisation(
            code="370100-jyj", name="济南市教育局", short_name="市教育局", kind="DEPARTMENT", parent="370100"
        )

        with pytest.raises(importing.DraftChanged):
            take_in(keeper, draft)

    def test_is_taken_in_by_who_sent_it_and_once(self, keeper):
        other = staff("other", privileges=RIGHTS, organisation="370100")
        draft = send_in(keeper, book())

        with pytest.raises((reading.UnknownDraft, pmi.Forbidden)):
            take_in(other, draft)
        take_in(keeper, draft)
        with pytest.raises((importing.TakenInAlready, pmi.Forbidden)):
            take_in(keeper, draft)

    def test_is_refused_beyond_ones_own_place(self, keeper):
        local = staff("local", privileges=RIGHTS, organisation="370100-xfjy")

        with pytest.raises(pmi.Forbidden):
            take_in(local, send_in(local, book()))


class TestARow:
    @pytest.mark.parametrize(
        ("kind", "row", "column"),
        [
            ("organisations", ["370100-x", "某局", "", "不存在", "370100", "2019-01-01"], "类别"),
            ("organisations", ["370100-x", "某局", "", "工作部门", "none", "2019-01-01"], "上级机构代码"),
            ("organisations", ["370100-x", "某局", "", "工作部门", "370100", "昨天"], "成立日期"),
            ("organisations", ["370100-x", "", "", "工作部门", "370100", "2019-01-01"], "机构名称"),
            ("organisations", ["大写", "某局", "", "工作部门", "370100", "2019-01-01"], "机构代码"),
            ("organisations", ["370100-scjg", "别的名字", "", "工作部门", "370100", "2019-01-01"], "机构名称"),
            ("organisations", ["370100-x", "=1+1", "", "工作部门", "370100", "2019-01-01"], "机构名称"),
            ("posts", ["none", "科员", ""], "机构代码"),
            ("posts", ["370100-scjg", "科员", "no-role"], "角色代码"),
            ("posts", ["370100-scjg", "科" * 61, ""], "岗位名称"),
            ("people", ["a", "某人", "370102198801010010", "", ""], "公民身份号码"),
            ("people", ["a", "某人", NUMBER, "123", ""], "手机号码"),
            ("people", ["a", "某人", NUMBER, "", "no address"], "电子邮箱"),
            ("people", ["keeper", "某人", NUMBER, "", ""], "姓名"),
            ("appointments", ["nobody", "370100-scjg", "科员", "2026-01-01", ""], "用户名"),
            ("appointments", ["keeper", "370100-scjg", "科员", "2026-01-01", ""], "岗位名称"),
        ],
    )
    def test_that_is_wrong_says_where_and_why(self, keeper, kind, row, column):
        draft = send_in(keeper, table(kind, row))

        assert draft.wrong == 1
        assert [(number, name) for number, name, _reason in faults(draft)] == [(2, column)]
        assert faults(draft)[0][2]

    def test_that_stands_twice_is_named_by_the_first_one(self, keeper):
        row = ["370100-scjg", "科员", ""]

        draft = send_in(keeper, table("posts", row, row))

        assert "2" in faults(draft)[0][2]

    def test_that_would_unite_two_officers_is_refused(self, keeper):
        for officer in ("SYSTEM", "AUDIT"):
            pmi.define_role(code=f"officer-{officer.lower()}", title=officer, privileges=[], officer=officer)
            identity.ensure_post(organisation="370100", title=officer, roles=[f"officer-{officer.lower()}"])
        staff("clerk")

        draft = send_in(
            keeper,
            table("appointments", *(["clerk", "370100", officer, "2026-01-01", ""] for officer in ("SYSTEM", "AUDIT"))),
        )

        assert (draft.new, draft.wrong) == (1, 1)

    def test_that_appoints_the_sender_is_refused(self, keeper):
        identity.ensure_post(organisation="370100", title="局长")

        assert send_in(keeper, table("appointments", ["keeper", "370100", "局长", "2026-01-01", ""])).wrong == 1


class TestAFile:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_of_commas_is_read_in_both_encodings(self, keeper, encoding):
        draft = send_in(keeper, table("people", ["liming", "李明𠮷", NUMBER, "", ""], encoding=encoding))

        assert draft.new == 1
        assert draft.tables[0][1][0]["what"] == "李明𠮷（liming）"

    def test_made_from_the_template_is_read(self, keeper):
        made = openpyxl.load_workbook(io.BytesIO(reading.template()))
        for row in TABLES["人员"]:
            for number, text in enumerate(row, start=1):
                made["人员"].cell(2, number, text)
        out = io.BytesIO()
        made.save(out)

        assert send_in(keeper, out.getvalue()).new == 1

    def test_with_a_formula_is_refused_at_its_cell(self, keeper):
        tables = {"人员": [["liming", '=HYPERLINK("http://evil.example")', NUMBER, "", ""]]}

        draft = send_in(keeper, book(tables))

        assert [(row, column) for row, column, _why in faults(draft)] == [(2, "姓名")]

    def test_with_a_number_that_was_rounded_says_so(self, keeper):
        draft = send_in(keeper, book({"人员": [["liming", "李明", int(NUMBER[:17]) * 10, "", ""]]}))

        assert [(row, column) for row, column, _why in faults(draft)] == [(2, "公民身份号码")]

    def test_with_real_dates_and_whole_numbers_is_read_as_written(self, keeper):
        draft = send_in(keeper, book({"机构": [["370199", "某局", "", "DEPARTMENT", 370100, date(2020, 2, 1)]]}))

        take_in(keeper, draft)

        assert Organisation.objects.get(code="370199").valid_from == date(2020, 2, 1)

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "headings"), (b"no,table\r\n1,2", "headings"), (b"PK\x03\x04rubbish", "not-a-sheet"),
            (b"\xff\xfe\xff\xff\x80", "encoding"), (b"a\0b", "not-a-sheet"), (b'"a', "not-a-sheet"),
            (b"x" * (sheets.MOST_BYTES + 1), "too-big"),
            (table("posts", *(["a", "b", ""] for _row in range(sheets.MOST_ROWS + 1))), "rows"),
        ],
        ids=["empty", "another table", "rubbish", "bytes", "nul", "open quote", "too big", "too many rows"],
    )  # fmt: skip
    def test_that_is_none_is_refused_with_a_sentence(self, content, code):
        with pytest.raises(sheets.Unreadable) as caught:
            sheets.read(content, kinds=reading.KINDS)

        assert caught.value.code == code
        assert str(reading.WHOLE[code])

    def pack(self, **parts):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return out.getvalue()

    def test_that_unpacks_to_far_too_much_is_refused_before_it_is_parsed(self):
        packed = self.pack(**{"xl/worksheets/sheet1.xml": b"\0" * (sheets.MOST_UNPACKED + 1)})
        assert len(packed) < sheets.MOST_BYTES

        with pytest.raises(sheets.Unreadable, match="bomb"):
            sheets.read(packed, kinds=reading.KINDS)

    def test_of_very_many_parts_is_refused(self):
        with pytest.raises(sheets.Unreadable, match="bomb"):
            sheets.read(self.pack(**{f"{n}.xml": b"" for n in range(sheets.MOST_PARTS + 1)}), kinds=reading.KINDS)

    def test_that_declares_entities_is_refused(self):
        laughs = b'<?xml version="1.0"?>' + b" " * 65500 + b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'

        with pytest.raises(sheets.Unreadable, match="not-a-sheet"):
            sheets.read(self.pack(**{"xl/workbook.xml": laughs}), kinds=reading.KINDS)

    def test_with_another_column_names_it(self):
        made = openpyxl.Workbook()
        made.active.title = "岗位"
        made.active.append(["机构代码", "岗位名称", "工资"])
        out = io.BytesIO()
        made.save(out)

        with pytest.raises(sheets.Unreadable) as caught:
            sheets.read(out.getvalue(), kinds=reading.KINDS)
        assert "工资" in caught.value.detail

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(place=st.integers(0, 6000), byte=st.integers(0, 255))
    def test_that_was_tampered_with_is_read_or_refused_but_never_breaks(self, place, byte):
        content = bytearray(book())
        content[place % len(content)] = byte

        with suppress(sheets.Unreadable):
            assert sheets.read(bytes(content), kinds=reading.KINDS)


class TestThePages:
    def test_lead_from_the_template_to_the_rows_and_into_the_city(self, client, keeper):
        prove(client, keeper)
        assert "import" in client.get(reverse("identity:organisations")).content.decode()
        assert client.get(reverse("identity:import-template")).content[:2] == b"PK"

        sent = client.post(reverse("identity:import"), {"file": SimpleUploadedFile("城市.xlsx", book())})
        assert "李明" in client.get(sent.url).content.decode()
        client.post(sent.url)

        assert Account.objects.filter(username="liming").exists()
        assert client.get(sent.url).context["draft"].done

    def test_show_the_wrong_rows_alone(self, client, keeper):
        prove(client, keeper)
        rows = table("posts", ["370100-scjg", "好岗位", ""], ["none", "坏岗位", ""])
        sent = client.post(reverse("identity:import"), {"file": SimpleUploadedFile("a.csv", rows)})

        page = client.get(sent.url + "?wrong").content.decode()

        assert "坏岗位" in page
        assert "好岗位" not in page

    def test_offer_the_kinds_of_organisation_in_words_and_only_tables_with_rows(self, client, keeper):
        prove(client, keeper)
        rows = table("organisations", ["370100-xin", "济南市新设局", "", "局", "370100", "2026-12-01"])
        sent = client.post(reverse("identity:import"), {"file": SimpleUploadedFile("a.csv", rows)})

        page = client.get(sent.url).content.decode().partition("</main>")[0]

        assert "GOVERNMENT" not in page
        assert "人民政府、" in page
        assert page.count("<table") == 1

    def test_say_what_is_wrong_with_the_file(self, client, keeper):
        prove(client, keeper)

        page = client.post(reverse("identity:import"), {"file": SimpleUploadedFile("a.xlsx", b"PK rubbish")})

        assert str(reading.WHOLE["not-a-sheet"]) in page.content.decode()

    def test_hide_somebody_else_s_file(self, client, keeper):
        other = staff("other", privileges=RIGHTS, organisation="370100")
        draft = send_in(keeper, book())
        prove(client, other)

        assert client.get(reverse("identity:import-draft", args=[draft.id])).status_code == 404

    def test_forget_a_file_that_nobody_took_in(self, keeper):
        send_in(keeper, book())

        assert importing.forget_old(at=timezone.now() + timedelta(hours=25)) == 1
