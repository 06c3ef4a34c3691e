"""Classes of retention, and the rules of law behind keeping and destroying."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Q

from quancheng.security.pmi import public as pmi
from quancheng.support.documents.config import config
from quancheng.support.documents.rules import RetentionClass

SHIPPED = Path(__file__).resolve().parents[1] / "retention.toml"


@dataclass(frozen=True, slots=True)
class LegalRule:
    """A sentence of law that documents are kept by."""

    about: str
    law: str
    article: str
    sentence: str


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(config.retention or SHIPPED).read_text(encoding="utf-8"))


@cache
def retention_classes() -> dict[str, RetentionClass]:
    """Return the classes of retention by code, in the order of the file."""
    rows = _data().get("class", [])
    return {row["code"]: RetentionClass(**{"years": None, "verified": False, "note": "", **row}) for row in rows}


@cache
def legal_rules() -> dict[str, LegalRule]:
    """Return the rules of law by what they are about."""
    return {row["about"]: LegalRule(**row) for row in _data().get("rule", [])}


def due_for_appraisal(today: date) -> Q:
    """Return the condition on documents whose retention has ended: they are appraised, then destroyed or kept on."""
    found = ~pmi.EVERYTHING
    for kind in retention_classes().values():
        if kind.years is not None:
            found |= Q(retention=kind.code, closed_on__lt=date(today.year - kind.years, 1, 1))
    return found
