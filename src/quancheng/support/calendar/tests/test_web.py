"""The pages of the calendar."""

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public as calendar
from quancheng.support.calendar.models import CalendarYear
from quancheng.support.calendar.web import views

pytestmark = pytest.mark.django_db

ADMINISTRATOR = pmi.Actor(id="a", name="管理员", kind="staff", grants=(pmi.Grant("calendar.year.load"),))
CITIZEN = pmi.Actor(id="c", name="李明", kind="citizen")
NOTICE = {"year": "2027", "document": "国办发明电〔2026〕1号", "table": "1月1日 1月3日 元旦 放假\n1月10日 元旦 上班"}


@pytest.fixture(autouse=True)
def english():
    """Pages in the source language."""
    with translation.override("en"):
        yield


def ask(view, actor, *, data=None, **kwargs):
    """Send a request to a view in somebody's name, past the sign-in."""
    factory = RequestFactory()
    request = factory.post("/", data) if data is not None else factory.get("/")
    request.actor, request.user, request.session = actor, type("User", (), {"is_authenticated": False})(), {}
    request._messages = type("Messages", (), {"add": lambda *args: None, "__iter__": lambda self: iter(())})()
    response = view.as_view()(request, **kwargs)
    return response, response.content.decode()


class TestCalculator:
    def page(self, **query):
        response = Client().get(reverse("calendar:calculator"), {**query}, headers={"accept-language": "en"})
        return response, response.content.decode()

    def test_is_open_to_everybody(self):
        response, html = self.page()

        assert response.status_code == 200
        assert "第八十二条" in html

    def test_shows_how_the_date_came_out(self):
        _response, html = self.page(start="2026-09-21", rule="CN-AL-32-correction")

        assert "2026" in html
        assert "One request for corrections" in html
        assert "逾期不告知的" in html
        assert "中秋" in html

    def test_takes_an_own_period_and_says_when_it_is_provisional(self):
        _response, html = self.page(start="2026-12-20", n="30", unit="workday", rule="")

        assert "provisional" in html

    @pytest.mark.parametrize(
        "query", [{"start": "x"}, {"start": "2026-11-23", "rule": ""}, {"start": "1999-01-01", "n": "3"}]
    )
    def test_says_what_is_missing(self, query):
        response, html = self.page(**query)

        assert response.status_code == 422
        assert "qc-errors" in html


class TestWhy:
    def clock(self):
        return calendar.start_clock(rule="CN-AL-42-joint", subject="application:1", started_at=date(2026, 11, 23))

    def test_staff_see_rule_law_and_each_day(self):
        response, html = ask(views.WhyThisDate, ADMINISTRATOR, clock_id=self.clock().id)

        assert response.status_code == 200
        assert "《中华人民共和国行政许可法》第四十二条第二款" in html
        assert "provisional" in html

    def test_others_do_not(self):
        with pytest.raises(pmi.Forbidden):
            ask(views.WhyThisDate, CITIZEN, clock_id=self.clock().id)

    def test_the_partial_takes_a_clock_or_its_data(self):
        clock = self.clock()
        calendar.suspend(clock.id, at=date(2026, 11, 25), reason="inspection")
        clock = calendar.resume(clock.id, at=date(2026, 11, 30))

        for given in (clock, clock.as_data()):
            html = render_to_string("calendar/parts/why.html", {"clock": given})
            assert "检验" in html
            assert "第四十二条第二款" in html
        assert "No deadline" in render_to_string("calendar/parts/why.html", {"clock": {}})


