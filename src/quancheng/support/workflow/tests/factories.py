"""People and processes for tests."""

from datetime import UTC, datetime

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
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


def office(*names: str, more: tuple[str, ...] = ()) -> tuple[Actor, ...]:
    """Return clerks with accounts of their own whose post in the office lets them run errands (and do `more`)."""
    identity.ensure_organisation(code="370100", name="济南市人民政府", kind="GOVERNMENT")
    identity.ensure_organisation(code="office", name="办公室", kind="DEPARTMENT", parent="370100")
    pmi.define_role(code="errand-runner", title="Errands", privileges=["demo.errand.run", *more])
    for name in names:
        identity.ensure_account(username=name, name=name, kind="staff")
    identity.ensure_post(organisation="office", title="办事员", roles=["errand-runner"], holders=names)
    return tuple(identity.actor_of(name) for name in names)
