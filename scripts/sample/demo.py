"""What the demonstration gets: a role, a post, somebody who holds it."""

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi

ROLE, HOLDER = "sample-clerk", "sample-clerk"


def build() -> None:
    """Create what is needed to try it. Safe to repeat."""
    pmi.define_role(
        code=ROLE,
        title="样例经办",
        privileges=["sample.record.read", "sample.record.enter", "sample.record.settle"],
    )
    identity.ensure_account(username=HOLDER, name="样例经办员", kind="staff")
    identity.ensure_post(organisation="370100-dsj", title="样例经办员", roles=[ROLE], holders=[HOLDER])
