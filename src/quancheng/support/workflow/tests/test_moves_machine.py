"""Whatever people do in whatever order: no token is lost, no decision counts twice, no case is without an owner."""

from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine import store
from quancheng.support.workflow.engine.drawing import Kind
from quancheng.support.workflow.engine.moves import offers
from quancheng.support.workflow.models import Case, Passage, Signer, Signing, Task, Token
from quancheng.support.workflow.tests.drawings import from_blocks
from quancheng.support.workflow.tests.factories import office, started

TASK = ("task",)
DRAWINGS = [
    ("seq", TASK, TASK, TASK),
    ("seq", TASK, ("and", TASK, ("seq", TASK, TASK)), TASK),
    ("seq", ("and", ("and", TASK, TASK), TASK), TASK),
    ("seq", TASK, ("sub", ("seq", TASK, TASK)), TASK),
    ("seq", TASK, ("and", ("sub", ("and", TASK, TASK)), TASK), TASK),
    ("seq", TASK, ("xor", TASK, ("seq", TASK, TASK)), ("and", TASK, TASK)),
]
CHOICES = {f"choice_g{number}": 0 for number in range(40)}
NAMES = ("zhang", "li", "wang", "zhao")
PLACES = st.integers(0, 60)
# Above the four clerks it is whoever has the task, so that much of what is tried succeeds.
PEOPLE = st.integers(0, 7)
SEVERAL = st.lists(st.integers(0, len(NAMES) - 1), min_size=1, max_size=3, unique=True)


