"""Who may use the services in the sample city, and one call so that their use is seen."""

from django.utils import timezone

from quancheng.kernel import zone
from quancheng.security.crypto import public as crypto
from quancheng.security.crypto import rules
from quancheng.security.identity import demo as people
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi

CITY = "370100"
OFFICER = ("crypto.usage.read", "crypto.quota.change", "crypto.clock.read", "pki.clock.accept")


def build() -> None:
    """Define the roles and hang them on posts where staff work; safe to repeat."""
    pmi.define_role(code="crypto-caller", title="密码服务使用人", privileges=sorted(rules.PRIVILEGES.values()))
    pmi.define_role(
        code="crypto-officer",
        title="密码服务管理员",
        privileges=list(OFFICER),
    )
    if not zone.serves({zone.INTRANET}):
        return
    # The people come first; building them again changes nothing.
    people.build()
    identity.ensure_post(organisation="370100-spfw", title="电子文书经办人", roles=["crypto-caller"], holders=["lead"])
    identity.ensure_post(organisation=CITY, title="密码服务管理员", roles=["crypto-officer"], holders=["admin"])
    clerk = identity.actor_of("lead")
    if not any(item.caller == clerk.id for item in crypto.usage(places=("",))):
        crypto.digest(
            actor=clerk, organisation=clerk.organisation, content="泉城".encode(), algorithm="sha256", at=timezone.now()
        )
