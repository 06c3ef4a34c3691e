"""Questions about what was done."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BinaryField, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import rules
from quancheng.security.trail.engine import sealing
from quancheng.security.trail.models import Entry, EntryName

PAGE = 50


class NoSuchEntry(Refusal):
    """There is no entry with this id."""

    code = "trail.no-such-entry"
    message = _("There is no such entry in the trail.")
    status = 404


class NotIntegrated(Refusal):
    """The entry, or the size asked for, is not in the log yet."""

    code = "trail.not-integrated"
    message = _("This is not in the log yet; the next checkpoint will hold it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedBy:
    """When, by whom (who requested, who approved) and on what legal basis an entry's body was erased."""

    number: int
    at: datetime | None
    requester: str
    decider: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """An entry as others see it. `index` is None until it is integrated, `detail` empty once the body is erased."""

    id: str
    index: int | None
    at: datetime
    action: str
    outcome: str
    actor_id: str
    actor_name: str
    organisation: str
    subjects: tuple[str, ...]
    detail: Mapping[str, object]
    leaf: str
    erased: bool
    erasure: ErasedBy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of entries, newest first. `total` counts all pages."""

    items: tuple[EntryView, ...]
    page: int
    pages: int
    total: int


def entries(
    *,
    subject: str = "",
    action: str = "",
    actor: str = "",
    organisation: str = "",
    outcome: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    key: bytes | None = None,
    seen: Q | None = None,
    page: int = 1,
) -> Page:
    """Return the entries that fit, newest first.

    `since` is the first moment, `until` the first one after; `key` is one of the register. `action` also fits
    everything below it (`hall` finds `hall.submission.lodge`); `organisation` is a path that covers what is below;
    `seen`, when given, is the condition on the entries that may be seen.
    """
    found = Entry.objects.order_by("-id")
    names = [] if key is None else [key]
    if subject:
        names.append(rules.key(rules.ABOUT, subject))
    if action:
        found = found.filter(Q(action=action) | Q(action__startswith=action.rstrip(".") + "."))
    if actor:
        found = found.filter(Q(actor_id=actor) | Q(actor_name=actor))
    if organisation:
        found = found.filter(organisation__startswith=organisation)
    if outcome:
        found = found.filter(outcome=outcome) if outcome != "refused" else found.exclude(outcome="done")
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lt=until)
    if seen is not None:
        found = found.filter(seen)
    # What waits is behind every place in the log, so it comes first. Each part has indexes of its own.
    parts = [_carrying(found.filter(index__isnull=waits), names, waits=waits) for waits in (True, False)]
    counts = [part.count() for part in parts]
    pages = max(1, -(-sum(counts) // PAGE))
    page = min(max(page, 1), pages)
    rows: dict[int, Entry] = {}
    start = (page - 1) * PAGE
    for part, count in zip(parts, counts, strict=True):
        if start < count and len(rows) < PAGE:
            found = part.select_related("body_key", "erasure")[start : start + PAGE - len(rows)]
            # One that gets its place between the two looks is in both, never in neither.
            rows |= {row.pk: row for row in found}
        start = max(0, start - count)
    return Page(items=tuple(_view(row) for row in rows.values()), page=page, pages=pages, total=sum(counts))


class _Position(Func):
    """Where bytes stand in other bytes, from 1; 0 when nowhere."""

    function = "INSTR"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        """Return the same for PostgreSQL, which asks for them the other way round."""
        turned = self.copy()
        turned.set_source_expressions(self.get_source_expressions()[::-1])
        return turned.as_sql(compiler, connection, function="POSITION", arg_joiner=" IN ")


def _carrying(rows: QuerySet[Entry], names: Iterable[bytes], *, waits: bool) -> QuerySet[Entry]:
    """Return those of the `rows` that carry all these keys: what waits has its keys still in its own row."""
    for name in names:
        if waits:
            own = GreaterThan(_Position(F("keys"), Value(name, output_field=BinaryField())), 0)
            # What waited when ADR 10 came stands under its names already.
            rows = rows.filter(
                Q(own) | Q(keys=None) & Q(Exists(EntryName.objects.filter(entry=OuterRef("pk"), key=name)))
            )
        else:
            rows = rows.filter(names__key=name)
    return rows


def waiting(key: bytes) -> QuerySet[Entry]:
    """Return the entries that carry a key and wait for their place."""
    return _carrying(Entry.objects.filter(index=None), (key,), waits=True)


_restrictions: list[Callable[..., Q]] = []


def restrict_with(visible: Callable[..., Q]) -> None:
    """Let `visible(actor, action, organisation=column)` say who sees which entries; pmi, above the trail, offers it."""
    _restrictions[:] = [visible]


def seen_by(actor: object, action: str) -> Q:
    """Return the condition on the entries that `actor` may use `action` on; without pmi nobody may see any."""
    return _restrictions[0](actor, action, organisation="organisation") if _restrictions else Q(pk__in=())


def entry(*, entry_id: str) -> EntryView:
    """Return one entry. :raises NoSuchEntry: if there is none."""
    known = entry_id.isdecimal() and len(entry_id) < 19
    row = Entry.objects.select_related("body_key", "erasure").filter(pk=int(entry_id) if known else -1).first()
    if row is None:
        raise NoSuchEntry
    return _view(row)


def _erased_by(row: Entry) -> ErasedBy | None:
    if (found := row.erasure) is None:
        return None
    return ErasedBy(
        number=found.pk,
        at=found.decided_at,
        requester=found.requester_name,
        decider=found.decider_name,
        basis=found.get_basis_display(),
    )


def opened_text(row: Entry) -> tuple[bytes | None, str | None]:
    """Return a row's salt and body; both None when they are erased. What waits has no salt yet."""
    if row.waiting is not None:
        return None, body(row)
    salt = bytes(row.body_key.salt) if hasattr(row, "body_key") else None
    if salt is None or row.sealed is None:
        return None, None
    try:
        return salt, sealing.unseal(salt, bytes(row.sealed))
    except sealing.BadSeal:
        return salt, None


def body(row: Entry) -> str:
    """Return the body of a waiting entry, put together from its columns and what it says beyond them."""
    said = rules.told(row.waiting or "")
    return rules.body(
        action=row.action,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        outcome=row.outcome,
        subjects=said["subjects"],
        organisation=row.organisation,
        detail=said["detail"],
        at=row.at,
    )


def opened_by(entry_id: str) -> tuple[bytes | None, str | None]:
    """Return the salt and body of an entry; both None when they are erased."""
    return opened_text(Entry.objects.select_related("body_key").get(pk=entry_id))


def opened(row: Entry) -> dict[str, Any]:
    """Return what a row's body says; empty when it is erased or does not open."""
    _salt, text = opened_text(row)
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def _view(row: Entry) -> EntryView:
    said = opened(row)
    return EntryView(
        id=str(row.pk),
        index=row.index,
        at=row.at,
        action=row.action,
        outcome=row.outcome,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        organisation=row.organisation,
        subjects=tuple(said.get("subjects", ())),
        detail=said.get("detail", {}),
        leaf=row.leaf,
        erased=row.sealed is None and row.waiting is None,
        erasure=_erased_by(row),
    )
