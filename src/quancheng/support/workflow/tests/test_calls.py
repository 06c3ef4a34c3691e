"""Cases that move one another: called processes, signals, messages; and the rows behind the new elements."""

from datetime import timedelta

import pytest

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine import handlers, work
from quancheng.support.workflow.models import Case, CaseEvent, Job, SignalWait, Task, Timer, Token
from quancheng.support.workflow.tests.drawings import ERROR, ESCALATION, MESSAGE, SIGNAL, TIMER, line
from quancheng.support.workflow.tests.factories import CITY, NOW, OFFICE, clerk, started
from quancheng.support.workflow.tests.running import framed

pytestmark = pytest.mark.django_db

MAPPED = (
    '<bpmn:extensionElements><qc:in source="=shop" target="place"/>'
    '<qc:out source="=verdict" target="fire"/></bpmn:extensionElements>'
)


def done(name, **variables):
    task = Task.objects.get(name=name, state="OPEN")
    return workflow.complete(actor=clerk(CITY, OFFICE), task_id=task.pk, variables=variables, at=NOW)


def open_tasks():
    return sorted(Task.objects.filter(state="OPEN").values_list("name", flat=True))


def calling(*, inner=MAPPED, **roots):
    drawing = framed(**roots)
    drawing.add("callActivity", "check", calledElement="inspection", inner=inner, name="Inspection")
    drawing.task("after")
    return drawing.path("start", "check", "after", "end")


class TestCallActivity:
    def test_begins_a_case_of_the_called_process_with_what_it_is_given(self):
        workflow.deploy("demo", line("inspect", key="inspection"))
        begun = started(calling().xml(), shop="teahouse", secret=1)

        child = Case.objects.exclude(parent=None).get()
        assert child.variables == {"place": "teahouse"}
        assert (child.subject, child.title, child.parent_id) == ("application:1", "Errand application:1", begun.id)
        assert open_tasks() == ["inspect"]
        assert begun.opened == (Task.objects.get().pk,)

    def test_goes_on_when_the_called_case_ends_and_takes_what_it_brings(self):
        workflow.deploy("demo", line("inspect", key="inspection"))
        begun = started(calling().xml(), shop="teahouse")

        brief = done("inspect", verdict="safe")

        parent = Case.objects.get(pk=begun.id)
        assert parent.variables == {"shop": "teahouse", "fire": "safe"}
        assert open_tasks() == ["after"]
        assert brief.opened == (Task.objects.get(state="OPEN").pk,)
        assert done("after").status == "COMPLETED"

    def test_keeps_the_version_it_began_on(self):
        workflow.deploy("demo", line("inspect", key="inspection"))
        started(calling().xml())
        workflow.deploy("demo", line("inspect", "report", key="inspection"))

        done("inspect")

        assert open_tasks() == ["after"]

    def test_may_name_the_version(self):
        workflow.deploy("demo", line("old", key="inspection"))
        workflow.deploy("demo", line("new", key="inspection"))
        drawing = framed()
        drawing.add("callActivity", "check", calledElement="inspection", qc__version="1")
        started(drawing.path("start", "check", "end").xml())

        assert open_tasks() == ["old"]

    def test_is_refused_when_there_is_no_such_process_and_nothing_is_begun(self):
        with pytest.raises(workflow.NoSuchProcess, match="inspection"):
            started(calling().xml())

        assert not Case.objects.exists()

    def test_ends_with_the_case_that_called(self):
        workflow.deploy("demo", line("inspect", key="inspection"))
        started(calling().xml())

        workflow.cancel(subject="application:1", actor=clerk(CITY))

        assert set(Case.objects.values_list("status", flat=True)) == {"CANCELLED"}
        assert open_tasks() == []

    def test_is_withdrawn_by_the_event_on_its_boundary(self):
        workflow.deploy("demo", line("inspect", key="inspection"))
        drawing = calling()
        drawing.edge("late", "check", TIMER.format("P5D"))
        started(drawing.path("late", "after").xml())

        workflow.run_due(at=NOW + timedelta(days=5))

        assert open_tasks() == ["after"]
        assert Case.objects.exclude(parent=None).get().status == "CANCELLED"

    def test_hands_its_error_to_the_event_on_its_boundary(self):
        called = framed(key="inspection", errors=("unsafe",))
        called.nodes.pop("end")
        called.task("inspect")
        called.add("endEvent", "bad", inner=ERROR.format("unsafe"))
        workflow.deploy("demo", called.path("start", "inspect", "bad").xml())
        drawing = calling(errors=("unsafe",))
        drawing.edge("edge", "check", ERROR.format("unsafe"))
        drawing.task("mend")
        started(drawing.path("edge", "mend", "end").xml())

        done("inspect")

        assert open_tasks() == ["mend"]
        assert CaseEvent.objects.filter(kind="ERROR", element_id="edge").exists()

    def test_hands_its_escalation_up_and_goes_on(self):
        called = framed(key="inspection", escalations=("late",))
        called.task("inspect")
        called.task("report")
        called.add("intermediateThrowEvent", "up", inner=ESCALATION.format("late"))
        workflow.deploy("demo", called.path("start", "inspect", "up", "report", "end").xml())
        drawing = calling(escalations=("late",))
        drawing.edge("edge", "check", ESCALATION.format("late"), interrupting=False)
        drawing.task("chief")
        drawing.add("endEvent", "over")
        started(drawing.path("edge", "chief", "over").xml())

        done("inspect")

        assert open_tasks() == ["chief", "report"]

    def test_may_be_made_for_each_of_many(self):
        workflow.deploy("demo", line("inspect", key="inspection"))
        loop = '<bpmn:multiInstanceLoopCharacteristics qc:collection="=shops" qc:element="shop"/>'
        drawing = calling(inner=MAPPED + loop)
        started(drawing.xml(), shops=["a", "b"])
        assert [item.variables["place"] for item in Case.objects.exclude(parent=None).order_by("pk")] == ["a", "b"]

        for task in Task.objects.filter(state="OPEN"):
            workflow.complete(actor=clerk(OFFICE), task_id=task.pk)

        assert open_tasks() == ["after"]

    def test_that_calls_itself_for_ever_is_refused(self):
        drawing = framed(key="errand")
        drawing.add("callActivity", "again", calledElement="errand")

        with pytest.raises(Refusal) as refused:
            started(drawing.path("start", "again", "end").xml())

        assert refused.value.code == "workflow.runs-in-circles"
        assert not Case.objects.exists()

    def test_is_told_by_the_worker_when_somebody_else_holds_the_caller(self):
        workflow.deploy("demo", line("inspect", key="inspection"))
        begun = started(calling().xml())
        child = Case.objects.exclude(parent=None).get()
        Case.objects.filter(pk=child.pk).update(status="COMPLETED", ended_at=NOW)
        Job.objects.create(case_id=begun.id, token=child.parent_token, handler=f"called:{child.pk}", next_try_at=NOW)

        workflow.run_due(at=NOW)

        assert "after" in open_tasks()

    def test_the_matter_is_shown_by_the_case_that_called(self):
        workflow.deploy("demo", line("inspect", key="inspection"))
        begun = started(calling().xml())

        assert workflow.case("application:1").id == begun.id
        assert [task.name for task in workflow.open_tasks(clerk(OFFICE), subject="application:1")] == ["inspect"]


