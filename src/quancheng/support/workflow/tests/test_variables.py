"""Variables a drawing declares: of which type, and to which sub-process they belong."""

import pytest

from quancheng.support.workflow.engine import reader
from quancheng.support.workflow.engine.semantics import WrongType
from quancheng.support.workflow.tests.running import Run, framed


def declaring(kind, *, many=False):
    drawing = framed()
    drawing.task("a")
    drawing.declare("x", kind, many=many)
    return drawing.path("start", "a", "end").xml()


GOOD = [
    ("string", "text"),
    ("number", 3),
    ("number", 2.5),
    ("number", "12.50"),
    ("boolean", False),
    ("date", "2026-11-23"),
    ("date-time", "2026-11-23T09:00:00+08:00"),
    ("list", [1]),
    ("context", {"a": 1}),
    ("any", 7),
    ("string", None),
]
BAD = [
    ("string", 3),
    ("number", True),
    ("number", "twelve"),
    ("number", "1.²"),
    ("boolean", "yes"),
    ("date", "2026-02-30"),
    ("date", "2026-11-23T09:00:00"),
    ("date-time", "2026-11-23"),
    ("list", "text"),
    ("context", []),
]


class TestDeclaredVariable:
    @pytest.mark.parametrize(("kind", "value"), GOOD)
    def test_takes_what_it_is_declared_to_be(self, kind, value):
        assert Run(declaring(kind), x=value).done("a", x=value).over

    @pytest.mark.parametrize(("kind", "value"), BAD)
    def test_refuses_anything_else_by_name_at_the_beginning_and_later(self, kind, value):
        with pytest.raises(WrongType, match="x"):
            Run(declaring(kind), x=value)
        with pytest.raises(WrongType, match="x"):
            Run(declaring(kind)).done("a", x=value)

    def test_may_be_a_list_of_such(self):
        assert Run(declaring("number", many=True), x=[1, 2]).tasks == ["a"]
        with pytest.raises(WrongType, match="x"):
            Run(declaring("number", many=True), x=[1, "two"])

    def test_of_a_sub_process_stays_inside(self):
        drawing = framed()
        drawing.box("s", "a", "b")
        drawing.declare("inner", "number", scope="s")
        drawing.task("after")
        run = Run(drawing.path("start", "s", "after", "end").xml()).done("a", inner=5, outer=6)

        assert run.variables == {"outer": 6}
        with pytest.raises(WrongType, match="inner"):
            run.done("b", inner="five")
        assert run.done("b").variables == {"outer": 6}

    def test_must_be_of_a_known_type(self):
        with pytest.raises(reader.BrokenDrawing):
            reader.definition(declaring("colour"))
