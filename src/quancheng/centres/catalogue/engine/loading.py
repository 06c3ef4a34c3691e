"""Brings the tables up to the declarations; run as often as you like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from .. import rules
from ..models import Item, Resource, Version


@transaction.atomic
def load(declared: Mapping[str, rules.Resource], *, apps: Mapping[str, str], at: datetime) -> int:
    """Store each declared resource, a new version where it changed; return how many changed.

    One that is no longer declared is marked as withdrawn and keeps its history.
    """
    known = {row.code: row for row in Resource.objects.select_for_update()}
    changed = 0
    for code, resource in declared.items():
        row, digest = known.get(code), resource.digest()
        if row and row.digest == digest and row.withdrawn_at is None:
            continue
        changed += 1
        row = row or Resource(code=code, version=0)
        row.title, row.title_en, row.app = resource.title, resource.title_en, apps[code]
        row.provider, row.share, row.basis = resource.provider, resource.share, resource.basis
        row.digest, row.updated_at, row.withdrawn_at = digest, at, None
        row.version += 1
        row.save()
        row.items.all().delete()
        Item.objects.bulk_create(
            Item(resource=row, name=item.name, title=item.title, type=item.type, share=item.share, position=position)
            for position, item in enumerate(resource.items)
        )
        Version.objects.create(resource=row, number=row.version, document=asdict(resource), since=at)
    changed += Resource.objects.exclude(code__in=declared).filter(withdrawn_at=None).update(withdrawn_at=at)
    return changed
