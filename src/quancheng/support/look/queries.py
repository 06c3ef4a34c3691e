"""What the base templates ask: the doors of the public site, the menu of a person, the steps of a drawing."""

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quancheng.kernel import discovery

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
STEPS = {"task", "userTask", "serviceTask", "manualTask", "sendTask", "receiveTask", "businessRuleTask", "scriptTask"}
STEPS |= {"callActivity", "subProcess"}


@dataclass(frozen=True, slots=True)
class Door:
    """One of the four ways into the public site."""

    title: str
    hint: str
    url: str
    icon: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a drawing in words; `state` is done | active | waiting."""

    id: str
    name: str
    lane: str
    state: str


def url_of(view: str, *, otherwise: str = "", **parts: Any) -> str:
    """Return the address of `view`, or `otherwise` where this zone has no such page."""
    try:
        return reverse(view, kwargs=parts or None)
    except NoReverseMatch:
        return otherwise


def doors(path: str = "/") -> tuple[Door, ...]:
    """Return the four doors; the one that `path` stands behind is current. None where no portal is behind them."""
    if not url_of("portal:search"):
        return ()
    found = (
        (
            pgettext("door", "Services"),
            _("Apply, follow and collect"),
            url_of("hall:home", otherwise="/hall/"),
            "stamp",
        ),
        (pgettext("door", "Disclosure"), _("Policies and public notices"), "/disclosure/", "book"),
        (pgettext("door", "Interaction"), _("Ask, report and advise"), "/interaction/", "messages"),
        (pgettext("door", "Data"), _("Open data of the city"), "/data/", "database"),
    )
    return tuple(Door(title, hint, url, icon, path.startswith(url)) for title, hint, url, icon in found)


def menu(actor: Any) -> tuple[discovery.Group, ...]:
    """Return the workbench menu of `actor`; nothing for somebody unknown."""
    return discovery.menu(actor) if actor is not None and hasattr(actor, "may") else ()


def drawing_facts(  # noqa: PLR0917 - all of them are given
    xml: str, active: list[str], done: list[str], heat: Any, faults: Any, marks: Any
) -> dict[str, Any]:
    """Return what the script of a drawing is told.

    `heat` has the `level` (1 to 5) of elements, `faults` an `element` and a `sentence` each, and `marks` says by id
    that elements were added, changed or removed.
    """
    return {
        "xml": xml,
        "active": active,
        "done": done,
        "heat": {item.element: item.level for item in heat or ()},
        "faults": [[item.element, str(item.sentence)] for item in faults or () if item.element],
        "marks": dict(marks or {}),
    }


def steps(xml: str, *, active: Any = (), done: Any = ()) -> tuple[Step, ...]:
    """Return the named steps of a BPMN drawing in the order of its flows; nothing for a drawing that is not XML.

    Steps that no flow reaches (event subprocesses) come last, in the order of the file.
    """
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 - drawings are deployed by the site, never uploaded by visitors
    except ElementTree.ParseError:
        return ()
    lanes = {
        (reference.text or "").strip(): lane.get("name", "")
        for lane in root.iter(f"{BPMN}lane")
        for reference in lane.iter(f"{BPMN}flowNodeRef")
    }
    nodes = {node.get("id", ""): node for node in root.iter() if node.get("id")}
    order = _in_order_of_flow(root)
    order += [identity for identity in nodes if identity not in set(order)]
    active, done = set(active or ()), set(done or ())
    return tuple(
        Step(
            id=identity,
            name=nodes[identity].get("name", identity),
            lane=lanes.get(identity, ""),
            state="active" if identity in active else "done" if identity in done else "waiting",
        )
        for identity in order
        if identity in nodes and nodes[identity].tag.removeprefix(BPMN) in STEPS
    )


def _in_order_of_flow(root: ElementTree.Element) -> list[str]:
    following: dict[str, list[str]] = {}
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        following.setdefault(flow.get("sourceRef", ""), []).append(flow.get("targetRef", ""))
    queue = [start.get("id", "") for start in root.iter(f"{BPMN}startEvent")]
    order: list[str] = []
    while queue:
        here = queue.pop(0)
        if here not in order:
            order.append(here)
            queue += following.get(here, [])
    return order
