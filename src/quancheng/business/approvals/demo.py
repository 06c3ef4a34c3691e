"""The sample city's part of approvals: roles, posts, and the service items on offer."""

from django.utils import timezone

from quancheng.business.approvals import queries, rules
from quancheng.business.approvals.actions.services import put_on_offer
from quancheng.business.approvals.engine import texts
from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi

READ = ["approvals.application.read", "approvals.document.read", "approvals.service.read"]
ROLES = (
    (
        "approvals-window",
        "综合窗口受理",
        [
            *READ,
            "approvals.application.accept",
            "approvals.application.request-corrections",
            "approvals.application.refuse-acceptance",
        ],
    ),
    ("approvals-lead", "牵头决定", [*READ, "approvals.application.decide", "approvals.service.publish"]),
    ("approvals-reviewer", "部门审查", [*READ, "approvals.opinion.give"]),
)
# organisation, title of the post, roles, user names
POSTS = (
    ("370100-spfw", "综合窗口受理员", ("approvals-window",), ("window",)),
    ("370100-spfw", "审批处处长", ("approvals-lead",), ("lead",)),
    ("370100-spfw", "局长", ("approvals-lead",), ("chief",)),
    ("370100-scjg", "登记注册科科员", ("approvals-reviewer", "approvals-window"), ("market-licence",)),
    ("370100-scjg", "食品经营许可科科员", ("approvals-reviewer", "approvals-lead"), ("market-food",)),
    ("370100-xfjy", "监督检查科科员", ("approvals-reviewer",), ("fire",)),
    ("370100-cgj", "户外广告管理科科员", ("approvals-reviewer",), ("urban",)),
)


def build() -> None:
    """Create roles, posts and seals, and publish the service items. Safe to repeat."""
    for code, title, privileges in ROLES:
        pmi.define_role(code=code, title=title, privileges=privileges)
    for organisation, title, roles, holders in POSTS:
        identity.ensure_post(organisation=organisation, title=title, roles=list(roles), holders=list(holders))
    for code in sorted({part.department for item in queries.drafts() for part in rules.parts(item.body)}):
        pki.ensure_organisation_seal(code, texts.department(code))
    for item in queries.drafts():
        put_on_offer(item, by="service:approvals", at=timezone.now())
