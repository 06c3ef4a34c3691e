"""The exchange's part of the demo city: who looks after it."""

from quancheng.centres.exchange.config import config
from quancheng.kernel import zone
from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi


def build() -> None:
    """Define the operator's role and give the data office, which signs messages, its seal."""
    pki.ensure_organisation_seal(config.organisation, identity.organisation(config.organisation).name)
    pmi.define_role(
        code="exchange-operator",
        title="数据交换运维员",
        privileges=[
            "exchange.message.read",
            "exchange.message.resend",
            "exchange.message.discard",
            "exchange.bundle.retry",
            "exchange.alarm.close",
        ],
        # Whoever runs the exchange sits in one department and looks after the messages of all.
        terms={"exchange.message.read": {"scope": "CITY"}},
    )
    if zone.serves({zone.INTRANET}):
        identity.ensure_post(
            organisation=config.organisation, title="数据交换运维员", roles=["exchange-operator"], holders=["admin"]
        )
