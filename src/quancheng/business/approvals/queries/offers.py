"""What the city offers, as texts, as published, and what keeps an item from being published."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.business.approvals import rules
from quancheng.business.approvals.config import config
from quancheng.business.approvals.engine import texts
from quancheng.business.approvals.models import ServiceItem, ServiceVersion
from quancheng.kernel.refusal import Refusal


class NoSuchService(Refusal):
    """No service item has this code."""

    code = "approvals.no-such-service"
    message = _("There is no service item %(code)s.")
    status = 404


@dataclass(frozen=True, slots=True)
class Draft:
    """A service item as its texts have it: elements, form-js schema, BPMN drawing."""

    code: str
    title: str
    department: str
    body: Mapping[str, Any]
    form: Mapping[str, Any]
    process: str
    drawing: str


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A line of the list of service items. `version` is 0 for an item that is not published."""

    code: str
    title: str
    department: str
    kind: str
    days: int
    promised_days: int
    version: int
    uncited: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service item with its elements, its drawing and what remains to be checked in it: (law or entry, why)."""

    row: ServiceRow
    body: Mapping[str, Any]
    parts: tuple[rules.Part, ...]
    drawing: str
    departments: tuple[str, ...]
    doubts: tuple[tuple[str, str], ...]


def path_of(code: str) -> str:
    """Return the path of the department with this organisation code, directly under the city."""
    return f"{config.city}/{code}/"


def drafts() -> tuple[Draft, ...]:
    """Return all service items that come with the platform."""
    return tuple(_draft(body) for body in texts.services())


def draft(code: str) -> Draft:
    """Return the service item `code` as its texts have it. :raises NoSuchService: for an unknown code."""
    for body in texts.services():
        if body["code"] == code:
            return _draft(body)
    raise NoSuchService(code=code)


def services() -> tuple[ServiceRow, ...]:
    """Return all service items in the order of the list."""
    published = dict(ServiceItem.objects.values_list("code", "current"))
    return tuple(_row(item, published.get(item.code, 0)) for item in drafts())


def service(code: str) -> ServiceView:
    """Return one service item. :raises NoSuchService: for an unknown code."""
    item = draft(code)
    version = ServiceItem.objects.filter(code=code).values_list("current", flat=True).first() or 0
    parts = rules.parts(item.body)
    names = tuple(dict.fromkeys(texts.department(part.department) for part in parts))
    licences = [texts.licence(part.licence) for part in parts]
    doubts = rules.doubts(item.body, item.form, texts.unverified())
    doubts += tuple((licence["title"], licence["doubt"]) for licence in licences if "doubt" in licence)
    return ServiceView(_row(item, version), item.body, parts, item.drawing, names, doubts)


def current(code: str) -> ServiceVersion:
    """Return the published version of `code`. :raises NoSuchService: where none is published."""
    found = ServiceVersion.objects.filter(item__code=code).select_related("item").order_by("-number").first()
    if found is None:
        raise NoSuchService(code=code)
    return found


def pinned(code: str, number: int) -> ServiceVersion:
    """Return version `number` of `code`; the current one where that number is not known here."""
    found = ServiceVersion.objects.filter(item__code=code, number=number).select_related("item").first()
    return found or current(code)


def _draft(body: Mapping[str, Any]) -> Draft:
    form = json.loads((texts.FOLDER / "eforms" / f"{body['form']}.form").read_text(encoding="utf-8"))
    drawing = (texts.FOLDER / "processes" / f"{body['process']}.bpmn").read_text(encoding="utf-8")
    return Draft(body["code"], body["title"], body["department"], body, form, body["process"], drawing)


def _row(item: Draft, version: int) -> ServiceRow:
    return ServiceRow(
        code=item.code,
        title=item.title,
        department=texts.department(item.department),
        kind=item.body["kind"],
        days=item.body["statutory"]["days"],
        promised_days=item.body["promised_days"],
        version=version,
        uncited=rules.uncited(item.body, item.form),
    )
