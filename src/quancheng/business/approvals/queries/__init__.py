"""Questions about service items, applications and licences."""

from quancheng.business.approvals.queries.applications import (
    ApplicationRow,
    NoSuchApplication,
    Page,
    applications,
    counts,
    part_target,
    place,
    target,
    waiting_count,
)
from quancheng.business.approvals.queries.casefile import (
    CaseFile,
    Download,
    NoSuchDocument,
    askable,
    casefile,
    document,
)
from quancheng.business.approvals.queries.offers import (
    NoSuchService,
    ServiceRow,
    ServiceView,
    draft,
    drafts,
    service,
    services,
)

__all__ = [
    "ApplicationRow",
    "CaseFile",
    "Download",
    "NoSuchApplication",
    "NoSuchDocument",
    "NoSuchService",
    "Page",
    "ServiceRow",
    "ServiceView",
    "applications",
    "askable",
    "casefile",
    "counts",
    "document",
    "draft",
    "drafts",
    "part_target",
    "place",
    "service",
    "services",
    "target",
    "waiting_count",
]
