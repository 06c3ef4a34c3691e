"""The 21 drawings of OMG's BPMN Model Interchange Working Group.

All can be viewed; each process in them runs to its end or is refused naming the element.
"""

from pathlib import Path

import pytest

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine import expressions, reader, soundness
from quancheng.support.workflow.engine.semantics import Begin, Completed, State, Status, advance

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "bpmn-miwg"
FILES = sorted(FOLDER.glob("*.bpmn"))
PROCESSES = [
    pytest.param(file, process.id, id=f"{file.stem}-{number}")
    for file in FILES
    for number, process in enumerate(reader.processes(file.read_bytes()), start=1)
]
# Those that lie wholly within the executable subset, counted from 1 as in the file.
RUNNING = {
    "A.1.0-1", "A.2.0-1", "A.4.0-1", "A.4.0-2", "A.4.1-1", "A.4.1-2", "B.1.0-1", "B.1.0-4", "B.2.0-4", "C.5.0-2",
}  # fmt: skip

pytestmark = pytest.mark.skipif(not FILES, reason="../shared/data/bpmn-miwg is not here")


def test_there_are_21_drawings():
    assert len(FILES) == 21


@pytest.mark.django_db
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_drawing_can_be_viewed(file):
    xml = file.read_text(encoding="utf-8").replace('isExecutable="true"', 'isExecutable="false"')

    deployed = workflow.deploy("miwg", xml)

    assert deployed.viewing_only
    assert workflow.drawing(deployed.key) == xml
    assert reader.names(xml)


@pytest.mark.parametrize(("file", "process"), PROCESSES)
def test_a_process_runs_to_its_end_or_is_refused_by_name(file, process, request):
    xml = file.read_bytes()
    if request.node.callspec.id not in RUNNING:
        with pytest.raises(Refusal) as refused:
            executable(xml, process)
        assert refused.value.facts["id"] in xml.decode()
        return

    definition = executable(xml, process)
    state = advance(definition, State(), Begin()).state
    while state.status is Status.RUNNING:
        work = [item for item in state.tokens.values() if definition.nodes[item.node].kind in {"USER", "SERVICE"}]
        assert work, "a running case always offers something to do"
        state = advance(definition, state, Completed(work[0].number)).state
    assert not state.tokens


def executable(xml, process):
    """Return the definition of `process`, checked as a deployment checks it."""
    definition = reader.definition(xml, process=process)
    soundness.check(definition)
    expressions.check(definition)
    return definition