class TestSignalBetweenCases:
    def waiting(self):
        drawing = framed(key="waiting", signals=("flood",))
        drawing.add("intermediateCatchEvent", "hear", inner=SIGNAL.format("flood"), name="Flood")
        return drawing.path("start", "hear", "end").xml()

    def test_is_taken_by_every_case_that_waits(self):
        started(self.waiting(), subject="a:1")
        started(self.waiting(), subject="a:2")
        drawing = framed(signals=("flood",))
        drawing.add("endEvent", "raise", inner=SIGNAL.format("flood"))
        drawing.nodes.pop("end")
        started(drawing.path("start", "raise").xml(), subject="a:3")

        workflow.run_due(at=NOW)

        assert set(Case.objects.values_list("status", flat=True)) == {"COMPLETED"}
        assert CaseEvent.objects.filter(kind="SIGNAL", name="Flood").count() == 2

    def test_may_be_raised_by_an_app(self):
        started(self.waiting())

        assert workflow.broadcast(signal="flood", at=NOW) == 1
        workflow.run_due(at=NOW)

        assert Case.objects.get().status == "COMPLETED"
        assert workflow.broadcast(signal="flood", at=NOW) == 0

    def test_is_no_longer_waited_for_when_the_case_is_called_off(self):
        started(self.waiting())
        workflow.cancel(subject="application:1", actor=clerk(CITY))

        assert SignalWait.objects.get().state == "CANCELLED"
        assert workflow.broadcast(signal="flood") == 0


