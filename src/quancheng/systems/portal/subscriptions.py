"""What the portal hears."""

from quancheng.kernel import events
from quancheng.security.pmi import public as pmi
from quancheng.systems.portal import actions


@events.hears("hall.service-published")
def show_service(message: events.Message) -> None:
    """A business system offers a service: show it on the start page and in the search."""
    data = message.data
    actions.keep_card(
        actor=pmi.service_actor("portal"),
        code=data["service_code"],
        version=int(data["version"]),
        title=data["title"],
        summary=data.get("summary", ""),
        department=data.get("department", ""),
        departments=len(data.get("departments") or ()),
        guide=dict(data.get("guide") or {}),
        at=message.time,
    )
