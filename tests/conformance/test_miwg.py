"""The 21 drawings of OMG's BPMN Model Interchange Working Group.

All can be viewed and come out as they went in; each process in them runs to its end or is refused naming the element.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine import expressions, reader, soundness
from quancheng.support.workflow.engine.drawing import Kind, Trigger
from quancheng.support.workflow.engine.semantics import Begin, Completed, State, Status, TimerFired, advance

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared" / "data" / "bpmn-miwg"
FILES = sorted(FOLDER.glob("*.bpmn"))
PROCESSES = [
    pytest.param(file, process.id, id=f"{file.stem}-{number}")
    for file in FILES
    for number, process in enumerate(reader.processes(file.read_bytes()), start=1)
]
# Those that lie wholly within the executable subset, counted from 1 as in the file.
RUNNING = {
    "A.1.0-1", "A.2.0-1", "A.4.0-1", "A.4.0-2", "A.4.1-1", "A.4.1-2", "B.1.0-1", "B.1.0-4", "B.2.0-4",
    "C.2.0-1", "C.2.0-2", "C.2.0-4", "C.4.0-1", "C.5.0-1",
    "C.5.0-2", "C.9.0-1",
}  # fmt: skip
NEEDS_NODE = pytest.mark.skipif(
    not ((ROOT / "node_modules" / "bpmn-moddle").exists() and shutil.which("node")),
    reason="node or node_modules/bpmn-moddle is absent: run npm ci",
)

pytestmark = pytest.mark.skipif(not FILES, reason="../shared/data/bpmn-miwg is not here")


def test_there_are_21_drawings():
    assert len(FILES) == 21


def viewed(file):
    """Import a drawing for viewing; return it as it comes out again."""
    xml = file.read_text(encoding="utf-8").replace('isExecutable="true"', 'isExecutable="false"')
    deployed = workflow.deploy("miwg", xml)
    assert deployed.viewing_only
    return xml, workflow.drawing(deployed.key)


@pytest.mark.django_db
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_drawing_can_be_viewed(file):
    xml, shown = viewed(file)

    assert shown == xml
    assert reader.names(xml)


@NEEDS_NODE
@pytest.mark.django_db
def test_every_drawing_comes_out_as_it_went_in(tmp_path):
    """bpmn-moddle is the judge; what it writes anew is to us the same process, or refused for the same reason."""
    pairs = tmp_path / "pairs.json"
    pairs.write_text(json.dumps([viewed(file) for file in FILES]), encoding="utf-8")
    script = (Path(__file__).parent / "roundtrip.mjs").read_text(encoding="utf-8")

    answer = subprocess.run(
        ["node", "--input-type=module", "-", str(pairs)],
        input=script, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip

    assert answer.stdout, answer.stderr
    judged = json.loads(answer.stdout)
    assert [item["same"] for item in judged] == [True] * len(FILES)
    for file, item in zip(FILES, judged, strict=True):
        for process in reader.processes(file.read_bytes()):
            assert said(item["written"], process.id) == said(file.read_bytes(), process.id), (file.name, process.id)


def said(xml, process):
    """Return what we make of a process: its definition, or what it is refused for."""
    try:
        found = reader.definition(xml, process=process)
    except Refusal as refusal:
        return refusal.code, refusal.facts["id"]
    return found.start, dict(found.nodes), dict(found.flows)


@pytest.mark.parametrize(("file", "process"), PROCESSES)
def test_a_process_runs_to_its_end_or_is_refused_by_name(file, process, request):
    if request.node.callspec.id not in RUNNING:
        with pytest.raises(Refusal) as refused:
            run(file.read_bytes(), process)
        assert refused.value.facts["id"] in file.read_text(encoding="utf-8")
        return

    state = run(file.read_bytes(), process)

    assert state.status is Status.COMPLETED
    assert not state.tokens


# What the drawings ask about; where they give no condition the first branch is taken.
VARIABLES = {"riskLevels": ["yellow"], "approved": True}


def run(xml, process):
    """Check a process as a deployment does, and run it to its end."""
    definition = executable(xml, process)
    state = advance(definition, State(variables=VARIABLES), Begin()).state
    steps = 0
    while state.status is Status.RUNNING:
        steps += 1
        assert steps < 100, "the process comes to its end"
        state = advance(definition, state, next_move(definition, state)).state
    return state


def next_move(definition, state):
    """Complete the first work that is open, or let the first event happen that is waited for."""
    for token in state.tokens.values():
        node = definition.nodes[token.node]
        if token.works and (node.kind in {Kind.USER, Kind.SERVICE, Kind.CALL} or node.served):
            return Completed(token.number)
        if node.kind is Kind.CATCH:
            return TimerFired(token.number, node.id)
        if node.kind is Kind.EVENTS:
            targets = [definition.nodes[definition.flows[flow].target] for flow in node.outgoing]
            slow = [item for item in targets if item.trigger is not Trigger.TIMER]
            return TimerFired(token.number, (slow or targets)[0].id)
    raise AssertionError("a running case always offers something to do")


def executable(xml, process):
    """Return the definition of `process`, checked as a deployment checks it."""
    definition = reader.definition(xml, process=process)
    soundness.check(definition)
    expressions.check(definition)
    return definition
