"""People, submissions and a site that is set up, for the tests of approvals."""

import uuid
from datetime import UTC, datetime
from typing import Any

from quancheng.business.approvals import actions, demo
from quancheng.business.approvals.models import Application, Opinion
from quancheng.business.approvals.process import ACTOR
from quancheng.kernel import events
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import public as documents
from quancheng.support.workflow import public as workflow

MORNING = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
SERVICE = "JN-YJS-0001"
ROLES = {code: privileges for code, _title, privileges in demo.ROLES}
PEOPLE = {
    "window": ("approvals-window", "370100-spfw"),
    "lead": ("approvals-lead", "370100-spfw"),
    "market-food": ("approvals-reviewer", "370100-scjg"),
    "fire": ("approvals-reviewer", "370100-xfjy"),
    "urban": ("approvals-reviewer", "370100-cgj"),
    "other": ("approvals-reviewer", "370100-jyj"),
}


def staff(name: str) -> pmi.Actor:
    """Return a member of the staff with the role and the department that the sample city gives them."""
    role, code = PEOPLE[name]
    path = f"370100/{code}/"
    grants = tuple(pmi.Grant(privilege, path) for privilege in ROLES[role])
    return pmi.Actor(id=f"staff:{name}", name=name, kind="staff", organisation=path, grants=grants)


def both_roles() -> pmi.Actor:
    """Return somebody who may accept and decide, for the separation of duties."""
    path = "370100/370100-spfw/"
    privileges = {*ROLES["approvals-window"], *ROLES["approvals-lead"]}
    grants = tuple(pmi.Grant(privilege, path) for privilege in sorted(privileges))
    return pmi.Actor(id="staff:both", name="both", kind="staff", organisation=path, grants=grants)


def submission(**changes: Any) -> dict[str, Any]:
    """Return what the hall tells about an application: a one-person restaurant with a sign."""
    kept = documents.keep(b"%PDF-1.4\n%a lease\n", name="lease.pdf", media="application/pdf")
    data = {
        "submission_id": str(uuid.uuid4()),
        "number": "JN20261123-000001",
        "service_code": SERVICE,
        "service_version": 1,
        "applicant": {
            "actor_id": "citizen:1",
            "name": "王小美",
            "identity_number": "370102199003150024",
            "mobile": "13800530001",
        },
        "answers": {
            "entity_kind": "individual",
            "area_band": "below-300",
            "premises": "commercial",
            "cooking": "yes",
            "cold_dishes": "yes",
            "fire_route": "promise",
            "has_sign": "yes",
        },
        "form": {
            "applicant_name": "王小美",
            "identity_number": "370102199003150024",
            "mobile": "13800530001",
            "shop_name": "济南市历下区泉水人家餐饮店",
            "address": "泉城路188号",
            "area": 120,
            "business_scope": "餐饮服务",
            "seats": 40,
            "kitchen": "open",
            "opening_date": "2027-01-08",
            "sign_text": "泉水人家",
            "sign_size": "4.0 × 0.9",
            "statement": True,
        },
        "materials": [
            {
                "code": "M02",
                "title": "经营场所使用证明",
                "name": "lease.pdf",
                "digest": kept.digest,
                "media_type": "application/pdf",
                "size": kept.size,
            }
        ],
        "lodged_at": "2026-11-23T09:00:00+08:00",
        "files": [kept.digest],
    }
    return {**data, **changes}


class Told:
    """Collects what is announced, in order."""

    def __init__(self) -> None:
        self.messages: list[events.Message] = []

    def publish(self, message: events.Message) -> None:
        """Take a message."""
        self.messages.append(message)

    def on(self, topic: str) -> list[dict[str, Any]]:
        """Return what was announced on a topic."""
        return [dict(message.data) for message in self.messages if message.topic == topic]


def run_jobs(at: datetime | None = None) -> int:
    """Let the worker do what is due."""
    return workflow.run_due(at=at)


OPINIONS = (
    ("market-food", "market_licence"),
    ("market-food", "market_food"),
    ("fire", "fire_check"),
    ("urban", "shop_sign"),
)


def received(**changes: Any) -> Application:
    """Return an application that has just come in."""
    return actions.receive(actor=ACTOR, data=submission(**changes), at=MORNING)


def accepted(**changes: Any) -> Application:
    """Return an application that the window accepted."""
    application = received(**changes)
    return actions.accept(actor=staff("window"), application_id=application.pk, at=MORNING)


def opinion(application: Application, name: str, part: str, verdict: str = "FAVOURABLE", text: str = "") -> Opinion:
    """Give the opinion of `name` on a part."""
    return actions.give_opinion(
        actor=staff(name),
        application_id=application.pk,
        part=part,
        verdict=verdict,
        text=text,
        law="",
        at=MORNING,
    )


def reviewed(**changes: Any) -> Application:
    """Return an application to which every department said yes."""
    application = accepted(**changes)
    for name, part in OPINIONS:
        opinion(application, name, part)
    return application