class TestYears:
    def test_a_notice_is_shown_before_it_is_loaded(self):
        calendar.start_clock(rule="CN-AL-42-joint", subject="application:1", started_at=date(2026, 12, 15))

        response, html = ask(views.Years, ADMINISTRATOR, data=NOTICE)

        assert response.status_code == 200
        assert "3 days off, 1 make-up workdays" in html
        assert not CalendarYear.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_is_loaded_on_confirmation(self):
        response, _html = ask(views.Years, ADMINISTRATOR, data={**NOTICE, "load": "1"})

        assert response.status_code == 302
        assert CalendarYear.objects.get().year == 2027
        assert calendar.table().announced(date(2027, 1, 4))

    def test_a_line_that_cannot_be_read_is_named(self):
        response, html = ask(views.Years, ADMINISTRATOR, data={**NOTICE, "table": "1月1日 元旦 放假\n1月4日 元旦 上班"})

        assert response.status_code == 422
        assert "Line 2: only a Saturday or Sunday" in html

    def test_needs_the_privilege(self):
        with pytest.raises(pmi.Forbidden):
            ask(views.Years, CITIZEN)

    def test_takes_a_table_as_a_file_and_shows_it_for_review(self):
        file = SimpleUploadedFile("notice.csv", "日期,类型,名称\n2027-01-01,休,元旦\n2027-01-10,班,元旦\n".encode())

        response, html = ask(views.Years, ADMINISTRATOR, data={**NOTICE, "table": "", "file": file})

        assert response.status_code == 200
        assert "2027-01-01\t休\t元旦" in html
        assert "make-up workday" in html
        assert not CalendarYear.objects.exists()

    @pytest.mark.parametrize("content", [b"PK\x03\x04", b"\0\0\0", b""])
    def test_says_when_a_file_is_no_table(self, content):
        file = SimpleUploadedFile("notice.xlsx", content)

        response, _html = ask(views.Years, ADMINISTRATOR, data={**NOTICE, "table": "", "file": file})

        assert response.status_code == 422


class TestRulesPages:
    CLERK = pmi.Actor(id="a", name="管理员", kind="staff", grants=(pmi.Grant("calendar.rule.add-version"),))
    CHANGE = {
        "since": "2099-01-01",
        "law": "中华人民共和国行政许可法",
        "article": "第四十四条",
        "basis": "应当自作出决定之日起五日内颁发",
        "n": "5",
        "extension_n": "",
    }

    def test_list_every_rule_with_its_law(self):
        _response, html = ask(views.Rules, self.CLERK)

        assert html.partition("</main>")[0].count("<tr>") == len(calendar.all_rules()) + 1
        assert "《信访工作条例》第三十四条" in html
        assert "law to be confirmed" in html

    def test_add_a_version_and_keep_the_history(self):
        response, _html = ask(views.OneRule, self.CLERK, data=self.CHANGE, code="CN-AL-44-issue")
        _response, html = ask(views.OneRule, self.CLERK, code="CN-AL-44-issue")

        assert response.status_code == 302
        assert "version 2" in html
        assert "version 1" in html
        assert "五日内颁发" in html

    @pytest.mark.parametrize(
        ("change", "status"),
        [({"since": "2020-01-01"}, 409), ({"n": "-1"}, 422), ({"basis": "a\0b"}, 422), ({"extension_n": "3"}, 409)],
    )
    def test_say_what_is_wrong(self, change, status):
        response, html = ask(views.OneRule, self.CLERK, data={**self.CHANGE, **change}, code="CN-AL-44-issue")

        assert response.status_code == status
        assert "qc-errors" in html


class TestFeedsPage:
    CLERK = pmi.Actor(id="account:6f1c0f5e-3f0b-4a3e-9d4c-2f6a6f2f3a11", name="吴敏", kind="staff")

    def test_shows_a_secret_address_once(self):
        _response, made = ask(views.Feeds, self.CLERK, data={"renew": "1"})
        _response, later = ask(views.Feeds, self.CLERK)

        assert re.search(r"/calendar/feeds/[\w-]{40,}\.ics", made)
        assert not re.search(r"/calendar/feeds/[\w-]{40,}\.ics", later)
        assert "Renew the address" in later

    def test_is_not_for_citizens(self):
        with pytest.raises(pmi.Forbidden):
            ask(views.Feeds, CITIZEN)


class TestAClocksFile:
    def test_holds_the_last_day(self):
        clock = calendar.start_clock(rule="CN-AL-42-joint", subject="application:1", started_at=date(2026, 11, 23))

        response, text = ask(views.ClockFile, ADMINISTRATOR, clock_id=clock.id)

        assert response["Content-Type"].startswith("text/calendar")
        assert f"DTSTART;VALUE=DATE:{clock.due_on:%Y%m%d}" in text
