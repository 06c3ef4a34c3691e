"""The sample city's part of dmn: who may look at decision tables, and a table to look at."""

from pathlib import Path

from quancheng.kernel import zone
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.dmn import public as dmn


def build() -> None:
    """Define the role of those who look after decision tables, and give it to the system's administrator."""
    dmn.deploy("dmn", (Path(__file__).parent / "site-visit.dmn").read_bytes())
    pmi.define_role(code="dmn-administrator", title="决策规则管理员", privileges=["dmn.decision.read"])
    if zone.serves({zone.INTRANET}):
        identity.ensure_post(
            organisation="370100", title="决策规则管理员", roles=["dmn-administrator"], holders=["admin"]
        )
