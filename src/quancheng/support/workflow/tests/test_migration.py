"""Running cases on another version of their drawing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import actions, queries
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine import migrating, migration, reader
from quancheng.support.workflow.engine.semantics import MessageArrived
from quancheng.support.workflow.models import Case, CaseEvent, Definition, Task, Timer, Token
from quancheng.support.workflow.tests.drawings import TIMER, from_blocks, line
from quancheng.support.workflow.tests.factories import CITY, FIRE, NOW, OFFICE, clerk, started
from quancheng.support.workflow.tests.running import Run, framed

MOVER = clerk(CITY, privilege="workflow.case.migrate")


def plan(old, new, *, done=(), elements=None, **variables):
    run = Run(old, **variables)
    for node in done:
        run.done(node)
    return migration.plan(run.definition, reader.definition(new), run.step.state, elements or {})


def obstacles(*drawings, **more):
    return [item.element for item in plan(*drawings, **more).obstacles]


class TestPlan:
    def test_keeps_tokens_at_the_element_with_the_same_id(self):
        found = plan(line("a", "b"), line("a", "b", "c"), done=["a"])

        assert not found.obstacles
        assert [token.node for token in found.tokens] == ["b"]

    def test_follows_the_map_of_elements(self):
        found = plan(line("a"), line("look", "b"), elements={"a": "look", "start-a": "start-look"})

        assert [(token.node, token.via) for token in found.tokens] == [("look", "start-look")]

    def test_names_the_element_that_is_gone(self):
        (obstacle,) = plan(line("a", "b"), line("b")).obstacles

        assert (obstacle.element, obstacle.name) == ("a", "a")

    def test_names_the_element_that_became_another_kind(self):
        drawing = framed()
        drawing.service("a")

        assert obstacles(line("a"), drawing.path("start", "a", "end").xml()) == ["a"]

    def test_names_the_element_that_went_into_a_sub_process(self):
        drawing = framed()
        drawing.box("s", "a")

        assert obstacles(line("a"), drawing.path("start", "s", "end").xml()) == ["a"]

    def test_names_the_join_where_the_case_would_wait_for_ever(self):
        new = framed()
        new.task("a")
        new.task("b")
        new.add("parallelGateway", "fork")
        new.add("parallelGateway", "join")
        new.path("start", "fork", "a", "join", "end").path("fork", "b", "join")

        assert obstacles(line("a"), new.xml()) == ["join"]

    def test_takes_half_done_joins_over(self):
        xml = from_blocks(("and", ("task",), ("task",)))

        assert not plan(xml, xml, done=["t4"]).obstacles

    def test_takes_instances_over_only_to_instances(self):
        loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>" \
            "</bpmn:multiInstanceLoopCharacteristics>"  # fmt: skip
        many = framed()
        many.add("userTask", "a", inner=loop)
        xml = many.path("start", "a", "end").xml()

        assert not plan(xml, xml).obstacles
        assert set(obstacles(xml, line("a"))) == {"a"}

    def test_of_a_case_with_a_side_way_open_is_possible(self):
        drawing = framed(messages=("asked",))
        drawing.task("work")
        drawing.task("side")
        drawing.edge("edge", "work", '<bpmn:messageEventDefinition messageRef="asked"/>', interrupting=False)
        drawing.add("endEvent", "side-end")
        xml = drawing.path("start", "work", "end").path("edge", "side", "side-end").xml()
        run = Run(xml)
        run.play(MessageArrived("asked"))

        assert not migration.plan(run.definition, run.definition, run.step.state, {}).obstacles


def migrate(**wishes):
    """Perform the action within the test's own transaction."""
    with pmi.delivery():
        return actions.migrate_cases(**wishes)


def newest():
    return Definition.objects.order_by("-version").first()


