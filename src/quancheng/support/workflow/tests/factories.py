"""People and processes for tests."""

from datetime import UTC, datetime

from quancheng.security.pmi.public import Actor, Grant
from quancheng.support.workflow import public as workflow

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CITY, OFFICE, FIRE = "370100/", "370100/office/", "370100/fire/"


def clerk(
    *places: str, privilege: str = "demo.errand.run", identity: str = "s1", extra: tuple[Grant, ...] = ()
) -> Actor:
    """Return a member of staff who may run errands at `places`."""
    grants = tuple(Grant(privilege, place) for place in places)
    return Actor(id=identity, name=f"Clerk {identity}", kind="staff", organisation=CITY, grants=grants + extra)


def started(xml: str, *, subject: str = "application:1", organisation: str = OFFICE, at: datetime = NOW, **variables):
    """Deploy `xml` and begin a case on it."""
    deployed = workflow.deploy("demo", xml)
    return workflow.start(
        key=deployed.key,
        subject=subject,
        title=f"Errand {subject}",
        url="/errands/1/",
        organisation=organisation,
        variables=variables,
        actor=clerk(CITY),
        at=at,
    )


def only_task(actor: Actor):
    """Return the single line on the actor's worklist."""
    (item,) = workflow.worklist(actor).items
    return item
