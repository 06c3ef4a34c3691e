"""Service items and their publishing."""

import json

import pytest

from quancheng.business.approvals import actions, queries
from quancheng.business.approvals.actions.services import announcement, put_on_offer
from quancheng.business.approvals.models import ServiceVersion
from quancheng.business.approvals.queries.offers import Draft
from quancheng.business.approvals.tests import factories
from quancheng.security.pmi import public as pmi
from quancheng.support.eforms import public as eforms
from quancheng.support.feel import public as feel
from quancheng.support.workflow import public as workflow

AT = factories.MORNING


class TestTheItemsOfTheCity:
    @pytest.mark.parametrize("item", queries.drafts(), ids=lambda item: item.code)
    def test_have_forms_that_can_be_read(self, item):
        assert eforms.load(dict(item.form)).fields

    @pytest.mark.parametrize("item", queries.drafts(), ids=lambda item: item.code)
    def test_have_conditions_in_feel_that_name_questions(self, item):
        keys = {question["key"] for question in item.body.get("question", ())}
        rows = [*item.body["material"], *item.body["part"], *item.body.get("question", ())]
        conditions = [row.get("required_when") or row.get("when") or row.get("shown_when") for row in rows]

        for text in filter(None, conditions):
            assert feel.names(text) <= keys

    @pytest.mark.django_db
    @pytest.mark.parametrize("item", queries.drafts(), ids=lambda item: item.code)
    def test_cite_a_rule_that_the_calendar_knows(self, item):
        from quancheng.support.calendar import public as calendar

        rule = calendar.rule(item.body["statutory"]["rule"])

        assert (rule.n, rule.article) == (item.body["statutory"]["days"], item.body["statutory"]["article"])


@pytest.mark.django_db
class TestPublishing:
    def test_tells_the_hall_the_whole_item(self, told):
        put_on_offer(queries.draft(factories.SERVICE), by="test", at=AT)

        (event,) = told.on("hall.service-published")
        assert event["departments"] == ["370100-spfw", "370100-scjg", "370100-xfjy", "370100-cgj"]
        assert all(material["basis"] for material in event["guide"]["materials"])
        assert json.dumps(event["form"])
        assert "bpmndi:BPMNDiagram" in event["bpmn"]

    def test_of_an_unchanged_item_stays_at_its_version_and_tells_nobody(self, told):
        item = queries.draft(factories.SERVICE)

        numbers = [put_on_offer(item, by="test", at=AT) for _round in range(2)]

        assert numbers == [1, 1]
        assert len(told.on("hall.service-published")) == 1

    def test_of_a_changed_item_makes_a_new_version_and_keeps_the_old(self, told):
        item = queries.draft(factories.SERVICE)
        put_on_offer(item, by="test", at=AT)
        changed = Draft(
            item.code,
            item.title,
            item.department,
            {**item.body, "promised_days": 8},
            item.form,
            item.process,
            item.drawing,
        )

        number = put_on_offer(changed, by="test", at=AT)

        assert number == 2
        assert ServiceVersion.objects.filter(item__code=item.code).count() == 2

    def test_refuses_an_item_in_which_something_cites_no_law(self, told):
        item = queries.draft(factories.SERVICE)
        body = {**item.body, "condition": [{"text": "良好的品行", "law": ""}]}
        uncited = Draft(item.code, item.title, item.department, body, item.form, item.process, item.drawing)

        with pytest.raises(actions.Uncited, match="良好的品行"):
            put_on_offer(uncited, by="test", at=AT)

        assert not told.on("hall.service-published")

    def test_is_for_the_items_own_department(self, told):
        with pytest.raises(pmi.Forbidden):
            actions.publish_service(actor=factories.staff("lead"), code="JN-CGJ-0601", at=AT)
        assert actions.publish_service(actor=factories.staff("lead"), code="JN-SPFW-0301", at=AT) == 1


@pytest.mark.django_db
class TestTheDrawings:
    @pytest.mark.parametrize("key", ["open-restaurant", "simple-approval"])
    def test_are_deployed(self, key):
        assert "bpmn:process" in workflow.drawing(key)

    def test_promise_what_the_guide_says(self):
        event = announcement(queries.draft(factories.SERVICE), 1)

        assert event.guide["statutory_limit"]["days"] == 45
        assert event.guide["promised_days"] == 10
