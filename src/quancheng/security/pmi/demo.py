"""The rules of separation that the sample city begins with."""

from quancheng.security.pmi import public as pmi


def build() -> None:
    """Define the rules; safe to repeat."""
    pmi.define_conflict(
        first="approvals.application.accept",
        second="approvals.application.decide",
        reason="受理与审批分离，同一人不得既受理又决定",
    )
    pmi.define_conflict(
        first="approvals.opinion.give",
        second="approvals.application.decide",
        reason="审查意见与审批决定由不同人员作出",
    )
