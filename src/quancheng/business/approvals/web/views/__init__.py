"""Pages of approvals."""

from quancheng.business.approvals.web.views.cases import Case, Document, List
from quancheng.business.approvals.web.views.decisions import (
    Accept,
    Decide,
    GiveOpinion,
    RefuseAcceptance,
    RequestCorrections,
)
from quancheng.business.approvals.web.views.services import Publish, Service, Services

__all__ = [
    "Accept",
    "Case",
    "Decide",
    "Document",
    "GiveOpinion",
    "List",
    "Publish",
    "RefuseAcceptance",
    "RequestCorrections",
    "Service",
    "Services",
]
