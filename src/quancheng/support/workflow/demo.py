"""The sample city's part of workflow: who may look after processes and cases."""

from quancheng.kernel import zone
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi


def build() -> None:
    """Define the role of those who look after processes and cases, and give it to the system's administrator."""
    pmi.define_role(
        code="workflow-administrator",
        title="流程管理员",
        privileges=[
            "workflow.definition.read",
            "workflow.case.read",
            "workflow.case.retry",
            "workflow.case.cancel",
            "workflow.case.migrate",
            "workflow.case.simulate",
        ],
    )
    if zone.serves({zone.INTRANET}):
        identity.ensure_post(
            organisation="370100", title="流程管理员", roles=["workflow-administrator"], holders=["admin"]
        )