class Office(RuleBasedStateMachine):
    """Four clerks and a chief at one case."""

    people: tuple = ()
    chief = None

    @initialize(drawing=st.sampled_from(DRAWINGS))
    def begin(self, drawing):
        self.saved = transaction.atomic()
        self.saved._from_testcase = True
        self.saved.__enter__()
        self.held = []
        started(from_blocks(drawing), organisation="370100/office/", **CHOICES)

    def teardown(self):
        if hasattr(self, "saved"):
            try:
                self.finish()
            finally:
                transaction.set_rollback(True)
                self.saved.__exit__(None, None, None)

    def tried(self, move, **wishes):
        try:
            move(**wishes)
        except Refusal:
            return False
        return True

    def task(self, place, *, done=False):
        states = ("DONE",) if done else ("OPEN", "CLAIMED")
        found = list(Task.objects.filter(state__in=states).order_by("pk"))
        return found[place % len(found)].pk if found else 0

    def who(self, number, task_id):
        if number < len(self.people):
            return self.people[number]
        task = Task.objects.filter(pk=task_id).first()
        wanted = {task.assignee, task.done_by} if task else set()
        return next((one for one in self.people if one.id in wanted), self.people[number - len(self.people)])

    def ids(self, places):
        return [self.people[place].id for place in places]

    @rule(place=PLACES, who=PEOPLE)
    def complete(self, place, who):
        task_id = self.task(place)
        self.tried(workflow.complete, actor=self.who(who, task_id), task_id=task_id)

    @rule(place=PLACES, who=PEOPLE, kind=st.sampled_from([workflow.claim, workflow.release, workflow.call_in]))
    def hold(self, place, who, kind):
        task_id = self.task(place)
        self.tried(kind, actor=self.who(who, task_id), task_id=task_id)

    @rule(
        place=PLACES, who=PEOPLE, to=PEOPLE, kind=st.sampled_from([workflow.transfer, workflow.lend, workflow.assign])
    )
    def give(self, place, who, to, kind):
        task_id = self.task(place)
        actor = self.chief if kind is workflow.assign else self.who(who, task_id)
        self.tried(kind, actor=actor, task_id=task_id, to_id=self.people[to % 4].id)

    @rule(
        place=PLACES, who=PEOPLE, to=SEVERAL, serial=st.booleans(), wanted=st.integers(1, 2),
        when=st.sampled_from(["BEFORE", "PARALLEL", "AFTER"]), how=st.sampled_from(["ALL", "ANY", "COUNT"]),
        acts=st.booleans(), answers=st.lists(st.booleans(), max_size=3),
    )  # fmt: skip
    def ask(self, place, who, to, serial, wanted, when, how, acts, answers):
        task_id = self.task(place)
        actor = self.who(who, task_id)
        wishes = {"to_ids": self.ids(to), "when": when, "rule": how, "wanted": wanted, "serial": serial}
        if self.tried(workflow.ask_signatures, actor=actor, task_id=task_id, **wishes):
            if acts:
                self.tried(workflow.complete, actor=actor, task_id=task_id)
            for agrees in answers:
                asked = Signer.objects.filter(signing__task=task_id, state="ASKED").first()
                if asked:
                    signer = next(one for one in self.people if one.id == asked.actor_id)
                    self.tried(workflow.sign, actor=signer, task_id=task_id, agrees=agrees, comment="—")

    @rule(place=PLACES, who=PEOPLE, agrees=st.booleans())
    def sign(self, place, who, agrees):
        task_id = self.task(place)
        asked = Signer.objects.filter(signing__task=task_id, state="ASKED").values_list("actor_id", flat=True)
        actor = next((one for one in self.people if one.id in asked), self.people[who % 4])
        self.tried(workflow.sign, actor=actor, task_id=task_id, agrees=agrees, comment="—")

    @rule(place=PLACES, who=PEOPLE, to=PEOPLE)
    def unsign(self, place, who, to):
        task_id = self.task(place)
        self.tried(workflow.unsign, actor=self.who(who, task_id), task_id=task_id, to_id=self.people[to % 4].id)

    @rule(place=PLACES, who=PEOPLE)
    def uphold(self, place, who):
        task_id = self.task(place)
        self.tried(workflow.uphold, actor=self.who(who, task_id), task_id=task_id, comment="—")

    @rule(place=PLACES, who=PEOPLE, first=st.booleans())
    def take_back(self, place, who, first):
        if first:
            self.complete(place, who)
        task_id = Task.objects.filter(state="DONE").order_by("-done_at").values_list("pk", flat=True).first() or 0
        self.tried(workflow.take_back, actor=self.who(7, task_id), task_id=task_id)

    @rule(place=PLACES, step=PLACES, who=PEOPLE, straight=st.booleans(), again=st.booleans())
    def send_back(self, place, step, who, straight, again):
        task = Task.objects.select_related("case").filter(pk=self.task(place)).first()
        steps = offers.passed_steps(task) if task else ()
        if not steps:
            return
        element = steps[step % len(steps)][1].element_id
        wishes = {"step": element, "straight": straight, "comment": "—"}
        done = self.tried(workflow.send_back, actor=self.who(who, task.pk), task_id=task.pk, **wishes)
        if done and again:
            reopened = Task.objects.filter(element_id=element, state__in=("OPEN", "CLAIMED")).latest("pk")
            self.tried(workflow.complete, actor=self.who(7, reopened.pk), task_id=reopened.pk)

    @rule(who=PEOPLE)
    def open(self, who):
        workflow.note_opening(actor=self.people[who % 4], subject="application:1")

    @invariant()
    def every_token_at_a_step_has_one_task_and_every_task_a_token(self):
        if not hasattr(self, "saved"):
            return
        case = Case.objects.get()
        nodes = store.definition(case.digest).nodes
        at_steps = sorted(token.number for token in Token.objects.all() if nodes[token.element_id].kind is Kind.USER)
        open_tasks = Task.objects.filter(state__in=("OPEN", "CLAIMED")).order_by("token")

        assert at_steps == list(open_tasks.values_list("token", flat=True))
        assert (case.status == "RUNNING") == bool(at_steps)

    @invariant()
    def every_open_task_has_an_owner_who_may_do_it(self):
        if not hasattr(self, "saved"):
            return
        owners = set(Task.objects.filter(state="CLAIMED").values_list("assignee", flat=True))

        assert owners <= {person.id for person in self.people}

    @invariant()
    def no_decision_counts_twice(self):
        if not hasattr(self, "saved"):
            return
        standing = Passage.objects.filter(undone=False, task__isnull=False).values_list("task__element_id", flat=True)

        assert not [step for step, times in Counter(standing).items() if times > 1]

    def finish(self):
        """Let everybody do what is left: the case ends, and every step of its way was decided exactly once."""
        for _round in range(60):
            task = Task.objects.filter(state__in=("OPEN", "CLAIMED")).order_by("pk").first()
            if task is None:
                break
            for actor in self.people:
                signing = Signing.objects.filter(task=task, state="OPEN").first()
                for _turn in range(3):
                    if signing:
                        self.tried(workflow.sign, actor=actor, task_id=task.pk, agrees=True)
            for actor in self.people:
                self.tried(workflow.complete, actor=actor, task_id=task.pk)
        self.no_decision_counts_twice()
        case = Case.objects.get()
        assert case.status == "COMPLETED"
        assert not Token.objects.exists()
        standing = set(
            Passage.objects.filter(undone=False, task__isnull=False).values_list("task__element_id", flat=True)
        )
        steps = {node.id for node in store.definition(case.digest).of_kind(Kind.USER)}
        assert standing == steps & set(case.passed)


@pytest.mark.django_db
def test_no_sequence_of_moves_loses_a_token_doubles_a_decision_or_leaves_a_case_without_an_owner():
    Office.people = office(*NAMES)
    office("chief", more=("workflow.task.assign",))
    Office.chief = identity.actor_of("chief")
    Office.people = tuple(identity.actor_of(name) for name in NAMES)

    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

    assert not Case.objects.exists()
