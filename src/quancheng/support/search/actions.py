"""Building the index, keeping it up to date, the list of synonyms, and the count of questions without answer."""

import logging
from datetime import date, datetime
from itertools import islice
from typing import ClassVar

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.search import queries, rules
from quancheng.support.search.engine import backends, sources, writing
from quancheng.support.search.models import Generation, Missed, SynonymList, Touched

log = logging.getLogger(__name__)
BATCH, CHANGES, CLEARED, MOST_MISSED = 500, 200, 500, 5_000
SEARCH = pmi.service_actor("search")


class IllFormed(Refusal):
    """Lines of the list are no synonyms."""

    code: ClassVar[str] = "search.ill-formed-synonyms"
    message = _("These lines are no list of words: %(lines)s. Nothing was changed.")
    status: ClassVar[int] = 422


class ChangedMeanwhile(Refusal):
    """Somebody else saved the list first."""

    code: ClassVar[str] = "search.synonyms-changed-meanwhile"
    message = _("Somebody changed the list while you were writing. Look at the new version, then save again.")


def rebuild(*, at: datetime) -> int:
    """Build a new generation beside the live one and let it take over; return how many documents it has.

    Readers ask the old one until the very transaction that swaps them. Killed, it leaves the live one as it was, and
    the next rebuild begins anew. Changes made meanwhile are kept and made once more in the new one before the swap.
    """
    with transaction.atomic():
        Generation.objects.filter(state=Generation.State.BUILDING).update(state=Generation.State.RETIRED)
        generation = Generation.objects.create(started_at=at)
    total = 0
    for source in sources.sources().values():
        entries = iter(source.entries(None))
        while True:
            # What a batch reads and what it writes is one transaction; what changed before it was noted stays newer.
            with transaction.atomic():
                batch = list(islice(entries, BATCH))
                total += writing.put(generation, source, batch, replace=False)
            if not batch:
                break
    backends.engine().learn()
    _take_over(generation, at=at)
    return total


@transaction.atomic
def _take_over(generation: Generation, *, at: datetime) -> None:
    current = Generation.objects.select_for_update().get(pk=generation.pk)
    if current.state != Generation.State.BUILDING:
        # A later rebuild has begun; this one was given up.
        return
    changed = list(Touched.objects.filter(is_done=True).order_by("id"))
    for kind, key in dict.fromkeys((row.kind, row.key) for row in changed):
        _apply(current, kind, [key] if key else None)
    Touched.objects.filter(pk__in=[row.pk for row in changed]).delete()
    Generation.objects.filter(state=Generation.State.LIVE).update(state=Generation.State.RETIRED)
    current.state, current.live_at, current.kinds = Generation.State.LIVE, at, list(sources.sources())
    current.save(update_fields=["state", "live_at", "kinds"])


def follow(*, at: datetime) -> int:
    """Make the index say what changed since the last round; return how many changes. Builds the first index.

    The changes are taken off the list in the transaction that brings them into the index.
    """
    current = queries.live()
    if current is None:
        return rebuild(at=at) or 0
    if new := set(sources.sources()) - set(current.kinds):
        # An app was added: its things come into the index that is there.
        with transaction.atomic():
            for kind in sorted(new):
                sources.touch(kind)
            current.kinds = sorted({*current.kinds, *new})
            current.save(update_fields=["kinds"])
    with transaction.atomic():
        rows = list(Touched.objects.select_for_update().filter(is_done=False).order_by("id")[:CHANGES])
        if not rows:
            return 0
        building = Generation.objects.filter(state=Generation.State.BUILDING).first()
        by_kind: dict[str, dict[str, None]] = {}
        for row in rows:
            by_kind.setdefault(row.kind, {})[row.key] = None
        for generation in (item for item in (current, building) if item):
            for kind, keys in by_kind.items():
                _apply(generation, kind, None if "" in keys else list(keys))
        done = Touched.objects.filter(pk__in=[row.pk for row in rows])
        if building:
            done.update(is_done=True)
        else:
            done.delete()
    return len(rows)


def _apply(generation: Generation, kind: str, keys: list[str] | None) -> None:
    source = sources.sources().get(kind)
    if source is None:
        return
    there = set[str]()
    entries = iter(source.entries(keys))
    while batch := list(islice(entries, BATCH)):
        there |= {entry.key for entry in batch}
        writing.put(generation, source, batch)
    known = writing.known_keys(generation, kind) if keys is None else keys
    if gone := [key for key in known if key not in there]:
        writing.remove(generation, kind, gone)


def sweep() -> int:
    """Clear away a part of what no reader asks any more; return how many documents went."""
    with transaction.atomic():
        old = Generation.objects.select_for_update().filter(state=Generation.State.RETIRED).order_by("id").first()
        if old is None:
            return 0
        if gone := writing.clear(old, most=CLEARED):
            return gone
        old.delete()
    return 1


@pmi.action("search.synonyms.change")
def change_synonyms(*, actor: pmi.Actor, text: str, note: str, based_on: int, at: datetime) -> int:
    """Put a new version of the list in force and return its number. `based_on` is the version it was made from.

    :raises IllFormed: if a line is no list of words.
    :raises ChangedMeanwhile: if `based_on` is not the newest.
    """
    if wrong := rules.ill_formed(text):
        raise IllFormed(lines=", ".join(map(str, wrong[:20])))
    newest = SynonymList.objects.order_by("-number").values_list("number", flat=True).first() or 0
    if newest != based_on:
        raise ChangedMeanwhile
    SynonymList.objects.create(number=newest + 1, text=text, note=note[:200], changed_by=actor.name, changed_at=at)
    return newest + 1


def note_missed(*, question: rules.Question, day: date) -> None:
    """Count a question that found nothing. Nobody's name goes with it, and numbers of persons are covered."""
    text = rules.fold(rules.shield(question.text)).strip()[:40]
    if not question.groups or "*" in text:
        return
    with transaction.atomic():
        if Missed.objects.filter(day=day, text=text).update(count=F("count") + 1):
            return
        # Whoever sends nonsense by the thousand fills no table with it.
        if Missed.objects.filter(day=day).count() < MOST_MISSED:
            Missed.objects.bulk_create([Missed(day=day, text=text)], ignore_conflicts=True)
