"""The exchange's part of the demo city: who looks after it."""

from quancheng.security.pmi import public as pmi


def build() -> None:
    """Define the operator's role."""
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
    )
