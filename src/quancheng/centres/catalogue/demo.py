"""The catalogue's part of the demo city: who may look."""

from quancheng.security.pmi import public as pmi


def build() -> None:
    """Define the role of those who look data up for others."""
    pmi.define_role(code="catalogue-reader", title="数据目录查询员", privileges=["catalogue.items.read"])