@pytest.mark.django_db
class TestTakingCasesOver:
    def two(self):
        """One case at `a`, one at `b`; the newest version has no `a`."""
        for subject in ("x:1", "x:2"):
            started(line("a", "b"), subject=subject)
        workflow.complete(actor=clerk(OFFICE), task_id=Task.objects.earliest("pk").pk)
        workflow.deploy("demo", line("b", "c"))
        return newest()

    def test_is_seen_beforehand_for_each_case(self):
        version = self.two()

        moves = queries.migration_preview(MOVER, definition_id=version.pk)

        assert [(move.subject, move.version, bool(move.obstacles)) for move in moves] == [
            ("x:1", 1, False), ("x:2", 1, True),
        ]  # fmt: skip
        assert "a" in moves[1].obstacles[0]
        assert queries.vanished(definition_id=version.pk, moves=moves) == (("a", "a"),)

    def test_reads_any_number_of_cases_with_the_same_statements(self):
        def count():
            with CaptureQueriesContext(connection) as captured:
                queries.migration_preview(MOVER, definition_id=version.pk)
            return len(captured)

        version = self.two()
        count()
        few = count()
        for number in range(5):
            started_on_first(f"y:{number}")

        assert count() == few

    def test_takes_those_over_that_can_go_and_says_why_the_others_cannot(self):
        version = self.two()

        moves = migrate(actor=MOVER, definition_id=version.pk, case_ids=cases())

        assert [bool(move.obstacles) for move in moves] == [False, True]
        assert list(Case.objects.order_by("pk").values_list("definition__version", flat=True)) == [2, 1]
        assert CaseEvent.objects.get(kind="MIGRATED").name == "v2"
        workflow.complete(actor=clerk(OFFICE), task_id=Task.objects.get(case__subject="x:1", state="OPEN").pk)
        assert Task.objects.get(case__subject="x:1", state="OPEN").name == "c"

    def test_changes_nothing_when_all_were_to_go(self):
        version = self.two()

        with pytest.raises(migrating.CannotMigrate):
            migrate(actor=MOVER, definition_id=version.pk, case_ids=cases(), whole=True)

        assert set(Case.objects.values_list("definition__version", flat=True)) == {1}

    def test_follows_the_map_and_keeps_who_has_the_step(self):
        version = self.two()
        task = Task.objects.get(case__subject="x:2")
        Task.objects.filter(pk=task.pk).update(state="CLAIMED", assignee="s1")

        migrate(actor=MOVER, definition_id=version.pk, case_ids=cases(), elements={"a": "b"}, whole=True)

        task.refresh_from_db()
        assert (task.element_id, task.name, task.assignee, task.state) == ("b", "b", "s1", "CLAIMED")
        assert set(Token.objects.values_list("element_id", flat=True)) == {"b"}

    def test_leaves_cases_of_other_places_alone(self):
        version = self.two()
        other = clerk(FIRE, privilege="workflow.case.migrate")

        assert queries.migration_preview(other, definition_id=version.pk) == ()
        assert migrate(actor=other, definition_id=version.pk, case_ids=cases()) == ()

    def test_needs_the_privilege(self):
        with pytest.raises(pmi.Forbidden):
            migrate(actor=clerk(CITY), definition_id=self.two().pk, case_ids=cases())

    def test_keeps_timers_that_are_on_both_versions_ends_others_and_begins_new_ones(self):
        def drawing(*edges):
            made = framed()
            made.task("a")
            for name, days in edges:
                made.edge(name, "a", TIMER.format(f"P{days}D"), interrupting=False)
                made.add("endEvent", f"{name}-end")
                made.path(name, f"{name}-end")
            return made.path("start", "a", "end").xml()

        started(drawing(("kept", 3), ("gone", 4)))
        workflow.deploy("demo", drawing(("kept", 9), ("new", 5)))
        later = NOW + timedelta(days=1)
        for _time in range(2):
            migrate(actor=MOVER, definition_id=newest().pk, case_ids=cases(), elements={}, whole=False, at=later)

        due = dict(Timer.objects.values_list("element_id", "due_at"))
        assert due == {"kept": NOW + timedelta(days=3), "new": later + timedelta(days=5)}


def cases():
    return list(Case.objects.order_by("pk").values_list("pk", flat=True))


def started_on_first(subject):
    """Copy the second case under another subject."""
    case = Case.objects.get(subject="x:2")
    token = Token.objects.get(case=case)
    case.pk, case.subject = None, subject
    case.save()
    token.pk, token.case = None, case
    token.save()
