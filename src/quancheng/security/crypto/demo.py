"""Who may use the services in the sample city, and one call so that their use is seen."""

import typst
from django.utils import timezone

from quancheng.kernel import zone
from quancheng.security.crypto import public as crypto
from quancheng.security.crypto import rules
from quancheng.security.identity import demo as people
from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi

CITY, BUREAU = "370100", "370100-spfw"
RULER = ("crypto.seal-use.read", "crypto.seal-policy.change")
KEEPER = ("crypto.seal-use.read", "crypto.seal-use.confirm", "crypto.seal-use.refuse")
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
    _seals()
    clerk = identity.actor_of("lead")
    if not crypto.known(clerk.id):
        crypto.digest(
            actor=clerk, organisation=clerk.organisation, content="泉城".encode(), algorithm="sha256", at=timezone.now()
        )


def _seals() -> None:
    """Put the bureau's seal under two officers; one use is registered, another waits for the keeper."""
    pmi.define_role(code="seal-clerk", title="用印申请人", privileges=["crypto.seal-use.read", "crypto.seal-use.apply"])
    pmi.define_role(code="seal-keeper", title="印章保管人", privileges=list(KEEPER))
    pmi.define_role(
        code="seal-officer", title="印章规则管理员", privileges=["crypto.seal-policy.change", "crypto.seal-use.read"]
    )
    identity.ensure_post(organisation=BUREAU, title="用印经办人", roles=["seal-clerk"], holders=["lead"])
    identity.ensure_post(organisation=BUREAU, title="印章保管人", roles=["seal-keeper"], holders=["chief"])
    identity.ensure_post(organisation=CITY, title="印章规则管理员", roles=["seal-officer"], holders=["security"])
    pki.ensure_organisation_seal(BUREAU, identity.organisation(BUREAU).name)
    crypto.ensure_seal_policy(code=BUREAU, two_officers=True, at=timezone.now())
    clerk, keeper = identity.actor_of("lead"), identity.actor_of("chief")
    if pki.suite() != "modern" or crypto.seals_waiting(keeper):
        return
    place = identity.organisation(BUREAU).path
    for title, reason in (("关于优化开办餐饮店审批流程的通知", "印发通知"), ("关于国庆期间窗口值班安排的函", "发函")):
        content = typst.compile(f'#set page(paper: "a4")\n#align(center)[= {title}]'.encode())
        made = crypto.apply_for_seal(
            actor=clerk, organisation=place, title=title, content=content, reason=reason, at=timezone.now()
        )
        if reason == "印发通知":
            crypto.confirm_seal(actor=keeper, seal_use_id=made, at=timezone.now())
