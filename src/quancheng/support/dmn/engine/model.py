"""What a DMN 1.5 file says (OMG formal/2024-01-01), as frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """Any boxed expression. `type_ref` is the name of its type, empty where none is written."""

    type_ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Expression):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A name and the name of its type: a parameter, an entry, a component."""

    name: str
    type_ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Expression):
    """Entries in their order; the one without a variable is the result."""

    entries: tuple[tuple[Variable | None, Expression], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class List(Expression):
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation(Expression):
    columns: tuple[Variable, ...]
    rows: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation(Expression):
    function: Expression
    bindings: tuple[tuple[Variable, Expression | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Expression):
    parameters: tuple[Variable, ...]
    body: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional(Expression):
    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Expression):
    source: Expression
    match: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Iteration(Expression):
    """`kind` is for, some or every."""

    kind: str
    variable: str
    source: Expression
    body: Expression


class Hit(StrEnum):
    """Hit policies by their letter in a drawn table (DMN 1.5, 8.2.10)."""

    UNIQUE = "U"
    ANY = "A"
    PRIORITY = "P"
    FIRST = "F"
    RULE_ORDER = "R"
    OUTPUT_ORDER = "O"
    COLLECT = "C"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A column of conditions. `allowed` are unary tests, empty when everything may come."""

    label: str
    expression: Literal
    allowed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    name: str
    label: str
    type_ref: str = ""
    allowed: str = ""
    default: Literal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row: unary tests for each input, an expression for each output, remarks."""

    id: str
    tests: tuple[str, ...]
    results: tuple[Literal, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Expression):
    """`aggregation` is one of + < > # with COLLECT, else empty."""

    id: str
    hit: Hit
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item definition or a component of one."""

    name: str
    type_ref: str = ""
    collection: bool = False
    components: tuple[Item, ...] = ()
    allowed: str = ""
    constraint: str = ""
    parameters: tuple[Variable, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element of the requirements graph, by the reference "namespace#id". `model` is its namespace."""

    ref: str
    name: str
    type_ref: str = ""
    model: str = ""

    @property
    def variable(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class InputData(Element):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Element):
    """`requires` are the references of inputs, decisions and knowledge, in the order of the file."""

    requires: tuple[str, ...]
    expression: Expression | None
    question: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge(Element):
    requires: tuple[str, ...]
    function: Function


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Element):
    outputs: tuple[str, ...]
    input_decisions: tuple[str, ...]
    input_data: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One file together with those it imports. `elements` holds all of them by reference, `items` by namespace;
    `imports` gives for each namespace the names it knows other namespaces by."""

    namespace: str
    id: str
    name: str
    elements: Mapping[str, Element]
    items: Mapping[str, tuple[Item, ...]]
    imports: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def own(self, *kinds: type[Element]) -> tuple[Element, ...]:
        """Return this file's elements of these kinds in the order of the file."""
        return tuple(one for one in self.elements.values() if one.model == self.namespace and isinstance(one, kinds))

    def decisions(self) -> tuple[Decision, ...]:
        """Return this file's decisions."""
        return tuple(one for one in self.own(Decision) if isinstance(one, Decision))

    def called(self, name: str, *kinds: type[Element]) -> Element | None:
        """Return this file's element of that name."""
        return next((one for one in self.own(*kinds) if one.name == name), None)

    def names(self) -> frozenset[str]:
        """Return every name that is declared anywhere: what the parser of expressions has to know."""
        found = {one.name for one in self.elements.values()}
        for known in self.imports.values():
            found |= known.keys()
        for part in walk((tuple(self.elements.values()), tuple(self.items.values()))):
            if isinstance(part, Variable | Item | Output):
                found.add(part.name)
            elif isinstance(part, Iteration):
                found.add(part.variable)
        for items in self.items.values():
            found |= {f"{prefix}.{item.name}" for known in self.imports.values() for prefix in known for item in items}
        return frozenset(found)


def walk(part: Any) -> Iterator[Any]:
    """Yield every dataclass inside `part`, itself first."""
    if isinstance(part, tuple):
        for item in part:
            yield from walk(item)
    elif hasattr(part, "__dataclass_fields__"):
        yield part
        for one in fields(part):
            yield from walk(getattr(part, one.name))
