"""What was published here stays at work until the app that shipped a drawing or a table brings a new one."""

from django.db import connection

from quancheng.support.designer.actions.reviews import published_versions
from quancheng.support.designer.models import Design, Review
from quancheng.support.dmn import public as dmn
from quancheng.support.workflow import public as workflow


@workflow.publishes
def processes(key: str) -> frozenset[int]:
    """Return the versions of a process that came from a design."""
    return _versions(Design.Kind.PROCESS, key)


@dmn.publishes
def decisions(key: str) -> frozenset[int]:
    """Return the versions of a decision model that came from a design."""
    return _versions(Design.Kind.DECISION, key)


def _versions(kind: str, key: str) -> frozenset[int]:
    # Drawings are put to work after every migrate, also after one that takes our own tables away.
    there = Review._meta.db_table in connection.introspection.table_names()
    return published_versions(kind, key) if there else frozenset()
