"""An application from its submission to its licences."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from quancheng.business.approvals import actions, models, queries
from quancheng.business.approvals.process import ACTOR
from quancheng.business.approvals.tests import factories
from quancheng.business.approvals.tests.factories import OPINIONS, accepted, opinion, received, reviewed
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public as calendar
from quancheng.support.documents import public as documents
from quancheng.support.workflow import public as workflow

pytestmark = pytest.mark.django_db
AT = factories.MORNING


class TestReceiving:
    def test_starts_the_case_the_clock_and_tells_the_citizen(self, office):
        application = received()

        clock = calendar.clock(application.subject)
        assert clock.rule == "CN-AL-32-correction"
        assert workflow.case(application.subject).active_elements == ("WindowReview",)
        (report,) = office.on("hall.progress-reported")
        assert (report["sequence"], report["state"], report["holder"]) == (1, "received", "济南市行政审批服务局")
        assert report["clock"]["due_on"] == clock.due_on.isoformat()

    def test_has_its_effect_once_however_often_it_is_told(self, office):
        data = factories.submission()

        first = actions.receive(actor=ACTOR, data=data, at=AT)
        second = actions.receive(actor=ACTOR, data=data, at=AT)

        assert first.pk == second.pk
        assert len(office.on("hall.progress-reported")) == 1

    def test_pins_the_departments_that_the_answers_need(self, office):
        answers = {**factories.submission()["answers"], "entity_kind": "existing", "has_sign": "no"}

        application = received(answers=answers)

        assert list(application.shares.order_by("id").values_list("part", flat=True)) == ["market_food", "fire_check"]


class TestTheWholeErrand:
    def test_ends_with_four_sealed_licences_in_the_citizens_hands(self, office):
        application = reviewed()

        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)
        factories.run_jobs()

        (result,) = office.on("hall.results-issued")
        assert result["outcome"] == "granted"
        assert [licence["title"] for licence in result["licences"]] == [
            "营业执照", "食品经营许可证", "公众聚集场所投入使用、营业前消防安全检查意见书", "牌匾标识设置意见书",
        ]  # fmt: skip
        assert {licence["holder_code"] for licence in result["licences"]} == {result["licences"][0]["number"]}
        for licence in result["licences"]:
            verdict = pki.verify_pdf(documents.open(licence["digest"]).read())
            assert verdict.valid
        assert result["files"] == [licence["digest"] for licence in result["licences"]]
        assert workflow.case(application.subject).status == "COMPLETED"

    def test_numbers_its_reports_without_a_gap_and_ends_on_issued(self, office):
        application = reviewed()
        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)
        factories.run_jobs()

        reports = office.on("hall.progress-reported")

        assert [report["sequence"] for report in reports] == list(range(1, len(reports) + 1))
        assert [report["state"] for report in reports] == [
            "received", "accepted", "reviewing", "reviewing", "reviewing", "reviewing", "decided", "issued",
        ]  # fmt: skip
        assert reports[-1]["active_elements"] == []

    def test_shows_the_statutory_clock_with_the_promise_after_acceptance(self, office):
        accepted()

        clock = office.on("hall.progress-reported")[-1]["clock"]

        assert (clock["rule"], clock["days"]) == ("CN-AL-42-joint", 45)
        assert date.fromisoformat(clock["promised_due_on"]) < date.fromisoformat(clock["due_on"])

    def test_goes_without_the_departments_that_are_not_needed(self, office):
        answers = {**factories.submission()["answers"], "entity_kind": "existing", "has_sign": "no"}
        application = accepted(answers=answers)
        opinion(application, "market-food", "market_food")
        opinion(application, "fire", "fire_check")

        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)
        factories.run_jobs()

        assert len(office.on("hall.results-issued")[0]["licences"]) == 2

    def test_of_an_ordinary_item_needs_one_department_only(self, office):
        application = accepted(service_code="JN-SPFW-0301")

        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)
        factories.run_jobs()

        assert [item["title"] for item in office.on("hall.results-issued")[0]["licences"]] == ["公共场所卫生许可证"]


class TestRepeating:
    def test_issuing_after_a_kill_makes_no_second_licence(self, office):
        application = reviewed()
        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)

        first = actions.issue_licences(actor=ACTOR, application_id=application.pk, at=AT)
        second = actions.issue_licences(actor=ACTOR, application_id=application.pk, at=AT + timedelta(days=1))
        factories.run_jobs()

        assert [item.digest for item in first] == [item.digest for item in second]
        assert models.Licence.objects.count() == 4

    def test_a_worker_killed_while_sealing_leaves_nothing_half_done(self, office, monkeypatch):
        application = reviewed()
        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)
        sealed = []

        def die_at_the_third(page, **wishes):
            sealed.append(wishes["organisation"])
            if len(sealed) == 3:
                raise KeyboardInterrupt
            return seal_pdf(page, **wishes)

        seal_pdf = pki.seal_pdf
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(pki, "seal_pdf", die_at_the_third)
            factories.run_jobs()
        assert not models.Licence.objects.exists()
        assert not office.on("hall.results-issued")

        factories.run_jobs(at=timezone.now() + timedelta(minutes=5))

        numbers = sorted(models.Licence.objects.values_list("number", flat=True))
        assert len(numbers) == 4
        assert [number[-5:] for number in numbers if "〔" in number] == ["0001号", "0001号"]
        assert len(office.on("hall.results-issued")) == 1

    def test_delivering_twice_tells_once(self, office):
        application = reviewed()
        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)
        factories.run_jobs()

        actions.deliver(actor=ACTOR, application_id=application.pk, at=AT)

        assert len(office.on("hall.results-issued")) == 1


class TestRefusing:
    def test_a_decision_against_the_applicant_comes_with_reasons_remedies_and_a_sealed_letter(self, office):
        application = accepted()
        opinion(application, "market-food", "market_licence")
        opinion(application, "market-food", "market_food", "UNFAVOURABLE", "操作间布局存在交叉污染")
        opinion(application, "fire", "fire_check")
        opinion(application, "urban", "shop_sign")

        actions.decide(
            actor=factories.staff("lead"),
            application_id=application.pk,
            grant=False,
            reasons="操作间布局不符合要求。",
            at=AT,
        )
        factories.run_jobs()

        (result,) = office.on("hall.results-issued")
        assert result["outcome"] == "refused"
        assert "行政复议" in result["decision"]["remedies"]
        assert pki.verify_pdf(documents.open(result["files"][0]).read()).valid
        assert office.on("hall.progress-reported")[-1]["state"] == "refused"

    def test_acceptance_ends_the_matter_with_a_letter(self, office):
        application = received()

        actions.refuse_acceptance(
            actor=factories.staff("window"), application_id=application.pk, reasons="不需要取得行政许可。", at=AT
        )
        factories.run_jobs()

        assert office.on("hall.results-issued")[0]["outcome"] == "refused"
        assert workflow.case(application.subject).status == "COMPLETED"

    def test_a_grant_against_a_departments_no_is_not_possible(self, office):
        application = accepted()
        opinion(application, "market-food", "market_licence")
        opinion(application, "market-food", "market_food", "UNFAVOURABLE", "布局不符")
        opinion(application, "fire", "fire_check")
        opinion(application, "urban", "shop_sign")

        with pytest.raises(actions.DepartmentsDisagree):
            actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)

    def test_a_no_about_the_shop_sign_advises_because_the_law_asks_for_no_permit(self, office):
        """济南市户外广告和牌匾标识管理条例 27: a shop sign follows the rules, it is not licensed."""
        application = accepted()
        opinion(application, "market-food", "market_licence")
        opinion(application, "market-food", "market_food")
        opinion(application, "fire", "fire_check")
        opinion(application, "urban", "shop_sign", "UNFAVOURABLE", "牌匾高度不符合指引")

        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)
        factories.run_jobs()

        assert {item["title"] for item in office.on("hall.results-issued")[0]["licences"]}.isdisjoint(
            {"牌匾标识设置意见书"}
        )
        assert len(office.on("hall.results-issued")[0]["licences"]) == 3


class TestTwoClerks:
    def test_accepting_the_second_is_told_and_nothing_changes(self, office):
        application = accepted()

        with pytest.raises(actions.NotWaitingForAcceptance):
            actions.accept(actor=factories.both_roles(), application_id=application.pk, at=AT)

        assert len(office.on("hall.progress-reported")) == 2

    def test_giving_the_same_opinion_the_second_is_told_who_was_first(self, office):
        application = accepted()
        opinion(application, "fire", "fire_check")

        with pytest.raises(actions.AlreadyGiven):
            opinion(application, "fire", "fire_check", "UNFAVOURABLE", "不合格")

        assert application.opinions.get(part="fire_check").verdict == "FAVOURABLE"

    def test_deciding_twice_the_second_is_refused(self, office):
        application = reviewed()
        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)

        with pytest.raises(actions.AlreadyDecided):
            actions.decide(
                actor=factories.staff("lead"), application_id=application.pk, grant=False, reasons="否", at=AT
            )

    def test_who_accepted_does_not_decide(self, office):
        application = received()
        both = factories.both_roles()
        actions.accept(actor=both, application_id=application.pk, at=AT)
        for name, part in OPINIONS:
            opinion(application, name, part)

        with pytest.raises(actions.SamePerson):
            actions.decide(actor=both, application_id=application.pk, grant=True, reasons="", at=AT)

    def test_nobody_decides_before_all_departments_have_spoken(self, office):
        application = accepted()
        opinion(application, "fire", "fire_check")

        with pytest.raises(actions.AlreadyDecided):
            actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)


class TestOtherDepartments:
    def test_may_not_give_an_opinion_on_a_part_that_is_not_theirs(self, office):
        application = accepted()

        with pytest.raises(pmi.Forbidden):
            opinion(application, "fire", "shop_sign")

    def test_may_read_only_when_they_take_part(self, office):
        application = received()
        fire, other = factories.staff("fire"), factories.staff("other")

        place = queries.place(fire, application.pk)

        assert queries.casefile(actor=fire, application_id=application.pk, place=place).number == application.number
        with pytest.raises(pmi.Forbidden):
            queries.casefile(actor=other, application_id=application.pk, place=queries.place(other, application.pk))
