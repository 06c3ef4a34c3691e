"""A table loses no row and doubles none, whatever is asked of it; its files say what its page says."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs

import openpyxl
import pytest
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.security.trail.models import Entry
from quancheng.support.look import public as look
from quancheng.support.look.models import SavedView

pytestmark = pytest.mark.django_db

CLERK = pmi.Actor(id="account:00000000-0000-0000-0000-000000000001", name="Clerk", kind="staff")
OTHER = pmi.Actor(id="account:00000000-0000-0000-0000-000000000002", name="Other", kind="staff")
START = datetime(2026, 11, 1, tzinfo=UTC)


class Locked(Refusal):
    message = "This row is locked."


def shut(actor, row):
    if row.name.endswith("0"):
        raise Locked
    row.query = "done"
    row.save()
    return "Was changed."


class Notes(look.Table):
    """Rows of the one model look has stand for those of an app; `table` is the group they are in."""

    name = "look.notes"
    title = "Notes"
    columns = (
        look.Column("name", "Name", sort="name", personal=True, url=lambda row: f"/notes/{row.pk}/"),
        look.Column("group", "Group", "table", sort="table"),
        look.Column("size", "Size", lambda row: len(row.query), "number"),
        look.Column("changed", "Changed", "changed_at", "moment", sort="changed_at"),
        look.Column("text", "Text", "query", shown=False),
    )
    filters = (
        look.Choice("group", "Group", [("a", "First"), ("b", "Second")], field="table"),
        look.Period("changed", "Changed", field="changed_at"),
    )
    batches = (look.Batch("shut", "Shut", shut), look.Batch("secret", "Secret", shut, privilege="look.secret"))
    order = "-changed"
    search = ("name",)
    sizes = (3, 7)
    size = 3

    def rows(self) -> QuerySet:
        return SavedView.objects.filter(owner="shared")

    def subject(self, line) -> str:
        return f"note:{line.name}"


class Page(look.TableView):
    action = pmi.PUBLIC
    table = Notes


@pytest.fixture
def notes():
    """Twelve rows; four moments are shared by three each, so that order by moment alone would be no order."""
    rows = [
        SavedView(
            owner="shared",
            table="ab"[number % 2],
            name=f"note {number:02}",
            query="=1+1" if number == 5 else "x" * number,
            changed_at=START + timedelta(days=number // 3),
        )
        for number in range(12)
    ]
    SavedView.objects.create(owner="hidden", table="a", name="hidden", query="", changed_at=START)
    return SavedView.objects.bulk_create(rows)


def table(query: str = "", actor=CLERK) -> Notes:
    return Notes(actor, QueryDict(query))


def names(query: str) -> list[str]:
    return [row.name for row in table(query).page.object_list]


def ask(query: str = "", data=None, actor=CLERK):
    made = RequestFactory().post(f"/?{query}", data) if data is not None else RequestFactory().get(f"/?{query}")
    SessionMiddleware(lambda _request: None).process_request(made)
    MessageMiddleware(lambda _request: None).process_request(made)
    made.actor, made.user = actor, None
    return Page.as_view()(made)


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


class TestCounting:
    def test_goes_no_further_than_the_most_and_says_that_there_are_more(
        self, notes, monkeypatch, django_assert_num_queries
    ):
        monkeypatch.setattr(Notes, "most", 10)
        found = table()

        with django_assert_num_queries(1) as asked:
            said = (found.total, found.more, found.counted)

        assert (said, "LIMIT 11" in asked[0]["sql"]) == ((10, True, "10+"), True)
        assert "10+" in ask().content.decode()

    def test_leads_through_what_was_counted_and_no_further(self, notes, monkeypatch):
        monkeypatch.setattr(Notes, "most", 10)
        pages = range(1, table().page.paginator.num_pages + 1)

        assert sum(len(names(f"page={number}")) for number in pages) == 10

    def test_is_exact_up_to_the_most(self, notes, monkeypatch):
        monkeypatch.setattr(Notes, "most", 12)

        assert (table().total, table().more, table().counted) == (12, False, "12")


class TestPaging:
    @pytest.mark.parametrize("sort", ["", "name", "-name", "group", "-group", "changed", "-changed"])
    @pytest.mark.parametrize("narrowed", ["", "&group=a", "&q=note+0", "&changed_from=2026-11-02"])
    def test_shows_every_row_that_fits_once(self, notes, sort, narrowed):
        whole = table(f"sort={sort}{narrowed}")
        pages = range(1, whole.page.paginator.num_pages + 1)

        shown = [name for number in pages for name in names(f"sort={sort}{narrowed}&page={number}")]

        assert len(shown) == len(set(shown)) == whole.total
        assert shown == [row.name for row in whole.found]
        assert "hidden" not in shown

    def test_shows_the_last_page_beyond_the_last_and_the_first_for_nonsense(self, notes):
        assert names("page=99999999999999999999") == names("page=4")
        assert names("page=-1") == names("page=4")
        assert names("page=%00") == names("page=1")

    def test_takes_a_wish_it_does_not_know_for_none(self, notes):
        query = "sort=size&group=z&size=5000&show=nothing&changed_from=2026-99-99&changed_to=0001-01-01"

        assert names(query) == names("")
        assert table(query).query() == ""


class TestOrder:
    def test_is_the_one_that_was_asked(self, notes):
        assert names("sort=name") == ["note 00", "note 01", "note 02"]
        assert names("sort=-name") == ["note 11", "note 10", "note 09"]

    def test_of_a_column_that_cannot_be_sorted_is_no_declaration(self):
        with pytest.raises(TypeError):
            type("Wrong", (Notes,), {"order": "size"})

    def test_needs_names_of_their_own(self):
        with pytest.raises(TypeError):
            type("Wrong", (Notes,), {"filters": (look.Choice("sort", "Sort", [("a", "A")]),)})


class TestNarrowing:
    def test_by_days_counts_the_last_day_whole(self, notes):
        assert table("changed_from=2026-11-02&changed_to=2026-11-03").total == 6

    def test_says_what_is_chosen_and_how_to_be_rid_of_it(self, notes):
        page = ask("group=a&q=note").content.decode()

        assert "Group: First" in page or "First" in page
        assert 'href="?q=note"' in page
        assert 'href="?group=a"' in page

    def test_survives_what_no_database_takes(self, notes):
        assert table("q=%00%00").total == 12
        assert table(f"q={'x' * 5000}").total == 0


class TestAddress:
    def test_says_the_view_again(self, notes):
        asked = "q=note&group=b&changed_to=2026-11-04&sort=name&size=7&show=name,text"

        again = table(asked).query()

        assert parse_qs(again) == parse_qs(asked)
        assert table(again).query() == again

    def test_leaves_out_what_is_as_always(self):
        assert table("sort=-changed&size=3&show=name,group,size,changed").query() == ""


class TestFiles:
    @pytest.mark.parametrize("query", ["", "sort=name", "group=a&sort=-name", "show=name,text&q=note", "q=nobody"])
    def test_hold_exactly_what_the_pages_show(self, notes, query):
        asked = table(query)
        pages = range(1, asked.page.paginator.num_pages + 1)
        shown = [
            [column.said(row) for column in asked.shown if column.kind == "text"]
            for number in pages
            for row in table(f"{query}&page={number}").page.object_list
        ]
        places = [place for place, column in enumerate(asked.shown) if column.kind == "text"]

        heads, *rows = csv.reader(io.StringIO(body(ask(f"{query}&export=csv")).decode("utf-8-sig")))
        sheet = openpyxl.load_workbook(io.BytesIO(body(ask(f"{query}&export=xlsx")))).worksheets[0]
        first, *lines = sheet.iter_rows(values_only=True)

        assert heads == list(first) == [column.title for column in asked.shown]
        assert [[row[place].removeprefix("'") for place in places] for row in rows] == shown
        assert [[row[place] or "" for place in places] for row in lines] == shown

    def test_keep_numbers_and_moments_as_such(self, notes):
        book = openpyxl.load_workbook(io.BytesIO(body(ask("sort=name&export=xlsx"))))

        row = next(book.worksheets[0].iter_rows(min_row=2, values_only=True))

        assert row[2:4] == (0, datetime(2026, 11, 1, 8))

    def test_never_hold_a_formula(self, notes):
        rows = list(csv.reader(io.StringIO(body(ask("show=text&export=csv")).decode("utf-8-sig"))))
        sheet = openpyxl.load_workbook(io.BytesIO(body(ask("show=text&export=xlsx")))).worksheets[0]

        assert ["'=1+1"] in rows
        assert {cell.data_type for (cell,) in sheet.iter_rows() if cell.value == "=1+1"} == {"s"}

    def test_begin_with_the_mark_that_spreadsheets_look_for(self, notes):
        answer = ask("export=csv")

        assert body(answer).startswith(b"\xef\xbb\xbf")
        assert answer["Cache-Control"] == "private, no-store"

    def test_that_are_cut_say_so(self, notes, monkeypatch):
        monkeypatch.setattr(Notes, "most", 5)

        rows = list(csv.reader(io.StringIO(body(ask("export=csv")).decode("utf-8-sig"))))

        assert len(rows) == 7
        assert "5" in rows[-1][0]

    def test_about_people_are_entered_before_they_leave(self, notes):
        body(ask("sort=name&export=csv"))

        (entry,) = trail.entries(subject="note:note 07").items
        assert (entry.action, entry.actor_id) == ("look.table.export", CLERK.id)

    def test_about_nobody_leave_no_entry(self, notes):
        body(ask("show=group,size&export=csv"))

        assert not Entry.objects.filter(action="look.table.export").exists()


class TestViews:
    def test_are_kept_by_name_for_their_owner_alone(self, notes):
        ask("group=a&sort=name", {"wish": "keep", "name": "  First   group "})

        assert "First group" in ask("").content.decode()
        assert "First group" not in ask("", actor=OTHER).content.decode()
        assert SavedView.objects.get(table="look.notes").query == "group=a&sort=name"

    def test_of_the_same_name_are_replaced(self, notes):
        ask("group=a", {"wish": "keep", "name": "Mine"})
        ask("group=b", {"wish": "keep", "name": "Mine"})

        assert SavedView.objects.get(table="look.notes").query == "group=b"

    @pytest.mark.parametrize("name", ["", "   ", "x" * 41, "\0"])
    def test_need_a_name_of_reasonable_length(self, notes, name):
        assert ask("", {"wish": "keep", "name": name}).status_code == 302

        assert not SavedView.objects.filter(table="look.notes").exists()

    def test_are_forgotten_by_their_owner_only(self, notes):
        ask("group=a", {"wish": "keep", "name": "Mine"})
        ask("", {"wish": "forget", "name": "Mine"}, actor=OTHER)
        assert SavedView.objects.filter(table="look.notes").count() == 1

        ask("", {"wish": "forget", "name": "Mine"})
        assert not SavedView.objects.filter(table="look.notes").exists()


class TestBatch:
    def test_does_each_row_by_itself_and_says_what_became_of_it(self, notes):
        marked = [str(notes[place].pk) for place in (0, 1, 10)]

        page = ask("", {"wish": "shut", "row": marked}).content.decode()

        done = set(SavedView.objects.filter(query="done").values_list("name", flat=True))
        assert done == {"note 01"}
        assert page.count("This row is locked.") == 2
        assert page.count("Was changed.") == 1

    def test_does_nothing_to_rows_that_the_reader_may_not_see(self, notes):
        hidden = SavedView.objects.get(owner="hidden")

        page = ask("", {"wish": "shut", "row": [str(hidden.pk), "nonsense", "0", "9" * 40, "\0"]}).content.decode()

        hidden.refresh_from_db()
        assert hidden.query == ""
        assert page.count("qc-outcomes__rows") == 1

    @pytest.mark.parametrize("wish", ["secret", "unknown", ""])
    def test_does_nothing_that_is_not_offered(self, notes, wish):
        assert ask("", {"wish": wish, "row": [str(notes[1].pk)]}).status_code == 302

        assert not SavedView.objects.filter(query="done").exists()

    def test_asks_for_marks_first(self, notes):
        assert ask("group=a", {"wish": "shut"}).url == "?group=a&page=1"


class TestPage:
    def test_asks_the_database_as_often_for_many_rows_as_for_few(self, notes):
        asked = []
        for query in ("size=3", "size=3", "size=7"):
            with CaptureQueriesContext(connection) as queries:
                ask(query)
            asked.append(len(queries))

        assert asked[1] == asked[2] <= 6

    def test_says_which_way_a_column_is_sorted(self, notes):
        page = ask("sort=-name").content.decode()

        assert page.count("aria-sort") == 1
        assert 'aria-sort="descending"' in page

    def test_says_what_would_be_here(self):
        with translation.override("en"):
            assert "Nothing here" in ask("").content.decode()
            assert "Nothing fits" in ask("q=nobody").content.decode()

    def test_escapes_what_people_wrote(self, notes):
        notes[11].name = "<script>alert(1)</script>"
        notes[11].save()

        assert "<script>alert" not in ask("").content.decode()


def test_a_path_leads_over_attributes_and_methods():
    row = {"holder": {"name": "王泉", "born": date(2026, 11, 23)}}

    assert look.Column("name", "Name", "holder.name").said(row) == "王泉"
    assert look.Column("born", "Born", "holder.born.isoformat").said(row) == "2026-11-23"
    assert look.Column("none", "None", "holder.address.street").said(row) == ""


def test_a_day_is_written_as_the_city_writes_it():
    column = look.Column("day", "Day", lambda row: row, "day")

    assert "2026" in column.cell(date(2026, 11, 23))
    assert column.kept(date(2026, 11, 23)) == date(2026, 11, 23)