class TestMessageBetweenCases:
    def test_reaches_another_case_about_the_same_subject_even_if_it_waits_only_later(self):
        sender = framed(key="sender", messages=("tell",))
        sender.add("endEvent", "send", inner=MESSAGE.format("tell"))
        sender.nodes.pop("end")
        started(sender.path("start", "send").xml())
        work.run_due(at=NOW)
        assert "NotWaiting" in Job.objects.get().last_error

        receiver = framed(key="receiver", messages=("tell",))
        receiver.add("receiveTask", "get", messageRef="tell")
        started(receiver.path("start", "get", "end").xml())
        work.run_due(at=Job.objects.get().next_try_at)

        assert set(Case.objects.values_list("status", flat=True)) == {"COMPLETED"}


class TestErrorRaisedByAHandler:
    def test_goes_the_way_of_the_error_event_and_leaves_no_half_effect(self, monkeypatch):
        def fails(context):
            Case.objects.filter(pk=context.case_id).update(title="changed")
            raise workflow.BpmnError("no-stock", "none left")

        monkeypatch.setitem(handlers._handlers, "workflow.test", fails)
        drawing = framed(errors=("no-stock",))
        drawing.service("issue")
        drawing.edge("edge", "issue", ERROR.format("no-stock"))
        drawing.task("order")
        started(drawing.path("start", "issue", "end").path("edge", "order", "end").xml())

        workflow.run_due(at=NOW)

        assert open_tasks() == ["order"]
        assert Case.objects.get().title != "changed"
        assert Job.objects.get().state != "WAITING"


class TestTimersOfEventSubProcesses:
    def drawing(self, *, interrupting):
        drawing = framed()
        drawing.task("work")
        drawing.box("on", "handle", event=TIMER.format("P3D"), isInterrupting=str(interrupting).lower())
        return drawing.path("start", "work", "end").xml()

    def test_begin_with_their_scope(self):
        started(self.drawing(interrupting=False))
        assert Timer.objects.get().due_at == NOW + timedelta(days=3)

        workflow.run_due(at=NOW + timedelta(days=3))

        assert open_tasks() == ["handle", "work"]

    def test_are_called_off_when_the_case_ends(self):
        started(self.drawing(interrupting=True))

        done("work")

        assert Timer.objects.get().state == "CANCELLED"

    def test_of_a_sub_process_end_with_it(self):
        drawing = framed()
        drawing.box("s", "work")
        drawing.box("on", "handle", scope="s", event=TIMER.format("P3D"))
        drawing.task("after")
        started(drawing.path("start", "s", "after", "end").xml())
        assert Timer.objects.get().token == Token.objects.get(element_id="s").number

        done("work")

        assert Timer.objects.get().state == "CANCELLED"


class TestEventBasedGateway:
    def test_sets_the_timers_of_all_its_events_and_calls_the_others_off(self):
        drawing = framed(messages=("answer",))
        drawing.add("eventBasedGateway", "race")
        drawing.add("intermediateCatchEvent", "came", inner=MESSAGE.format("answer"))
        drawing.add("intermediateCatchEvent", "late", inner=TIMER.format("P15D"))
        drawing.add("endEvent", "silence")
        started(drawing.path("start", "race", "came", "end").path("race", "late", "silence").xml())
        assert Timer.objects.get().element_id == "late"

        workflow.correlate(message="answer", subject="application:1")

        assert Timer.objects.get().state == "CANCELLED"


class TestUndoingWhenCalledOff:
    def test_keeps_the_case_running_until_all_is_undone(self):
        drawing = framed()
        drawing.task("book")
        drawing.undone("book", "free")
        drawing.task("after")
        started(drawing.path("start", "book", "after", "end").xml())
        done("book")

        brief = workflow.cancel(subject="application:1", actor=clerk(CITY), reason="moved")
        assert (brief.status, open_tasks()) == ("RUNNING", ["free"])
        assert workflow.case("application:1").active_elements == ("free",)

        assert done("free").status == "CANCELLED"
        assert not Token.objects.exists()


class TestManyInstances:
    def test_each_has_a_task_at_the_place_of_its_item(self):
        loop = '<bpmn:multiInstanceLoopCharacteristics qc:collection="=places" qc:element="place"/>'
        drawing = framed()
        drawing.task("ask", organisation="=place")
        drawing.nodes["ask"] = (*drawing.nodes["ask"][:2], loop, "")
        started(drawing.path("start", "ask", "end").xml(), places=["370100/a/", "370100/b/"])

        assert list(Task.objects.order_by("pk").values_list("organisation", flat=True)) == ["370100/a/", "370100/b/"]
        for task in Task.objects.all():
            workflow.complete(actor=clerk(CITY), task_id=task.pk)
        assert Case.objects.get().status == "COMPLETED"
        assert not Token.objects.exists()
