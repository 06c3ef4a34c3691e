"""Calendar files, secret addresses, added versions of rules, and what crosses to the other zone."""

import contextlib
import io
from datetime import UTC, date, datetime

import icalendar
import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from quancheng.kernel import events as kernel
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import actions, adapters, queries, rules
from quancheng.support.calendar import public as calendar
from quancheng.support.calendar.models import FeedAddress, RuleVersion
from quancheng.support.calendar.queries import rulebook

AT = datetime(2026, 11, 23, 3, 17, tzinfo=UTC)
CODE = "CN-MER-19-registration"
ADMINISTRATOR = pmi.Actor(id="a", name="管理员", kind="staff", grants=(pmi.Grant("calendar.rule.add-version"),))
CHANGED = {
    "law": "中华人民共和国市场主体登记管理条例",
    "article": "第十九条第一款",
    "basis": "不能当场登记的，应当在2个工作日内予以登记",
    "n": 2,
    "extension_n": 2,
    "extension_level": "登记机关负责人",
    "extension_by": "agency-head",
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
LATEST = date(2100, 1, 1)


@pytest.fixture(autouse=True)
def fresh():
    """Versions of one test are not remembered in the next."""
    rulebook.added.cache_clear()


@pytest.fixture
def told(monkeypatch):
    """Every fact that is announced, in order."""
    facts = []
    monkeypatch.setattr(kernel, "publish", facts.append)
    return facts


def read(text):
    """Return the events of a calendar file as an independent reader of RFC 5545 sees them."""
    found = icalendar.Calendar.from_ical(text)
    assert not found.errors
    return found, list(found.walk("VEVENT"))


class TestCalendarFiles:
    @given(title=TEXT, text=TEXT, name=TEXT, start=st.dates(date(1990, 1, 1), LATEST))
    def test_say_to_another_reader_what_was_put_in(self, title, text, name, start):
        entry = rules.Entry("task-1", start, title, text, "https://city.example/a/1/", alarm_days=1)

        file = rules.calendar_of([entry], name=name, host="city.example", at=AT)

        _calendar, (event,) = read(file)
        assert event["uid"] == "task-1@city.example"
        assert (event.decoded("dtstart"), (event.decoded("dtend") - event.decoded("dtstart")).days) == (start, 1)
        printable = "".join(sign if (sign >= " " and sign != "\x7f") or sign == "\n" else " " for sign in title)
        assert str(event["summary"]) == printable.replace("\r\n", "\n")
        assert all(len(line.encode()) <= 75 for line in file.split("\r\n"))
        assert file.endswith("END:VCALENDAR\r\n")

    def test_hold_the_official_days_as_runs(self, db):
        file = Client().get(reverse("calendar:official"))

        assert file["Content-Type"] == "text/calendar; charset=utf-8"
        _calendar, events = read(file.content)
        named = {(event.decoded("dtstart"), event.decoded("dtend"), str(event["summary"])) for event in events}
        assert (date(2026, 10, 1), date(2026, 10, 8), "国庆节（休）") in named
        assert (date(2026, 10, 10), date(2026, 10, 11), "国庆节（班）") in named
        assert len({str(event["uid"]) for event in events}) == len(events)


@pytest.mark.django_db
class TestSecretAddresses:
    @pytest.fixture
    def clerk(self):
        account = identity.ensure_account(username="clerk", name="吴敏", kind="staff")
        return identity.actor(account)

    @pytest.fixture
    def told_of(self, monkeypatch):
        """One deadline of whoever asks, with their name in it."""

        def teller(actor):
            yield rules.Entry("task-7", date(2026, 12, 1), f"审查 · {actor.name}", url="/approvals/7/")

        monkeypatch.setattr("quancheng.support.calendar.queries.feeds._tellers", [teller])

    def test_show_the_owners_deadlines_without_signing_in(self, clerk, told_of):
        secret = actions.renew_feed(actor=clerk, owner=clerk.id, at=AT)

        answer = Client().get(reverse("calendar:deadlines", args=[secret]))

        _calendar, (event,) = read(answer.content)
        assert (str(event["summary"]), event.decoded("dtstart")) == ("审查 · 吴敏", date(2026, 12, 1))
        assert event["url"] == "http://testserver/approvals/7/"
        assert answer["Cache-Control"] == "private, no-store"

    def test_die_when_they_are_renewed_or_closed(self, clerk, told_of):
        first = actions.renew_feed(actor=clerk, owner=clerk.id, at=AT)
        second = actions.renew_feed(actor=clerk, owner=clerk.id, at=AT)

        assert Client().get(reverse("calendar:deadlines", args=[first])).status_code == 404
        assert Client().get(reverse("calendar:deadlines", args=[second])).status_code == 200
        actions.close_feed(actor=clerk, owner=clerk.id)
        assert Client().get(reverse("calendar:deadlines", args=[second])).status_code == 404

    def test_are_not_kept_in_clear(self, clerk):
        secret = actions.renew_feed(actor=clerk, owner=clerk.id, at=AT)

        assert FeedAddress.objects.get().secret != secret
        assert len(secret) >= 40

    def test_are_nobody_elses_to_renew(self, clerk):
        with pytest.raises(pmi.Forbidden):
            actions.renew_feed(actor=clerk, owner="account:somebody", at=AT)


@pytest.mark.django_db
class TestAddedVersions:
    def add(self, since=date(2027, 1, 1), **changes):
        return actions.add_version(actor=ADMINISTRATOR, code=CODE, since=since, at=AT, **{**CHANGED, **changes})

    def test_count_for_what_begins_from_then_on_and_not_for_what_runs(self, told):
        before = calendar.start_clock(rule=CODE, subject="application:1", started_at=date(2026, 12, 31))

        added = self.add()
        after = calendar.start_clock(rule=CODE, subject="application:2", started_at=date(2027, 1, 4))

        assert (added.version, added.title, added.start_event) == (
            2,
            "市场主体登记",
            "收到齐全、符合法定形式的申请材料",
        )
        assert calendar.clock("application:1", today=AT.date()).due_on == before.due_on
        assert (before.days, before.why.version, after.days, after.why.version) == (3, 1, 2, 2)
        assert calendar.due(rule=CODE, start=date(2026, 12, 1)).working_days == 3
        assert [fact.topic for fact in told] == ["calendar.rule-version-added"]

    def test_follow_one_another_and_never_reach_back(self):
        self.add()
        for since in (date(2027, 1, 1), date(2026, 12, 1), date(2026, 11, 22)):
            with pytest.raises(calendar.NotLater):
                self.add(since)

        assert self.add(date(2027, 7, 1)).version == 3
        assert [item.version for item in calendar.versions(CODE)] == [1, 2, 3]

    @pytest.mark.parametrize("change", [{"extension_by": ""}, {"extension_level": ""}, {"extension_n": 0}])
    def test_name_who_may_extend_or_allow_no_extension(self, change):
        with pytest.raises(calendar.NoExtender):
            self.add(**change)

    def test_need_the_privilege_and_a_rule_that_is_there(self):
        with pytest.raises(pmi.Forbidden):
            actions.add_version(
                actor=pmi.Actor(id="b", name="", kind="staff"), code=CODE, since=LATEST, at=AT, **CHANGED
            )
        with pytest.raises(calendar.UnknownRule):
            actions.add_version(actor=ADMINISTRATOR, code="CN-NONE", since=LATEST, at=AT, **CHANGED)


@pytest.mark.django_db
class TestTheOtherZone:
    ACTOR = pmi.service_actor("calendar")
    DAYS = {"year": 2027, "document": "通知", "off": {"2027-01-04": "元旦"}, "work": {"2027-01-09": "元旦"}}

    def test_takes_over_a_year_once(self):
        clock = calendar.start_clock(rule="CN-AL-42-decision", subject="application:1", started_at=date(2026, 12, 25))

        assert calendar.receive_year(actor=self.ACTOR, data=self.DAYS, at=AT) == 1
        assert calendar.receive_year(actor=self.ACTOR, data=self.DAYS, at=AT) == 0

        assert not calendar.is_workday(date(2027, 1, 4))
        assert calendar.clock_by_id(clock.id).due_on != clock.due_on

    def test_takes_over_a_version_once(self):
        said = {**CHANGED, "note": ""}
        data = {"rule": CODE, "version": 2, "since": "2027-01-01", "said": said}
        for _time in range(2):
            calendar.receive_version(actor=self.ACTOR, data=data, at=AT)

        assert RuleVersion.objects.count() == 1
        assert calendar.rule(CODE, on=date(2027, 1, 1)).n == 2


class TestFilesOfNotices:
    NOTICE = [
        ["日期", "星期", "类型", "名称"],
        ["2027-01-01", "星期五", "休", "元旦"],
        ["2027-01-09", "周六", "班", "元旦"],
    ]

    def parsed(self, content):
        found = rules.parse_notice(2027, adapters.lines_of(content), document="通知")
        return dict(found.off), dict(found.work)

    PARSED = ({date(2027, 1, 1): "元旦"}, {date(2027, 1, 9): "元旦"})  # off, and worked instead

    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_are_read_from_csv(self, separator, encoding):
        text = "\r\n".join(separator.join(row) for row in self.NOTICE)

        assert self.parsed(text.encode(encoding)) == self.PARSED

    def test_are_read_from_workbooks_with_real_dates(self):
        book = openpyxl.Workbook()
        for row in self.NOTICE:
            book.active.append([date.fromisoformat(cell) if cell[:2] == "20" else cell for cell in row])
        kept = io.BytesIO()
        book.save(kept)

        assert self.parsed(kept.getvalue()) == self.PARSED

    @pytest.mark.parametrize(
        "content", [b"PK\x03\x04 no workbook", b"a\0b", b"\xff\xff\xff", b"x" * (adapters.LARGEST + 1), b"1\n" * 600]
    )
    def test_that_are_none_are_refused(self, content):
        with pytest.raises(adapters.UnreadableFile):
            adapters.lines_of(content)

    @given(st.binary(max_size=300))
    def test_of_any_bytes_are_lines_or_refused(self, content):
        with contextlib.suppress(adapters.UnreadableFile):
            assert isinstance(adapters.lines_of(content), str)


@pytest.mark.django_db
class TestDayChanges:
    def test_are_the_days_that_become_others(self):
        (year,) = (item for item in queries.table().years() if item.year == 2026)
        changed = rules.YearTable(2026, off={**year.off, date(2026, 12, 1): "纪念日"}, work=year.work)

        (change,) = queries.day_changes(changed)

        assert (change.day, change.was, change.becomes, change.name) == (
            date(2026, 12, 1), "workday", "holiday", "纪念日",
        )  # fmt: skip
