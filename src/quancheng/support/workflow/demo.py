"""The sample city's part of workflow: who may look after processes and cases."""

from quancheng.security.pmi import public as pmi


def build() -> None:
    """Define the role of those who look after processes and cases."""
    pmi.define_role(
        code="workflow-administrator",
        title="流程管理员",
        privileges=["workflow.definition.read", "workflow.case.read", "workflow.case.retry", "workflow.case.cancel"],
    )
