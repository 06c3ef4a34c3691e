"""Runs a drawing in memory."""

from quancheng.support.workflow.engine import reader
from quancheng.support.workflow.engine.semantics import Begin, Completed, Role, State, Status, advance
from quancheng.support.workflow.tests.drawings import Drawing


class Run:
    """A case in memory: which nodes it rests at, and how to move it."""

    def __init__(self, xml, **variables):
        self.definition = reader.definition(xml)
        self.step = advance(self.definition, State(variables=variables), Begin())

    @property
    def tokens(self):
        return [token for token in self.step.state.tokens.values() if token.role not in {Role.DONE, Role.UNDOING}]

    @property
    def rests(self):
        return sorted(token.node for token in self.tokens)

    @property
    def tasks(self):
        """Return the user tasks that are open."""
        nodes = self.definition.nodes
        return sorted(token.node for token in self.tokens if token.works and nodes[token.node].kind == "USER")

    @property
    def status(self):
        return self.step.state.status

    @property
    def variables(self):
        return self.step.state.variables

    @property
    def over(self):
        return self.status is Status.COMPLETED

    def number(self, node):
        return next(token.number for token in self.tokens if token.node == node and token.works)

    def play(self, event):
        self.step = advance(self.definition, self.step.state, event)
        return self

    def done(self, node, **variables):
        return self.play(Completed(self.number(node), variables))


def framed(**more):
    """Return a drawing with a start and an end."""
    drawing = Drawing(**more)
    drawing.add("startEvent", "start")
    drawing.add("endEvent", "end")
    return drawing
