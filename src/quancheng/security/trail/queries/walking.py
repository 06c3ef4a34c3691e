"""Going through many entries in their order, a stretch at a time: memory stays the same however long the trail is.

What still waits for its place in the log, for about a second, is not walked: its names are not in the index yet.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Max, Min, Q

from quancheng.security.trail import rules
from quancheng.security.trail.models import Entry
from quancheng.security.trail.queries.entries import EntryView, _view

# Entries are stored in the order of their time but for those of long transactions.
PATIENCE = timedelta(minutes=10)
AT_ONCE = 400


def first_id(since: datetime) -> int:
    """Return an id below which all entries are older: entries have no index by time, but come in its order."""
    ends = Entry.objects.order_by("id").values_list("id", flat=True)
    low, high = ends.first() or 0, (ends.last() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        moment = Entry.objects.filter(id__gte=middle).order_by("id").values_list("at", flat=True).first()
        if moment is not None and moment < since - PATIENCE:
            low = middle + 1
        else:
            high = middle
    return low


def span(*, since: datetime, until: datetime) -> tuple[int, int]:
    """Return ids from which and below which all entries lie whose time is from `since` to before `until`."""
    last = Entry.objects.aggregate(last=Max("id"))["last"] or 0
    return first_id(since), min(first_id(until + 2 * PATIENCE), last + 1)


def walk(
    *,
    start: int,
    end: int,
    since: datetime,
    until: datetime,
    actions: Collection[str] | None = None,
    subject: str = "",
    seen: Q | None = None,
) -> tuple[int, tuple[EntryView, ...]]:
    """Return how many entries of the period have ids from `start` to before `end`, and those of them that fit.

    `actions` None stands for all; `subject` is what an entry is about. Of what may not be `seen` nothing is counted.
    """
    found = Entry.objects.filter(waiting=None, id__gte=start, id__lt=end, at__gte=since, at__lt=until)
    if seen is not None:
        found = found.filter(seen)
    total = found.count()
    if actions is not None:
        found = found.filter(action__in=list(actions))
    if subject:
        found = found.filter(names__key=rules.key(rules.ABOUT, subject))
    rows = found.order_by("id").select_related("body_key", "erasure") if total else ()
    return total, tuple(_view(row) for row in rows)


def first_done(action: str, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return by actor and subject the id of the first entry of `action` done by the one on the other, if any."""
    keys = {rules.key(rules.ABOUT, subject): subject for _actor, subject in wanted}
    actors, numbers = sorted({actor for actor, _subject in wanted}), sorted(keys)
    found: dict[tuple[str, str], int] = {}
    for at in range(0, len(numbers), AT_ONCE):
        rows = Entry.objects.filter(
            action=action, outcome="done", actor_id__in=actors, names__key__in=numbers[at : at + AT_ONCE]
        )
        for actor, key, first in rows.values_list("actor_id", "names__key").annotate(first=Min("id")):
            if bytes(key) in keys:
                found[actor, keys[bytes(key)]] = first
    return found
