"""The turns an application may take: corrections, silence, a changed calendar, withdrawal."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from quancheng.business.approvals import actions
from quancheng.business.approvals.process import ACTOR
from quancheng.business.approvals.tests import factories
from quancheng.business.approvals.tests.factories import accepted, received, reviewed
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public as calendar
from quancheng.support.notifications import public as notifications
from quancheng.support.workflow import public as workflow

pytestmark = pytest.mark.django_db
AT = factories.MORNING


class TestCorrections:
    ITEMS = [
        {
            "material": "M04",
            "title": "经营布局",
            "reason": "未提交",
            "basis": "《中华人民共和国食品安全法》第三十五条",
        }
    ]

    def asked(self):
        application = received()
        actions.request_corrections(
            actor=factories.staff("window"), application_id=application.pk, items=self.ITEMS, at=AT
        )
        return application

    def answer(self, application, number=1, form=None):
        data = {
            "submission_id": application.submission_id,
            "round": number,
            "form": form or {},
            "materials": [],
            "lodged_at": AT.isoformat(),
        }
        return actions.receive_corrections(actor=ACTOR, data=data, at=AT)

    def test_stop_the_clock_and_cite_the_law(self, office):
        application = self.asked()

        (request,) = office.on("hall.correction-requested")
        assert "第三十二条第一款第四项" in request["letter_text"]
        assert request["items"] == self.ITEMS
        assert calendar.clock(application.subject).state == "stopped"
        assert workflow.case(application.subject).active_elements == ("CorrectionsReceived",)

    def test_bring_the_application_back_to_the_window_with_what_was_corrected(self, office):
        application = self.asked()

        self.answer(application, form={"address": "泉城路190号"})

        application.refresh_from_db()
        assert (application.state, application.form["address"]) == ("RECEIVED", "泉城路190号")
        assert workflow.case(application.subject).active_elements == ("WindowReview",)
        actions.accept(actor=factories.staff("window"), application_id=application.pk, at=AT)

    def test_told_twice_have_their_effect_once(self, office):
        application = self.asked()

        self.answer(application)
        self.answer(application)

        states = [report["state"] for report in office.on("hall.progress-reported")]
        assert states == ["received", "correction", "received"]

    def test_asked_in_a_second_round_for_what_was_there_before_are_flagged(self, office):
        application = self.asked()
        self.answer(application)

        notice = actions.request_corrections(
            actor=factories.staff("window"),
            application_id=application.pk,
            items=[{"field": "address", "title": "地址", "reason": "不详", "basis": "《条例》第八条"}],
            at=AT,
        )

        assert notice.repeated == ["address"]

    def test_without_a_reason_are_refused(self, office):
        application = received()

        with pytest.raises(actions.NothingAsked):
            actions.request_corrections(
                actor=factories.staff("window"),
                application_id=application.pk,
                items=[{**self.ITEMS[0], "reason": " "}],
                at=AT,
            )


class TestSilence:
    def test_of_five_working_days_accepts_the_application_from_its_receipt(self, office):
        application = received()
        expires = calendar.clock(application.subject).due_on + timedelta(days=2)

        factories.run_jobs(at=AT + (expires - AT.date()))

        application.refresh_from_db()
        assert (application.state, application.accepted_at) == ("REVIEWING", application.received_at)
        assert "market_food" in workflow.case(application.subject).active_elements

    def test_of_a_shorter_time_changes_nothing(self, office):
        application = received()

        factories.run_jobs(at=AT + timedelta(days=2))

        application.refresh_from_db()
        assert application.state == "RECEIVED"


class TestAChangedCalendar:
    CLERK_OF_DAYS = pmi.Actor(id="a", name="管理员", kind="staff", grants=(pmi.Grant("calendar.year.load"),))

    def load_two_days_off(self, office):
        """Make Thursday and Friday of the acceptance week days off, and deliver what that announces."""
        (year,) = (item for item in calendar.table().years() if item.year == 2026)
        off = {**year.off, date(2026, 11, 26): "纪念日", date(2026, 11, 27): "纪念日"}
        calendar.load_year(actor=self.CLERK_OF_DAYS, year=replace(year, off=off), at=AT)
        (data,) = office.on("calendar.clock-redated")
        return actions.tell_new_date(actor=ACTOR, data=data, at=AT)

    def test_sets_the_running_timer_of_acceptance_anew(self, office):
        application = received()
        was = AT + timedelta(days=8)

        self.load_two_days_off(office)

        assert calendar.clock(application.subject, today=AT.date()).due_on == date(2026, 12, 2)
        factories.run_jobs(at=was)
        application.refresh_from_db()
        assert application.state == "RECEIVED"
        # 2 December counts in full: silence speaks as the day after it begins in the city.
        factories.run_jobs(at=datetime(2026, 12, 2, 15, 59, tzinfo=UTC))
        application.refresh_from_db()
        assert application.state == "RECEIVED"
        factories.run_jobs(at=datetime(2026, 12, 2, 16, 0, tzinfo=UTC))
        application.refresh_from_db()
        assert application.state == "REVIEWING"

    def test_tells_both_sides(self, office):
        application = received()
        account = identity.ensure_account(username="window-1", name="吴敏", kind="staff")
        clerk = replace(factories.staff("window"), id=f"account:{account}")
        (item,) = workflow.worklist(clerk).items
        workflow.claim(actor=clerk, task_id=item.task_id)

        self.load_two_days_off(office)

        assert "2026年12月2日" in office.on("hall.progress-reported")[-1]["sentence"]
        (message,) = notifications.inbox(clerk)
        assert "2026年12月2日" in message.text
        assert message.url == f"/approvals/{application.pk}/"

    def test_tells_the_citizen_the_new_date_and_the_old(self, office):
        application = accepted()
        data = {
            "subject": application.subject,
            "rule": "CN-AL-42-joint",
            "was_due_on": "2027-01-26",
            "due_on": "2027-01-27",
        }

        actions.tell_new_date(actor=ACTOR, data=data, at=AT)

        told = office.on("hall.progress-reported")[-1]
        assert "2027年1月27日" in told["sentence"]
        assert (told["state"], told["sequence"]) == ("accepted", 3)


class TestWithdrawing:
    def data(self, application):
        return {"submission_id": application.submission_id, "reason": "不开了", "lodged_at": AT.isoformat()}

    def test_ends_the_case_and_the_clock(self, office):
        application = accepted()

        actions.withdraw(actor=ACTOR, data=self.data(application), at=AT)

        assert workflow.case(application.subject).status == "CANCELLED"
        assert office.on("hall.progress-reported")[-1]["state"] == "withdrawn"

    def test_after_the_decision_changes_nothing(self, office):
        application = reviewed()
        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=AT)

        actions.withdraw(actor=ACTOR, data=self.data(application), at=AT)

        application.refresh_from_db()
        assert application.state == "DECIDED"
