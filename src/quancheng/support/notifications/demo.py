"""Who of the sample city looks after the texts of notices and their delivery."""

from quancheng.kernel import zone
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi


def build() -> None:
    """Let the portal's editor, and inside the administrator, keep the texts and the ledger; safe to repeat."""
    pmi.define_role(
        code="notices-keeper",
        title="通知管理员",
        privileges=[
            "notifications.template.read",
            "notifications.template.edit",
            "notifications.template.publish",
            "notifications.delivery.read",
            "notifications.delivery.retry",
        ],
    )
    if zone.serves({zone.EXTRANET}):
        identity.ensure_post(organisation="370100-bgt", title="门户网站编辑", roles=["notices-keeper"])
    if zone.serves({zone.INTRANET}):
        identity.ensure_post(organisation="370100", title="通知管理员", roles=["notices-keeper"], holders=["admin"])
