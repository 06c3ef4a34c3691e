"""What is wrong with a design before it is put to work: asked of the engines that will run it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public as calendar
from quancheng.support.designer import rules
from quancheng.support.designer.engine import parts, texts
from quancheng.support.designer.models import Review
from quancheng.support.dmn import public as dmn
from quancheng.support.eforms import public as eforms
from quancheng.support.workflow import public as workflow

RULE = "rule:"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a part of a design; `name` is what people call it. `is_fault` stops the design from being
    submitted, anything else is a doubt."""

    element: str
    name: str
    sentence: str
    is_fault: bool = True

    @property
    def element_id(self) -> str:
        """The id that a drawing's sign stands at."""
        return self.element

    @property
    def hinders(self) -> bool:
        """Whether the sign is that of a fault, not of a doubt."""
        return self.is_fault


def check(kind: str, text: str) -> tuple[Fault, ...]:
    """Return what is wrong with a text, faults first; one that cannot be read gives one fault."""
    try:
        found = tuple({"process": _process, "decision": _decision, "form": _form}[kind](texts.plain(text)))
    except Refusal as refusal:
        return (Fault("", "", str(refusal)),)
    return tuple(sorted(found, key=lambda fault: not fault.is_fault))


def _process(text: str) -> Iterator[Fault]:
    names = parts.names(text)
    for fault in workflow.check(text):
        identity = fault.element_id
        yield Fault(identity, names.get(identity, identity), fault.sentence, fault.hinders)
    if not any(item.get("isExecutable") == "true" for item in texts.xml(text).iter(f"{{{rules.BPMN}}}process")):
        sentence = _("It is not marked executable: it can be viewed, but no case runs on it.")
        yield Fault("", "", sentence, is_fault=False)
    known, forms, book = pmi.actions(), published_forms(), {rule.code for rule in calendar.all_rules()}
    for item in texts.xml(text).iter(f"{{{rules.BPMN}}}userTask"):
        identity = item.get("id", "")
        name, form, days = (item.get(f"{{{rules.QC}}}{part}", "") for part in ("privilege", "form", "days"))
        if name and name not in known:
            yield _doubt(identity, names, _("There is no privilege “%s” here.") % name)
        if form and form not in forms:
            yield _doubt(identity, names, _("No form “%s” has been published here.") % form)
        if days.startswith(RULE) and days.removeprefix(RULE) not in book:
            sentence = _("There is no legal period “%s”.") % days.removeprefix(RULE)
            yield Fault(identity, names.get(identity, identity), sentence)


def _doubt(identity: str, names: dict[str, str], sentence: str) -> Fault:
    return Fault(identity, names.get(identity, identity), sentence, is_fault=False)


def _decision(text: str) -> Iterator[Fault]:
    for table in dmn.draft_page(text).tables:
        for finding in table.findings:
            yield Fault("", table.decision, finding.sentence, is_fault=finding.kind == "overlap")


def _form(text: str) -> Iterator[Fault]:
    for finding in eforms.check(json.dumps(texts.schema(text))):
        yield Fault(finding.where, finding.where, str(finding.sentence), finding.is_fault)


def published_forms() -> frozenset[str]:
    """Return the keys of the forms that were published here."""
    found = Review.objects.filter(design__kind="form", version__isnull=False)
    return frozenset(found.values_list("design__key", flat=True))
