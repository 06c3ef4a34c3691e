"""Writing a planned delivery into a register's tables, whichever register it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from quancheng.registries.deliveries.engine import plans

SIZE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables of one register. `owner` is the foreign key's name in `field_source` and `change`.

    `build` makes a row's model values from cleaned texts; `texts` the reverse, for comparison; `fields` names them.
    """

    record: type[Any]
    delivery: type[Any]
    field_source: type[Any]
    change: type[Any]
    owner: str
    fields: tuple[str, ...]
    build: Callable[[Mapping[str, str]], dict[str, Any]]
    texts: Callable[[Any], dict[str, str]]


def known(tables: Tables, shape: plans.Shape, keys: Sequence[str]) -> dict[str, plans.Known]:
    """Return what the register knows of the records with these keys."""
    found = {}
    ordered = sorted(keys)
    for start in range(0, len(ordered), SIZE):
        part = ordered[start : start + SIZE]
        rows = tables.record._default_manager.filter(**{f"{shape.key}__in": part}).prefetch_related("sources")
        for row in rows:
            as_of = {item.field: item.as_of for item in row.sources.all()}
            found[getattr(row, shape.key)] = plans.Known(tables.texts(row), as_of)
    return found


def store(
    tables: Tables,
    shape: plans.Shape,
    result: plans.Plan,
    *,
    source: str,
    source_name: str,
    as_of: date,
    digest: str,
    name: str,
    at: datetime,
    by: str,
) -> int:
    """Carry out a plan inside the caller's transaction and return the delivery's row."""
    delivery = tables.delivery._default_manager.create(
        source=source,
        source_name=source_name,
        as_of=as_of,
        digest=digest,
        name=name,
        received_at=at,
        received_by=by,
        rows=result.rows,
        created=len(result.new),
        changed=len(result.changed),
        rejected=len(result.rejected),
        report=[{"row": item.row, "key": item.key, "reason": item.reason} for item in result.rejected],
    )
    origin = {"delivery": delivery, "source": source, "source_name": source_name, "as_of": as_of}
    fresh = [tables.record(updated_at=at, **tables.build(values)) for values in result.new.values()]
    tables.record._default_manager.bulk_create(fresh, batch_size=SIZE)
    touched = {**result.changed, **dict.fromkeys(result.confirmed.keys() - result.changed.keys(), ())}
    rows = _rows(tables, shape, sorted(touched))
    changes = []
    for key, row in rows.items():
        texts = {**tables.texts(row), **{item.field: item.new for item in touched[key]}}
        for field, value in tables.build(texts).items():
            setattr(row, field, value)
        row.updated_at = at if touched[key] else row.updated_at
        changes += [
            tables.change(**{tables.owner: row}, delivery=delivery, field=item.field, old=item.old, new=item.new, at=at)
            for item in touched[key]
        ]
    if rows:
        written = [*(name for name in tables.fields if name != shape.key), "updated_at"]
        tables.record._default_manager.bulk_update(rows.values(), written, batch_size=SIZE)
    tables.change._default_manager.bulk_create(changes, batch_size=SIZE)
    sources = [
        tables.field_source(**{tables.owner: row}, field=field, **origin)
        for row in fresh
        for field, value in tables.texts(row).items()
        if value
    ]
    for key, row in rows.items():
        named = [*(item.field for item in touched[key]), *result.confirmed.get(key, ())]
        sources += [tables.field_source(**{tables.owner: row}, field=field, **origin) for field in named]
    tables.field_source._default_manager.bulk_create(
        sources,
        batch_size=SIZE,
        update_conflicts=True,
        unique_fields=[tables.owner, "field"],
        update_fields=["source", "source_name", "as_of", "delivery"],
    )
    return delivery.pk


def _rows(tables: Tables, shape: plans.Shape, keys: Sequence[str]) -> dict[str, Any]:
    found = {}
    for start in range(0, len(keys), SIZE):
        part = keys[start : start + SIZE]
        for row in tables.record._default_manager.filter(**{f"{shape.key}__in": part}):
            found[getattr(row, shape.key)] = row
    return found
