"""What the tags write into pages."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from quancheng.support.look import queries, rules
from quancheng.support.look.web import forms

DRAWING = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"><bpmn:process id="p">
<bpmn:laneSet id="l"><bpmn:lane id="l1" name="消防支队">
<bpmn:flowNodeRef>check</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
<bpmn:userTask id="decide" name="决定"/><bpmn:userTask id="check" name="检查"/><bpmn:startEvent id="s"/>
<bpmn:sequenceFlow id="a" sourceRef="s" targetRef="check"/>
<bpmn:sequenceFlow id="b" sourceRef="check" targetRef="decide"/>
<bpmn:sequenceFlow id="c" sourceRef="decide" targetRef="check"/></bpmn:process></bpmn:definitions>"""


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def render(source: str, **context) -> str:
    return Template("{% load look %}" + source).render(Context(context))


class TestIcon:
    def test_is_decoration_unless_it_has_a_label(self):
        assert 'aria-hidden="true"' in render('{% icon "home" %}')
        assert 'role="img" aria-label="Start"' in render('{% icon "home" "Start" %}')

    def test_draws_a_point_for_a_name_nobody_knows(self):
        assert "icons.svg#point" in render('{% icon "unicorn" %}')


class TestStatus:
    @pytest.mark.parametrize("code", rules.STATES)
    def test_says_the_word_beside_the_icon(self, code):
        shown = render("{% status code %}", code=code)

        assert rules.STATES[code].word in shown
        assert f"#{rules.STATES[code].icon}" in shown

    def test_escapes_what_is_not_its_own(self):
        assert "<b>" not in render("{% status code label %}", code="x", label="<b>")


class TestDue:
    @dataclass
    class Clock:
        due_on: date = date(2026, 12, 1)
        remaining_days: int = 3
        state: str = "near"
        provisional: bool = True
        why: str = "Twenty working days from 2 November."

    def test_counts_the_working_days_that_are_left_and_says_why(self):
        shown = render("{% due clock %}", clock=self.Clock())

        assert "3 working days left" in shown
        assert "due on 1 December 2026" in shown
        assert "provisional" in shown
        assert "Twenty working days" in shown

    def test_counts_how_late_it_is(self):
        assert "2 working days late" in render("{% due clock %}", clock=self.Clock(remaining_days=-2, state="overdue"))

    def test_reads_a_clock_that_came_as_data(self):
        clock = {
            "due_on": "2026-12-01", "state": "normal", "law": "行政许可法", "article": "第四十二条",
            "started_on": "2026-11-02", "excluded": [{"date": "2026-11-07", "reason": "星期六"}],
        }  # fmt: skip

        shown = render("{% due clock %}", clock=clock)

        assert "行政许可法 第四十二条" in shown
        assert "7 November 2026 星期六" in shown

    def test_says_that_there_is_no_deadline(self):
        assert "No deadline" in render("{% due clock %}", clock={})

    def test_says_it_in_chinese(self):
        with translation.override("zh-hans"):
            assert "截止" in render("{% due clock %}", clock=self.Clock())


class TestDrawing:
    def test_tells_the_steps_in_the_order_of_the_flow_with_their_lanes(self):
        found = queries.steps(DRAWING, active=["decide"], done=["check"])

        assert [(step.name, step.lane, step.state) for step in found] == [
            ("检查", "消防支队", "done"),
            ("决定", "", "active"),
        ]

    def test_cannot_be_left_by_a_closing_script_in_the_xml(self):
        shown = render("{% drawing xml %}", xml="<x></script><script>alert(1)</script></x>")

        assert "alert" in shown
        assert "<script>alert" not in shown

    def test_of_broken_xml_has_no_steps(self):
        assert queries.steps("<broken") == ()


class TestTimeline:
    def test_shows_events_of_any_shape(self):
        at = timezone.make_aware(datetime(2026, 11, 23, 14, 5))

        shown = render(
            "{% timeline events %}", events=[{"sentence": "Received", "at": at.isoformat(), "holder": "窗口"}]
        )

        assert "Received" in shown
        assert "23 November 2026 14:05" in shown
        assert "窗口" in shown

    def test_says_that_nothing_happened_yet(self):
        assert "Nothing has happened yet" in render("{% timeline events %}", events=[])


class TestPagination:
    def test_keeps_the_rest_of_the_query(self):
        request = RequestFactory().get("/list/?q=a%26b&page=2")

        shown = render("{% pagination page %}", page=Paginator(range(100), 10).page(2), request=request)

        assert 'href="?q=a%26b&amp;page=3"' in shown
        assert 'aria-current="page">2<' in shown

    def test_is_absent_for_one_page(self):
        assert render("{% pagination page %}", page=Paginator([], 10).page(1)).strip() == ""


class TestForms:
    def test_errors_are_summed_up_with_links_to_the_fields(self):
        shown = render("{% errors form %}", form=forms.Specimen({}))

        assert 'href="#id_name"' in shown
        assert 'href="#id_kind_0"' in shown
        assert "things need your attention" in shown

    def test_a_field_names_its_help_and_its_error(self):
        shown = render("{% field form.name %}", form=forms.Specimen({}))

        assert 'aria-describedby="id_name-help id_name-error"' in shown
        assert 'aria-invalid="true"' in shown


class TestSmallParts:
    def test_steps_are_told_in_words(self):
        assert "Step 2 of 3" in render("{% steps names 2 %}", names=["a", "b", "c"])

    def test_empty_says_what_would_be_here(self):
        assert "Nothing yet" in render('{% empty "Nothing yet" "First step" "/go/" "Go" %}')

    def test_files_show_name_size_and_state(self):
        shown = render("{% files items %}", items=[{"title": "plan.pdf", "size": 2048, "state": "verified"}])

        assert "plan.pdf" in shown
        assert "2.0 KB" in shown

    def test_a_qr_code_needs_neither_a_request_nor_a_style(self):
        shown = render('{% qr "https://quancheng.example/" %}')

        assert "<svg" in shown
        assert "style=" not in shown
        assert "data:" not in shown

    def test_moments_are_told_relative_to_now_with_the_exact_time_at_hand(self):
        shown = render("{{ at|relative }}", at=timezone.now() - timedelta(minutes=5))

        assert "5 minutes ago" in shown
        assert "datetime=" in shown

    def test_filters_write_nothing_for_nothing(self):
        assert render("{{ a|when }}{{ a|day }}{{ a|relative }}{{ a|masked }}{{ a|money }}", a=None) == ""


class TestModes:
    def test_come_from_cookies_and_let_nothing_else_in(self):
        request = RequestFactory().get("/")
        request.COOKIES = {"qc_elder": "on", "qc_theme": '"><script>'}

        assert render("{% modes %}", request=request) == ' data-elder="on"'
