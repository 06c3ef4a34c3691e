"""Who of the sample city watches over its security."""

from quancheng.kernel import zone
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi

CITY = "370100"


def build() -> None:
    """Let the security officer read the posture in each zone, and inside the auditor, too; safe to repeat."""
    pmi.define_role(
        code="posture-reader", title="安全态势查阅", privileges=["posture.finding.read", "posture.review.hold"]
    )
    identity.ensure_post(organisation=CITY, title="安全管理员", roles=["posture-reader"])
    if zone.serves({zone.INTRANET}):
        identity.ensure_post(organisation=CITY, title="安全审计员", roles=["posture-reader"])
