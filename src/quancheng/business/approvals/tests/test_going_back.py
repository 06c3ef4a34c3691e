"""退回 and 取回 in an application: an opinion is withdrawn and kept, and the matter loses and doubles nothing."""

from datetime import timedelta

import pytest

from quancheng.business.approvals import actions
from quancheng.business.approvals.models import Licence, Opinion, Report
from quancheng.business.approvals.tests import factories
from quancheng.business.approvals.tests.factories import OPINIONS, accepted, opinion, reviewed
from quancheng.support.calendar import public as calendar
from quancheng.support.workflow import public as workflow

pytestmark = pytest.mark.django_db
LATER = factories.MORNING + timedelta(hours=3)


def open_at(application, element):
    return next(
        item.task_id for item in workflow.case(application.subject).tasks if item.element_id == element and item.is_open
    )


def done_at(application, element):
    tasks = [item for item in workflow.case(application.subject).tasks if item.element_id == element]
    return tasks[-1].task_id


def send_back(application, step, *, straight=False):
    workflow.send_back(
        actor=factories.staff("lead"),
        task_id=open_at(application, "LeadDecision"),
        step=step,
        straight=straight,
        comment="疏散距离没有写明",
        at=LATER,
    )


def active(application):
    """Where people have something to do; at the join the other branches wait."""
    return set(workflow.case(application.subject).active_elements) - {"Join"}


@pytest.mark.parametrize("straight", [False, True])
def test_a_matter_sent_back_for_one_opinion_waits_for_that_one_only(office, straight):
    application = reviewed()
    due = calendar.find_clock(application.subject).due_on

    send_back(application, "fire_check", straight=straight)

    assert active(application) == {"fire_check"}
    assert {row.part for row in application.opinions.all()} == {part for _n, part in OPINIONS} - {"fire_check"}
    (kept,) = Opinion.every.filter(application=application).exclude(withdrawn_at=None)
    assert (kept.part, kept.verdict, kept.withdrawn_at) == ("fire_check", "FAVOURABLE", LATER)
    assert calendar.find_clock(application.subject).due_on == due
    told = office.on("hall.progress-reported")[-1]
    assert (told["state"], set(told["active_elements"])) == ("reviewing", {"fire_check", "Join"})
    assert "重新审查" in told["sentence"]


@pytest.mark.parametrize("straight", [False, True])
def test_a_returned_matter_ends_with_one_decision_and_each_licence_once(office, straight):
    application = reviewed()
    send_back(application, "fire_check", straight=straight)

    opinion(application, "fire", "fire_check", "CONDITIONAL", "疏散距离不超过三十米")
    actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=LATER)
    factories.run_jobs()

    application.refresh_from_db()
    assert application.state == "DELIVERED"
    assert Opinion.objects.filter(application=application).count() == len(OPINIONS)
    assert Opinion.every.filter(application=application).count() == len(OPINIONS) + 1
    numbers = [row.template for row in Licence.objects.filter(application=application)]
    assert len(numbers) == len(set(numbers)) == 4
    sequence = list(Report.objects.filter(application=application).values_list("sequence", flat=True))
    assert sequence == list(range(1, len(sequence) + 1))


def test_while_it_is_with_the_department_nobody_decides(office):
    application = reviewed()
    send_back(application, "fire_check")

    with pytest.raises(actions.AlreadyDecided):
        actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=LATER)


def test_a_matter_can_go_back_to_each_opinion_but_never_behind_its_acceptance(office):
    application = reviewed()

    with pytest.raises(workflow.NothingToUndo):
        send_back(application, "WindowReview")

    application.refresh_from_db()
    assert (application.state, application.accepted_by) == ("REVIEWING", "staff:window")
    for _name, part in OPINIONS:
        assert Opinion.objects.filter(application=application, part=part).exists()
    assert active(application) == {"LeadDecision"}


def test_who_gave_an_opinion_takes_it_back_and_gives_another(office):
    application = accepted()
    opinion(application, "fire", "fire_check")

    workflow.take_back(actor=factories.staff("fire"), task_id=done_at(application, "fire_check"), at=LATER)
    opinion(application, "fire", "fire_check", "UNFAVOURABLE", "安全出口被堵")

    assert Opinion.objects.get(application=application, part="fire_check").verdict == "UNFAVOURABLE"
    assert Opinion.every.filter(application=application, part="fire_check").count() == 2
    assert workflow.case(application.subject).variables["verdict_fire_check"] == "UNFAVOURABLE"


def test_an_opinion_is_not_taken_back_once_the_lead_has_opened_the_matter(office):
    application = reviewed()
    workflow.note_opening(actor=factories.staff("lead"), subject=application.subject)

    with pytest.raises(workflow.TooLate):
        workflow.take_back(actor=factories.staff("urban"), task_id=done_at(application, "shop_sign"), at=LATER)

    assert Opinion.objects.filter(application=application).count() == len(OPINIONS)


def test_nothing_is_withdrawn_after_the_decision(office):
    application = reviewed()
    actions.decide(actor=factories.staff("lead"), application_id=application.pk, grant=True, reasons="", at=LATER)

    with pytest.raises(actions.NotTakenBack):
        actions.withdraw_opinion(application_id=application.pk, part="fire_check", step="消防安全检查", at=LATER)

    assert Opinion.objects.filter(application=application, part="fire_check").exists()


def test_the_file_shows_the_opinion_that_was_given_before(office):
    from quancheng.business.approvals import queries

    application = reviewed()
    send_back(application, "fire_check")

    file = queries.casefile(
        actor=factories.staff("lead"), application_id=application.pk, place=application.organisation
    )

    assert [(row.part, row.withdrawn_at) for row in file.withdrawn] == [("fire_check", LATER)]
    assert next(row for row in file.opinions if row.part == "fire_check").verdict == ""
