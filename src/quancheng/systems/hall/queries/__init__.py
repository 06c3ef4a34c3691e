"""Questions to the hall; each answer is a frozen dataclass."""

from quancheng.systems.hall.queries.drafts import (
    DraftView,
    EndingDraft,
    File,
    draft,
    drafts,
    ending_drafts,
    has_expired_drafts,
)
from quancheng.systems.hall.queries.licences import LicenceView, Verification, by_digest, licence, verify, wallet
from quancheng.systems.hall.queries.services import (
    NoSuchService,
    ServiceCard,
    ServiceView,
    life_events,
    offered,
    service,
    services,
)
from quancheng.systems.hall.queries.submissions import (
    Affair,
    CorrectionView,
    MaterialView,
    NoSuchThing,
    SubmissionView,
    affairs,
    lodged_as,
    owner_of,
    submission,
)

__all__ = [
    "Affair",
    "CorrectionView",
    "DraftView",
    "EndingDraft",
    "File",
    "LicenceView",
    "MaterialView",
    "NoSuchService",
    "NoSuchThing",
    "ServiceCard",
    "ServiceView",
    "SubmissionView",
    "Verification",
    "affairs",
    "by_digest",
    "draft",
    "drafts",
    "ending_drafts",
    "has_expired_drafts",
    "licence",
    "life_events",
    "lodged_as",
    "offered",
    "owner_of",
    "service",
    "services",
    "submission",
    "verify",
    "wallet",
]
